import type { Attributes } from "../ir/graph.ts";
import {
  type ImportBuilder,
  type ImportedValue,
  InferenceError,
  type OnnxNode,
  type TFLiteOperator,
} from "../ir/op.ts";
import type { Shape, TensorType } from "../ir/types.ts";

/** Attributes of every sliding-window op. Padding is always explicit: there is one way to say it. */
export const windowAttributes = {
  strides: { kind: "numbers", default: [1, 1], doc: "steps along height and width" },
  dilationRate: {
    kind: "numbers",
    default: [1, 1],
    doc: "distance of neighbouring kernel elements along height and width",
  },
  padding: {
    kind: "numbers",
    default: [0, 0, 0, 0],
    doc: "rows and columns of padding: top, left, bottom, right",
  },
} as const;

export type Pair = readonly [number, number];
export type Pads = readonly [number, number, number, number];

export interface Window {
  readonly strides: Pair;
  readonly dilations: Pair;
  readonly pads: Pads;
}

export function windowOf(attributes: Attributes): Window {
  return {
    strides: attributes.strides as unknown as Pair,
    dilations: (attributes.dilationRate ?? [1, 1]) as unknown as Pair,
    pads: attributes.padding as unknown as Pads,
  };
}

/** Output height and width of a window of `size` over an input of height and width `[inHeight, inWidth]`. */
export function windowOutput(input: Pair, size: Pair, { strides, dilations, pads }: Window): Pair {
  const along = (axis: 0 | 1) => {
    const reach = (size[axis] - 1) * dilations[axis] + 1;
    const extent = input[axis] + pads[axis] + pads[axis + 2]! - reach;
    if (extent < 0) {
      throw new InferenceError(
        `a window that reaches over ${reach} does not fit an input of ${input[axis]} (axis ${axis + 1})`,
      );
    }
    return Math.floor(extent / strides[axis]) + 1;
  };
  return [along(0), along(1)];
}

/** `[top, left, bottom, right]` such that the output has `⌈input / stride⌉` places; the odd one goes `upper` (bottom, right) or lower. */
export function samePads(
  input: Pair,
  size: Pair,
  strides: Pair,
  dilations: Pair,
  odd: "upper" | "lower" = "upper",
): Pads {
  const along = (axis: 0 | 1): Pair => {
    const reach = (size[axis] - 1) * dilations[axis] + 1;
    const out = Math.ceil(input[axis] / strides[axis]);
    const total = Math.max(0, (out - 1) * strides[axis] + reach - input[axis]);
    const small = Math.floor(total / 2);
    return odd === "upper" ? [small, total - small] : [total - small, small];
  };
  const [top, bottom] = along(0);
  const [left, right] = along(1);
  return [top, left, bottom, right];
}

/** A rank-4 shape, or an `InferenceError` that names the operand. */
export function rank4(type: TensorType, name: string): readonly [number, number, number, number] {
  if (type.shape.length !== 4)
    throw new InferenceError(
      `operand \`${name}\` must have 4 dimensions, not ${type.shape.length}`,
    );
  return type.shape as unknown as readonly [number, number, number, number];
}

/** Window attributes of an ONNX node: `strides`, `dilations`, and `pads` or `auto_pad` made explicit. */
export function onnxWindow(
  node: OnnxNode,
  input: Pair,
  size: Pair,
): Attributes & { readonly padding: Pads } {
  const strides = pair(node.ints("strides"), [1, 1]);
  const dilationRate = pair(node.ints("dilations"), [1, 1]);
  return { strides, dilationRate, padding: onnxPads(node, input, size, strides, dilationRate) };
}

function onnxPads(node: OnnxNode, input: Pair, size: Pair, strides: Pair, dilations: Pair): Pads {
  switch (node.string("auto_pad", "NOTSET")) {
    case "SAME_UPPER":
      return samePads(input, size, strides, dilations, "upper");
    case "SAME_LOWER":
      return samePads(input, size, strides, dilations, "lower");
    case "VALID":
      return [0, 0, 0, 0];
    default:
      return explicitPads(node.ints("pads"));
  }
}

/** ONNX lists all begins, then all ends; a 1-D op pads only the width. */
function explicitPads(pads: readonly number[] = [0, 0, 0, 0]): Pads {
  return pads.length === 2 ? [0, pads[0]!, 0, pads[1]!] : (pads as unknown as Pads);
}

/** The window attributes of a TFLite operator: its `padding` is SAME (0) or VALID (1). */
export function tfliteWindow(
  op: TFLiteOperator,
  input: Pair,
  size: Pair,
  dilationRate: Pair = [1, 1],
): Attributes {
  const strides: Pair = [op.number("strideH"), op.number("strideW")];
  const padding: Pads =
    op.number("padding") === 0 ? samePads(input, size, strides, dilationRate) : [0, 0, 0, 0];
  return { strides, dilationRate, padding };
}

/** Two numbers for height and width; a single one (1-D ops seen as 2-D) stands for the width. */
function pair(values: readonly number[] | undefined, fallback: Pair): Pair {
  if (values === undefined) return fallback;
  return values.length === 1 ? [fallback[0], values[0]!] : [values[0]!, values[1]!];
}

export function spatialOf(shape: Shape): Pair {
  return [shape[1]!, shape[2]!];
}

/** Moves the channels of `[N, C, …]` to the end. */
export function toChannelLast(build: ImportBuilder, x: ImportedValue): ImportedValue {
  const rank = x.type.shape.length;
  return build.one("Transpose", [x], { permutation: [0, ...range(2, rank), 1] });
}

/** Moves the channels of `[N, …, C]` to place 1. */
export function toChannelFirst(build: ImportBuilder, x: ImportedValue): ImportedValue {
  const rank = x.type.shape.length;
  return build.one("Transpose", [x], { permutation: [0, rank - 1, ...range(1, rank - 1)] });
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}

/** Applies a TFLite fused activation as a node of its own: the canonical form has one way to say it. */
export function activate(
  build: ImportBuilder,
  x: ImportedValue,
  activation: string,
): ImportedValue {
  switch (activation) {
    case "NONE":
      return x;
    case "RELU":
      return build.one("ReLU", [x]);
    case "RELU6":
      return build.one("ReLU6", [x]);
    case "RELU_N1_TO_1":
      return build.one("Clip", [x], { min: -1, max: 1 });
    case "TANH":
      return build.one("Tanh", [x]);
    default:
      return build.reject(`fused activation \`${activation}\` is not supported`);
  }
}
