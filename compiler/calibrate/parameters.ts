import { type ModelPlace, Rejected } from "../../grammar/source/diagnostic.ts";
import { roundHalfEven, saturate } from "../../runtime/reference/requantize.ts";
import { bitsOf, integersOf, isSigned, type Quantizer, storageOf } from "../ir/quantizer.ts";
import { allocate, type DType, type Shape, sizeOf, type TypedArray } from "../ir/types.ts";
import { nonFiniteConstant } from "./diagnostics.ts";
import { mirrorOf, type Range, widen } from "./range.ts";
import { rangeOfConstant } from "./range-from.ts";

/** What one range becomes: `real = scale · (q − zeroPoint)`. */
export interface ScaleAndZeroPoint {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** The least and the greatest power of two among the normal float32 numbers. */
const leastScale = 2 ** -126;
const greatestPowerOfTwo = 2 ** 127;

/**
 * The scale (a positive, finite, normal float32 number) and the zero point that divide a range among a
 * quantizer's integers. The range is first widened to hold 0, and mirrored for a symmetric quantizer, so
 * 0 is exactly representable; the zero point is the nearest integer, ties away from the lowest one, so
 * that signed and unsigned dtypes agree. A range of zeros alone counts as [−1, 1]: nothing is known of
 * the magnitude, and 0 stays exact.
 * 16-bit symmetric scales are the largest magnitude over 32767, as TensorFlow Lite wants.
 */
export function quantParamsFromRange(range: Range, quantizer: Quantizer): ScaleAndZeroPoint {
  const { min, max } = known(widen(range, mirrorOf(quantizer)));
  const [lowest, highest] = integersOf(quantizer);
  if (quantizer.symmetric) {
    const zeroPoint = isSigned(quantizer.dtype) ? 0 : 2 ** (bitsOf(quantizer.dtype) - 1);
    return { scale: scaleOf(max / (highest - zeroPoint), quantizer), zeroPoint };
  }
  const scale = scaleOf((max - min) / (highest - lowest), quantizer);
  const zeroPoint = lowest + Math.floor(-min / scale + 0.5);
  return { scale, zeroPoint: Math.min(highest, zeroPoint) };
}

function known(range: Range): Range {
  return range.min === 0 && range.max === 0 ? { min: -1, max: 1 } : range;
}

function scaleOf(step: number, { powerOfTwo }: Quantizer): number {
  const scale = Math.max(leastScale, Math.fround(step));
  return powerOfTwo ? Math.min(greatestPowerOfTwo, nextPowerOfTwo(scale)) : scale;
}

/** The least power of two that is not below `x`. */
function nextPowerOfTwo(x: number): number {
  const guess = 2 ** Math.round(Math.log2(x));
  return guess < x ? guess * 2 : guess;
}

/** A quantized constant. */
export interface QuantizedWeights {
  /** In the order of the values; widths of 4 bits and less one element per byte. */
  readonly data: TypedArray;
  readonly dtype: DType;
  /** One for the tensor, one per channel, or one per group: channel by channel. */
  readonly scale: readonly number[];
  readonly zeroPoint: readonly number[];
  /** Groups of each channel; 1 unless the quantizer is per group. */
  readonly groups: number;
}

/**
 * Quantizes a constant: `q = saturate(rint(x / scale) + zeroPoint)`, the quotient in float32 and rounded
 * half to even (as ONNX Runtime and AI Edge Quantizer do). Each part has a range of its own, chosen by
 * the quantizer's observer. A part of zeros alone takes the largest scale of the other parts, so that
 * the scale of its bias is not coarser than theirs need be.
 * Rejects constants with NaN or infinities.
 * @param axis the channels; negative counts from the end. Without meaning per tensor.
 * @param place the constant, for the message
 */
export function quantizeWeights(
  values: Float32Array,
  shape: Shape,
  axis: number,
  quantizer: Quantizer,
  place: ModelPlace = { model: "model", path: "kernel" },
): QuantizedWeights {
  const odd = values.findIndex((x) => !Number.isFinite(x));
  if (odd >= 0) throw new Rejected([nonFiniteConstant(place, values[odd]!, odd)]);
  const split = splitOf(shape, axis, quantizer.per);
  return quantizeParts(values, split, quantizer, paramsOfParts(values, split, quantizer));
}

/**
 * `quantizeWeights` with parameters that are known: one for the tensor, or one for each channel or group,
 * in the order of `QuantizedWeights.scale`. The quantizer gives the integers and the parts.
 */
export function quantizeWeightsWith(
  values: Float32Array,
  shape: Shape,
  axis: number,
  quantizer: Quantizer,
  params: readonly ScaleAndZeroPoint[],
): QuantizedWeights {
  return quantizeParts(values, splitOf(shape, axis, quantizer.per), quantizer, params);
}

function quantizeParts(
  values: Float32Array,
  split: Split,
  quantizer: Quantizer,
  params: readonly ScaleAndZeroPoint[],
): QuantizedWeights {
  const dtype = storageOf(quantizer.dtype);
  const data = allocate(dtype, values.length);
  const [lowest, highest] = integersOf(quantizer);
  for (let channel = 0; channel < split.channels; channel++) {
    for (let i = 0; i < split.channelLength; i++) {
      const at = indexIn(split, channel, i);
      const part = channel * split.groups + Math.floor(i / split.groupLength);
      const { scale, zeroPoint } = params[part]!;
      const q = roundHalfEven(Math.fround(values[at]! / scale)) + zeroPoint;
      data[at] = saturate(q, lowest, highest);
    }
  }
  const scale = params.map((part) => part.scale);
  const zeroPoint = params.map((part) => part.zeroPoint);
  return { data, dtype, scale, zeroPoint, groups: split.groups };
}

/** How a tensor falls into parts: channels along an axis, and groups of elements inside a channel. */
interface Split {
  readonly channels: number;
  readonly channelLength: number;
  readonly groups: number;
  readonly groupLength: number;
  /** Elements from one index of the axis to the next. */
  readonly inner: number;
}

function splitOf(shape: Shape, axis: number, per: Quantizer["per"]): Split {
  const at = axis < 0 ? axis + shape.length : axis;
  const channels = shape[at];
  // Where there are no channels the tensor has a scale all the same.
  if (per === "tensor" || channels === 0) {
    const length = sizeOf(shape);
    return { channels: 1, channelLength: length, groups: 1, groupLength: length, inner: length };
  }
  if (channels === undefined) throw new Error(`internal: no axis ${axis} in [${shape.join(", ")}]`);
  const inner = sizeOf(shape.slice(at + 1));
  const channelLength = sizeOf(shape.slice(0, at)) * inner;
  const groupLength = per === "channel" ? channelLength : Math.min(per.group, channelLength);
  const groups = channelLength === 0 ? 1 : Math.ceil(channelLength / groupLength);
  return { channels, channelLength, groups, groupLength, inner };
}

/** Where the element `i` of a channel, counted row-major, lies in the tensor. */
function indexIn({ channels, inner }: Split, channel: number, i: number): number {
  const outer = Math.floor(i / inner);
  return (outer * channels + channel) * inner + (i - outer * inner);
}

function paramsOfParts(
  values: Float32Array,
  split: Split,
  quantizer: Quantizer,
): readonly ScaleAndZeroPoint[] {
  const parts: (ScaleAndZeroPoint | undefined)[] = [];
  const channelValues = new Float32Array(split.channelLength);
  for (let channel = 0; channel < split.channels; channel++) {
    for (let i = 0; i < channelValues.length; i++) {
      channelValues[i] = values[indexIn(split, channel, i)]!;
    }
    for (let group = 0; group < split.groups; group++) {
      const from = group * split.groupLength;
      const range = rangeOfConstant(
        channelValues.subarray(from, from + split.groupLength),
        quantizer,
      );
      const isZero = range.min === 0 && range.max === 0;
      parts.push(isZero ? undefined : quantParamsFromRange(range, quantizer));
    }
  }
  const ofZeros = paramsOfZeros(parts, quantizer);
  return parts.map((part) => part ?? ofZeros);
}

function paramsOfZeros(
  parts: readonly (ScaleAndZeroPoint | undefined)[],
  quantizer: Quantizer,
): ScaleAndZeroPoint {
  const largest = parts.reduce((a, b) => ((a?.scale ?? 0) < (b?.scale ?? 0) ? b : a), undefined);
  return largest ?? quantParamsFromRange({ min: 0, max: 0 }, quantizer);
}
