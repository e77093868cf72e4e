import type { ExportedValue, ImportedValue, OnnxNode } from "../ir/op.ts";
import { type TensorType, tensor } from "../ir/types.ts";
import { defineUnary, type ExportBuilder, numberAttribute } from "./elementwise.ts";
import { rescaledWithin } from "./lookup.ts";

/** A bound of an ONNX `Clip`: an attribute before opset 11, an optional input from there on. */
function bound(node: OnnxNode, index: 1 | 2, fallback: number): number | ImportedValue {
  const value = node.inputs[index];
  if (value === undefined) return node.float(index === 1 ? "min" : "max", fallback);
  return value.constant ? value.constant.data[0]! : value;
}

/** ONNX `Clip` with those of the bounds that are finite. */
export function clipToOnnx(
  input: ExportedValue,
  min: number,
  max: number,
  results: readonly TensorType[],
  build: ExportBuilder,
): readonly ExportedValue[] {
  const scalar = (value: number) =>
    Number.isFinite(value) ? build.constant(tensor(results[0]!.dtype, [], [value])) : undefined;
  return build.add("Clip", [input, scalar(min), scalar(max)], {}, results, input.layout);
}

export const Clip = defineUnary({
  name: "Clip",
  doc: "y = min(max(x, min), max)",
  kernel: "clip",
  parameters: {
    min: numberAttribute(Number.NEGATIVE_INFINITY, "the smallest value that is kept"),
    max: numberAttribute(Number.POSITIVE_INFINITY, "the largest value that is kept"),
  },
  accepts: "numbers",
  traits: ["monotone"],
  onnx: {
    Clip(node, build) {
      const input = node.input(0);
      const min = bound(node, 1, Number.NEGATIVE_INFINITY);
      const max = bound(node, 2, Number.POSITIVE_INFINITY);
      const constant = {
        ...(typeof min === "number" && { min }),
        ...(typeof max === "number" && { max }),
      };
      let y = min === 0 && max === 6 ? build.one("ReLU6", [input]) : input;
      if (y === input && Object.keys(constant).length > 0) y = build.one("Clip", [y], constant);
      if (typeof min !== "number") y = build.one("Maximum", [y, min]);
      if (typeof max !== "number") y = build.one("Minimum", [y, max]);
      return y;
    },
  },
  tflite: {
    RELU_N1_TO_1: (op, build) => build.one("Clip", [op.input(0)], { min: -1, max: 1 }),
    RELU_0_TO_1: (op, build) => build.one("Clip", [op.input(0)], { min: 0, max: 1 }),
  },
  toOnnx: ({ attributes: { min, max }, results }, [input], build) =>
    clipToOnnx(input!, min as number, max as number, results, build),
  tfliteIntegers: (site) =>
    rescaledWithin(site, site.attributes.min as number, site.attributes.max as number),
});
