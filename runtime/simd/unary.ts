import { limit, map, product, whereNegative } from "./map";
import { Pointer } from "./memory";

// Arithmetic on one operand, see the reference: `y[i] = f(x[i])`. Integers of every width go through the same functions.

@unmanaged @final
class Abs {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return isSigned<T>() || isFloat<T>() ? v128.abs<T>(x) : x;
  }
}

/** `y = |x|`. */
export function abs<T>(x: Pointer<T>, y: Pointer<T>, length: i32): void {
  map<Abs, T>(x, y, length);
}

@unmanaged @final
class Negative {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return v128.neg<T>(x);
  }
}

/** `y = −x`. */
export function negative<T>(x: Pointer<T>, y: Pointer<T>, length: i32): void {
  map<Negative, T>(x, y, length);
}

@unmanaged @final
class Sign {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    const one = v128.splat<T>(1);
    if (!isFloat<T>()) {
      return limit<T>(x, isSigned<T>() ? v128.neg<T>(one) : v128.splat<T>(0), one);
    }
    const zero = f32x4.splat(0);
    const negative = v128.bitselect(f32x4.splat(-1), x, f32x4.lt(x, zero));
    return v128.bitselect(one, negative, f32x4.gt(x, zero));
  }
}

/** `y = −1, 0 or 1`. */
export function sign<T>(x: Pointer<T>, y: Pointer<T>, length: i32): void {
  map<Sign, T>(x, y, length);
}

@unmanaged @final
class Floor {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return isFloat<T>() ? f32x4.floor(x) : x;
  }
}

/** `y = ⌊x⌋`. */
export function floor<T>(x: Pointer<T>, y: Pointer<T>, length: i32): void {
  map<Floor, T>(x, y, length);
}

@unmanaged @final
class Ceil {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return isFloat<T>() ? f32x4.ceil(x) : x;
  }
}

/** `y = ⌈x⌉`. */
export function ceil<T>(x: Pointer<T>, y: Pointer<T>, length: i32): void {
  map<Ceil, T>(x, y, length);
}

@unmanaged @final
class Round {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return isFloat<T>() ? f32x4.nearest(x) : x;
  }
}

/** The nearest integer, ties to even. */
export function round<T>(x: Pointer<T>, y: Pointer<T>, length: i32): void {
  map<Round, T>(x, y, length);
}

@unmanaged @final
class Square {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return product<T>(x, x);
  }
}

/** `y = x²`, for every dtype but int32. */
export function square<T>(x: Pointer<T>, y: Pointer<T>, length: i32): void {
  map<Square, T>(x, y, length);
}

@unmanaged @final
class Sqrt {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return f32x4.sqrt(x);
  }
}

/** `y = √x`. */
export function sqrt(x: Pointer<f32>, y: Pointer<f32>, length: i32): void {
  map<Sqrt, f32>(x, y, length);
}

@unmanaged @final
class Rsqrt {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return f32x4.div(f32x4.splat(1), f32x4.sqrt(x));
  }
}

/** `y = 1 / √x`. */
export function rsqrt(x: Pointer<f32>, y: Pointer<f32>, length: i32): void {
  map<Rsqrt, f32>(x, y, length);
}

@unmanaged @final
class Reciprocal {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return f32x4.div(f32x4.splat(1), x);
  }
}

/** `y = 1 / x`. */
export function reciprocal(x: Pointer<f32>, y: Pointer<f32>, length: i32): void {
  map<Reciprocal, f32>(x, y, length);
}

@unmanaged @final
class Clip {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return limit<T>(x, p, q);
  }
}

/** `y = min(max(x, low), high)`; the limits are numbers of x's type. */
export function clip<T>(x: Pointer<T>, y: Pointer<T>, length: i32, low: f64, high: f64): void {
  if (isFloat<T>()) map<Clip, T>(x, y, length, <T>low, <T>high);
  else map<Clip, T>(x, y, length, <T>(<i32>low), <T>(<i32>high));
}

@unmanaged @final
class LeakyRelu {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return whereNegative(x, f32x4.mul(p, x));
  }
}

/** `y = x ≥ 0 ? x : alpha · x`. */
export function leakyRelu(x: Pointer<f32>, y: Pointer<f32>, length: i32, alpha: f32): void {
  map<LeakyRelu, f32>(x, y, length, alpha);
}

@unmanaged @final
class ThresholdedRelu {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return v128.and(x, f32x4.gt(x, p));
  }
}

/** `y = x > alpha ? x : 0`. */
export function thresholdedRelu(x: Pointer<f32>, y: Pointer<f32>, length: i32, alpha: f32): void {
  map<ThresholdedRelu, f32>(x, y, length, alpha);
}

/** `min(max(alpha · x + beta, 0), 1)`. */
@inline
function ramp(x: v128, alpha: v128, beta: v128): v128 {
  return limit<f32>(f32x4.add(f32x4.mul(alpha, x), beta), f32x4.splat(0), f32x4.splat(1));
}

@unmanaged @final
class HardSigmoid {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return ramp(x, p, q);
  }
}

/** `y = min(max(alpha · x + beta, 0), 1)`. */
export function hardSigmoid(
  x: Pointer<f32>,
  y: Pointer<f32>,
  length: i32,
  alpha: f32,
  beta: f32,
): void {
  map<HardSigmoid, f32>(x, y, length, alpha, beta);
}

@unmanaged @final
class HardSwish {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return f32x4.mul(x, ramp(x, f32x4.splat(1.0 / 6.0), f32x4.splat(0.5)));
  }
}

/** `y = x · min(max(x / 6 + 1/2, 0), 1)`. */
export function hardSwish(x: Pointer<f32>, y: Pointer<f32>, length: i32): void {
  map<HardSwish, f32>(x, y, length);
}

@unmanaged @final
class Softsign {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return f32x4.div(x, f32x4.add(f32x4.splat(1), f32x4.abs(x)));
  }
}

/** `y = x / (1 + |x|)`. */
export function softsign(x: Pointer<f32>, y: Pointer<f32>, length: i32): void {
  map<Softsign, f32>(x, y, length);
}

@unmanaged @final
class Not {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return i8x16.sub(i8x16.splat(1), x);
  }
}

/** `y = 1 − x` of 0 and 1. */
export function not(x: Pointer<u8>, y: Pointer<u8>, length: i32): void {
  map<Not, u8>(x, y, length);
}

/** `y = 1` where `x` is NaN, else 0. */
export function isNotANumber(x: Pointer<f32>, y: Pointer<u8>, length: i32): void {
  for (let i = 0; i < length; i++) y[i] = u8(isNaN<f32>(x[i]));
}
