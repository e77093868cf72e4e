import { Rounding } from "../../runtime/reference/requantize.ts";
import type { KernelArgument, Site } from "../ir/op.ts";
import {
  type QuantizedDType,
  quantRange,
  type Tensor,
  type TensorType,
  tensor,
} from "../ir/types.ts";
import { channelView } from "./quantize.ts";
import { constant, limitsOf, operand, rescale, scaleOf, zeroPointOf } from "./requantization.ts";

/**
 * What integer kernels with weights share: int32 accumulators `bias + Σ (x − xZero) · (w − wZero)` that are
 * proved not to overflow, and their requantization per output channel.
 */
export interface IntegerLayer {
  /** int32, one per output channel; zeros for a layer without a bias. */
  readonly bias: KernelArgument;
  readonly multiplier: KernelArgument;
  readonly shift: KernelArgument;
  /** `xZero, wZero, yZero, low, high, rounding`: how these kernels' argument lists end. */
  readonly numbers: readonly number[];
}

export interface LayerShape {
  /** The axis of operand 1 that counts the output channels. */
  readonly channelAxis: number;
  readonly channels: number;
  /** How many products a sum has. */
  readonly terms: number;
  /** The rounding of the op's TensorFlow Lite reference kernel. */
  readonly fixed: typeof Rounding.fixedOnce | typeof Rounding.fixedTwice;
  /** Whether that kernel takes the product of input and weight scale in float32, not float64. */
  readonly product: "float32" | "float64";
}

/** The integer layer of operands input, weight and (optionally) bias, or a sentence why there is none. */
export function integerLayer(site: Site, shape: LayerShape): IntegerLayer | string {
  const [x, weight, bias] = site.operands;
  const y = site.results[0]!;
  const obstacle =
    perTensorObstacle(x, "input") ??
    outputObstacle(y, x!, weight) ??
    weightObstacle(weight, shape.channelAxis) ??
    biasObstacle(bias, x!, weight!) ??
    overflow(site, shape);
  if (obstacle !== undefined) return obstacle;
  const { scale } = weight!.quant!;
  const weightScales = scale.length === 1 ? Array(shape.channels).fill(scale[0]!) : scale;
  const rounded = shape.product === "float32" && scale.length === 1;
  const scaling = rescale(
    site.requantize,
    rounded ? Math.fround(scaleOf(x!) * scale[0]!) : scaleOf(x!),
    rounded ? Array(shape.channels).fill(1) : weightScales,
    scaleOf(y),
    shape.fixed,
  );
  return {
    bias: bias ? operand(2) : constant(zeros("int32", shape.channels)),
    multiplier: scaling.multiplier,
    shift: scaling.shift,
    numbers: [
      zeroPointOf(x!),
      weight!.quant!.zeroPoint[0]!,
      zeroPointOf(y),
      ...limitsOf(site.attributes, y, site.requantize),
      y.dtype === "int32" ? Rounding.exact : scaling.rounding,
    ],
  };
}

export function zeros(dtype: "float32" | "int32", length: number): Tensor {
  return tensor(dtype, [length], new Float32Array(length));
}

/** Why `type` is not 8 or 16 bits wide, quantized with one scale. */
export function perTensorObstacle(type: TensorType | undefined, name: string): string | undefined {
  if (!type?.quant) return `its ${name} is not quantized`;
  if (type.quant.axis !== undefined) return `its ${name} has a scale for each channel`;
  if (type.dtype === "int32") return `its ${name} is int32`;
  return undefined;
}

/** An int32 result holds the accumulators themselves, so its step is theirs. */
function outputObstacle(
  y: TensorType,
  x: TensorType,
  weight: TensorType | undefined,
): string | undefined {
  if (y.dtype !== "int32") return perTensorObstacle(y, "output");
  const isSum = (scale: number) => Math.fround(scaleOf(x) * scale) === scaleOf(y);
  return zeroPointOf(y) === 0 && weight?.quant?.scale.every(isSum)
    ? undefined
    : "its int32 output is not in steps of input scale · weight scale";
}

function weightObstacle(type: TensorType | undefined, channelAxis: number): string | undefined {
  if (!type?.quant) return "its weights are not quantized";
  const { axis, group, zeroPoint } = type.quant;
  if (group !== undefined) return `its weights have a scale for each group of ${group}`;
  if (axis !== undefined && axis !== channelAxis)
    return `its weights have scales along axis ${axis}, not along the output channels`;
  if (type.dtype === "int32") return "its weights are int32";
  if (zeroPoint.some((zero) => zero !== zeroPoint[0]))
    return "its weights have a different zero point in each channel";
  return undefined;
}

/** Largest relative difference of a bias scale and the scale of the accumulators (T-06). */
const biasScaleTolerance = 1e-3;

function biasObstacle(
  bias: TensorType | undefined,
  x: TensorType,
  weight: TensorType,
): string | undefined {
  if (bias === undefined) return undefined;
  if (bias.dtype !== "int32") return `its bias is ${bias.dtype}, not int32`;
  if (bias.quant === undefined) return undefined;
  const { scale, zeroPoint } = bias.quant;
  const weightScale = weight.quant!.scale;
  const fits = Array.from({ length: Math.max(scale.length, weightScale.length) }, (_, i) => {
    const wanted = scaleOf(x) * (weightScale.length === 1 ? weightScale[0]! : weightScale[i]!);
    const stated = scale.length === 1 ? scale[0]! : scale[i]!;
    return Math.abs(stated - wanted) <= biasScaleTolerance * wanted;
  });
  return fits.every(Boolean) && zeroPoint.every((zero) => zero === 0)
    ? undefined
    : "the scale of its bias is not input scale · weight scale";
}

/** Why a sum may leave int32; `undefined` if the weights prove that it cannot. */
function overflow({ operands, constants }: Site, shape: LayerShape): string | undefined {
  const [x, weight, bias] = operands;
  const [, weights, biases] = constants;
  const widest = farthest(x!);
  const most = shape.terms * farthest(weight!);
  const sums = weights
    ? absoluteSums(weights, shape.channelAxis)
    : Array(shape.channels).fill(most);
  if (bias && !biases) return "its bias is not a constant, so that its sums may leave int32";
  const safe = sums.every(
    (sum: number, channel) =>
      Math.min(sum, most) * widest + Math.abs(biases?.data[channel] ?? 0) < 2 ** 31,
  );
  return safe ? undefined : "its sums may leave int32";
}

/** The largest `|q − zeroPoint|` of a per-tensor type. */
export function farthest(type: TensorType): number {
  const [low, high] = quantRange[type.dtype as QuantizedDType];
  const zero = type.quant!.zeroPoint[0]!;
  return Math.max(zero - low, high - zero);
}

/** `Σ |w − zeroPoint|` for each index of the channel axis. */
function absoluteSums({ shape, data, quant }: Tensor, axis: number): readonly number[] {
  const zero = quant!.zeroPoint[0]!;
  const [outer, channels, inner] = channelView(shape, { scale: [], zeroPoint: [], axis });
  const sums = new Float64Array(channels!);
  let at = 0;
  for (let a = 0; a < outer!; a++) {
    for (let c = 0; c < channels!; c++) {
      for (let i = 0; i < inner!; i++) sums[c]! += Math.abs(data[at++]! - zero);
    }
  }
  return [...sums];
}
