import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Attributes } from "../../compiler/ir/graph.ts";
import { applyOp, integers, reals } from "../support/apply-op.ts";

function unary(name: string, x: readonly number[], attributes: Attributes = {}): number[] {
  return [...applyOp(name, [reals([x.length], x)], attributes)[0]!.data];
}

describe("unary ops", () => {
  const x = [-7.5, -3, -1.25, -0.5, 0, 0.5, 1, 2.5, 6.5];

  /** Each op beside its definition in float64. */
  const definitions: Readonly<Record<string, (x: number) => number>> = {
    Abs: Math.abs,
    CELU: (x) => Math.max(0, x) + Math.min(0, Math.expm1(x)),
    Ceil: Math.ceil,
    Cos: Math.cos,
    ELU: (x) => (x < 0 ? Math.expm1(x) : x),
    Exp: Math.exp,
    Floor: Math.floor,
    HardSigmoid: (x) => Math.min(1, Math.max(0, 0.2 * x + 0.5)),
    HardSwish: (x) => (x * Math.min(6, Math.max(0, x + 3))) / 6,
    LeakyReLU: (x) => (x < 0 ? 0.01 * x : x),
    Mish: (x) => x * Math.tanh(Math.log1p(Math.exp(x))),
    Negative: (x) => -x,
    ReLU: (x) => Math.max(0, x),
    ReLU6: (x) => Math.min(6, Math.max(0, x)),
    Reciprocal: (x) => 1 / x,
    SELU: (x) => 1.0507009873554805 * (x < 0 ? 1.6732632423543772 * Math.expm1(x) : x),
    Sigmoid: (x) => 1 / (1 + Math.exp(-x)),
    Sign: Math.sign,
    Sin: Math.sin,
    Softplus: (x) => Math.log1p(Math.exp(x)),
    Softsign: (x) => x / (1 + Math.abs(x)),
    Square: (x) => x * x,
    Swish: (x) => x / (1 + Math.exp(-x)),
    Tan: Math.tan,
    Tanh: Math.tanh,
    ThresholdedReLU: (x) => (x > 1 ? x : 0),
  };

  it.each(Object.entries(definitions))("%s", (name, f) => {
    const y = unary(name, x);
    for (const [i, value] of x.entries()) {
      const wanted = f(value);
      if (!Number.isFinite(wanted)) expect(y[i]).toBe(wanted);
      else expect(Math.abs(y[i]! - wanted)).toBeLessThanOrEqual(1e-6 * (1 + Math.abs(wanted)));
    }
  });

  it("GELU by either formula", () => {
    expect(unary("GELU", [-1, 0, 1])).toEqual([
      expect.closeTo(-0.158655, 5),
      0,
      expect.closeTo(0.841345, 5),
    ]);
    expect(unary("GELU", [-1, 1], { approximate: "tanh" })).toEqual([
      expect.closeTo(-0.158808, 5),
      expect.closeTo(0.841192, 5),
    ]);
  });

  it("Clip keeps what is not a number, and has open ends", () => {
    expect(unary("Clip", [-3, 0.5, 9, Number.NaN], { min: -1 })).toEqual([-1, 0.5, 9, Number.NaN]);
  });

  it("Clip of integers limits the bounds to their range", () => {
    const x = { dtype: "int8", shape: [3], data: Int8Array.of(-100, 0, 100) } as const;
    expect([...applyOp("Clip", [x], { max: 5 })[0]!.data]).toEqual([-100, 0, 5]);
  });

  it("Round rounds ties to even", () => {
    expect(unary("Round", [-2.5, -1.5, -0.4, 0.5, 1.5, 2.5])).toEqual([-2, -2, -0, 0, 2, 2]);
  });

  it("RoundToHalf gives float16 numbers", () => {
    const x = [1 + 2 ** -11, 1 + 3 * 2 ** -11, 65519, 65520, -(2 ** -25), 3 * 2 ** -25, 2049, -0.1];
    const y = [
      1,
      1 + 2 ** -9,
      65504,
      Number.POSITIVE_INFINITY,
      -0,
      2 ** -23,
      2048,
      -0.0999755859375,
    ];
    expect(unary("RoundToHalf", x)).toEqual(y);
  });

  it("rejects integers where only reals have a meaning", () => {
    expect(() => applyOp("Tanh", [integers([1], [1])])).toThrow("must be float32, not int32");
  });
});

describe("binary ops", () => {
  const a = reals([2, 1, 3], [1, 2, 3, -4, 5, 6]);
  const b = reals([2, 1], [10, 20]);

  it("broadcast like NumPy", () => {
    const [y] = applyOp("Add", [a, b]);
    expect(y!.shape).toEqual([2, 2, 3]);
    expect([...y!.data]).toEqual([11, 12, 13, 21, 22, 23, 6, 15, 16, 16, 25, 26]);
  });

  it("broadcast along any subset of axes", () => {
    const size = fc.integer({ min: 1, max: 3 });
    const stretch = fc.boolean();
    const axis = fc.tuple(size, stretch, stretch);
    fc.assert(
      fc.property(fc.array(axis, { minLength: 1, maxLength: 5 }), fc.nat(4), (axes, drop) => {
        const shapeOf = (which: 1 | 2) => axes.map((entry) => (entry[which] ? 1 : entry[0]));
        const left = shapeOf(1);
        const right = shapeOf(2).slice(Math.min(drop, axes.length - 1));
        const [x, y] = [left, right].map((shape) => {
          const length = shape.reduce((product, n) => product * n, 1);
          return reals(
            shape,
            Array.from({ length }, (_, i) => i + 1),
          );
        });
        const [sum] = applyOp("Add", [x!, y!]);
        for (const [at, value] of sum!.data.entries()) {
          const place = indexOf(at, sum!.shape);
          expect(value).toBe(elementAt(x!, place) + elementAt(y!, place));
        }
      }),
      { numRuns: 200 },
    );
  });

  it("does not broadcast what does not fit", () => {
    expect(() => applyOp("Add", [a, reals([2], [1, 2])])).toThrow("do not broadcast");
  });

  it("takes operands of one dtype", () => {
    expect(() => applyOp("Add", [a, integers([3], [1, 2, 3])])).toThrow("two dtypes");
  });

  it.each([
    ["Subtract", [5, -7], [2, 3], [3, -10]],
    ["Multiply", [5, -7], [2, 3], [10, -21]],
    ["Divide", [7, -7], [2, 2], [3, -3]],
    ["FloorDivide", [7, -7], [2, 2], [3, -4]],
    ["FloorModulo", [7, -7, 7, -7], [3, 3, -3, -3], [1, 2, -2, -1]],
    ["TruncatedModulo", [7, -7, 7, -7], [3, 3, -3, -3], [1, -1, 1, -1]],
    ["Minimum", [7, -7], [3, 3], [3, -7]],
    ["Maximum", [7, -7], [3, 3], [7, 3]],
    ["Pow", [2, -3, 3], [10, 3, -1], [1024, -27, 0]],
    ["Equal", [1, 2], [1, 3], [1, 0]],
    ["NotEqual", [1, 2], [1, 3], [0, 1]],
    ["Less", [1, 2, 3], [2, 2, 2], [1, 0, 0]],
    ["LessEqual", [1, 2, 3], [2, 2, 2], [1, 1, 0]],
  ])("%s of integers", (name, x, y, wanted) => {
    const shape = [x.length];
    expect([...applyOp(name, [integers(shape, x), integers(shape, y)])[0]!.data]).toEqual(wanted);
  });

  it("Multiply of int32 wraps exactly", () => {
    const [y] = applyOp("Multiply", [integers([1], [123456789]), integers([1], [987654321])]);
    expect(y!.data[0]).toBe(Number(BigInt.asIntN(32, 123456789n * 987654321n)));
  });

  it("Minimum and Maximum keep what is not a number, from either side", () => {
    const [x, y] = [reals([2], [Number.NaN, 1]), reals([2], [1, Number.NaN])];
    for (const name of ["Minimum", "Maximum"])
      expect([...applyOp(name, [x, y])[0]!.data]).toEqual([Number.NaN, Number.NaN]);
  });

  it("Select chooses", () => {
    const condition = { dtype: "bool", shape: [2, 1], data: Uint8Array.of(1, 0) } as const;
    const [y] = applyOp("Select", [condition, reals([2], [1, 2]), reals([], [9])]);
    expect([...y!.data]).toEqual([1, 2, 9, 9]);
  });
});

describe("Cast", () => {
  it("truncates and saturates", () => {
    const x = reals([6], [-1.9, 1.9, 300, -300, Number.NaN, Number.POSITIVE_INFINITY]);
    expect([...applyOp("Cast", [x], { to: "int8" })[0]!.data]).toEqual([-1, 1, 127, -128, 0, 127]);
    expect([...applyOp("Cast", [x], { to: "bool" })[0]!.data]).toEqual([1, 1, 1, 1, 1, 1]);
  });
});

function indexOf(at: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = at;
  for (const size of [...shape].reverse()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return index;
}

/** The element that broadcasting puts at a place of the result. */
function elementAt(
  { shape, data }: { shape: readonly number[]; data: ArrayLike<number> },
  place: readonly number[],
): number {
  const own = place.slice(place.length - shape.length);
  return data[shape.reduce((at, size, axis) => at * size + (size === 1 ? 0 : own[axis]!), 0)]!;
}
