import fc from "fast-check";
import { describe, it } from "vitest";
import { GateFunction } from "../../runtime/reference/recurrent.ts";
import { float32Array } from "./arbitraries.ts";
import { type Arguments, type KernelProperty, prepareFamilies } from "./families.ts";

const flag = fc.nat({ max: 1 });
const code = fc.constantFrom(...Object.values(GateFunction));

const layers = fc.record({
  steps: fc.nat({ max: 3 }),
  batch: fc.nat({ max: 2 }),
  inputs: fc.nat({ max: 6 }),
  hidden: fc.nat({ max: 6 }),
});

const clip = fc.oneof(fc.constant(0), fc.float({ min: 0, max: 4, noNaN: true }));

/** Numbers of which sums stay in the range where functions of gates are curved, or any. */
const reals = (length: number) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.float({ min: -2, max: 2, noNaN: true }).chain(near(length)) },
    { weight: 1, arbitrary: float32Array(length) },
  );
const near = (length: number) => (largest: number) =>
  fc
    .array(fc.integer({ min: -100, max: 100 }), { minLength: length, maxLength: length })
    .map((steps) => Float32Array.from(steps, (step) => (step / 100) * largest));

/** The calls of a layer: its arrays, of lengths that follow from the extents, then its numbers. */
const layerCalls = (
  lengths: (inputs: number, hidden: number, tokens: number, batch: number) => readonly number[],
  codes: readonly fc.Arbitrary<number>[],
): fc.Arbitrary<Arguments> =>
  layers.chain(({ steps, batch, inputs, hidden }) =>
    fc.tuple(
      reals(steps * batch * inputs),
      ...lengths(inputs, hidden, steps * batch, batch).map(reals),
      ...[steps, batch, inputs, hidden].map(fc.constant),
      flag,
      clip,
      ...codes,
    ),
  );

const float32s = (count: number) => Array<"float32">(count).fill("float32");

const properties: readonly KernelProperty[] = [
  {
    kernel: "rnn",
    signature: float32s(7),
    calls: layerCalls(
      (inputs, hidden, tokens, batch) => [
        ...[hidden * inputs, hidden * hidden, hidden],
        ...[tokens * hidden, batch * hidden, hidden],
      ],
      [code],
    ),
  },
  {
    kernel: "lstm",
    signature: float32s(9),
    calls: layerCalls(
      (inputs, hidden, tokens, batch) => [
        ...[4 * hidden * inputs, 4 * hidden * hidden, 4 * hidden, 3 * hidden],
        ...[tokens * hidden, batch * hidden, batch * hidden, 4 * hidden],
      ],
      [code, code, code, flag],
    ),
  },
  {
    kernel: "gru",
    signature: float32s(10),
    calls: layerCalls(
      (inputs, hidden, tokens, batch) => [
        ...[3 * hidden * inputs, 3 * hidden * hidden, 3 * hidden, 3 * hidden],
        ...[tokens * hidden, batch * hidden, 3 * hidden, hidden, hidden],
      ],
      [code, code, flag],
    ),
  },
];

describe("recurrent layers", async () => {
  const families = await prepareFamilies(properties);
  it.each(properties)("$kernel of $signature", (property) => families.check(property));
});
