import { roundHalfEven } from "../../runtime/reference/requantize.ts";
import { integersOf, type Quantizer } from "../ir/quantizer.ts";
import { allocate, type QuantParams, type Tensor } from "../ir/types.ts";

/** What the scale of a bias is made of; `undefined` where that operand is not quantized. */
export interface BiasSite {
  readonly input: QuantParams | undefined;
  readonly weights: QuantParams | undefined;
  readonly bias: Tensor | undefined;
}

/**
 * The largest magnitude of a derived bias, in steps: half of int32, so that the products of the accumulator have the
 * other half.
 */
const largestBias = 2 ** 30;

/**
 * The bias as int32 in steps of `inputScale · weightScale[c]` (a float32 product), zero point 0, rounded half to even.
 * `undefined` when input or weights have no known scale, when the weights have one for each group, when the bias is no
 * float32 constant, and when it does not fit int32 in these steps: the layer then stays in float.
 * @source ONNX Runtime and TensorFlow Lite agree on the scale: LiteRT 8-bit quantization specification.
 */
export function deriveBias({ input, weights, bias }: BiasSite): Tensor | undefined {
  if (!input || !weights || weights.group !== undefined) return undefined;
  if (bias?.dtype !== "float32" || bias.shape.length !== 1) return undefined;
  const channels = bias.data.length;
  const scale = Array.from({ length: weights.scale.length === 1 ? 1 : channels }, (_, c) =>
    Math.fround(input.scale[0]! * weights.scale[c]!),
  );
  if (!scale.every((step) => 0 < step && step < Number.POSITIVE_INFINITY)) return undefined;
  const steps = Array.from(bias.data, (real, c) =>
    roundHalfEven(real / scale[scale.length === 1 ? 0 : c]!),
  );
  if (!steps.every((q) => Math.abs(q) < 2 ** 31)) return undefined;
  return {
    dtype: "int32",
    shape: bias.shape,
    data: Int32Array.from(steps),
    quant: { scale, zeroPoint: scale.map(() => 0), ...(scale.length > 1 && { axis: 0 }) },
  };
}

/**
 * Where a bias would not fit int32 because the scale of its channel is tiny, the weights of that channel are
 * quantized again with the least scale that lets it fit. Their small values lose resolution that the channel, which
 * its bias dominates, does not need.
 */
export function raiseForBias(
  constant: Tensor,
  quantized: Tensor,
  quantizer: Quantizer,
  { input, bias }: BiasSite,
): { readonly weights: Tensor; readonly channels: readonly number[] } | undefined {
  const { quant } = quantized;
  if (!input || bias?.dtype !== "float32" || !quant || quant.group !== undefined) return undefined;
  if (quant.zeroPoint.some((zero) => zero !== 0)) return undefined;
  const biasOf = (channel: number) =>
    quant.scale.length > 1 ? Math.abs(bias.data[channel]!) : largestMagnitude(bias.data);
  const least = quant.scale.map((_, c) => Math.fround(biasOf(c) / (input.scale[0]! * largestBias)));
  const channels = quant.scale.flatMap((scale, c) => (scale < least[c]! ? [c] : []));
  if (channels.length === 0 || !least.every(Number.isFinite)) return undefined;
  const scale = quant.scale.map((old, c) => Math.max(old, least[c]!));
  return { weights: withScales(constant, quantized, scale, quantizer), channels };
}

function largestMagnitude(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i]!));
  return most;
}

/** The constant quantized symmetrically with given scales along the axis of `quantized`. */
function withScales(
  constant: Tensor,
  quantized: Tensor,
  scale: readonly number[],
  quantizer: Quantizer,
): Tensor {
  const [low, high] = integersOf(quantizer);
  const axis = quantized.quant!.axis ?? 0;
  const inner = constant.shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const data = allocate(quantized.dtype, quantized.data.length);
  for (let i = 0; i < data.length; i++) {
    const channel = scale.length === 1 ? 0 : Math.floor(i / inner) % scale.length;
    const steps = roundHalfEven(Math.fround(constant.data[i]! / scale[channel]!));
    data[i] = Math.min(high, Math.max(low, steps));
  }
  return { ...quantized, data, quant: { ...quantized.quant!, scale } };
}
