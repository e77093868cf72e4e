import type { DType, TypedArray } from "../ir/types.ts";
import { type IntegerProduct, type PackedProduct, packProduct } from "./pack-layers.ts";
import type { StepReplacement } from "./replace-steps.ts";
import type { Step } from "./schedule.ts";

/**
 * Depthwise convolutions of 8-bit integers with constant weights, on weights that are packed ahead:
 *
 * ```text
 * depthwiseConv2dInteger(x, kernel, bias, …, y, …)    ⇒    depthwiseConv2dPackedInteger(x, weights, bias, records, scratch, y, …)
 * ```
 */
export function selectDepthwise(step: Step, using: StepReplacement): Step | undefined {
  const [x, ...further] = step.arguments;
  const y = further[5]!;
  const [kernel, bias, multiplier, shift] = further
    .slice(0, 4)
    .map((each) => using.constantOf(each)?.data);
  if (!kernel || !bias || !multiplier || !shift) return undefined;
  const types = { xType: using.dtypeOf(x!), yType: using.dtypeOf(y) };
  const layer = { kernel, bias, multiplier, shift, ...types };
  const packed = packDepthwise(layer, further.slice(6) as unknown as DepthwiseNumbers);
  if (!packed) return undefined;
  const { product, numbers, scratchBytes } = packed;
  const weights = using.constant(`${step.node}_weights`, product.weights);
  const sums = using.constant(`${step.node}_bias`, product.bias);
  const signed = types.xType === "int8" ? 1 : 0;
  const list = [weights, sums, product.tiles, product.quads, signed];
  using.prepare({ ...step, kernel: "preparePacked", arguments: list });
  const records = using.constant(`${step.node}_records`, product.records);
  const scratch = using.scratch(`${step.node}_scratch`, "int8", scratchBytes);
  return {
    ...step,
    kernel: "depthwiseConv2dPackedInteger",
    arguments: [x!, weights, sums, records, scratch, y, ...numbers],
  };
}

/** The numbers of a call of `depthwiseConv2dInteger`, from `batch` on. */
export type DepthwiseNumbers = readonly [
  ...[batch: number, inHeight: number, inWidth: number, inChannels: number],
  ...[outHeight: number, outWidth: number, outChannels: number, kHeight: number, kWidth: number],
  ...[strideY: number, strideX: number, dilationY: number, dilationX: number],
  ...[padTop: number, padLeft: number, xZero: number, kernelZero: number, yZero: number],
  ...[low: number, high: number, rounding: number],
];

/** What the packed kernel takes in place of weights, bias and factors, and of the numbers. */
export interface PackedDepthwise {
  readonly product: PackedProduct;
  /** From `batch` on. */
  readonly numbers: readonly number[];
  readonly scratchBytes: number;
}

/** The constants of the layer, and what it reads and writes. */
export interface DepthwiseLayer
  extends Pick<IntegerProduct, "bias" | "multiplier" | "shift" | "yType"> {
  readonly kernel: TypedArray;
  readonly xType: DType;
}

/**
 * Packs a depthwise convolution as products of the taps of a channel: a window of three by three column by column, with a
 * fourth tap in each that weighs 0; others in the order of the kernel. `undefined` if channels have several outputs, or
 * a weight is no int8 or an integer of more than 8 bits is read.
 */
export function packDepthwise(
  layer: DepthwiseLayer,
  numbers: DepthwiseNumbers,
): PackedDepthwise | undefined {
  const [batch, inHeight, inWidth, inChannels, outHeight, outWidth, channels, ...rest] = numbers;
  const [kHeight, kWidth, , , dilationY, dilationX] = rest;
  const [xZero, kernelZero, yZero, low, high, rounding] = rest.slice(8) as [
    ...[number, number, number, number, number, number],
  ];
  const { kernel, xType, yType } = layer;
  if (channels !== inChannels) return undefined;
  if (xType !== "int8" && xType !== "uint8") return undefined;
  if (yType !== "int8" && yType !== "uint8") return undefined;
  const strideX = rest[3];
  const columns = (outWidth - 1) * strideX + 3;
  const isThree = kHeight === 3 && kWidth === 3 && dilationY === 1 && dilationX === 1;
  const tapOf = (i: number) => (isThree ? (i % 4) * 3 + (i >> 2) : i);
  const product = packProduct({
    ...{ ...layer, xType },
    ...{ outputs: channels, groups: 1, inner: isThree ? 12 : kHeight * kWidth },
    ...{ xZero, yZero, low, high, rounding },
    weight: (o, i) => (isThree && i % 4 === 3 ? 0 : kernel[tapOf(i) * channels + o]! - kernelZero),
  });
  if (!product) return undefined;
  return {
    product,
    scratchBytes:
      16 * Math.ceil(channels / 16) +
      16 * product.quads +
      112 +
      (isThree ? 48 * channels + 64 * columns : 0),
    numbers: [
      ...[batch, inHeight, inWidth, channels, outHeight, outWidth, ...rest.slice(0, 8)],
      ...[xZero, yZero, low, high, rounding, product.centre, product.form],
    ],
  };
}
