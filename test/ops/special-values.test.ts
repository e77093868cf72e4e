import { describe, expect, it } from "vitest";
import { applyOp, reals } from "../support/apply-op.ts";

/** NaN, infinities and signs of zero, where the formula alone does not say what comes of them. */

const { NaN: nan, NEGATIVE_INFINITY: below } = Number;

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

describe("nothing to choose from", () => {
  it("gives the least number there is", () => {
    const empty = reals([1, 0, 2, 3], []);
    expect([...applyOp("GlobalMaxPool2D", [empty])[0]!.data]).toEqual([below, below, below]);
  });
});
