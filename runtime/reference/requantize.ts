/** How accumulators are rounded to steps of the output. Numbers, because emitted programs pass them. */
export const Rounding = {
  /** `onnx`: float32 product, ties to even. */
  halfEven: 0,
  /** `tflite`, the double rounding of most reference kernels. */
  fixedTwice: 1,
  /** `tflite`, the single rounding of the fully connected reference kernel. */
  fixedOnce: 2,
  /** No rescaling: the result is int32 in the steps of the accumulator. */
  exact: 3,
} as const;

/** Integers of a quantized tensor. */
export type QuantizedArray = Int8Array | Uint8Array | Int16Array | Uint16Array;

/**
 * `round(acc · factor)` for an exact integer `acc`. The factor is `multiplier` itself (a float32) under
 * `halfEven`, 1 under `exact`, and `multiplier · 2^(shift − 31)` with an integer multiplier in [2³⁰, 2³¹)
 * otherwise. The zero point is added by the caller, who also saturates.
 */
export function requantize(
  acc: number,
  multiplier: number,
  shift: number,
  rounding: number,
): number {
  if (rounding === Rounding.halfEven)
    return roundHalfEven(Math.fround(Math.fround(acc) * multiplier));
  if (rounding === Rounding.fixedTwice) return scaleTwice(acc, multiplier, shift);
  if (rounding === Rounding.exact) return acc;
  return scaleOnce(acc, multiplier, shift);
}

/**
 * Rounds a number of magnitude below 2⁵¹ to the nearest integer, ties to even: adding 1.5 · 2⁵² leaves no
 * bits for a fraction, and IEEE addition itself rounds ties to even.
 */
export function roundHalfEven(x: number): number {
  if (!(Math.abs(x) < 2 ** 51)) return x;
  return x + 1.5 * 2 ** 52 - 1.5 * 2 ** 52;
}

/** Rounds ties away from zero, as C's `round`. */
export function roundHalfAway(x: number): number {
  const down = Math.floor(Math.abs(x));
  const magnitude = Math.abs(x) - down >= 0.5 ? down + 1 : down;
  return x < 0 ? -magnitude : magnitude;
}

/**
 * Rounds the Q31 product to an integer, ties towards +∞, then divides by 2^−shift with ties away from zero.
 * @source `MultiplyByQuantizedMultiplier` with double rounding, TensorFlow Lite `kernels/internal/common.cc`
 *   (gemmlowp `SaturatingRoundingDoublingHighMul`, `RoundingDivideByPOT`).
 */
export function scaleTwice(x: number, multiplier: number, shift: number): number {
  const shifted = shift > 0 ? saturateInt32(x * powers[shift]!) : x;
  const high = highProduct(shifted, multiplier, 31);
  if (shift >= 0) return high;
  const step = powers[-shift]!;
  const threshold = Math.floor((step - 1) / 2) + (high < 0 ? 1 : 0);
  // Not a shift: products of 16-bit integers leave int32.
  const quotient = Math.floor(high / step);
  return quotient + (high - quotient * step > threshold ? 1 : 0);
}

/**
 * Rounds once, ties towards +∞: `⌊(x · multiplier + 2^(t−1)) / 2^t⌋` with `t = 31 − shift`.
 * @source `MultiplyByQuantizedMultiplier` with single rounding, TensorFlow Lite `kernels/internal/common.cc`.
 */
export function scaleOnce(x: number, multiplier: number, shift: number): number {
  // Further up every int32 but 0 saturates all the same; 2³⁵ is the most that the product takes.
  if (shift > 14) return highProduct(limited(x * powers[shift - 14]!, 2 ** 35), multiplier, 17);
  return highProduct(x, multiplier, 31 - shift);
}

/**
 * `⌊(x · multiplier + 2^(bits−1)) / 2^bits⌋`, exact for |x| < 2³⁶, an int32 multiplier and bits in [17, 64]. The product
 * does not fit a float64, so it is split at 2¹⁶: each part stays below 2⁵³, and of the low one only its floor over 2¹⁶
 * can matter.
 */
export function highProduct(x: number, multiplier: number, bits: number): number {
  const carry = Math.floor((x * (multiplier & 0xffff)) / 2 ** 16);
  return Math.floor((x * (multiplier >> 16) + powers[bits - 17]! + carry) / powers[bits - 16]!);
}

/** `2ⁿ` for n in [0, 64): a table is faster than computing the power. */
const powers = Float64Array.from({ length: 64 }, (_, n) => 2 ** n);

function limited(x: number, most: number): number {
  return x < -most ? -most : x > most ? most : x;
}

function saturateInt32(x: number): number {
  return x < -(2 ** 31) ? -(2 ** 31) : x > 2 ** 31 - 1 ? 2 ** 31 - 1 : x;
}

/** `q` limited to [low, high]. */
export function saturate(q: number, low: number, high: number): number {
  return q < low ? low : q > high ? high : q;
}
