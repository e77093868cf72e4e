import { describe, expect, it } from "vitest";
import { importModel } from "../../compiler/frontends/import-model.ts";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import { type Tensor, tensor } from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";
import { kernels } from "../../runtime/reference/index.ts";
import { type TensorText, tfliteBytes } from "../support/tflite-model.ts";

/** TFLite operators one by one, against results worked out by hand from TensorFlow's documentation. */

interface Case {
  readonly op: string;
  /** The shape of the float input 0, 1, 2 …; several for several inputs. */
  readonly x: readonly (readonly number[])[];
  /** Constants, by their place among the inputs. */
  readonly constants?: Readonly<Record<number, TensorText>>;
  readonly options?: Readonly<Record<string, number>>;
  readonly custom?: Readonly<Record<string, number | boolean>>;
  /** Shape and elements of each result. */
  readonly y: readonly (readonly [readonly number[], readonly number[], string?])[];
}

function ints(...values: readonly number[]): TensorText {
  return { shape: [values.length], type: "int32", data: Int32Array.from(values) };
}

function scalar(value: number, type: "int32" | "float32" = "int32"): TensorText {
  const data = type === "int32" ? Int32Array.of(value) : Float32Array.of(value);
  return { shape: [], type, data };
}

/** A matrix of int32. */
function pairs(...values: readonly number[]): TensorText {
  return { shape: [values.length / 2, 2], type: "int32", data: Int32Array.from(values) };
}

/** Masks of `STRIDED_SLICE` that are not stated are 0. */
const strided = (begin: number[], end: number[], strides: number[]) => ({
  1: ints(...begin),
  2: ints(...end),
  3: ints(...strides),
});

const cases: readonly Case[] = [
  {
    op: "SLICE",
    x: [[2, 3]],
    constants: { 1: ints(0, 1), 2: ints(-1, 1) },
    y: [
      [
        [2, 1],
        [1, 4],
      ],
    ],
  },
  {
    op: "STRIDED_SLICE",
    x: [[2, 3]],
    constants: strided([0, 2], [2, 0], [1, -1]),
    y: [
      [
        [2, 2],
        [2, 1, 5, 4],
      ],
    ],
  },
  {
    op: "STRIDED_SLICE",
    x: [[2, 3]],
    constants: strided([1, 0], [2, 0], [1, 2]),
    options: { shrinkAxisMask: 1, endMask: 2 },
    y: [[[2], [3, 5]]],
  },
  {
    op: "STRIDED_SLICE",
    x: [[2, 2, 2]],
    constants: strided([0, 0, 1], [0, 0, 2], [1, 1, 1]),
    options: { ellipsisMask: 1, newAxisMask: 2 },
    y: [
      [
        [2, 2, 1, 1],
        [1, 3, 5, 7],
      ],
    ],
  },
  {
    op: "STRIDED_SLICE",
    x: [[4]],
    constants: strided([0], [0], [-1]),
    options: { beginMask: 1, endMask: 1 },
    y: [[[4], [3, 2, 1, 0]]],
  },
  {
    op: "STRIDED_SLICE",
    x: [[4]],
    constants: strided([-1], [0], [1]),
    options: { shrinkAxisMask: 1 },
    y: [[[], [3]]],
  },
  {
    op: "SPLIT_V",
    x: [[1, 4]],
    constants: { 1: ints(1, -1), 2: scalar(1) },
    y: [
      [[1, 1], [0]],
      [
        [1, 3],
        [1, 2, 3],
      ],
    ],
  },
  {
    op: "UNPACK",
    x: [[2, 2]],
    options: { num: 2, axis: 1 },
    y: [
      [[2], [0, 2]],
      [[2], [1, 3]],
    ],
  },
  {
    op: "PACK",
    x: [[2], [2]],
    options: { valuesCount: 2, axis: -1 },
    y: [
      [
        [2, 2],
        [0, 0, 1, 1],
      ],
    ],
  },
  {
    op: "REVERSE_V2",
    x: [[2, 3]],
    constants: { 1: ints(-1) },
    y: [
      [
        [2, 3],
        [2, 1, 0, 5, 4, 3],
      ],
    ],
  },
  {
    op: "SPACE_TO_BATCH_ND",
    x: [[1, 2, 3, 1]],
    constants: { 1: ints(2, 2), 2: pairs(0, 0, 1, 0) },
    y: [
      [
        [4, 1, 2, 1],
        [0, 1, 0, 2, 0, 4, 3, 5],
      ],
    ],
  },
  {
    op: "BATCH_TO_SPACE_ND",
    x: [[4, 1, 2, 1]],
    constants: { 1: ints(2, 2), 2: pairs(0, 0, 1, 0) },
    y: [
      [
        [1, 2, 3, 1],
        [2, 1, 3, 6, 5, 7],
      ],
    ],
  },
  {
    op: "PADV2",
    x: [[2]],
    constants: { 1: pairs(1, 1), 2: scalar(9, "float32") },
    y: [[[4], [9, 0, 1, 9]]],
  },
  {
    op: "MIRROR_PAD",
    x: [[3]],
    constants: { 1: pairs(2, 1) },
    options: { mode: 1 },
    y: [[[6], [1, 0, 0, 1, 2, 2]]],
  },
  { op: "TILE", x: [[2]], constants: { 1: ints(2) }, y: [[[4], [0, 1, 0, 1]]] },
  {
    op: "BROADCAST_TO",
    x: [[2, 1]],
    constants: { 1: ints(2, 2) },
    y: [
      [
        [2, 2],
        [0, 0, 1, 1],
      ],
    ],
  },
  {
    op: "GATHER",
    x: [[2, 3]],
    constants: { 1: pairs(2, 0, 1, 1) },
    options: { axis: 1, batchDims: 1 },
    y: [
      [
        [2, 2],
        [2, 0, 4, 4],
      ],
    ],
  },
  { op: "GATHER_ND", x: [[2, 2]], constants: { 1: pairs(1, 0, 0, 1) }, y: [[[2], [2, 1]]] },
  {
    op: "TOPK_V2",
    x: [[1, 4]],
    constants: { 1: scalar(2) },
    y: [
      [
        [1, 2],
        [3, 2],
      ],
      [[1, 2], [3, 2], "int32"],
    ],
  },
  { op: "ARG_MAX", x: [[2, 3]], constants: { 1: scalar(1) }, y: [[[2], [2, 2], "int32"]] },
  {
    op: "SUM",
    x: [[2, 3]],
    constants: { 1: scalar(-1) },
    options: { keepDims: 1 },
    y: [
      [
        [2, 1],
        [3, 12],
      ],
    ],
  },
  { op: "MEAN", x: [[1, 2, 2, 1]], constants: { 1: ints(1, 2) }, y: [[[1, 1], [1.5]]] },
  { op: "REDUCE_MAX", x: [[2, 3]], constants: { 1: ints(0) }, y: [[[3], [3, 4, 5]]] },
  {
    op: "CUMSUM",
    x: [[4]],
    constants: { 1: scalar(0) },
    options: { exclusive: 1 },
    y: [[[4], [0, 0, 1, 3]]],
  },
  {
    op: "SQUARED_DIFFERENCE",
    x: [[3]],
    constants: { 1: scalar(1, "float32") },
    y: [[[3], [1, 0, 1]]],
  },
  {
    op: "FLOOR_DIV",
    x: [[4]],
    constants: { 1: scalar(-2, "float32") },
    y: [[[4], [-0, -1, -1, -2]]],
  },
  {
    op: "GREATER",
    x: [[3]],
    constants: { 1: scalar(1, "float32") },
    y: [[[3], [0, 0, 1], "bool"]],
  },
  {
    op: "SUB",
    x: [[3]],
    constants: { 1: scalar(1, "float32") },
    options: { fusedActivationFunction: 1 },
    y: [[[3], [0, 0, 1]]],
  },
  { op: "LEAKY_RELU", x: [[2]], options: { alpha: 0.5 }, y: [[[2], [0, 1]]] },
  { op: "SHAPE", x: [[2, 3]], y: [[[2], [2, 3], "int32"]] },
  { op: "ZEROS_LIKE", x: [[2]], y: [[[2], [0, 0]]] },
  {
    op: "TFLite_Detection_PostProcess",
    x: [
      [1, 1, 4],
      [1, 1, 2],
    ],
    constants: { 2: { shape: [1, 4], data: Float32Array.of(1, 1, 2, 2) } },
    custom: {
      max_detections: 1,
      max_classes_per_detection: 1,
      num_classes: 1,
      nms_score_threshold: 0.5,
      nms_iou_threshold: 0.5,
      ...{ y_scale: 1, x_scale: 1e9, h_scale: 1e9, w_scale: 1e9 },
      use_regular_nms: false,
    },
    y: [
      [
        [1, 1, 4],
        [0, 0, 2, 2],
      ],
      [[1, 1], [0]],
      [[1, 1], [1]],
      [[1], [1]],
    ],
  },
];

describe("TFLite operators", () => {
  it.each(cases.map((entry, i) => [`${entry.op} (${i})`, entry] as const))("%s", (_, entry) => {
    const { value, diagnostics } = importModel(modelOf(entry), { name: "m.tflite" });
    expect(diagnostics.map(({ message }) => message)).toEqual([]);
    const outputs = evaluate(value!.graph, inputsOf(entry), { ops, kernels });
    entry.y.forEach(([shape, elements, dtype = "float32"], i) => {
      const actual = outputs.get(`y${i}`)!;
      expect(actual).toMatchObject({ shape, dtype });
      expect(Array.from(actual.data, (x) => Math.round(x * 1e6) / 1e6)).toEqual(elements);
    });
  });
});

function modelOf({ op, x, constants = {}, options = {}, custom, y }: Case): Uint8Array {
  const names = x.map((_, i) => `x${i}`);
  const inputs = [...names];
  for (const place of Object.keys(constants)) inputs[Number(place)] = `c${place}`;
  const outputs = y.map((_, i) => `y${i}`);
  return tfliteBytes({
    tensors: {
      ...Object.fromEntries(x.map((shape, i) => [`x${i}`, { shape }])),
      ...Object.fromEntries(Object.entries(constants).map(([i, text]) => [`c${i}`, text])),
      ...Object.fromEntries(y.map(([shape, , type = "float32"], i) => [`y${i}`, { shape, type }])),
    },
    operators: [{ op, inputs, outputs, options, ...(custom && { custom }) }],
    inputs: names,
    outputs,
  });
}

function inputsOf({ x }: Case): Map<string, Tensor> {
  return new Map(
    x.map((shape, i) => {
      const length = shape.reduce((product, size) => product * size, 1);
      return [
        `x${i}`,
        tensor(
          "float32",
          shape,
          Array.from({ length }, (_, k) => k),
        ),
      ];
    }),
  );
}
