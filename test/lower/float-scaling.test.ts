import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type ChannelScaling,
  floatScaling,
  scaled,
  scalingForm,
} from "../../compiler/lower/float-scaling.ts";
import { Rounding, requantize } from "../../runtime/reference/requantize.ts";

const limit = (value: number, { low, high }: ChannelScaling) =>
  Math.min(high, Math.max(low, value));

/** Factors as models have them; powers of two, which make ties; ones that saturate all, or nothing. */
const factors = fc.oneof(
  fc.record({
    multiplier: fc.integer({ min: 2 ** 30, max: 2 ** 31 - 1 }),
    shift: fc.integer({ min: -14, max: -3 }),
  }),
  fc.record({
    multiplier: fc.constantFrom(2 ** 30, 2 ** 31 - 1, 3 * 2 ** 29),
    shift: fc.integer({ min: -31, max: 4 }),
  }),
  fc.constant({ multiplier: 0, shift: 0 }),
);

const channels: fc.Arbitrary<ChannelScaling> = fc
  .record({
    factor: factors,
    rounding: fc.constantFrom(Rounding.halfEven, Rounding.fixedTwice, Rounding.fixedOnce),
    low: fc.integer({ min: -255, max: 255 }),
    range: fc.integer({ min: 0, max: 255 }),
    ends: fc.tuple(fc.integer({ min: -(2 ** 24), max: 2 ** 24 }), fc.nat(2 ** 22)),
  })
  .map(({ factor: { multiplier, shift }, rounding, low, range, ends: [least, width] }) => ({
    ...{ rounding, low, high: low + range, least, most: least + width },
    ...(rounding === Rounding.halfEven
      ? { multiplier: Math.fround(multiplier * 2 ** (shift - 31)), shift: 0 }
      : { multiplier, shift }),
  }));

describe("float scaling", () => {
  it("equals the exact requantization for every accumulator, at its steps above all", () => {
    let found = 0;
    fc.assert(
      fc.property(
        channels,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true })),
        (channel, places) => {
          const form = scalingForm(channel.rounding, channel.low, channel.high);
          const scaling = floatScaling(channel, form);
          if (scaling === undefined) return;
          found++;
          const { multiplier, shift, rounding, least, most } = channel;
          const exact = (acc: number) =>
            limit(requantize(acc, multiplier, shift, rounding), channel);
          const check = (acc: number) =>
            expect(limit(scaled(acc, scaling, form), channel), `of ${acc}`).toBe(exact(acc) + 0);
          for (const place of [0, 1, ...places]) {
            const acc = least + Math.round((most - least) * place);
            check(acc);
            // The step nearest above, by bisection.
            let [below, above] = [acc, most];
            while (above - below > 1) {
              const middle = Math.floor((below + above) / 2);
              if (exact(middle) === exact(acc)) below = middle;
              else above = middle;
            }
            check(below);
            check(above);
          }
        },
      ),
      { numRuns: 2000 },
    );
    expect(found).toBeGreaterThan(1000);
  });

  it("is found for nearly all factors of common size", () => {
    const form = scalingForm(Rounding.fixedTwice, 0, 255);
    const misses = Array.from({ length: 200 }, (_, i) =>
      floatScaling(
        {
          ...{
            multiplier: 2 ** 30 + i * 5_000_011,
            shift: -5 - (i % 4),
            rounding: Rounding.fixedTwice,
          },
          ...{ low: 0, high: 255, least: -400_000, most: 400_000 },
        },
        form,
      ),
    ).filter((each) => each === undefined);
    expect(misses.length).toBeLessThan(10);
  });
});
