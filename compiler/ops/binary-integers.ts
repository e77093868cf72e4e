import type { KernelCall, Site } from "../ir/op.ts";
import { type QuantizedDType, quantRange, sameQuant, type TensorType } from "../ir/types.ts";
import { viewOfSite } from "./elementwise.ts";
import { fixedPoint, limitsOf, operand, result, scaleOf, zeroPointOf } from "./requantization.ts";

function typesOf({ operands: [a, b], results: [y] }: Site) {
  return { a: a!, b: b!, y: y! };
}

function limits(site: Site): readonly [number, number] {
  return limitsOf(site.attributes, site.results[0]!, site.requantize);
}

/**
 * What ONNX Runtime adds to int8 before it computes: it runs them on uint8 kernels. It has none for 16 bits, where
 * `QuantizeLinear` adds the zero point after rounding: the lift cancels it before.
 */
function liftOf(y: TensorType): number {
  const [low, high] = quantRange[y.dtype as QuantizedDType];
  return high - low > 255 ? -zeroPointOf(y) : y.dtype === "int8" ? 128 : 0;
}

/** The numbers of `addReal` and `multiplyReal`. */
function realNumbers(site: Site, sign: 1 | -1): readonly number[] {
  const { a, b, y } = typesOf(site);
  return [
    ...[zeroPointOf(a), scaleOf(a), zeroPointOf(b), sign * scaleOf(b)],
    ...[zeroPointOf(y), scaleOf(y), liftOf(y), ...limits(site)],
  ];
}

/** Bits that fixed-point addition keeps below a step. */
function headroom({ dtype }: TensorType): number {
  const [low, high] = quantRange[dtype as QuantizedDType];
  return high - low > 255 ? 15 : 20;
}

/** `a + sign · b`. */
export function addIntegers(site: Site, sign: 1 | -1): readonly KernelCall[] {
  const operands = [operand(0), operand(1), result(), viewOfSite(site)];
  if (site.requantize === "onnx")
    return [{ kernel: "addReal", arguments: [...operands, ...realNumbers(site, sign)] }];
  const { a, b, y } = typesOf(site);
  const left = headroom(a);
  const twiceLargest = 2 * Math.max(scaleOf(a), scaleOf(b));
  const [ofA, ofB] = [fixedPoint(scaleOf(a) / twiceLargest), fixedPoint(scaleOf(b) / twiceLargest)];
  const ofY = fixedPoint(twiceLargest / (2 ** left * scaleOf(y)));
  const numbers = [
    ...[left, zeroPointOf(a), ofA.multiplier, ofA.shift],
    ...[zeroPointOf(b), sign * ofB.multiplier, ofB.shift],
    ...[zeroPointOf(y), ofY.multiplier, ofY.shift, ...limits(site)],
  ];
  return [{ kernel: "addFixed", arguments: [...operands, ...numbers] }];
}

/** `a · b`. TensorFlow Lite computes the factor in float32. */
export function multiplyIntegers(site: Site): readonly KernelCall[] {
  const operands = [operand(0), operand(1), result(), viewOfSite(site)];
  if (site.requantize === "onnx")
    return [{ kernel: "multiplyReal", arguments: [...operands, ...realNumbers(site, 1)] }];
  const { a, b, y } = typesOf(site);
  const product = Math.fround(scaleOf(a) * scaleOf(b));
  const { multiplier, shift } = fixedPoint(Math.fround(product / scaleOf(y)));
  const zeros = [zeroPointOf(a), zeroPointOf(b), zeroPointOf(y)];
  return [
    {
      kernel: "multiplyFixed",
      arguments: [...operands, ...zeros, multiplier, shift, ...limits(site)],
    },
  ];
}

/** The float kernel on the integers themselves: for ops that choose one of their operands. */
export function sameParameters(site: Site, kernel: string): readonly KernelCall[] | string {
  const { a, b, y } = typesOf(site);
  const differ = [a, b].some((type) => type.dtype !== y.dtype || !sameQuant(type.quant, y.quant));
  if (differ) return "its operands and its result are quantized differently";
  if (site.attributes.activation !== "linear") return "it has a fused activation";
  return [{ kernel, arguments: [operand(0), operand(1), result(), viewOfSite(site)] }];
}
