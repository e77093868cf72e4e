// Elementary functions, bit for bit those of the reference: the same float64 operations in the same order, on pairs
// of float64 lanes (`…Pair`). Where the reference branches, both ways are computed and selected from, except the way that
// no lane takes. `exp4` and its like take the four float32 lanes of a vector, `exp` and the others one number.

const LN2: f64 = 0.6931471805599453;
const LOG2E: f64 = 1.4426950408889634;
const SQRT2: f64 = 1.4142135623730951;
const leastNormal: f64 = 1.1754943508222875e-38;

/** `f(x)` rounded to float32 for the four lanes of `x`, from its two pairs. */
@inline
export function join(low: v128, high: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/** The lanes 0 and 1 of float32 numbers. */
@inline
export function lowPair(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

/** The lanes 2 and 3. */
@inline
export function highPair(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1));
}

@inline
function single(pair: v128): f32 {
  return <f32>f64x2.extract_lane(pair, 0);
}

/** `y · t + c`, rounded twice: a step of Horner's scheme. */
@inline
function step(y: v128, t: v128, c: f64): v128 {
  return f64x2.add(f64x2.mul(y, t), f64x2.splat(c));
}

/** `x < limit` and `x > −limit`. */
@inline
function isWithin(x: v128, limit: f64): v128 {
  return f64x2.lt(f64x2.abs(x), f64x2.splat(limit));
}

/** `2ⁿ` for int32 lanes 0 and 1 in [−1022, 1023]. */
@inline
function powersOfTwo(n: v128): v128 {
  return i64x2.shl(i64x2.add(i64x2.extend_low_i32x4_s(n), i64x2.splat(1023)), 52);
}

/** `eˣ` in float64. The reference multiplies by powers of two; that is exact, and the same as adding to the exponent. */
@inline
function expPair(x: v128): v128 {
  const limited = f64x2.pmin(f64x2.pmax(x, f64x2.splat(-150)), f64x2.splat(150));
  const n = f64x2.floor(step(limited, f64x2.splat(LOG2E), 0.5));
  const r = f64x2.sub(limited, f64x2.mul(n, f64x2.splat(LN2)));
  const mantissa = step(r, expQuotient(r), 1);
  // n stands in the lowest bits of n + 1.5 · 2⁵², and goes to the exponent from there; NaN has zeros in them.
  const bits = f64x2.add(n, f64x2.splat(6755399441055744));
  return i64x2.add(mantissa, i64x2.shl(bits, 52));
}

@inline
function expQuotient(r: v128): v128 {
  let y = step(f64x2.splat(1.0 / 3628800.0), r, 1.0 / 362880.0);
  y = step(y, r, 1.0 / 40320.0);
  y = step(y, r, 1.0 / 5040.0);
  y = step(y, r, 1.0 / 720.0);
  y = step(y, r, 1.0 / 120.0);
  y = step(y, r, 1.0 / 24.0);
  y = step(y, r, 1.0 / 6.0);
  y = step(y, r, 0.5);
  return step(y, r, 1);
}

/** `eˣ`. */
export function exp(x: f64): f32 {
  return single(expPair(f64x2.splat(x)));
}

/** `eˣ` of four lanes. */
export function exp4(x: v128): v128 {
  return join(expPair(lowPair(x)), expPair(highPair(x)));
}

@inline
function expMinusOnePair(x: v128): v128 {
  const near = f64x2.mul(x, expQuotient(x));
  return v128.bitselect(near, f64x2.sub(expPair(x), f64x2.splat(1)), isWithin(x, 0.5));
}

/** `eˣ − 1` of four lanes. */
export function expMinusOne4(x: v128): v128 {
  return join(expMinusOnePair(lowPair(x)), expMinusOnePair(highPair(x)));
}

@inline
function sigmoidPair(x: v128): v128 {
  const one = f64x2.splat(1);
  return f64x2.div(one, f64x2.add(one, expPair(f64x2.neg(x))));
}

/** `1 / (1 + e⁻ˣ)` of four lanes. */
export function sigmoid4(x: v128): v128 {
  return join(sigmoidPair(lowPair(x)), sigmoidPair(highPair(x)));
}

@inline
function tanhPair(x: v128): v128 {
  const isNear = isWithin(x, 0.6);
  if (v128.all_true<i64>(isNear)) return tanhNear(x);
  const one = f64x2.splat(1);
  const two = f64x2.splat(2);
  const far = f64x2.sub(one, f64x2.div(two, f64x2.add(expPair(f64x2.mul(two, x)), one)));
  return v128.any_true(isNear) ? v128.bitselect(tanhNear(x), far, isNear) : far;
}

function tanhNear(x: v128): v128 {
  const s = f64x2.mul(x, x);
  const top = step(step(f64x2.add(f64x2.splat(378), s), s, 17325), s, 135135);
  const bottom = step(step(step(s, f64x2.splat(28), 3150), s, 62370), s, 135135);
  return f64x2.mul(x, f64x2.div(top, bottom));
}

/** The hyperbolic tangent of four lanes. */
export function tanh4(x: v128): v128 {
  return join(tanhPair(lowPair(x)), tanhPair(highPair(x)));
}

@inline
function logPair(x: v128): v128 {
  const tiny = f64x2.lt(x, f64x2.splat(leastNormal));
  const scaled = v128.bitselect(f64x2.mul(x, f64x2.splat(16777216)), x, tiny);
  const exponents = i32x4.shr_u(f32x4.demote_f64x2_zero(scaled), 23);
  let e = i32x4.sub(exponents, i32x4.splat(127));
  let m = f64x2.mul(scaled, powersOfTwo(i32x4.neg(e)));
  const above = f64x2.gt(m, f64x2.splat(SQRT2));
  m = v128.bitselect(f64x2.mul(m, f64x2.splat(0.5)), m, above);
  // The masks of both lanes are −1 where e grows by one.
  e = i32x4.sub(e, v128.shuffle<i32>(above, above, 0, 2, 0, 2));
  const one = f64x2.splat(1);
  const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
  const t = f64x2.mul(s, s);
  let y = step(f64x2.splat(1.0 / 15.0), t, 1.0 / 13.0);
  y = step(y, t, 1.0 / 11.0);
  y = step(y, t, 1.0 / 9.0);
  y = step(y, t, 1.0 / 7.0);
  y = step(y, t, 1.0 / 5.0);
  y = step(y, t, 1.0 / 3.0);
  y = step(y, t, 1);
  const whole = f64x2.mul(f64x2.convert_low_i32x4_s(e), f64x2.splat(LN2));
  const result = f64x2.add(whole, f64x2.mul(f64x2.mul(f64x2.splat(2), s), y));
  const shifted = f64x2.sub(result, f64x2.splat(24.0 * LN2));
  return logSpecial(x, v128.bitselect(shifted, result, tiny));
}

/** What `log` is at 0, below, and at infinity, in place of `result`. */
@inline
function logSpecial(x: v128, result: v128): v128 {
  const infinity = f64x2.splat(f64.POSITIVE_INFINITY);
  const zero = f64x2.splat(0);
  const outside = v128.bitselect(f64x2.neg(infinity), f64x2.splat(f64.NaN), f64x2.eq(x, zero));
  const inside = v128.bitselect(infinity, result, f64x2.eq(x, infinity));
  return v128.bitselect(inside, outside, f64x2.gt(x, zero));
}

/** The natural logarithm. */
export function log(x: f64): f32 {
  return single(logPair(f64x2.splat(x)));
}

/** The natural logarithm of four lanes. */
export function log4(x: v128): v128 {
  return join(logPair(lowPair(x)), logPair(highPair(x)));
}

@inline
function softplusPair(x: v128): v128 {
  const e = expPair(v128.bitselect(x, f64x2.neg(x), f64x2.lt(x, f64x2.splat(0))));
  const half = f64x2.splat(0.5);
  const few = f64x2.sub(e, f64x2.mul(f64x2.mul(half, e), e));
  const rest = v128.bitselect(
    few,
    logPair(f64x2.add(f64x2.splat(1), e)),
    f64x2.lt(e, f64x2.splat(9.5367431640625e-7)),
  );
  return v128.bitselect(f64x2.add(x, rest), rest, f64x2.gt(x, f64x2.splat(0)));
}

/** `log(1 + eˣ)` of four lanes. */
export function softplus4(x: v128): v128 {
  return join(softplusPair(lowPair(x)), softplusPair(highPair(x)));
}

@inline
function erfPair(x: v128): v128 {
  const a = f64x2.abs(x);
  const isNear = f64x2.lt(a, f64x2.splat(1));
  const near = f64x2.mul(x, erfQuotient(f64x2.mul(x, x)));
  if (v128.all_true<i64>(isNear)) return near;
  const tail = erfTail(f64x2.sub(a, f64x2.splat(2.5)));
  const far = v128.bitselect(f64x2.splat(1), tail, f64x2.ge(a, f64x2.splat(4)));
  const signed = v128.bitselect(f64x2.neg(far), far, f64x2.lt(x, f64x2.splat(0)));
  return v128.bitselect(near, signed, isNear);
}

@inline
function erfQuotient(s: v128): v128 {
  let y = step(f64x2.splat(-9.667044571486996e-6), s, 0.00011265959025606609);
  y = step(y, s, -0.0008484080405535107);
  y = step(y, s, 0.005221031807858023);
  y = step(y, s, -0.026865430727670243);
  y = step(y, s, 0.11283782495236845);
  y = step(y, s, -0.3761263846802871);
  return step(y, s, 1.1283791670615435);
}

@inline
function erfTail(t: v128): v128 {
  let y = step(f64x2.splat(-3.7010294586574444e-7), t, 8.934341108275976e-7);
  y = step(y, t, 3.621387266504205e-6);
  y = step(y, t, -1.574534023486969e-5);
  y = step(y, t, 7.220430687436052e-6);
  y = step(y, t, 8.118151327887046e-5);
  y = step(y, t, -0.00025250234594417607);
  y = step(y, t, 0.0002586050767933321);
  y = step(y, t, 0.0005436847523734309);
  y = step(y, t, -0.002797455525194225);
  y = step(y, t, 0.006116989049688108);
  y = step(y, t, -0.008622641810899187);
  y = step(y, t, 0.00835012806296286);
  y = step(y, t, -0.005445683317556121);
  y = step(y, t, 0.002178283553255515);
  return step(y, t, 0.9995930475079505);
}

/** The error function of four lanes. */
export function erf4(x: v128): v128 {
  return join(erfPair(lowPair(x)), erfPair(highPair(x)));
}

/** `x` to the power `y`, with C's special cases. */
export function pow(x: f64, y: f64): f32 {
  if (y == 0 || x == 1) return 1;
  const magnitude = powMagnitude(x < 0 ? -x : x, y);
  const negative = x < 0 || (x == 0 && 1.0 / x < 0);
  if (!negative) return magnitude;
  if (floor(y) != y) return x < 0 && x > -f64.POSITIVE_INFINITY ? f32.NaN : magnitude;
  const half = y / 2.0;
  return floor(half) == half ? magnitude : -magnitude;
}

function powMagnitude(x: f64, y: f64): f32 {
  if (x == 1) return 1;
  if (x == 0) return y > 0 ? 0 : y < 0 ? f32.POSITIVE_INFINITY : f32.NaN;
  return single(expPair(f64x2.mul(f64x2.splat(y), logPair(f64x2.splat(x)))));
}

/** Positive lanes to the power `y`, which is neither 0 nor NaN: without special cases, since `log 1` is 0. */
export function powPositive4(x: v128, y: f64): v128 {
  const exponent = f64x2.splat(y);
  return join(
    expPair(f64x2.mul(exponent, logPair(lowPair(x)))),
    expPair(f64x2.mul(exponent, logPair(highPair(x)))),
  );
}

/** The sine. */
export function sin(x: f64): f32 {
  return <f32>quarterWave(x, 0);
}

/** The cosine. */
export function cos(x: f64): f32 {
  return <f32>quarterWave(x, 1);
}

/** `sin(x + turns · π/2)`. */
function quarterWave(x: f64, turns: f64): f64 {
  // The quarter turns next to the angle, modulo 4, and what it is beyond them, in [−π/4, π/4].
  let n: f64;
  let r: f64;
  if (x < -1048576 || 1048576 < x) {
    const e = ((reinterpret<i32>(<f32>x) >> 23) & 255) - 150;
    const m = x * powerOfTwo(-e);
    const k = e < 26 ? 0 : (e - 2) / 24;
    const unit = powerOfTwo(e - 24 * (k + 1));
    const a = modulo4(m * twoByPi(k) * unit);
    const b = modulo4(m * twoByPi(k + 1) * unit * powerOfTwo(-24));
    const c = m * twoByPi(k + 2) * unit * powerOfTwo(-48);
    n = floor(a + b + c + 0.5);
    const rest = a - n + b + c + m * twoByPi(k + 3) * unit * powerOfTwo(-72);
    r = (rest + m * twoByPi(k + 4) * unit * powerOfTwo(-96)) * 1.5707963267948966;
  } else {
    n = floor(x * 0.6366197723675814 + 0.5);
    r = x - n * 1.5707963267341256 - n * 6.077100506303966e-11 - n * 2.0222662487959506e-21;
  }
  const quadrant = n + turns - 4.0 * floor((n + turns) / 4.0);
  const s = r * r;
  const y = quadrant == 0 || quadrant == 2 ? r * sineQuotient(s) : cosine(s);
  return quadrant < 2 ? y : -y;
}

@inline
function powerOfTwo(n: i32): f64 {
  return reinterpret<f64>((<i64>n + 1023) << 52);
}

/** The remainder of a division by 4, with the sign of `x`; exact. */
@inline
function modulo4(x: f64): f64 {
  return x - 4.0 * trunc(x / 4.0);
}

/** The digits of 2/π to the base 2²⁴. */
function twoByPi(k: i32): f64 {
  switch (k) {
    case 0: return 10680707;
    case 1: return 7228996;
    case 2: return 1387004;
    case 3: return 2578385;
    case 4: return 16069853;
    case 5: return 12639074;
    case 6: return 9804092;
    case 7: return 4427841;
    default: return 16666979;
  }
}

@inline
function sineQuotient(s: f64): f64 {
  let y = 1.0 / 6227020800.0;
  y = y * s - 1.0 / 39916800.0;
  y = y * s + 1.0 / 362880.0;
  y = y * s - 1.0 / 5040.0;
  y = y * s + 1.0 / 120.0;
  y = y * s - 1.0 / 6.0;
  return y * s + 1.0;
}

@inline
function cosine(s: f64): f64 {
  let y = -1.0 / 87178291200.0;
  y = y * s + 1.0 / 479001600.0;
  y = y * s - 1.0 / 3628800.0;
  y = y * s + 1.0 / 40320.0;
  y = y * s - 1.0 / 720.0;
  y = y * s + 1.0 / 24.0;
  y = y * s - 0.5;
  return y * s + 1.0;
}
