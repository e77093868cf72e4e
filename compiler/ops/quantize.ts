import { Rounding } from "../../runtime/reference/requantize.ts";
import type { Attributes } from "../ir/graph.ts";
import { quantOf } from "../ir/infer.ts";
import {
  type ImportBuilder,
  type ImportedValue,
  InferenceError,
  type KernelArgument,
  type Site,
} from "../ir/op.ts";
import {
  type QuantizedDType,
  type QuantParams,
  quantRange,
  sizeOf,
  type TensorType,
  tensor,
} from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { onnxTypeOf } from "./onnx-types.ts";
import { channelAxis, quantized } from "./quantized-values.ts";
import { constant, operand, result } from "./requantization.ts";
import { range } from "./views.ts";

/** Attributes that `Quantize` and an integer-form op state for their result. */
export const quantizeAttributes = {
  dtype: { kind: "dtype", doc: "element type of the result" },
  scale: {
    kind: "numbers",
    doc: "size of one step, in reals; one number, or one for each index of `axis`",
  },
  zeroPoint: { kind: "numbers", doc: "the integer that stands for 0, as many as there are scales" },
  axis: { kind: "number", default: 0, doc: "the axis of per-channel parameters" },
} as const;

/**
 * The arguments `outer, channels, inner` that see a shape as three axes, with the quantized one in the middle. Groups lie
 * one after the other, each like a channel.
 */
export function channelView(shape: readonly number[], quant: QuantParams): readonly number[] {
  if (quant.axis === undefined) return [1, 1, sizeOf(shape)];
  if (quant.group !== undefined) return [1, sizeOf(shape) / quant.group, quant.group];
  return [
    sizeOf(shape.slice(0, quant.axis)),
    shape[quant.axis]!,
    sizeOf(shape.slice(quant.axis + 1)),
  ];
}

/** Scales and zero points as constant kernel arguments. */
export function parameterTables({
  scale,
  zeroPoint,
}: QuantParams): readonly [KernelArgument, KernelArgument] {
  return [
    constant(tensor("float32", [scale.length], scale)),
    constant(tensor("int32", [zeroPoint.length], zeroPoint)),
  ];
}

function quantizedType(operand: TensorType, attributes: Attributes): TensorType {
  const quant = quantOf(attributes);
  if (quant.axis !== undefined && operand.shape[quant.axis] !== quant.scale.length) {
    throw new InferenceError(
      `${quant.scale.length} scales do not fit axis ${quant.axis} of [${operand.shape}]`,
    );
  }
  return { dtype: attributes.dtype as QuantizedDType, shape: operand.shape, quant };
}

export const Quantize = defineOp({
  name: "Quantize",
  doc: "q = saturate(round(x / scale) + zeroPoint)",
  operands: [{ name: "input", role: "activation" }],
  attributes: quantizeAttributes,
  traits: [],
  infer: ([input], attributes) => [quantizedType(input!, attributes)],
  lower(site: Site) {
    const [type] = site.results;
    const [low, high] = quantRange[type!.dtype as QuantizedDType];
    const rounding = site.requantize === "onnx" ? Rounding.halfEven : Rounding.fixedTwice;
    return [
      {
        kernel: "quantize",
        arguments: [
          operand(0),
          ...parameterTables(type!.quant!),
          result(),
          ...channelView(type!.shape, type!.quant!),
          low,
          high,
          rounding,
        ],
      },
    ];
  },
  onnx: {
    QuantizeLinear(node, build) {
      const x = node.input(0);
      const axis = channelAxis(node, x, node.input(1));
      const zeroPoint = node.inputs[2];
      const code = node.int("output_dtype", onnxTypeOf("uint8"));
      const dtype = zeroPoint?.type.dtype ?? integerDTypes.find((t) => onnxTypeOf(t) === code);
      if (dtype === undefined) return build.reject(`element type ${code} is not supported`);
      const stated = { scale: node.input(1), zeroPoint, axis };
      return quantized(build, x, stated, dtype as QuantizedDType);
    },
    DynamicQuantizeLinear: (node, build) => dynamicallyQuantized(build, node.input(0)),
  },
});

const integerDTypes = Object.keys(quantRange) as readonly QuantizedDType[];

/** uint8 integers, scale and zero point from the range of the values themselves, widened to contain 0 (O-09). */
function dynamicallyQuantized(build: ImportBuilder, x: ImportedValue): readonly ImportedValue[] {
  const number = (value: number) => build.constant(tensor("float32", [], [value]));
  const all = { axes: range(x.type.shape.length), keepDims: false };
  const least = build.one("Minimum", [build.one("ReduceMin", [x], all), number(0)]);
  const most = build.one("Maximum", [build.one("ReduceMax", [x], all), number(0)]);
  const scale = build.one("Divide", [build.one("Subtract", [most, least]), number(255)]);
  const steps = (real: ImportedValue) => build.one("Round", [build.one("Divide", [real, scale])]);
  const limited = (real: ImportedValue) => build.one("Clip", [real], { min: 0, max: 255 });
  const zero = limited(build.one("Negative", [steps(least)]));
  const integers = limited(build.one("Add", [steps(x), zero]));
  const byte = (value: ImportedValue) => build.one("Cast", [value], { to: "uint8" });
  return [byte(integers), scale, byte(zero)];
}
