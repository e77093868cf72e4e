import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sizeOf, type Tensor, tensor } from "../../compiler/ir/types.ts";
import { transposeTensor } from "../../compiler/rewrite/arithmetic.ts";
import { transposedReshape } from "../../compiler/rewrite/transposed-reshape.ts";

const shape = fc.array(fc.constantFrom(1, 2, 3, 4, 6), { minLength: 1, maxLength: 5 });

describe("a transpose before a reshape", () => {
  it("is done behind it", () => {
    expect(transposedReshape([2, 5, 7, 6], [0, 3, 1, 2], [2, 3, 2, 35])).toEqual({
      before: [0, 1, 2, 3],
      shape: [2, 35, 3, 2],
      behind: [0, 2, 3, 1],
    });
  });

  it("keeps what a reshape joins before it", () => {
    expect(transposedReshape([1, 5, 2, 3], [0, 3, 2, 1], [1, 6, 5])).toEqual({
      before: [0, 1, 3, 2],
      shape: [1, 5, 6],
      behind: [0, 2, 1],
    });
  });

  it("stays where a reshape joins axes that lie apart", () => {
    expect(transposedReshape([2, 3, 5], [0, 2, 1], [10, 3])).toBeUndefined();
  });

  it("means the same", () => {
    let moved = 0;
    const cases = fc.record({ shape, order: fc.infiniteStream(fc.nat(100)), cuts: shape });
    fc.assert(
      fc.property(cases, ({ shape: x, order, cuts }) => {
        const keys = x.map(() => order.next().value as number);
        const p = x.map((_, axis) => axis).sort((a, b) => keys[a]! - keys[b]!);
        const to = reshapeOf(
          p.map((axis) => x[axis]!),
          cuts,
        );
        const found = transposedReshape(x, p, to);
        if (found === undefined) return;
        if (found.behind.some((axis, i) => axis !== i)) moved++;
        const value = tensor(
          "float32",
          x,
          Array.from({ length: sizeOf(x) }, (_, i) => i),
        );
        const wanted = reshaped(transposeTensor(value, p), to);
        const before = transposeTensor(value, found.before);
        expect(transposeTensor(reshaped(before, found.shape), found.behind)).toEqual(wanted);
      }),
      { numRuns: 2000, seed: 20260103 },
    );
    expect(moved).toBeGreaterThan(200);
  });
});

/** Some shape of as many elements: axes are joined and split where numbers say so. */
function reshapeOf(from: readonly number[], cuts: readonly number[]): readonly number[] {
  const to: number[] = [];
  let open = 1;
  for (const [i, size] of from.entries()) {
    open *= size;
    const cut = cuts[i % cuts.length]!;
    if (cut === 1) continue;
    to.push(...(open % cut === 0 ? [cut, open / cut] : [open]));
    open = 1;
  }
  return [...to, open];
}

function reshaped(value: Tensor, shape: readonly number[]): Tensor {
  return { ...value, shape };
}
