import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Attributes } from "../../compiler/ir/graph.ts";
import type { Requantize } from "../../compiler/ir/op.ts";
import type { Tensor } from "../../compiler/ir/types.ts";
import { fixedPoint } from "../../compiler/ops/requantization.ts";
import { applyOp, int8, quantized, reals } from "../support/apply-op.ts";

/** All int8 numbers. */
const codes = Array.from({ length: 256 }, (_, i) => i - 128);

/** The double-rounding fixed-point product in exact integers. */
function scaledTwice(x: bigint, factor: number): bigint {
  const { multiplier, shift } = fixedPoint(factor);
  const left = BigInt(Math.max(0, shift));
  const high = ((x << left) * BigInt(multiplier) + (1n << 30n)) >> 31n;
  const right = BigInt(Math.max(0, -shift));
  if (right === 0n) return high;
  const half = 1n << (right - 1n);
  return high < 0n ? -((-high + half) >> right) : (high + half) >> right;
}

function saturated(q: bigint | number): number {
  return Math.min(127, Math.max(-128, Number(q)));
}

const params = fc.record({
  scale: fc.double({ min: 1e-3, max: 4, noNaN: true }).map(Math.fround),
  zeroPoint: fc.integer({ min: -128, max: 127 }),
});

describe("Add and Subtract", () => {
  const cases = fc.tuple(params, params, params, fc.constantFrom("Add", "Subtract"));

  it("tflite: equal the reference kernel in exact integers (R-08)", () => {
    fc.assert(
      fc.property(cases, ([a, b, y, name]) => {
        const [left, right] = pairs(a, b);
        const [actual] = applyOp(name, [left, right], int8(y.scale, y.zeroPoint), "tflite");
        const twice = 2 * Math.max(a.scale, b.scale);
        const sign = name === "Add" ? 1n : -1n;
        for (const [i, q] of actual!.data.entries()) {
          const p = BigInt(left.data[i]! - a.zeroPoint) << 20n;
          const r = BigInt(right.data[i]! - b.zeroPoint) << 20n;
          const sum = scaledTwice(p, a.scale / twice) + sign * scaledTwice(r, b.scale / twice);
          const steps = scaledTwice(sum, twice / (2 ** 20 * y.scale));
          expect(q).toBe(saturated(steps + BigInt(y.zeroPoint)));
        }
      }),
      { numRuns: 40 },
    );
  });

  it.each(["onnx", "tflite"] as const)("%s: are half a step from the sum, and rounding", (mode) => {
    fc.assert(
      fc.property(cases, ([a, b, y, name]) => {
        const [left, right] = pairs(a, b);
        const [actual] = applyOp(name, [left, right], int8(y.scale, y.zeroPoint), mode);
        for (const [i, q] of actual!.data.entries()) {
          const x = (left.data[i]! - a.zeroPoint) * a.scale;
          const z = (right.data[i]! - b.zeroPoint) * b.scale;
          const steps = (name === "Add" ? x + z : x - z) / y.scale + y.zeroPoint;
          // Two fixed-point roundings of operands each cost 2⁻²⁰ of the larger scale's steps.
          const slack =
            0.5 + 1e-4 * (1 + Math.abs(steps)) + (2e-3 * Math.max(a.scale, b.scale)) / y.scale;
          expect(Math.abs(q - Math.min(127, Math.max(-128, steps)))).toBeLessThanOrEqual(slack);
        }
      }),
      { numRuns: 40 },
    );
  });

  it("apply a fused activation in steps of the result", () => {
    const x = quantized([3], [-100, 0, 100], 0.1, 0);
    const attributes = { ...int8(0.1, -10), activation: "relu6" };
    for (const mode of ["onnx", "tflite"] as const)
      expect([...applyOp("Add", [x, x], attributes, mode)[0]!.data]).toEqual([-10, -10, 50]);
  });
});

describe("Multiply", () => {
  it("tflite: equals the reference kernel in exact integers", () => {
    fc.assert(
      fc.property(params, params, params, (a, b, y) => {
        const [left, right] = pairs(a, b);
        const factor = Math.fround(Math.fround(a.scale * b.scale) / y.scale);
        fc.pre(factor < 2);
        const [actual] = applyOp("Multiply", [left, right], int8(y.scale, y.zeroPoint), "tflite");
        for (const [i, q] of actual!.data.entries()) {
          const p = BigInt((left.data[i]! - a.zeroPoint) * (right.data[i]! - b.zeroPoint));
          expect(q).toBe(saturated(scaledTwice(p, factor) + BigInt(y.zeroPoint)));
        }
      }),
      { numRuns: 40 },
    );
  });
});

/** All of one operand's numbers beside a shuffle of the other's. */
function pairs(
  a: { scale: number; zeroPoint: number },
  b: { scale: number; zeroPoint: number },
): readonly [Tensor, Tensor] {
  const shuffled = codes.map((q) => (((q + 128) * 77 + 13) % 256) - 128);
  return [
    quantized([256], codes, a.scale, a.zeroPoint),
    quantized([256], shuffled, b.scale, b.zeroPoint),
  ];
}

describe("tables of 8-bit integers", () => {
  const names = ["Abs", "HardSigmoid", "LeakyReLU", "ReLU", "ReLU6", "Sigmoid", "Swish", "Tanh"];
  const modes = ["onnx", "tflite"] as const;

  it.each(names.flatMap((name) => modes.map((mode) => [name, mode] as const)))(
    "%s in mode %s is half a step from its reals",
    (name, mode) => {
      fc.assert(
        fc.property(params, params, (x, y) => {
          const q = quantized([256], codes, x.scale, x.zeroPoint);
          const [actual] = applyOp(name, [q], int8(y.scale, y.zeroPoint), mode);
          const real = reals(
            [256],
            codes.map((code) => (code - x.zeroPoint) * x.scale),
          );
          const [wanted] = applyOp(name, [real]);
          for (const [i, value] of wanted!.data.entries()) {
            const steps = Math.min(127, Math.max(-128, value / y.scale + y.zeroPoint));
            // Fixed-point factors: the double rounding moves a value by up to half a step more.
            const slack = mode === "tflite" ? 1.001 : 0.5 + 1e-4 * Math.abs(steps);
            expect(Math.abs(actual!.data[i]! - steps)).toBeLessThanOrEqual(slack);
          }
        }),
        { numRuns: 20 },
      );
    },
  );

  it("HardSwish in mode tflite stays near its reals", () => {
    const q = quantized([256], codes, 0.0625, -20);
    const [actual] = applyOp("HardSwish", [q], int8(0.05, -100), "tflite");
    for (const [i, code] of codes.entries()) {
      const x = (code + 20) * 0.0625;
      const real = (x * Math.min(6, Math.max(0, x + 3))) / 6;
      expect(Math.abs(actual!.data[i]! - saturated(real / 0.05 - 100))).toBeLessThanOrEqual(1);
    }
  });

  it("are for 8 bits", () => {
    const quant = { scale: [0.1], zeroPoint: [0] };
    const x: Tensor = { dtype: "int16", shape: [1], data: Int16Array.of(5), quant };
    expect(() => applyOp("Tanh", [x], int8(0.1, 0))).toThrow("tables are for 8 bits");
  });
});

describe("Requantize", () => {
  const attributes: Attributes = { dtype: "uint8", scale: [0.25], zeroPoint: [128] };

  it.each(["onnx", "tflite"] as const)("%s: keeps the reals", (mode) => {
    const x = quantized([256], codes, 0.25, 0);
    const [y] = applyOp("Requantize", [x], attributes, mode);
    expect([...y!.data]).toEqual(codes.map((q) => q + 128));
  });

  it("rounds ties as its mode says (R-06)", () => {
    const x = quantized([21], codes.slice(118, 139), 0.25, 0);
    const rounded = (mode: Requantize) => [
      ...applyOp("Requantize", [x], int8(1, 0), mode)[0]!.data,
    ];
    const even = "-2 -2 -2 -2 -2 -1 -1 -1 0 0 0 0 0 1 1 1 2 2 2 2 2";
    const twice = "-3 -2 -2 -2 -2 -1 -1 -1 -1 0 0 1 1 1 1 2 2 2 2 3 3";
    expect(rounded("onnx").join(" ")).toBe(even);
    expect(rounded("tflite").join(" ")).toBe(twice);
  });

  it("takes 16-bit integers through the same rounding", () => {
    const quant = { scale: [0.25], zeroPoint: [0] };
    const x: Tensor = { dtype: "int16", shape: [3], data: Int16Array.of(-10, -2, 9), quant };
    const rounded = (mode: Requantize) => [
      ...applyOp("Requantize", [x], int8(1, 0), mode)[0]!.data,
    ];
    expect(rounded("onnx")).toEqual([-2, 0, 2]);
    expect(rounded("tflite")).toEqual([-3, -1, 3]);
  });
});

describe("ReduceMean", () => {
  it("tflite: rounds the mean with the divided multiplier (R-02a)", () => {
    const x = quantized([1, 3, 3, 1], [1, 2, 3, 4, 5, 6, 7, 8, 10], 0.5, 1);
    const attributes = { ...int8(0.25, -3), axes: [1, 2] };
    // Σ (x − 1) = 37; 37 · 2 / 9 = 8.2
    expect([...applyOp("ReduceMean", [x], attributes, "tflite")[0]!.data]).toEqual([5]);
    expect([...applyOp("ReduceMean", [x], attributes, "onnx")[0]!.data]).toEqual([5]);
  });
});

describe("Concat", () => {
  it("requantizes the inputs that differ from the result", () => {
    const [a, b] = [quantized([2], [1, 2], 0.5, 0), quantized([2], [1, 2], 1, 1)];
    const attributes = { ...int8(0.5, 0), axis: 0 };
    expect([...applyOp("Concat", [a, b], attributes)[0]!.data]).toEqual([1, 2, 0, 2]);
  });

  it("requantizes inputs of 16 bits, for which there are no tables", () => {
    const wide = (values: readonly number[], scale: number): Tensor => ({
      ...{ dtype: "int16", shape: [values.length], data: Int16Array.from(values) },
      quant: { scale: [scale], zeroPoint: [0] },
    });
    const attributes = { dtype: "int16", scale: [2], zeroPoint: [0], axis: 0 } as const;
    for (const mode of ["onnx", "tflite"] as const) {
      const [y] = applyOp("Concat", [wide([1000, -3000], 1), wide([7], 2)], attributes, mode);
      expect([...y!.data], mode).toEqual([500, -1500, 7]);
    }
  });

  it("joins integers only where they are quantized alike", () => {
    const [a, b] = [quantized([1], [1], 0.5, 0), quantized([1], [1], 1, 0)];
    expect([...applyOp("Concat", [a, a], { axis: 0 })[0]!.data]).toEqual([1, 1]);
    expect(() => applyOp("Concat", [a, b], { axis: 0 })).toThrow("quantized differently");
  });
});

describe("PReLU", () => {
  const x = quantized([2, 2], [-100, 100, -50, 20], 0.1, 0);

  it.each(["onnx", "tflite"] as const)("%s: slopes as float constants and as integers", (mode) => {
    const floats = reals([2], [0.5, 0.25]);
    const wanted = [-50, 100, -25, 20];
    expect([...applyOp("PReLU", [x, floats], int8(0.1, 0), mode)[0]!.data]).toEqual(wanted);
    const slopes = quantized([2], [64, 32], 1 / 128, 0);
    expect([...applyOp("PReLU", [x, slopes], int8(0.1, 0), mode)[0]!.data]).toEqual(wanted);
  });
});

it("adds the zero point of 16 bits after rounding, as QuantizeLinear does", () => {
  const quarter: Tensor = {
    dtype: "uint16",
    shape: [1],
    data: Uint16Array.of(1),
    quant: { scale: [0.25], zeroPoint: [0] },
  };
  const whole = { dtype: "uint16", scale: [1], zeroPoint: [1] };
  expect([...applyOp("Add", [quarter, quarter], whole)[0]!.data]).toEqual([1]);
});
