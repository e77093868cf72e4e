// The activations of a packed product, in the order in which it reads them: four rows at a time. The relaxed family takes quads of
// 8-bit numbers, their sign bits turned where the engine wants it; the baseline family takes pairs, widened to 16 bits.
import { Pointer } from "./memory";

/** How the engine's relaxed dot product takes its second operand: 1 unsigned, 0 signed. */
let takesUnsigned: i32 = 0;

/** Tells the kernels how the engine's relaxed dot product takes its second operand. Comes before all else. */
export function setDotSigns(unsigned: i32): void {
  takesUnsigned = unsigned;
}

/** Bytes of a number in a panel. A unit of four bytes, a quad or a pair, is what a dot product takes from a row. */
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

/**
 * Four rows of `length` numbers into the panel at `to`: a unit of each row, then the next. What is behind the last number in its
 * unit stays as it is, for its weights are 0.
 */
export function packFour<X>(a: usize, b: usize, c: usize, d: usize, length: i32, to: usize): void {
  const wide = 16 / numberBytes();
  let i = 0;
  for (; i <= length - wide; i += wide, to += 64) {
    const ra = numbers<X>(a + i);
    const rb = numbers<X>(b + i);
    const rc = numbers<X>(c + i);
    const rd = numbers<X>(d + i);
    storeUnits(ra, rb, rc, rd, to);
  }
  const unit = 4 / numberBytes();
  for (; i <= length - unit; i += unit, to += 16) {
    store<i32>(to, unitAt<X>(a + i));
    store<i32>(to, unitAt<X>(b + i), 4);
    store<i32>(to, unitAt<X>(c + i), 8);
    store<i32>(to, unitAt<X>(d + i), 12);
  }
  for (; i < length; i++, to += numberBytes()) {
    storeNumber<X>(to, a + i);
    storeNumber<X>(to + 4, b + i);
    storeNumber<X>(to + 8, c + i);
    storeNumber<X>(to + 12, d + i);
  }
}

/** Four units of each of four rows. */
@inline
function storeUnits(a: v128, b: v128, c: v128, d: v128, to: usize): void {
  const ab = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const ef = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const gh = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(ab, cd, 0, 2));
  v128.store(to, v128.shuffle<i64>(ab, cd, 1, 3), 16);
  v128.store(to, v128.shuffle<i64>(ef, gh, 0, 2), 32);
  v128.store(to, v128.shuffle<i64>(ef, gh, 1, 3), 48);
}

/**
 * Four windows of three by nine numbers, lines `line` bytes apart, into the panel at `to`: what first layers on images of three
 * channels read. Reads 16 bytes of each line; writes up to 32 bytes behind the 27 numbers.
 */
export function packNines<X>(a: usize, b: usize, c: usize, d: usize, line: usize, to: usize): void {
  const two = line << 1;
  const a0 = firstOfNines(v128.load(a), v128.load(a + line));
  const b0 = firstOfNines(v128.load(b), v128.load(b + line));
  const c0 = firstOfNines(v128.load(c), v128.load(c + line));
  const d0 = firstOfNines(v128.load(d), v128.load(d + line));
  const a1 = lastOfNines(v128.load(a + line), v128.load(a + two));
  const b1 = lastOfNines(v128.load(b + line), v128.load(b + two));
  const c1 = lastOfNines(v128.load(c + line), v128.load(c + two));
  const d1 = lastOfNines(v128.load(d + line), v128.load(d + two));
  if (ASC_FEATURE_RELAXED_SIMD) {
    const flip = i32x4.splat(flipOf<X>());
    storeUnits(v128.xor(a0, flip), v128.xor(b0, flip), v128.xor(c0, flip), v128.xor(d0, flip), to);
    storeUnits(v128.xor(a1, flip), v128.xor(b1, flip), v128.xor(c1, flip), v128.xor(d1, flip), to + 64);
  } else {
    storeUnits(lower<X>(a0), lower<X>(b0), lower<X>(c0), lower<X>(d0), to);
    storeUnits(upper<X>(a0), upper<X>(b0), upper<X>(c0), upper<X>(d0), to + 64);
    storeUnits(lower<X>(a1), lower<X>(b1), lower<X>(c1), lower<X>(d1), to + 128);
    storeUnits(upper<X>(a1), upper<X>(b1), upper<X>(c1), upper<X>(d1), to + 192);
  }
}

/** Numbers 0 to 15 of the 27, from the lines 0 and 1. */
@inline
function firstOfNines(zero: v128, one: v128): v128 {
  return v128.shuffle<u8>(zero, one, 0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 17, 18, 19, 20, 21, 22);
}

/** Numbers 16 to 26, from the lines 1 and 2, and what comes then. */
@inline
function lastOfNines(one: v128, two: v128): v128 {
  return v128.shuffle<u8>(one, two, 7, 8, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29);
}

@inline
function lower<X>(bytes: v128): v128 {
  return isSigned<X>() ? i16x8.extend_low_i8x16_s(bytes) : i16x8.extend_low_i8x16_u(bytes);
}

@inline
function upper<X>(bytes: v128): v128 {
  return isSigned<X>() ? i16x8.extend_high_i8x16_s(bytes) : i16x8.extend_high_i8x16_u(bytes);
}

/** One row of `length` numbers, as they are. */
export function packOne<X>(from: usize, length: i32, to: usize): void {
  const wide = 16 / numberBytes();
  let i = 0;
  for (; i <= length - wide; i += wide, to += 16) v128.store(to, numbers<X>(from + i));
  for (; i < length; i++, to += numberBytes()) storeNumber<X>(to, from + i);
}

/** A vector of numbers of the panel. */
@inline
function numbers<X>(from: usize): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.xor(v128.load(from), i32x4.splat(flipOf<X>()));
  return isSigned<X>() ? v128.load8x8_s(from) : v128.load8x8_u(from);
}

/** A unit of numbers. */
@inline
function unitAt<X>(from: usize): i32 {
  if (ASC_FEATURE_RELAXED_SIMD) return load<i32>(from) ^ flipOf<X>();
  return (<i32>load<X>(from, 1) << 16) | (<i32>load<X>(from) & 0xffff);
}

@inline
function storeNumber<X>(to: usize, from: usize): void {
  if (ASC_FEATURE_RELAXED_SIMD) store<u8>(to, load<u8>(from) ^ <u8>flipOf<X>());
  else store<i16>(to, <i16>load<X>(from));
}
