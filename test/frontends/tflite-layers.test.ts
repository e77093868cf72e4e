import { describe, expect, it } from "vitest";
import { importModel } from "../../compiler/frontends/import-model.ts";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import { sizeOf } from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";
import { kernels } from "../../runtime/reference/index.ts";
import { type TensorText, tfliteBytes } from "../support/tflite-model.ts";

/** TFLite's layers one by one, against results worked out by hand from TensorFlow's documentation. */

interface Case {
  readonly op: string;
  /** The shape and elements of the input. */
  readonly x: readonly [readonly number[], readonly number[]];
  /** The operator's inputs; `x` is the input, `undefined` an absent one. */
  readonly inputs: readonly (TensorText | "x" | undefined)[];
  readonly options?: Readonly<Record<string, number>>;
  readonly y: readonly [readonly number[], readonly number[]];
}

const floats = (shape: readonly number[], ...values: readonly number[]): TensorText => ({
  shape,
  data: Float32Array.from(values),
});
const ints = (...values: readonly number[]): TensorText => ({
  shape: [values.length],
  type: "int32",
  data: Int32Array.from(values),
});

const [SAME, VALID] = [0, 1];
const [RELU, RELU6, TANH] = [1, 3, 4];

/** One cell, one feature: every gate but the candidate is ½. */
function halvedCells(...x: readonly number[]): readonly number[] {
  let cell = 0;
  return x.map((value) => {
    cell = 0.5 * cell + 0.5 * Math.tanh(value);
    return 0.5 * Math.tanh(cell);
  });
}

const nothing = floats([1, 1], 0);
const noBias = floats([1], 0);

const cases: readonly Case[] = [
  {
    op: "CONV_3D",
    x: [
      [1, 3, 1, 2, 1],
      [1, 2, 3, 4, 5, 6],
    ],
    // [depth, height, width, in, out]: a depth of two, the second output ten times the first.
    inputs: ["x", floats([2, 1, 1, 1, 2], 1, 10, 1, 10), floats([2], 0.5, 0)],
    options: { padding: SAME, strideD: 1, strideH: 1, strideW: 1 },
    y: [
      [1, 3, 1, 2, 2],
      [4.5, 40, 6.5, 60, 8.5, 80, 10.5, 100, 5.5, 50, 6.5, 60],
    ],
  },
  {
    op: "CONV_3D_TRANSPOSE",
    x: [
      [1, 2, 1, 1, 1],
      [1, 2],
    ],
    // The shape of the output, the filter [depth, height, width, out, in], then the data.
    inputs: [ints(1, 4, 1, 1, 2), floats([3, 1, 1, 2, 1], 1, 10, 2, 20, 3, 30), "x"],
    options: { padding: SAME, strideD: 2, strideH: 1, strideW: 1 },
    y: [
      [1, 4, 1, 1, 2],
      [1, 10, 2, 20, 5, 50, 4, 40],
    ],
  },
  {
    op: "CONV_2D",
    x: [
      [1, 1, 4, 1],
      [1, 2, 3, 4],
    ],
    inputs: ["x", floats([1, 1, 3, 1], 1, 1, 1), floats([1], -7)],
    options: { padding: SAME, strideH: 1, strideW: 1, fusedActivationFunction: RELU },
    y: [
      [1, 1, 4, 1],
      [0, 0, 2, 0],
    ],
  },
  {
    // The odd place of padding lies at the end.
    op: "DEPTHWISE_CONV_2D",
    x: [
      [1, 1, 3, 1],
      [1, 2, 3],
    ],
    inputs: ["x", floats([1, 1, 2, 2], 1, 0, 0, 10), floats([2], 0, 0)],
    options: { padding: SAME, strideH: 1, strideW: 1, depthMultiplier: 2 },
    y: [
      [1, 1, 3, 2],
      [1, 20, 2, 30, 3, 0],
    ],
  },
  {
    op: "TRANSPOSE_CONV",
    x: [
      [1, 1, 2, 1],
      [1, 2],
    ],
    inputs: [ints(1, 1, 4, 1), floats([1, 1, 3, 1], 1, 10, 100), "x"],
    options: { padding: SAME, strideH: 1, strideW: 2 },
    y: [
      [1, 1, 4, 1],
      [1, 10, 102, 20],
    ],
  },
  {
    op: "TRANSPOSE_CONV",
    x: [
      [1, 1, 2, 1],
      [1, 2],
    ],
    inputs: [ints(1, 1, 6, 1), floats([1, 1, 3, 1], 1, 10, 100), "x", floats([1], 0.5)],
    options: { padding: VALID, strideH: 1, strideW: 2 },
    y: [
      [1, 1, 6, 1],
      [1.5, 10.5, 102.5, 20.5, 200.5, 0.5],
    ],
  },
  {
    op: "FULLY_CONNECTED",
    x: [
      [2, 1, 1, 2],
      [1, 2, 3, 4],
    ],
    inputs: ["x", floats([3, 2], 1, 0, 0, 1, 1, 1)],
    options: { fusedActivationFunction: RELU6 },
    y: [
      [2, 3],
      [1, 2, 3, 3, 4, 6],
    ],
  },
  {
    op: "FULLY_CONNECTED",
    x: [
      [1, 2, 2],
      [1, 2, 3, 4],
    ],
    inputs: ["x", floats([1, 2], 1, 1), floats([1], 10)],
    options: { keepNumDims: 1 },
    y: [
      [1, 2, 1],
      [13, 17],
    ],
  },
  {
    op: "FULLY_CONNECTED",
    x: [
      [2, 2],
      [1, 2, 3, 4],
    ],
    inputs: ["x", floats([1, 4], 1, 1, 1, 1)],
    y: [[1, 1], [10]],
  },
  {
    op: "BATCH_MATMUL",
    x: [
      [1, 1, 2],
      [1, 2],
    ],
    inputs: ["x", floats([2, 3, 2], 1, 0, 0, 1, 1, 1, 2, 0, 0, 2, 2, 2)],
    options: { adjY: 1 },
    y: [
      [2, 1, 3],
      [1, 2, 3, 2, 4, 6],
    ],
  },
  {
    op: "AVERAGE_POOL_2D",
    x: [
      [1, 1, 3, 1],
      [1, 2, 6],
    ],
    inputs: ["x"],
    options: { padding: SAME, strideH: 1, strideW: 2, filterHeight: 1, filterWidth: 2 },
    y: [
      [1, 1, 2, 1],
      [1.5, 6],
    ],
  },
  {
    op: "MAX_POOL_2D",
    x: [
      [1, 1, 3, 1],
      [-1, -2, -6],
    ],
    inputs: ["x"],
    options: { padding: SAME, strideH: 1, strideW: 2, filterHeight: 1, filterWidth: 2 },
    y: [
      [1, 1, 2, 1],
      [-1, -6],
    ],
  },
  {
    op: "SOFTMAX",
    x: [
      [1, 2],
      [0, Math.LN2],
    ],
    inputs: ["x"],
    options: { beta: 2 },
    y: [
      [1, 2],
      [0.2, 0.8],
    ],
  },
  {
    op: "L2_NORMALIZATION",
    x: [
      [1, 2],
      [3, 4],
    ],
    inputs: ["x"],
    y: [
      [1, 2],
      [0.6, 0.8],
    ],
  },
  {
    op: "LOCAL_RESPONSE_NORMALIZATION",
    x: [
      [1, 1, 1, 2],
      [1, 2],
    ],
    inputs: ["x"],
    options: { radius: 1, bias: 3, alpha: 1, beta: 1 },
    y: [
      [1, 1, 1, 2],
      [0.125, 0.25],
    ],
  },
  {
    op: "RESIZE_BILINEAR",
    x: [
      [1, 1, 2, 1],
      [0, 8],
    ],
    inputs: ["x", ints(1, 4)],
    y: [
      [1, 1, 4, 1],
      [0, 4, 8, 8],
    ],
  },
  {
    op: "RESIZE_BILINEAR",
    x: [
      [1, 1, 2, 1],
      [0, 8],
    ],
    inputs: ["x", ints(1, 4)],
    options: { halfPixelCenters: 1 },
    y: [
      [1, 1, 4, 1],
      [0, 2, 6, 8],
    ],
  },
  {
    op: "RESIZE_BILINEAR",
    x: [
      [1, 1, 2, 1],
      [0, 6],
    ],
    inputs: ["x", ints(1, 4)],
    options: { alignCorners: 1 },
    y: [
      [1, 1, 4, 1],
      [0, 2, 4, 6],
    ],
  },
  {
    op: "RESIZE_NEAREST_NEIGHBOR",
    x: [
      [1, 1, 3, 1],
      [1, 2, 3],
    ],
    inputs: ["x", ints(1, 2)],
    y: [
      [1, 1, 2, 1],
      [1, 2],
    ],
  },
  {
    op: "RESIZE_NEAREST_NEIGHBOR",
    x: [
      [1, 1, 3, 1],
      [1, 2, 3],
    ],
    inputs: ["x", ints(1, 2)],
    options: { halfPixelCenters: 1 },
    y: [
      [1, 1, 2, 1],
      [1, 3],
    ],
  },
  {
    op: "RESIZE_NEAREST_NEIGHBOR",
    x: [
      [1, 1, 3, 1],
      [1, 2, 3],
    ],
    inputs: ["x", ints(1, 5)],
    options: { alignCorners: 1 },
    y: [
      [1, 1, 5, 1],
      [1, 2, 2, 3, 3],
    ],
  },
  {
    op: "DEPTH_TO_SPACE",
    x: [
      [1, 1, 1, 8],
      [1, 2, 3, 4, 5, 6, 7, 8],
    ],
    inputs: ["x"],
    options: { blockSize: 2 },
    y: [
      [1, 2, 2, 2],
      [1, 2, 3, 4, 5, 6, 7, 8],
    ],
  },
  {
    op: "SPACE_TO_DEPTH",
    x: [
      [1, 2, 4, 1],
      [1, 2, 3, 4, 5, 6, 7, 8],
    ],
    inputs: ["x"],
    options: { blockSize: 2 },
    y: [
      [1, 1, 2, 4],
      [1, 2, 5, 6, 3, 4, 7, 8],
    ],
  },
  {
    op: "UNIDIRECTIONAL_SEQUENCE_LSTM",
    x: [
      [1, 3, 1],
      [1, -2, 0.5],
    ],
    inputs: [
      "x",
      ...[nothing, nothing, floats([1, 1], 1), nothing],
      ...Array(4).fill(nothing),
      ...Array(3).fill(undefined),
      ...Array(4).fill(noBias),
    ],
    options: { fusedActivationFunction: TANH },
    y: [[1, 3, 1], halvedCells(1, -2, 0.5)],
  },
  {
    op: "UNIDIRECTIONAL_SEQUENCE_RNN",
    x: [
      [3, 1, 1],
      [1, -2, 0.5],
    ],
    inputs: ["x", floats([1, 1], 2), floats([1, 1], 1), floats([1], 0.5)],
    options: { fusedActivationFunction: RELU, timeMajor: 1 },
    y: [
      [3, 1, 1],
      [2.5, 0, 1.5],
    ],
  },
];

describe("TFLite layers", () => {
  it.each(cases.map((entry, i) => [`${entry.op} (${i})`, entry] as const))("%s", (_, entry) => {
    const { value, diagnostics } = importModel(modelOf(entry), { name: "m.tflite" });
    expect(diagnostics.map(({ message }) => message)).toEqual([]);
    const [shape, elements] = entry.x;
    const x = { dtype: "float32", shape, data: Float32Array.from(elements) } as const;
    const y = evaluate(value!.graph, new Map([["x", x]]), { ops, kernels }).get("y")!;
    expect(y.shape).toEqual(entry.y[0]);
    expect(y.data.length).toBe(sizeOf(entry.y[0]));
    y.data.forEach((actual, i) => {
      expect(Math.abs(actual - entry.y[1][i]!)).toBeLessThan(1e-6 * (1 + Math.abs(actual)));
    });
  });
});

function modelOf({ op, x: [shape], inputs, options = {}, y }: Case): Uint8Array {
  const constants = inputs.flatMap((input, i) =>
    typeof input === "object" ? [[`c${i}`, input] as const] : [],
  );
  const names = inputs.map((input, i) => (input === "x" ? "x" : input && `c${i}`));
  return tfliteBytes({
    tensors: { x: { shape }, ...Object.fromEntries(constants), y: { shape: y[0] } },
    operators: [{ op, inputs: names, outputs: ["y"], options }],
    inputs: ["x"],
    outputs: ["y"],
  });
}
