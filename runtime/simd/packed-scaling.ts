// How packed layers requantize: eight channels at a time, with a record of factors for each eight. The compiler has proved of
// most records that a few float32 operations give the exact result for every accumulator that there can be; the others are
// marked, and go the long way. What a record holds depends on the form of its layer:
//
//     plain             8 factors (float32)
//     moved, signed     8 factors, 8 offsets (float32)
//     marked, plain     8 factors, negated
//     marked            8 multipliers, negated, and 8 words: 2^(right − 1) where all eight round twice, divide by 2^right
//                       after it, right in [1, 31], and give less than 2²¹ before they are limited; else the shifts
//                       minus 256
import { integerPlace, limit4, limitHalfEven4, products31, requantize, requantize32, Rounding, saturate } from "./requantize";

/** What is done to accumulators, by the number that stands for it. */
export namespace Form {
  /** `round(acc · factor)`. */
  export const plain: i32 = 0;
  /** `round((acc + offset) · factor)`. */
  export const moved: i32 = 1;
  /** `round((acc ± offset) · factor)`, with the sign of the accumulator. */
  export const signed: i32 = 2;
}

/** Bytes of a record. */
@inline
export function recordBytes(form: i32): i32 {
  return form == Form.plain ? 32 : 64;
}

/** Whether the record is marked: no float32 operations give its results. */
@inline
export function isMarked(record: usize): bool {
  return i32x4.bitmask(v128.or(v128.load(record), v128.load(record, 16))) != 0;
}

/**
 * Four accumulators of a plain record, rounded to integers: in the low bits of float32 numbers, above `place`, which is
 * `integerPlace` in all lanes.
 */
@inline
export function plain4(acc: v128, factor: v128, place: v128): v128 {
  return f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(acc), factor), place);
}

/** The same with an offset. */
@inline
export function moved4(acc: v128, factor: v128, offset: v128, place: v128): v128 {
  return f32x4.add(f32x4.mul(f32x4.add(f32x4.convert_i32x4_s(acc), offset), factor), place);
}

/** The same with an offset that takes the accumulator's sign; `signs` has but the sign bits. */
@inline
export function signed4(acc: v128, factor: v128, offset: v128, place: v128, signs: v128): v128 {
  const float = f32x4.convert_i32x4_s(acc);
  const moved = f32x4.add(float, v128.or(offset, v128.and(float, signs)));
  return f32x4.add(f32x4.mul(moved, factor), place);
}

/** Bytes of the constants of a layer. Engines build a constant vector anew wherever it is used; from memory it is one instruction. */
export const constantBytes: i32 = 80;

/** Where these are among them: `integerPlace`, what is subtracted from its bits, sign bits, the limits. */
export const magicAt: usize = 0;
export const bitsAt: usize = 16;
export const signsAt: usize = 32;
export const lowestAt: usize = 48;
export const highestAt: usize = 64;

/** Stores the constants of a layer with results of 8 bits; `zero` is added to what is rounded. */
export function storeConstants(to: usize, zero: i32, low: i32, high: i32): void {
  v128.store(to, f32x4.splat(integerPlace), magicAt);
  v128.store(to, placeBits(zero), bitsAt);
  v128.store(to, i32x4.splat(i32.MIN_VALUE), signsAt);
  v128.store(to, i8x16.splat(<i8>low), lowestAt);
  v128.store(to, i8x16.splat(<i8>high), highestAt);
}

/** What is subtracted from the bits of rounded float32 numbers to get integers, to which `zero` is added. */
@inline
function placeBits(zero: i32): v128 {
  return i32x4.splat(reinterpret<i32>(integerPlace) - zero);
}

/** Two rows of eight rounded results in the low bits of float32 numbers, as bytes within the limits. */
@inline
export function twoRows<Y>(a0: v128, a1: v128, b0: v128, b1: v128, bits: v128, low: v128, high: v128): v128 {
  const first = i16x8.narrow_i32x4_s(i32x4.sub(a0, bits), i32x4.sub(a1, bits));
  const second = i16x8.narrow_i32x4_s(i32x4.sub(b0, bits), i32x4.sub(b1, bits));
  if (isSigned<Y>()) return i8x16.max_s(i8x16.min_s(i8x16.narrow_i16x8_s(first, second), high), low);
  return i8x16.max_u(i8x16.min_u(i8x16.narrow_i16x8_u(first, second), high), low);
}

/**
 * Requantizes `rows` rows of eight int32 accumulators with a marked record (under `Rounding.exact` with none), and stores the
 * first `channels` of each. Inline: a call for each tile is a sixth of the time of small layers.
 */
@inline
export function finishMarked<Y>(
  sums: usize,
  rows: i32,
  record: usize,
  y: usize,
  rowBytes: i32,
  channels: i32,
  zero: i32,
  low: i32,
  high: i32,
  rounding: i32,
): void {
  if (rounding == Rounding.fixedTwice && load<i32>(record, 32) > 0) {
    for (let at: usize = 0; at < 32; at += 16) {
      const multiplier = i32x4.neg(v128.load(record + at));
      const half = v128.load(record + at, 32);
      const quarter = f32x4.div(f32x4.splat(0.25), f32x4.convert_i32x4_s(half));
      const factor = f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(multiplier), f32x4.splat(twoToMinus30)), quarter);
      for (let sum = sums + at, end = sums + (rows << 5); sum < end; sum += 32) {
        const acc = v128.load(sum);
        const float = f32x4.convert_i32x4_s(acc);
        const away = v128.or(quarter, v128.and(float, i32x4.splat(i32.MIN_VALUE)));
        const estimate = f32x4.add(f32x4.mul(float, factor), away);
        const placed = f32x4.add(estimate, f32x4.splat(integerPlace));
        const fraction = f32x4.sub(estimate, f32x4.sub(placed, f32x4.splat(integerPlace)));
        const isNear = f32x4.gt(f32x4.abs(fraction), f32x4.splat(0.5 - nearTie));
        const isSure = sizeof<Y>() == 1 && !v128.any_true(isNear);
        const scaled = isSure ? i32x4.sub(placed, placeBits(0)) : scaleTwiceEach4(acc, multiplier, half);
        v128.store(sum, limit4(scaled, zero, low, high));
      }
    }
  } else if (sizeof<Y>() < 4 && rounding == Rounding.halfEven) {
    for (let at: usize = 0; at < 32; at += 16) {
      const factor = f32x4.neg(v128.load(record + at));
      for (let sum = sums + at, end = sums + (rows << 5); sum < end; sum += 32)
        v128.store(sum, limitHalfEven4(v128.load(sum), factor, zero, low, high));
    }
  } else if (sizeof<Y>() < 4 || rounding != Rounding.exact || zero != 0 || low != i32.MIN_VALUE || high != i32.MAX_VALUE) {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < channels; c++) {
        const sum = sums + ((<usize>r << 5) + (<usize>c << 2));
        const factor = record + (<usize>c << 2);
        let q: i64 = load<i32>(sum);
        if (rounding == Rounding.halfEven) q = requantize<f32>(q, -load<f32>(factor), 0, rounding);
        else if (rounding != Rounding.exact)
          q = requantize32<i32>(load<i32>(sum), -load<i32>(factor), load<i32>(factor, 32) + 256, rounding);
        store<i32>(sum, saturate(q + zero, low, high));
      }
    }
  }
  for (let r = 0; r < rows; r++, y += rowBytes, sums += 32) {
    if (sizeof<Y>() == 1 && channels == 8) {
      // Limited integers of 8 bits: their low bytes.
      const low8 = i32x4.splat(0xff);
      const words = i16x8.narrow_i32x4_u(v128.and(v128.load(sums), low8), v128.and(v128.load(sums, 16), low8));
      v128.store64_lane(y, i8x16.narrow_i16x8_u(words, words), 0);
    } else if (sizeof<Y>() == 2 && isSigned<Y>() && channels == 8) {
      v128.store(y, i16x8.narrow_i32x4_s(v128.load(sums), v128.load(sums, 16)));
    } else if (sizeof<Y>() == 4 && channels == 8) {
      v128.store(y, v128.load(sums));
      v128.store(y, v128.load(sums, 16), 16);
    } else {
      for (let c = 0; c < channels; c++)
        store<Y>(y + (<usize>c << alignof<Y>()), <Y>load<i32>(sums + (<usize>c << 2)));
    }
  }
}

const twoToMinus30: f32 = 1.0 / 1073741824.0;

/**
 * Results of 8 bits, further than this from a tie, round from float32 as they do exactly. To round twice is to round the
 * product moved by 2^(−1 − right) away from 0; of float32 it has four roundings to 2⁻²⁴ of less than 512 (beyond, all
 * results are limited), which is 2⁻¹³ together.
 */
const nearTie: f32 = 1.0 / 4096.0;

/**
 * `scaleTwice` in four lanes, for halves 2^(right − 1): `⌊(⌊(acc · multiplier + 2³⁰) / 2³¹⌋ + half − (1 where that is negative)) /
 * 2^right⌋`, the last division as a product with 2^(31 − right). Nothing leaves 32 bits for accumulators below 2³⁰.
 */
@inline
function scaleTwiceEach4(acc: v128, multiplier: v128, half: v128): v128 {
  const high = products31(acc, multiplier, i64x2.splat(0x40000000));
  const nudged = i32x4.add(i32x4.add(high, half), i32x4.shr_s(high, 31));
  // Powers of two divide without a rounding.
  const power = f32x4.div(f32x4.splat(1073741824), f32x4.convert_i32x4_s(half));
  return products31(nudged, i32x4.trunc_sat_f32x4_s(power), i64x2.splat(0));
}
