import {
  type ImportBuilder,
  type ImportedValue,
  InferenceError,
  type OnnxNode,
  type TFLiteOperator,
} from "../ir/op.ts";
import { type Shape, sizeOf, type Tensor, type TensorType } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { reshaped } from "./elementwise.ts";
import { operand, result } from "./requantization.ts";
import { around, axisOf, range } from "./views.ts";

/** The stated shape with 0 (ONNX: "as in the input") and −1 ("the rest") filled in. */
function resolveShape(
  input: readonly number[],
  wanted: readonly number[],
  zeroIsSize: boolean,
): readonly number[] {
  const shape = wanted.map((size, i) => (size === 0 && !zeroIsSize ? (input[i] ?? 0) : size));
  const known = sizeOf(shape.filter((size) => size !== -1));
  return shape.map((size) => (size === -1 ? sizeOf(input) / known : size));
}

/**
 * The type under another shape. Scales of channels stay with their axis, which the new shape must keep: as long, with as many elements
 * before it, and last if its channels are in groups.
 */
function underShape(type: TensorType, shape: Shape): TensorType {
  const { quant } = type;
  if (quant?.axis === undefined) return { ...type, shape };
  const [outer, length] = around(type.shape, quant.axis);
  const isOne = length === 1 && quant.group === undefined;
  const isKept = (at: number) =>
    shape[at] === length &&
    (isOne || sizeOf(shape.slice(0, at)) === outer) &&
    (quant.group === undefined || at === shape.length - 1);
  const axis = isKept(quant.axis) ? quant.axis : range(shape.length).find(isKept);
  const { scale, zeroPoint } = quant;
  // One channel is the whole tensor.
  if (axis === undefined && isOne) return { ...type, shape, quant: { scale, zeroPoint } };
  if (axis === undefined)
    throw new InferenceError(
      `operand \`input\` has a scale for each channel along axis ${quant.axis} of [${type.shape}], which [${shape}] does not keep`,
    );
  return { ...type, shape, quant: { ...quant, axis } };
}

/** The axes that an ONNX node names: an attribute before opset 13, an input from there on. */
function statedAxes(node: OnnxNode, rank: number): readonly number[] | undefined {
  const axes = node.ints("axes") ?? node.constantInput(1, "axes")?.data;
  return axes && Array.from(axes, (axis) => axisOf(axis, rank));
}

function squeeze(node: OnnxNode, build: ImportBuilder): ImportedValue {
  const input = node.input(0);
  const { shape } = input.type;
  const axes =
    statedAxes(node, shape.length) ?? shape.flatMap((n, axis) => (n === 1 ? [axis] : []));
  const wide = axes.find((axis) => shape[axis] !== 1);
  if (wide !== undefined) return build.reject(`axis ${wide} of [${shape}] is not of extent 1`);
  return build.one("Reshape", [input], { shape: shape.filter((_, axis) => !axes.includes(axis)) });
}

function unsqueeze(node: OnnxNode, build: ImportBuilder): ImportedValue {
  const input = node.input(0);
  const count = node.ints("axes")?.length ?? node.constantInput(1, "axes")?.data.length ?? 0;
  const rank = input.type.shape.length + count;
  const axes = new Set(statedAxes(node, rank));
  if (axes.size !== count) return build.reject("an axis is named twice");
  const rest = [...input.type.shape];
  const shape = range(rank).map((axis) => (axes.has(axis) ? 1 : rest.shift()!));
  return build.one("Reshape", [input], { shape });
}

function flatten(node: OnnxNode, build: ImportBuilder): ImportedValue {
  const input = node.input(0);
  const { shape } = input.type;
  const given = node.int("axis", 1);
  const axis = given < 0 ? given + shape.length : given;
  return build.one("Reshape", [input], {
    shape: [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))],
  });
}

function likeTheFile(op: TFLiteOperator, build: ImportBuilder): ImportedValue {
  return build.one("Reshape", [op.input(0)], { shape: op.outputTypes[0]!.shape });
}

export const Reshape = defineOp({
  name: "Reshape",
  doc: "the same elements in the same order under another shape",
  operands: [{ name: "input", role: "activation" }],
  attributes: {
    shape: { kind: "numbers", doc: "the shape of the result; one −1 stands for the rest" },
  },
  traits: ["movement"],
  infer([input], { shape }) {
    const resolved = resolveShape(input!.shape, shape as readonly number[], true);
    if (
      sizeOf(resolved) !== sizeOf(input!.shape) ||
      !resolved.every((size) => Number.isInteger(size) && size >= 0)
    ) {
      throw new InferenceError(`[${input!.shape}] cannot be reshaped to [${shape}]`);
    }
    return [underShape(input!, resolved)];
  },
  lower: ({ results: [y] }) => [
    { kernel: "copy", arguments: [operand(0), result(), sizeOf(y!.shape)] },
  ],
  onnx: {
    Reshape(node, build) {
      const input = node.input(0);
      const wanted =
        node.constantInput(1, "shape") ?? (node.ints("shape") && { data: node.ints("shape")! });
      if (wanted === undefined) return build.reject("input `shape` is missing");
      const shape = resolveShape(
        input.type.shape,
        [...(wanted as Tensor).data],
        node.int("allowzero", 0) === 1,
      );
      return build.one("Reshape", [input], { shape });
    },
    Flatten: flatten,
    Squeeze: squeeze,
    Unsqueeze: unsqueeze,
  },
  tflite: { RESHAPE: likeTheFile, EXPAND_DIMS: likeTheFile, SQUEEZE: likeTheFile },
  toOnnx: (site, [input], build) => reshaped(input!, site.results[0]!.shape, build),
});
