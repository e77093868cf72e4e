// The activations of a packed product as it reads them: row by row, as they are in memory. The relaxed family takes quads of 8-bit
// numbers, their sign bits turned where the engine wants it; the baseline family takes pairs, widened to 16 bits.
import { Pointer } from "./memory";

/** How the engine's relaxed dot product takes its second operand: 1 unsigned, 0 signed. */
let takesUnsigned: i32 = 0;

/** Tells the kernels how the engine's relaxed dot product takes its second operand. Comes before all else. */
export function setDotSigns(unsigned: i32): void {
  takesUnsigned = unsigned;
}

/** Bytes of a number of a row. A unit of four bytes, a quad or a pair, is what a dot product takes from it. */
@inline
export function numberBytes(): i32 {
  return ASC_FEATURE_RELAXED_SIMD ? 1 : 2;
}

/** What bytes of type `X` are xor-ed with, in all four bytes of a word. */
@inline
export function flipOf<X>(): i32 {
  return (takesUnsigned != 0) == isSigned<X>() ? 0x80808080 : 0;
}

/**
 * Adds to the biases what the turned sign bits of the activations add to the sums: once, when the weights are in memory.
 * `signed` says whether the activations are int8.
 */
export function preparePacked(
  weights: Pointer<i8>,
  bias: Pointer<i32>,
  tiles: i32,
  quads: i32,
  signed: i32,
): void {
  if (!ASC_FEATURE_RELAXED_SIMD) return;
  if (takesUnsigned != signed) return;
  let from = weights.at(0);
  // Turned int8 activations are 128 too large, turned uint8 ones 128 too small.
  const lift = i32x4.splat(signed ? -128 : 128);
  for (let t = 0; t < tiles; t++) {
    let low = i32x4.splat(0);
    let high = i32x4.splat(0);
    for (let q = 0; q < quads; q++, from += 32) {
      low = i32x4.add(low, sums4(v128.load(from)));
      high = i32x4.add(high, sums4(v128.load(from, 16)));
    }
    const to = bias.at(t << 3);
    v128.store(to, i32x4.add(v128.load(to), i32x4.mul(low, lift)));
    v128.store(to, i32x4.add(v128.load(to, 16), i32x4.mul(high, lift)), 16);
  }
}

/** The sums of each four bytes. */
@inline
function sums4(bytes: v128): v128 {
  return i32x4.extadd_pairwise_i16x8_s(i16x8.extadd_pairwise_i8x16_s(bytes));
}

/** Whether a product can read elements of type `X` where they are. */
@inline
export function areRows<X>(): bool {
  return ASC_FEATURE_RELAXED_SIMD && flipOf<X>() == 0;
}

/** `length` elements, as a product reads them, to `to`. */
export function copyNumbers<X>(from: usize, length: i32, to: usize): void {
  const wide = 16 / numberBytes();
  let i = 0;
  for (; i <= length - wide; i += wide) v128.store(to + i * numberBytes(), numbers<X>(from + i));
  if (i == length) return;
  if (length >= wide) {
    // The last vector begins within the one before it.
    i = length - wide;
    v128.store(to + i * numberBytes(), numbers<X>(from + i));
  } else {
    for (; i < length; i++) storeNumber<X>(to + i * numberBytes(), from + i);
  }
}

/** `length` times `value`, and up to 15 bytes more. */
export function fillNumbers<X>(value: i32, length: i32, to: usize): void {
  const vector = ASC_FEATURE_RELAXED_SIMD
    ? v128.xor(i8x16.splat(<i8>value), i32x4.splat(flipOf<X>()))
    : i16x8.splat(<i16>value);
  for (const end = to + length * numberBytes(); to < end; to += 16) v128.store(to, vector);
}

/** A vector of numbers. */
@inline
function numbers<X>(from: usize): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.xor(v128.load(from), i32x4.splat(flipOf<X>()));
  return isSigned<X>() ? v128.load8x8_s(from) : v128.load8x8_u(from);
}

@inline
function storeNumber<X>(to: usize, from: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) store<u8>(to, load<u8>(from) ^ <u8>flipOf<X>());
  else store<i16>(to, <i16>load<X>(from));
}
