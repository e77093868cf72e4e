// How accumulators become steps of the output: see the reference. Scalars are exact in 64 bits, vectors hold four of them.
// All of it is inline: a call on a way that is hardly taken costs the loop around it its registers, a fifth of the time of small layers.

/** Ways to round: the numbers of the reference's `Rounding`. */
export namespace Rounding {
  export const halfEven: i32 = 0;
  export const fixedTwice: i32 = 1;
  export const fixedOnce: i32 = 2;
  export const exact: i32 = 3;
}

/**
 * `round(acc · factor)`, without the zero point: see the reference. `M` is f32 or i32, as the multiplier lies in memory;
 * only `halfEven` reads it as float32. Below 2⁶³ in magnitude, so that a zero point can be added.
 */
@inline
export function requantize<M>(acc: i64, multiplier: M, shift: i32, rounding: i32): i64 {
  if (isFloat<M>()) {
    return rounding == Rounding.exact ? acc : scaleHalfEven(acc, <f32>multiplier);
  } else {
    if (rounding == Rounding.fixedTwice) return scaleTwice(acc, <i32>multiplier, shift);
    return rounding == Rounding.exact ? acc : scaleOnce(acc, <i32>multiplier, shift);
  }
}

/** The float32 product, ties to even; limited to ±2⁶². */
@inline
export function scaleHalfEven(acc: i64, multiplier: f32): i64 {
  const product = <f64>nearest<f32>(<f32>acc * multiplier);
  return <i64>max<f64>(-4611686018427387904, min<f64>(4611686018427387904, product));
}

/** Rounds a number of magnitude below 2⁵¹ to the nearest integer, ties to even. */
@inline
export function roundHalfEven(x: f64): f64 {
  return nearest<f64>(x);
}

/** Rounds ties away from zero, as C's `round`. */
export function roundHalfAway(x: f64): f64 {
  const down = floor<f64>(abs<f64>(x));
  const magnitude = abs<f64>(x) - down >= 0.5 ? down + 1 : down;
  return x < 0 ? -magnitude : magnitude;
}

/** Rounds the Q31 product, ties towards +∞, then divides by 2^−shift with ties away from zero; |x| < 2³² − 2¹⁶. */
@inline
export function scaleTwice(x: i64, multiplier: i32, shift: i32): i64 {
  const shifted = shift <= 0 ? x : shift > 31 ? saturatedSign(x) : saturateInt32(x << shift);
  const high = (shifted * <i64>multiplier + 0x40000000) >> 31;
  if (shift >= 0) return high;
  // Adding half a step rounds ties up: negative numbers lack one unit of it.
  return (high + ((<i64>1) << (-shift - 1)) + (high >> 63)) >> -shift;
}

/** Rounds once, ties towards +∞: `⌊(x · multiplier + 2^(t−1)) / 2^t⌋` with `t = 31 − shift`; |x| < 2³⁶. */
@inline
export function scaleOnce(x: i64, multiplier: i32, shift: i32): i64 {
  if (shift <= 14) return highProduct(x, multiplier, 31 - shift);
  // Further up every int32 but 0 saturates all the same; 2³⁵ is the most that the product takes.
  if (x == 0) return 0;
  const most: i64 = 0x800000000;
  const up = shift - 14;
  const room = up > 35 ? 0 : most >> up;
  return highProduct(x > room ? most : x < -room ? -most : x << up, multiplier, 17);
}

/** `requantize` of 32 bits: what is rounded once is one product of 64 bits, but where the factor is far above or below 1. */
@inline
export function requantize32<M>(acc: i32, multiplier: M, shift: i32, rounding: i32): i64 {
  if (!isFloat<M>() && rounding == Rounding.fixedOnce && <u32>(-shift) < 32) {
    const bits = 31 - shift;
    return (<i64>acc * <i64>(<i32>multiplier) + ((<i64>1) << (bits - 1))) >> bits;
  }
  return requantize<M>(acc, multiplier, shift, rounding);
}

/** `⌊(x · multiplier + 2^(bits−1)) / 2^bits⌋` for |x| < 2³⁶ and bits in [17, 64], in two parts as in the reference. */
@inline
export function highProduct(x: i64, multiplier: i32, bits: i32): i64 {
  const carry = (x * <i64>(multiplier & 0xffff)) >> 16;
  return (x * <i64>(multiplier >> 16) + ((<i64>1) << (bits - 17)) + carry) >> (bits - 16);
}

/** `x` limited to the range of int32. */
@inline
export function saturateInt32(x: i64): i64 {
  return min<i64>(max<i64>(x, i32.MIN_VALUE), i32.MAX_VALUE);
}

@inline
function saturatedSign(x: i64): i64 {
  return x == 0 ? 0 : x < 0 ? i32.MIN_VALUE : i32.MAX_VALUE;
}

/** `q` limited to [low, high]. */
@inline
export function saturate(q: i64, low: i32, high: i32): i32 {
  return <i32>min<i64>(max<i64>(q, low), high);
}

/**
 * `saturate(requantize(acc) + zero)` in four lanes. The limits [low, high] lie within 16 bits, `multiplier` is one value for
 * all lanes. Exact for every acc.
 */
@inline
export function requantize4<M>(
  acc: v128,
  multiplier: M,
  shift: i32,
  rounding: i32,
  zero: i32,
  low: i32,
  high: i32,
): v128 {
  if (isFloat<M>()) {
    return limitHalfEven4(acc, f32x4.splat(<f32>multiplier), zero, low, high);
  } else {
    const scaled =
      rounding == Rounding.fixedTwice && shift <= 0
        ? scaleTwice4(acc, i32x4.splat(<i32>multiplier), -shift)
        : scaleEach4(acc, <i32>multiplier, shift, rounding, low - zero, high - zero);
    return limit4(scaled, zero, low, high);
  }
}

/** `saturate(round(acc · multiplier) + zero)`, ties to even, a multiplier for each lane. Limits within 16 bits. */
@inline
export function limitHalfEven4(acc: v128, multiplier: v128, zero: i32, low: i32, high: i32): v128 {
  const product = f32x4.mul(f32x4.convert_i32x4_s(acc), multiplier);
  // Limits are integers: limiting before rounding is limiting after it.
  const limited = f32x4.pmin(
    f32x4.pmax(product, f32x4.splat(<f32>(low - zero))),
    f32x4.splat(<f32>(high - zero)),
  );
  return i32x4.sub(
    f32x4.add(limited, f32x4.splat(integerPlace)),
    i32x4.splat(reinterpret<i32>(integerPlace) - zero),
  );
}

/** 1.5 · 2²³: added to a float32 below 2²² in magnitude it rounds it, ties to even, and leaves the integer in its low bits. */
export const integerPlace: f32 = 12582912;

/** `saturate(value + zero)` for values within 31 bits of the limits. */
@inline
export function limit4(value: v128, zero: i32, low: i32, high: i32): v128 {
  const above = i32x4.max_s(value, i32x4.splat(low - zero));
  return i32x4.add(i32x4.min_s(above, i32x4.splat(high - zero)), i32x4.splat(zero));
}

/** `scaleTwice` in four lanes, a multiplier for each, and one division by 2^right (0 to 31) for all. */
@inline
export function scaleTwice4(x: v128, multiplier: v128, right: i32): v128 {
  const product = products31(x, multiplier, i64x2.splat(0x40000000));
  if (right == 0) return product;
  const mask = <i32>((<u32>1 << right) - 1);
  const remainder = v128.and(product, i32x4.splat(mask));
  // Negative: true is −1, which raises the threshold by one.
  const threshold = i32x4.sub(i32x4.splat(mask >> 1), i32x4.shr_s(product, 31));
  const quotient = i32x4.shr_s(product, right);
  return i32x4.sub(quotient, i32x4.gt_s(remainder, threshold));
}

/** `scaleTwice` in four lanes, a multiplier and a shift of −1022 to 0 for each. */
@inline
export function scaleTwiceEach4(x: v128, multiplier: v128, shift: v128): v128 {
  const product = products31(x, multiplier, i64x2.splat(0x40000000));
  const low = roundTimesPower(product, shift);
  const high = roundTimesPower(i64x2.shuffle(product, product, 1, 0), i64x2.shuffle(shift, shift, 1, 0));
  return i64x2.shuffle(low, high, 0, 2);
}

/** `x · 2^shift` in the lower two lanes, ties away from zero: quotients of int32 by powers of two, and these plus a half, are float64 numbers. */
@inline
function roundTimesPower(x: v128, shift: v128): v128 {
  const power = i64x2.shl(i64x2.add(i64x2.extend_low_i32x4_s(shift), i64x2.splat(1023)), 52);
  const quotient = f64x2.mul(f64x2.convert_low_i32x4_s(x), power);
  const half = v128.or(v128.and(quotient, i64x2.splat(i64.MIN_VALUE)), f64x2.splat(0.5));
  return i32x4.trunc_sat_f64x2_s_zero(f64x2.add(quotient, half));
}

/** `scaleOnce` in four lanes, a multiplier for each, with a shift of −right (0 to 31) for all. */
@inline
export function scaleOnce4(x: v128, multiplier: v128, right: i32): v128 {
  const bits = 31 + right;
  const half = i64x2.splat((<i64>1) << (bits - 1));
  const low = i64x2.shr_s(i64x2.add(i64x2.extmul_low_i32x4_s(x, multiplier), half), bits);
  const high = i64x2.shr_s(i64x2.add(i64x2.extmul_high_i32x4_s(x, multiplier), half), bits);
  return i32x4.shuffle(low, high, 0, 2, 4, 6);
}

/** The low words of `(a · b + c) >> 31`. */
@inline
export function products31(a: v128, b: v128, c: v128): v128 {
  const low = i64x2.shr_u(i64x2.add(i64x2.extmul_low_i32x4_s(a, b), c), 31);
  const high = i64x2.shr_u(i64x2.add(i64x2.extmul_high_i32x4_s(a, b), c), 31);
  return i8x16.shuffle(low, high, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27);
}

/** The rare roundings, lane by lane; limited so that four 32-bit lanes hold the result. */
function scaleEach4(acc: v128, multiplier: i32, shift: i32, rounding: i32, low: i32, high: i32): v128 {
  const a = saturate(requantize<i32>(i32x4.extract_lane(acc, 0), multiplier, shift, rounding), low, high);
  const b = saturate(requantize<i32>(i32x4.extract_lane(acc, 1), multiplier, shift, rounding), low, high);
  const c = saturate(requantize<i32>(i32x4.extract_lane(acc, 2), multiplier, shift, rounding), low, high);
  const d = saturate(requantize<i32>(i32x4.extract_lane(acc, 3), multiplier, shift, rounding), low, high);
  const first = i32x4.replace_lane(i32x4.splat(a), 1, b);
  return i32x4.replace_lane(i32x4.replace_lane(first, 2, c), 3, d);
}
