import { describe, expect, it } from "vitest";
import type { Attributes } from "../../compiler/ir/graph.ts";
import type { Tensor } from "../../compiler/ir/types.ts";
import { applyOp, integers, quantized, reals } from "../support/apply-op.ts";

/** 0, 1, 2 … in a shape. */
function counting(...shape: readonly number[]): Tensor {
  const length = shape.reduce((product, size) => product * size, 1);
  return reals(
    shape,
    Array.from({ length }, (_, i) => i),
  );
}

function values(name: string, operands: readonly Tensor[], attributes: Attributes = {}): number[] {
  return [...applyOp(name, operands, attributes)[0]!.data];
}

describe("movement", () => {
  it("Transpose", () => {
    const [y] = applyOp("Transpose", [counting(2, 3, 2)], { permutation: [2, 0, 1] });
    expect(y!.shape).toEqual([2, 2, 3]);
    expect([...y!.data]).toEqual([0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9, 11]);
  });

  it("Transpose moves per-channel parameters along", () => {
    const x = quantized([2, 3], [1, 2, 3, 4, 5, 6], 1, 0);
    const quant = { scale: [1, 2], zeroPoint: [0, 0], axis: 0 };
    const [y] = applyOp("Transpose", [{ ...x, quant }], { permutation: [1, 0] });
    expect(y!.quant).toEqual({ ...quant, axis: 1 });
  });

  it.each<readonly [from: readonly number[], axis: number, to: readonly number[], at: number]>([
    [[2, 3], 0, [2, 1, 3], 0],
    [[2, 3], 1, [2, 1, 3], 2],
    [[4, 3], 1, [2, 2, 3], 2],
    [[2, 2, 3], 2, [4, 3], 1],
    [[3, 2, 2], 0, [3, 4], 0],
    [[2, 3, 2], 1, [1, 2, 3, 2], 2],
    [[1, 1, 4], 1, [1, 1, 4], 1],
    [[2, 2], 1, [2, 2], 1],
    [[1, 4], 0, [4, 1], 1],
  ])(
    "Reshape of [%s] with scales along axis %i to [%s] has them along %i",
    (from, axis, to, at) => {
      const count = from[axis]!;
      const size = from.reduce((product, n) => product * n, 1);
      const x = quantized(
        from,
        Array.from({ length: size }, (_, i) => i + 1),
        1,
        0,
      );
      const scale = Array.from({ length: count }, (_, i) => 2 ** i);
      const quant = { scale, zeroPoint: scale.map(() => 0), axis };
      const [y] = applyOp("Reshape", [{ ...x, quant }], { shape: to });
      expect(y!.quant).toEqual({ ...quant, axis: at });
      const [before] = applyOp("Dequantize", [{ ...x, quant }]);
      const [after] = applyOp("Dequantize", [y!]);
      expect([...after!.data]).toEqual([...before!.data]);
    },
  );

  it.each([
    [[2, 6], 1, [2, 2, 3]],
    [[2, 3], 0, [6]],
    [[2, 3], 0, [3, 2]],
    [[2, 4, 3], 1, [4, 2, 3]],
  ])("Reshape of [%s] with scales along axis %i to [%s] is refused", (from, axis, shape) => {
    const size = from.reduce((product, n) => product * n, 1);
    const x = quantized(from, Array(size).fill(0), 1, 0);
    const scale = Array(from[axis]).fill(1);
    const quant = { scale, zeroPoint: scale.map(() => 0), axis };
    expect(() => applyOp("Reshape", [{ ...x, quant }], { shape })).toThrow(
      `a scale for each channel along axis ${axis}`,
    );
  });

  it("Reshape of one channel, whose axis is gone, has one scale", () => {
    const quant = { scale: [0.5], zeroPoint: [0], axis: 0 };
    const x = { ...quantized([1, 4], [1, 2, 3, 4], 1, 0), quant };
    const [y] = applyOp("Reshape", [x], { shape: [4] });
    expect(y!.quant).toEqual({ scale: [0.5], zeroPoint: [0] });
  });

  it("Reshape keeps groups of channels at the end", () => {
    const x = quantized([2, 4], Array(8).fill(1), 1, 0);
    const quant = { scale: [1, 2, 3, 4], zeroPoint: [0, 0, 0, 0], axis: 1, group: 2 };
    const [y] = applyOp("Reshape", [{ ...x, quant }], { shape: [1, 2, 4] });
    expect(y!.quant).toEqual({ ...quant, axis: 2 });
    expect(() => applyOp("Reshape", [{ ...x, quant }], { shape: [2, 4, 1] })).toThrow("axis 1");
  });

  it("Concat does not join scales", () => {
    const x = quantized([2, 2], [1, 2, 3, 4], 1, 0);
    const pair = (quant: Tensor["quant"]) => [x, x].map((one) => ({ ...one, quant: quant! }));
    const channels = { scale: [1, 2], zeroPoint: [0, 0], axis: 0 };
    expect(applyOp("Concat", pair(channels), { axis: 1 })[0]!.quant).toEqual(channels);
    expect(() => applyOp("Concat", pair(channels), { axis: 0 })).toThrow("cannot be joined");
    const groups = { scale: [1, 2], zeroPoint: [0, 0], axis: 1, group: 2 };
    expect(() => applyOp("Concat", pair(groups), { axis: 0 })).toThrow("cannot be joined");
  });

  it("Slice forwards and backwards", () => {
    const attributes = { begin: [2, 0], size: [2, 2], steps: [-2, 3] };
    expect(values("Slice", [counting(3, 4)], attributes)).toEqual([8, 11, 0, 3]);
  });

  it("Resize has no samples of nothing", () => {
    const attributes = { shape: [1, 2, 2, 1] };
    expect(() => applyOp("ResizeNearest", [counting(1, 0, 2, 1)], attributes)).toThrow(
      "[1,0,2,1] cannot be resized to [1,2,2,1]",
    );
  });

  it("Slice stays inside", () => {
    const attributes = { begin: [2], size: [3], steps: [1] };
    expect(() => applyOp("Slice", [counting(4)], attributes)).toThrow("are not in 4");
  });

  it("Concat along any axis", () => {
    const parts = [counting(2, 1, 2), counting(2, 2, 2)];
    const wanted = [0, 1, 0, 1, 2, 3, 2, 3, 4, 5, 6, 7];
    expect(values("Concat", parts, { axis: 1 })).toEqual(wanted);
    expect(() => applyOp("Concat", parts, { axis: 2 })).toThrow("does not fit");
  });

  it.each([
    ["constant", [9, 9, 0, 1, 2, 9]],
    ["edge", [0, 0, 0, 1, 2, 2]],
    ["reflect", [2, 1, 0, 1, 2, 1]],
    ["symmetric", [1, 0, 0, 1, 2, 2]],
  ])("Pad in mode %s", (mode, wanted) => {
    expect(values("Pad", [counting(3)], { padding: [2, 1], mode, value: 9 })).toEqual(wanted);
  });

  it("Pad reflects as often as it must, and cuts off", () => {
    const attributes = { padding: [5, -1], mode: "reflect" };
    expect(values("Pad", [counting(3)], attributes)).toEqual([1, 0, 1, 2, 1, 0, 1]);
  });

  it("Pad of integers puts the zero point, or the integer of the value", () => {
    const x = quantized([1], [50], 0.5, 7);
    expect(values("Pad", [x], { padding: [1, 0] })).toEqual([7, 50]);
    expect(values("Pad", [x], { padding: [1, 0], value: 1 })).toEqual([9, 50]);
    const least = { padding: [1, 0], value: Number.NEGATIVE_INFINITY };
    expect(values("Pad", [x], least)).toEqual([-128, 50]);
  });

  it("Tile and Expand", () => {
    expect(values("Tile", [counting(2, 2)], { repeats: [1, 2] })).toEqual([0, 1, 0, 1, 2, 3, 2, 3]);
    expect(values("Expand", [counting(2, 1)], { shape: [2, 2, 2] })).toEqual([
      0, 0, 1, 1, 0, 0, 1, 1,
    ]);
  });

  it("Gather, also with negative indices and with batches", () => {
    const x = counting(2, 3);
    expect(values("Gather", [x, integers([2], [-1, 0])], { axis: 1 })).toEqual([2, 0, 5, 3]);
    const batched = [x, integers([2, 1], [2, 0])];
    expect(values("Gather", batched, { axis: 1, batchDims: 1 })).toEqual([2, 3]);
  });

  it("GatherElements and GatherND", () => {
    const x = counting(2, 2);
    expect(values("GatherElements", [x, integers([2, 2], [0, 0, 1, 0])], { axis: 1 })).toEqual([
      0, 0, 3, 2,
    ]);
    expect(values("GatherND", [x, integers([2, 2], [0, 0, 1, 1])])).toEqual([0, 3]);
    const batched = [counting(2, 2, 2), integers([2, 1], [1, 0])];
    expect(values("GatherND", batched, { batchDims: 1 })).toEqual([2, 3, 4, 5]);
  });

  it("ScatterND replaces slices", () => {
    const operands = [counting(4), integers([2, 1], [3, 0]), reals([2], [10, 20])];
    expect(values("ScatterND", operands)).toEqual([20, 1, 2, 10]);
  });

  it("OneHot", () => {
    const attributes = { depth: 3, on: 5, off: 1, to: "int32" };
    expect(values("OneHot", [integers([3], [0, -1, 7])], attributes)).toEqual([
      5, 1, 1, 1, 1, 5, 1, 1, 1,
    ]);
  });

  it("Trilu", () => {
    expect(values("Trilu", [counting(2, 3)], { diagonal: 1 })).toEqual([0, 1, 2, 0, 0, 5]);
    expect(values("Trilu", [counting(2, 3)], { upper: false })).toEqual([0, 0, 0, 3, 4, 0]);
  });
});

describe("reductions", () => {
  const x = counting(2, 2, 3);

  it("over neighbouring axes and over others", () => {
    expect(values("ReduceSum", [x], { axes: [1, 2] })).toEqual([15, 51]);
    expect(values("ReduceSum", [x], { axes: [0, 2] })).toEqual([24, 42]);
    expect(values("ReduceMax", [x], { axes: [0, -1], keepDims: false })).toEqual([8, 11]);
    expect(values("ReduceMin", [x], { axes: [1] })).toEqual([0, 1, 2, 6, 7, 8]);
    expect(values("ReduceProd", [reals([3], [2, 3, 4])], { axes: [0] })).toEqual([24]);
    expect(values("ReduceMean", [x], { axes: [0, 1, 2] })).toEqual([5.5]);
  });

  it("keep or drop the axes", () => {
    expect(applyOp("ReduceMean", [x], { axes: [1] })[0]!.shape).toEqual([2, 1, 3]);
    expect(applyOp("ReduceMean", [x], { axes: [1], keepDims: false })[0]!.shape).toEqual([2, 3]);
  });

  it("sum integers modulo 2³²", () => {
    const large = integers([2], [2 ** 31 - 1, 1]);
    expect(values("ReduceSum", [large], { axes: [0] })).toEqual([-(2 ** 31)]);
  });

  it("ArgMax takes the first of equals, or the last", () => {
    const ties = reals([1, 4], [1, 3, 3, 0]);
    expect(values("ArgMax", [ties], { axis: 1 })).toEqual([1]);
    expect(values("ArgMax", [ties], { axis: 1, selectLastIndex: true })).toEqual([2]);
    expect(values("ArgMin", [ties], { axis: -1 })).toEqual([3]);
  });

  it("TopK is ordered and stable", () => {
    const [top, places] = applyOp("TopK", [reals([6], [3, 1, 4, 1, 4, 5])], { k: 4 });
    expect([...top!.data]).toEqual([5, 4, 4, 3]);
    expect([...places!.data]).toEqual([5, 2, 4, 0]);
    const [, least] = applyOp("TopK", [reals([4], [3, 1, 4, 1])], { k: 2, largest: false });
    expect([...least!.data]).toEqual([1, 3]);
  });

  it("CumSum in both directions", () => {
    const ramp = reals([3], [1, 2, 4]);
    expect(values("CumSum", [ramp], { axis: 0 })).toEqual([1, 3, 7]);
    expect(values("CumSum", [ramp], { axis: 0, exclusive: true })).toEqual([0, 1, 3]);
    expect(values("CumSum", [ramp], { axis: 0, reverse: true })).toEqual([7, 6, 4]);
    const both = { axis: 0, exclusive: true, reverse: true };
    expect(values("CumSum", [ramp], both)).toEqual([6, 4, 0]);
  });
});
