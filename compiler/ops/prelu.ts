import { Rounding } from "../../runtime/reference/requantize.ts";
import { InferenceError, type KernelArgument, type Site } from "../ir/op.ts";
import {
  type QuantizedDType,
  quantRange,
  type Tensor,
  type TensorType,
  tensor,
} from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { checkReal, elementwiseToOnnx, viewOfSite } from "./elementwise.ts";
import { constant, fixedPoint, operand, result, scaleOf, zeroPointOf } from "./requantization.ts";
import { broadcastShape } from "./views.ts";
import { channelWeights } from "./weights.ts";

/** The slopes as integers: as they are quantized, or float constants on 16 bits. */
function slopes({
  operands,
  constants,
}: Site): { values: KernelArgument; type: TensorType } | string {
  const [, type] = operands;
  if (type!.quant) return { values: operand(1), type: type! };
  const [, floats] = constants;
  if (!floats) return "its slopes are neither quantized nor constant";
  const largest = Array.from(floats.data, Math.abs).reduce((max, x) => Math.max(max, x), 0);
  const scale = Math.fround((largest || 1) / quantRange.int16[1]);
  const integers: Tensor = tensor(
    "int16",
    floats.shape,
    Array.from(floats.data, (x) => Math.round(x / scale)),
  );
  return {
    values: constant(integers),
    type: { dtype: "int16", shape: floats.shape, quant: { scale: [scale], zeroPoint: [0] } },
  };
}

/** A factor as the kernel takes it. TensorFlow Lite computes it in float32. */
function factorOf(site: Site, factor: number): readonly [number, number] {
  if (site.requantize === "onnx") return [factor, 0];
  const { multiplier, shift } = fixedPoint(factor);
  return [multiplier, shift];
}

export const PReLU = defineOp({
  name: "PReLU",
  doc: "y = x where x ≥ 0, alpha · x elsewhere, with learned slopes alpha that broadcast",
  operands: [
    { name: "input", role: "activation" },
    { name: "alpha", role: "parameter", channelAxis: -1 },
  ],
  attributes: {},
  traits: ["elementwise"],
  weights: channelWeights("alpha"),
  infer([input, alpha]) {
    checkReal(input!, "input");
    checkReal(alpha!, "alpha");
    const shape = broadcastShape(input!.shape, alpha!.shape);
    if (shape.some((size, axis) => size !== input!.shape[axis]))
      throw new InferenceError(`\`alpha\` [${alpha!.shape}] does not stretch to [${input!.shape}]`);
    return [{ dtype: "float32", shape }];
  },
  lower: (site) => [
    { kernel: "prelu", arguments: [operand(0), operand(1), result(), viewOfSite(site)] },
  ],
  lowerInteger(site) {
    const [x, y] = [site.operands[0]!, site.results[0]!];
    const alpha = slopes(site);
    if (typeof alpha === "string") return alpha;
    if (alpha.type.quant!.scale.length > 1) return "its slopes are quantized per channel";
    const positive = Math.fround(scaleOf(x) / scaleOf(y));
    const negative = Math.fround(Math.fround(scaleOf(x) * scaleOf(alpha.type)) / scaleOf(y));
    return [
      {
        kernel: "preluInteger",
        arguments: [
          operand(0),
          alpha.values,
          result(),
          viewOfSite(site),
          zeroPointOf(x),
          zeroPointOf(alpha.type),
          zeroPointOf(y),
          ...factorOf(site, positive),
          ...factorOf(site, negative),
          ...quantRange[y.dtype as QuantizedDType],
          site.requantize === "onnx" ? Rounding.halfEven : Rounding.fixedTwice,
        ],
      },
    ];
  },
  onnx: { PRelu: (node, build) => build.one("PReLU", [node.input(0), node.input(1)]) },
  tflite: { PRELU: (op, build) => build.one("PReLU", [op.input(0), op.input(1)]) },
  toOnnx: elementwiseToOnnx("PRelu"),
});
