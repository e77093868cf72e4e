import type { Attributes } from "../../compiler/ir/graph.ts";
import type { OpDef, Requantize } from "../../compiler/ir/op.ts";
import type { DType, TensorType } from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";

/** A smallest use of an op: what the laws about all ops try it on. */
export interface Sample {
  readonly operands: readonly (TensorType | undefined)[];
  readonly attributes?: Attributes;
  /** The modes that have an integer form, where it is one of them. */
  readonly integerModes?: readonly Requantize[];
  /** Parameters of the int8 result, where a kernel asks for certain ones. */
  readonly result?: { readonly scale: number; readonly zeroPoint: number };
}

function f32(...shape: readonly number[]): TensorType {
  return { dtype: "float32", shape };
}

function typed(dtype: DType, ...shape: readonly number[]): TensorType {
  return { dtype, shape };
}

function i8(...shape: readonly number[]): TensorType {
  return { dtype: "int8", shape, quant: { scale: [0.5], zeroPoint: [3] } };
}

const window = { padding: [1, 0, 0, 1], strides: [2, 1] };
const image = f32(2, 5, 4, 6);

/** Ops that need more than one float image; the others get as many of them as they have operands. */
const stated: Readonly<Record<string, Sample>> = {
  And: { operands: [typed("bool", 2, 3), typed("bool", 3)] },
  ArgMax: { operands: [image], attributes: { axis: 2, keepDims: false } },
  ArgMin: { operands: [image], attributes: { axis: -1 } },
  AveragePool2D: { operands: [image], attributes: { poolSize: [2, 3], ...window } },
  BatchNorm: { operands: [image, f32(6), f32(6), f32(6), f32(6)] },
  Cast: { operands: [image], attributes: { to: "int16" } },
  Concat: { operands: [f32(2, 3, 4), f32(2, 1, 4), f32(2, 2, 4)], attributes: { axis: 1 } },
  Conv2D: {
    operands: [image, f32(4, 2, 3, 3), f32(4)],
    attributes: { ...window, groups: 2 },
  },
  Conv2DTranspose: { operands: [image, f32(4, 2, 3, 6), undefined], attributes: window },
  CumSum: { operands: [image], attributes: { axis: 1, exclusive: true } },
  Dense: { operands: [f32(2, 6), f32(4, 6), f32(4)] },
  DepthwiseConv2D: { operands: [image, f32(1, 2, 3, 12), f32(12)], attributes: window },
  DepthToSpace: { operands: [f32(1, 2, 3, 8)], attributes: { blockSize: 2 } },
  Dequantize: { operands: [i8(2, 3)] },
  DetectBoxes: {
    operands: [f32(1, 5, 4), f32(1, 5, 3), f32(5, 4)],
    attributes: {
      detections: 3,
      classes: 2,
      leastScore: 0.5,
      mostOverlap: 0.5,
      scales: [9, 9, 9, 9],
    },
  },
  DynamicDense: { operands: [f32(2, 6), f32(4, 6), f32(4)] },
  Expand: { operands: [f32(3, 1)], attributes: { shape: [2, 3, 4] } },
  Gather: { operands: [image, typed("int32", 3)], attributes: { axis: 1 } },
  GatherElements: { operands: [f32(3, 4), typed("int32", 2, 4)] },
  GatherND: { operands: [f32(2, 3, 4), typed("int32", 2, 5, 1)], attributes: { batchDims: 1 } },
  GroupNorm: { operands: [image, f32(6), f32(6)], attributes: { groups: 2 } },
  GRU: { operands: [f32(3, 2, 4), f32(15, 4), f32(15, 5), f32(15), undefined, f32(2, 5)] },
  LSTM: { operands: [f32(3, 2, 4), f32(20, 4), f32(20, 5), f32(20), f32(20), undefined] },
  RNN: { operands: [f32(3, 2, 4), f32(5, 4), f32(5, 5), f32(5), f32(5)] },
  LayerNorm: { operands: [f32(3, 8), f32(8), f32(8)] },
  LocalResponseNorm: { operands: [image], attributes: { before: 1, after: 2 } },
  MatMul: { operands: [f32(2, 3, 4), f32(4, 5)] },
  MaxPool2D: { operands: [image], attributes: { poolSize: [2, 3], ...window } },
  MaxPoolIndices2D: { operands: [image], attributes: { poolSize: [2, 2] } },
  Not: { operands: [typed("bool", 4)] },
  OneHot: { operands: [typed("int32", 2, 3)], attributes: { depth: 4, axis: 1 } },
  Or: { operands: [typed("bool", 2, 3), typed("bool", 2, 1)] },
  Pad: {
    operands: [f32(3, 4)],
    attributes: { padding: [2, 1, 0, 2], mode: "reflect" },
  },
  Quantize: {
    operands: [image],
    attributes: { dtype: "int8", scale: [0.5], zeroPoint: [3] },
  },
  ReduceMax: { operands: [image], attributes: { axes: [1, 2] } },
  ReduceMean: { operands: [image], attributes: { axes: [1, 2] } },
  ReduceMin: { operands: [image], attributes: { axes: [0, 3], keepDims: false } },
  ReduceProd: { operands: [image], attributes: { axes: [-1] } },
  ReduceSum: { operands: [image], attributes: { axes: [0, 2], keepDims: false } },
  Requantize: {
    operands: [i8(2, 3)],
    attributes: { dtype: "uint8", scale: [0.25], zeroPoint: [128] },
  },
  Reinterpret: {
    operands: [typed("int32", 2, 3)],
    attributes: { scale: [0.5], zeroPoint: [0] },
  },
  Reshape: { operands: [image], attributes: { shape: [10, -1] } },
  Resize: {
    operands: [image],
    attributes: { shape: [2, 7, 9, 6] },
    integerModes: ["tflite"],
  },
  ResizeNearest: { operands: [image], attributes: { shape: [2, 7, 9, 6] } },
  ScatterND: { operands: [f32(4, 3), typed("int32", 2, 1), f32(2, 3)] },
  Select: { operands: [typed("bool", 3), f32(2, 1), f32(2, 3)] },
  Slice: {
    operands: [f32(4, 5)],
    attributes: { begin: [3, 1], size: [2, 2], steps: [-2, 3] },
  },
  Softmax: { operands: [image], result: { scale: 1 / 256, zeroPoint: -128 } },
  SpaceToDepth: { operands: [f32(1, 4, 6, 2)], attributes: { blockSize: 2 } },
  Tile: { operands: [f32(2, 3)], attributes: { repeats: [3, 2] } },
  TopK: { operands: [f32(2, 7)], attributes: { k: 3 } },
  Transpose: { operands: [image], attributes: { permutation: [0, 3, 1, 2] } },
  Xor: { operands: [typed("bool", 2, 3), typed("bool", 3)] },
};

/** Ops that make no kernel calls. */
const withoutCalls = new Set(["Constant", "Input"]);

export const samples: readonly (Sample & { readonly name: string; readonly op: OpDef })[] = [
  ...ops.values(),
]
  .filter(({ name }) => !withoutCalls.has(name))
  .map((op) => ({
    name: op.name,
    op,
    ...(stated[op.name] ?? { operands: op.operands.map(() => image) }),
  }));
