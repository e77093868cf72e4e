// Range updates against values that TFMOT's own quantizers gave.
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { updateAverage } from "../../compiler/calibrate/moving-average.ts";
import { quantizeWeights, quantParamsFromRange } from "../../compiler/calibrate/parameters.ts";
import {
  mirrorOf,
  type Range,
  rangeOfValues,
  union,
  widen,
} from "../../compiler/calibrate/range.ts";
import type { QuantizerDType } from "../../compiler/ir/quantizer.ts";
import { quantizer } from "./quantizers.ts";

interface Case {
  readonly quantizer: string;
  readonly num_bits: number;
  readonly per_axis: boolean;
  readonly symmetric: boolean;
  readonly narrow_range: boolean;
  readonly shape: readonly number[];
  readonly steps: readonly {
    readonly training: boolean;
    readonly x: readonly number[];
    readonly y: readonly number[];
    readonly min: readonly number[];
    readonly max: readonly number[];
  }[];
}

const file = new URL("../../../shared/golden/tfmot/quantizers.json", import.meta.url);
const cases: readonly Case[] = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).cases : [];

/** The values of one channel of the last axis, or all. */
function channelOf(x: readonly number[], channels: number, channel: number): Float32Array {
  return Float32Array.from(x.filter((_, i) => i % channels === channel));
}

/** Equal up to one unit in the last place of a float32. */
function expectNear(actual: number, expected: number): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(Math.abs(expected) * 2 ** -23);
}

describe.skipIf(cases.length === 0)("TFMOT quantizers (needs ../shared)", () => {
  it.each(
    cases.map(
      (c) =>
        [
          `${c.quantizer} ${c.num_bits} bits, per axis ${c.per_axis}, symmetric ${c.symmetric}, narrow ${c.narrow_range}, [${c.shape}]`,
          c,
        ] as const,
    ),
  )("%s", (_, golden) => {
    const settings = quantizer({
      dtype: `int${golden.num_bits}` as QuantizerDType,
      symmetric: golden.symmetric,
      narrow: golden.narrow_range,
    });
    const mirror = mirrorOf(settings);
    const channels = golden.steps[0]!.min.length;
    for (let channel = 0; channel < channels; channel++) {
      let seen: Range = { min: 0, max: 0 };
      let average: Range = { min: -6, max: 6 };
      for (const step of golden.steps) {
        const values = channelOf(step.x, channels, channel);
        const batch = rangeOfValues(values);
        if (step.training) {
          seen = golden.quantizer.startsWith("Last") ? batch : union(seen, batch);
          average = updateAverage(average, widen(batch, mirror), 0.999);
        }
        const range = golden.quantizer.startsWith("Moving") ? average : widen(seen, mirror);
        expectNear(range.min, step.min[channel]!);
        expectNear(range.max, step.max[channel]!);
        // Started at ±6, the average is not mirrored; our averages start from a sample and are.
        if (golden.quantizer.startsWith("Moving") && golden.symmetric && !golden.narrow_range)
          continue;
        const { scale, zeroPoint } = quantParamsFromRange(range, settings);
        const y = channelOf(step.y, channels, channel);
        const [lowest, highest] = golden.narrow_range
          ? [1, 2 ** golden.num_bits - 1]
          : [0, 2 ** golden.num_bits - 1];
        const middle = 2 ** (golden.num_bits - 1);
        y.forEach((real, i) => {
          const steps = real / scale;
          expect(Math.abs(steps - Math.round(steps))).toBeLessThan(1e-3);
          const q = Math.max(lowest, Math.min(highest, values[i]! / scale + zeroPoint + middle));
          expect(Math.abs(q - (Math.round(steps) + zeroPoint + middle))).toBeLessThan(0.501);
        });
      }
    }
  });

  it("quantizes kernels per channel as TFMOT does", () => {
    const perAxis = cases.filter(
      (c) => c.quantizer.startsWith("Last") && c.per_axis && c.symmetric,
    );
    expect(perAxis.length).toBeGreaterThan(0);
    for (const golden of perAxis) {
      const step = golden.steps[0]!;
      const settings = quantizer({
        dtype: `int${golden.num_bits}` as QuantizerDType,
        per: "channel",
        symmetric: true,
        narrow: golden.narrow_range,
      });
      const { data, scale } = quantizeWeights(
        Float32Array.from(step.x),
        golden.shape,
        -1,
        settings,
      );
      step.y.forEach((real, i) => {
        const ofChannel = scale[i % scale.length]!;
        expect(Math.abs(data[i]! * ofChannel - real)).toBeLessThan(1e-4 * ofChannel);
      });
    }
  });
});
