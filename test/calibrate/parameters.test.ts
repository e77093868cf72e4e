import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quantizeWeights, quantParamsFromRange } from "../../compiler/calibrate/parameters.ts";
import { integersOf, type QuantizerDType, storageOf } from "../../compiler/ir/quantizer.ts";
import { sizeOf } from "../../compiler/ir/types.ts";
import { quantizer } from "./quantizers.ts";

const dtypes: readonly QuantizerDType[] = [
  "int2",
  "int3",
  "int4",
  "int7",
  "int8",
  "uint4",
  "uint8",
  "int16",
];

const anyQuantizer = fc
  .record({
    dtype: fc.constantFrom(...dtypes),
    symmetric: fc.boolean(),
    narrow: fc.boolean(),
    powerOfTwo: fc.boolean(),
  })
  .map(quantizer);

const float = fc.float({ noNaN: true, noDefaultInfinity: true });

describe("parameters of a range", () => {
  it("are representable, hold the range to half a step, and 0 exactly", () => {
    fc.assert(
      fc.property(float, float, anyQuantizer, (a, b, settings) => {
        const range = { min: Math.min(a, b), max: Math.max(a, b) };
        const { scale, zeroPoint } = quantParamsFromRange(range, settings);
        const [lowest, highest] = integersOf(settings);
        expect(Math.fround(scale)).toBe(scale);
        expect(scale).toBeGreaterThan(0);
        expect(Number.isFinite(scale)).toBe(true);
        expect(Number.isInteger(zeroPoint) && lowest <= zeroPoint && zeroPoint <= highest).toBe(
          true,
        );
        // A power of two above the largest one is not to be had.
        if (scale === 2 ** 127) return;
        const slack = 0.5 + 2 ** -20 * (highest - lowest);
        expect(range.min / scale + zeroPoint).toBeGreaterThanOrEqual(lowest - slack);
        expect(range.max / scale + zeroPoint).toBeLessThanOrEqual(highest + slack);
        if (settings.powerOfTwo) expect(Number.isInteger(Math.log2(scale))).toBe(true);
      }),
    );
  });

  it.each([
    [{}, { min: 0, max: 6 }, { scale: Math.fround(6 / 255), zeroPoint: -128 }],
    [{}, { min: 1, max: 6 }, { scale: Math.fround(6 / 255), zeroPoint: -128 }],
    [{}, { min: -6, max: -1 }, { scale: Math.fround(6 / 255), zeroPoint: 127 }],
    [{ dtype: "uint8" }, { min: -1, max: 1 }, { scale: Math.fround(2 / 255), zeroPoint: 127 }],
    [
      { symmetric: true, narrow: true },
      { min: -2, max: 1 },
      { scale: Math.fround(2 / 127), zeroPoint: 0 },
    ],
    [{ symmetric: true }, { min: -2, max: 1 }, { scale: 2 / 128, zeroPoint: 0 }],
    [
      { symmetric: true, dtype: "uint8", narrow: true },
      { min: -2, max: 1 },
      { scale: Math.fround(2 / 127), zeroPoint: 128 },
    ],
    [
      { symmetric: true, dtype: "int16" },
      { min: -2, max: 1 },
      { scale: Math.fround(2 / 32767), zeroPoint: 0 },
    ],
    [
      { symmetric: true, narrow: true, powerOfTwo: true },
      { min: -2, max: 1 },
      { scale: 2 ** -5, zeroPoint: 0 },
    ],
    [{ powerOfTwo: true }, { min: 0, max: 255 / 128 }, { scale: 2 ** -7, zeroPoint: -128 }],
    [
      { symmetric: true, narrow: true },
      { min: 0, max: 0 },
      { scale: Math.fround(1 / 127), zeroPoint: 0 },
    ],
    [{}, { min: 0, max: 1e-45 }, { scale: 2 ** -126, zeroPoint: -128 }],
  ] as const)("%j over %j", (changes, range, expected) => {
    expect(quantParamsFromRange(range, quantizer(changes))).toEqual(expected);
  });
});

describe("quantized weights", () => {
  const weights = quantizer({ symmetric: true, narrow: true, per: "channel" });

  it("have a scale for each index of any axis, and are at most half a step off", () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        shapes,
        fc.nat(),
        fc.infiniteStream(fc.float({ min: -4, max: 4, noNaN: true })),
        (shape, pick, stream) => {
          const axis = pick % shape.length;
          const values = Float32Array.from(stream.take(sizeOf(shape)));
          const { data, scale, zeroPoint } = quantizeWeights(values, shape, axis, weights);
          expect(scale).toHaveLength(shape[axis]!);
          expect(zeroPoint).toEqual(scale.map(() => 0));
          const inner = sizeOf(shape.slice(axis + 1));
          values.forEach((x, i) => {
            const s = scale[Math.floor(i / inner) % shape[axis]!]!;
            expect(Math.abs(x / s - data[i]!)).toBeLessThanOrEqual(0.5 + 1e-4);
            expect(data[i]).toBeGreaterThanOrEqual(-127);
          });
          expect(quantizeWeights(values, shape, axis - shape.length, weights).data).toEqual(data);
        },
      ),
    );
  });

  it("of no channels have one scale, as every quantized tensor has", () => {
    const { scale, data } = quantizeWeights(new Float32Array(0), [0, 6], 0, weights);
    expect([scale.length, data.length]).toEqual([1, 0]);
  });

  it("round ties to even", () => {
    const { data } = quantizeWeights(Float32Array.of(127, 0.5, 1.5, 2.5, -0.5, -1.5), [6], 0, {
      ...weights,
      per: "tensor",
    });
    expect([...data]).toEqual([127, 0, 2, 2, 0, -2]);
  });

  it("come in groups inside a channel, the last one shorter", () => {
    const values = Float32Array.of(7, 0, 14, 7, 0.7, 70, 7, 7, 0, 0);
    const { data, scale, groups, dtype } = quantizeWeights(values, [2, 5], 0, {
      ...weights,
      dtype: "int4",
      per: { group: 2 },
    });
    expect(groups).toBe(3);
    expect(dtype).toBe("int4");
    expect(scale.map((s) => Number(s.toPrecision(6)))).toEqual([1, 2, 0.1, 10, 1, 10]);
    expect([...data]).toEqual([7, 0, 7, 4, 7, 7, 1, 7, 0, 0]);
  });

  it("give a channel of zeros the largest scale of the others", () => {
    const { scale } = quantizeWeights(Float32Array.of(0, 0, 127, 0, 0, 254), [3, 2], 0, weights);
    expect(scale).toEqual([2, 1, 2]);
    const none = quantizeWeights(new Float32Array(4), [2, 2], 0, weights);
    expect(none.scale).toEqual([Math.fround(1 / 127), Math.fround(1 / 127)]);
  });

  it("are refused when a number is not finite", () => {
    const place = { model: "m.onnx", path: "conv1.kernel" };
    expect(() => quantizeWeights(Float32Array.of(1, Number.NaN), [2], 0, weights, place)).toThrow(
      "QC2264: the constant `conv1.kernel` holds `NaN`",
    );
  });

  it("are stored in the narrowest dtype of the graph", () => {
    expect(dtypes.map(storageOf)).toEqual([
      "int4",
      "int4",
      "int4",
      "int8",
      "int8",
      "uint4",
      "uint8",
      "int16",
    ]);
  });
});
