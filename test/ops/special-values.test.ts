import { describe, expect, it } from "vitest";
import { applyOp, integers, quantized, reals } from "../support/apply-op.ts";

/** NaN, infinities and signs of zero, where the formula alone does not say what comes of them. */

const { NaN: nan, NEGATIVE_INFINITY: below, POSITIVE_INFINITY: above } = Number;

describe("a NaN is the largest element", () => {
  const row = reals([1, 1, 4, 1], [1, nan, 3, nan]);
  const window = { poolSize: [1, 2], padding: [0, 1, 0, 0], strides: [1, 2] };

  it("under a window, wherever it stands", () => {
    expect([...applyOp("MaxPool2D", [row], window)[0]!.data]).toEqual([1, nan]);
    expect([...applyOp("GlobalMaxPool2D", [row])[0]!.data]).toEqual([nan]);
  });

  it("and its place is the first one's", () => {
    const three = { poolSize: [1, 4] };
    expect([...applyOp("MaxPoolIndices2D", [row], three)[0]!.data]).toEqual([1]);
  });
});

describe("the largest elements in order", () => {
  it("are NaN, then the numbers, whatever their order was", () => {
    const row = reals([5], [2, nan, 1, 3, nan]);
    const best = (k: number) => applyOp("TopK", [row], { k }).map(({ data }) => [...data]);
    expect(best(1)).toEqual([[nan], [1]]);
    expect(best(4)).toEqual([
      [nan, nan, 3, 2],
      [1, 4, 3, 0],
    ]);
  });
});

describe("nothing to choose from", () => {
  it("gives the least number there is", () => {
    const empty = reals([1, 0, 2, 3], []);
    expect([...applyOp("GlobalMaxPool2D", [empty])[0]!.data]).toEqual([below, below, below]);
    expect([...applyOp("ReduceMax", [empty], { axes: [1] })[0]!.data]).toEqual(
      Array(6).fill(below),
    );
    expect([...applyOp("ReduceMin", [empty], { axes: [1, 2] })[0]!.data]).toEqual(
      Array(3).fill(above),
    );
    const codes = quantized([2, 0], [], 0.5, 3);
    expect([...applyOp("ReduceMin", [codes], { axes: [1] })[0]!.data]).toEqual([127, 127]);
  });

  it("over axes apart leaves no place unwritten", () => {
    const empty = reals([2, 0, 2, 3], []);
    expect(applyOp("ReduceMin", [empty], { axes: [1, 3] })[0]!.data).toHaveLength(4);
    expect([...applyOp("ReduceMin", [empty], { axes: [1, 3] })[0]!.data]).toEqual(
      Array(4).fill(above),
    );
  });
});

describe("NaN and the sign of zero", () => {
  const apply = (name: string, values: readonly number[], attributes = {}) => [
    ...applyOp(name, [reals([values.length], values)], attributes)[0]!.data,
  ];

  it("NaN is not above a threshold", () => {
    expect(apply("ThresholdedReLU", [nan, 2, 0.5], { alpha: 1 })).toEqual([0, 2, 0]);
  });

  it("the root of −0 is 0 as a power, as in C, and −0 stays itself as float16", () => {
    expect([...applyOp("Pow", [reals([1], [-0]), reals([], [0.5])])[0]!.data]).toEqual([0]);
    expect(apply("RoundToHalf", [-0, -1e-9, 0])).toEqual([-0, -0, 0]);
  });
});

it("a quotient is rounded to float32 before its floor, that of integers is exact", () => {
  // 4.999999925494195 of these two.
  expect([...applyOp("FloorDivide", [reals([], [0.5]), reals([], [0.1])])[0]!.data]).toEqual([5]);
  const [big, one] = [integers([2], [2 ** 31 - 1, 5]), integers([2], [1, 0])];
  expect([...applyOp("FloorDivide", [big, one])[0]!.data]).toEqual([2 ** 31 - 1, 0]);
});
