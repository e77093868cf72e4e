import type { Site } from "../ir/op.ts";
import { defineUnary } from "./elementwise.ts";
import { fixedPoint, scaleOf, zeroPointOf } from "./requantization.ts";

/** `⌊a · b / 2¹⁵ + ½⌋` of int16 numbers, saturating. */
function highProduct(a: number, b: number): number {
  return saturate16(Math.floor((a * b + 2 ** 14) / 2 ** 15));
}

function saturate16(x: number): number {
  return Math.min(32767, Math.max(-32768, x));
}

/** `x / 2^bits` to the nearest integer, ties away from 0. */
function shiftRight(x: number, bits: number): number {
  const magnitude = Math.floor((Math.abs(x) + 2 ** (bits - 1)) / 2 ** bits);
  return bits === 0 ? x : x < 0 ? -magnitude : magnitude;
}

/** A factor as a 16-bit multiplier and a power of two. */
function fixedPoint16(factor: number): { readonly multiplier: number; readonly shift: number } {
  const { multiplier, shift } = fixedPoint(factor);
  return { multiplier: saturate16(Math.floor((multiplier + 2 ** 15) / 2 ** 16)), shift };
}

/**
 * The fixed-point hard swish on 16 bits: the input on a scale 128 times finer, times a gate in Q15.
 * @source TensorFlow Lite `reference_ops::HardSwish` and `HardSwishPrepare` (`kernels/activations.cc`).
 */
function integers({ operands: [x], results: [y] }: Site): (q: number) => number {
  const fine = Math.fround(scaleOf(x!) / 128);
  const output = fixedPoint16(Math.fround(fine / scaleOf(y!)));
  const gate = fixedPoint16(Math.fround(fine / Math.fround(3 / 32768)));
  return (q) => {
    const input = (q - zeroPointOf(x!)) * 128;
    let reluish = gate.shift > 0 ? saturate16(input * 2 ** (gate.shift - 1)) : input;
    reluish = highProduct(reluish, gate.multiplier);
    if (gate.shift > 0) reluish = saturate16(reluish * 2);
    if (gate.shift < 0) reluish = shiftRight(reluish, -gate.shift);
    const open = Math.floor((reluish + 32768) / 2);
    // This product alone is truncated towards zero.
    const product = Math.trunc((open * highProduct(input, output.multiplier)) / 2 ** 15);
    return shiftRight(product, -output.shift) + zeroPointOf(y!);
  };
}

export const HardSwish = defineUnary({
  name: "HardSwish",
  doc: "y = x · min(max(x + 3, 0), 6) / 6",
  kernel: "hardSwish",
  onnx: "HardSwish",
  tflite: "HARD_SWISH",
  tfliteIntegers: integers,
});
