import { broadcast } from "./binary";
import { map, whereNegative } from "./map";
import { Pointer } from "./memory";
import {
  cos,
  erf4,
  exp4,
  expMinusOne4,
  highPair,
  join,
  log4,
  lowPair,
  pow,
  sigmoid4,
  sin,
  softplus4,
  tanh4,
} from "./transcendental";

// Elementary functions of one operand, see the reference: `y[i] = f(x[i])` in float32.

@unmanaged @final
class Exp {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return exp4(x);
  }
}

/** `y = eˣ`. */
export function mapExp(x: Pointer<f32>, y: Pointer<f32>, length: i32): void {
  map<Exp, f32>(x, y, length);
}

@unmanaged @final
class Log {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return log4(x);
  }
}

/** `y = log x`. */
export function mapLog(x: Pointer<f32>, y: Pointer<f32>, length: i32): void {
  map<Log, f32>(x, y, length);
}

/** `y = sin x`; one by one, as its two kin. */
export function mapSin(x: Pointer<f32>, y: Pointer<f32>, length: i32): void {
  for (let i = 0; i < length; i++) y[i] = sin(x[i]);
}

/** `y = cos x`. */
export function mapCos(x: Pointer<f32>, y: Pointer<f32>, length: i32): void {
  for (let i = 0; i < length; i++) y[i] = cos(x[i]);
}

/** `y = tan x`. */
export function mapTan(x: Pointer<f32>, y: Pointer<f32>, length: i32): void {
  for (let i = 0; i < length; i++) y[i] = sin(x[i]) / cos(x[i]);
}

@unmanaged @final
class Erf {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return erf4(x);
  }
}

/** The error function. */
export function mapErf(x: Pointer<f32>, y: Pointer<f32>, length: i32): void {
  map<Erf, f32>(x, y, length);
}

@unmanaged @final
class Sigmoid {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return sigmoid4(x);
  }
}

/** `y = 1 / (1 + e⁻ˣ)`. */
export function mapSigmoid(x: Pointer<f32>, y: Pointer<f32>, length: i32): void {
  map<Sigmoid, f32>(x, y, length);
}

@unmanaged @final
class Tanh {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return tanh4(x);
  }
}

/** The hyperbolic tangent. */
export function mapTanh(x: Pointer<f32>, y: Pointer<f32>, length: i32): void {
  map<Tanh, f32>(x, y, length);
}

@unmanaged @final
class Softplus {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return softplus4(x);
  }
}

/** `y = log(1 + eˣ)`. */
export function mapSoftplus(x: Pointer<f32>, y: Pointer<f32>, length: i32): void {
  map<Softplus, f32>(x, y, length);
}

@unmanaged @final
class Swish {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return f32x4.mul(x, sigmoid4(x));
  }
}

/** `y = x · sigmoid(x)`. */
export function swish(x: Pointer<f32>, y: Pointer<f32>, length: i32): void {
  map<Swish, f32>(x, y, length);
}

@unmanaged @final
class Mish {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return f32x4.mul(x, tanh4(softplus4(x)));
  }
}

/** `y = x · tanh(log(1 + eˣ))`. */
export function mish(x: Pointer<f32>, y: Pointer<f32>, length: i32): void {
  map<Mish, f32>(x, y, length);
}

/** `½ · x · (1 + t)`: the factor 1 + t is rounded, and then only the whole product. */
@inline
function halfProduct(x: v128, t: v128): v128 {
  const factor = f32x4.add(f32x4.splat(1), t);
  const half = f64x2.splat(0.5);
  return join(
    f64x2.mul(f64x2.mul(half, lowPair(x)), lowPair(factor)),
    f64x2.mul(f64x2.mul(half, highPair(x)), highPair(factor)),
  );
}

@unmanaged @final
class Gelu {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    const root = f64x2.splat(0.7071067811865476);
    const scaled = join(f64x2.mul(lowPair(x), root), f64x2.mul(highPair(x), root));
    return halfProduct(x, erf4(scaled));
  }
}

/** `y = x · (1 + erf(x / √2)) / 2`. */
export function gelu(x: Pointer<f32>, y: Pointer<f32>, length: i32): void {
  map<Gelu, f32>(x, y, length);
}

/** `√(2/π) · x · (1 + 0.044715 x²)`. */
@inline
function cubic(x: v128): v128 {
  const square = f64x2.mul(f64x2.mul(f64x2.splat(0.044715), x), x);
  const value = f64x2.mul(x, f64x2.add(f64x2.splat(1), square));
  return f64x2.mul(f64x2.splat(0.7978845608028654), value);
}

@unmanaged @final
class GeluTanh {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return halfProduct(x, tanh4(join(cubic(lowPair(x)), cubic(highPair(x)))));
  }
}

/** `y = x · (1 + tanh(√(2/π) · (x + 0.044715 x³))) / 2`. */
export function geluTanh(x: Pointer<f32>, y: Pointer<f32>, length: i32): void {
  map<GeluTanh, f32>(x, y, length);
}

@unmanaged @final
class Elu {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return whereNegative(x, f32x4.mul(p, expMinusOne4(x)));
  }
}

/** `y = x ≥ 0 ? x : alpha · (eˣ − 1)`. */
export function elu(x: Pointer<f32>, y: Pointer<f32>, length: i32, alpha: f32): void {
  map<Elu, f32>(x, y, length, alpha);
}

@unmanaged @final
class Selu {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return f32x4.mul(q, whereNegative(x, f32x4.mul(p, expMinusOne4(x))));
  }
}

/** `y = gamma · (x ≥ 0 ? x : alpha · (eˣ − 1))`. */
export function selu(
  x: Pointer<f32>,
  y: Pointer<f32>,
  length: i32,
  alpha: f32,
  gamma: f32,
): void {
  map<Selu, f32>(x, y, length, alpha, gamma);
}

@unmanaged @final
class Celu {
  @inline
  lanes<T>(x: v128, p: v128, q: v128): v128 {
    return whereNegative(x, f32x4.mul(p, expMinusOne4(f32x4.div(x, p))));
  }
}

/** `y = x ≥ 0 ? x : alpha · (e^(x / alpha) − 1)`. */
export function celu(x: Pointer<f32>, y: Pointer<f32>, length: i32, alpha: f32): void {
  map<Celu, f32>(x, y, length, alpha);
}

@unmanaged @final
class Power {
  @inline
  of<A, B, Y>(a: A, b: B): Y {
    const value = powerOf(<f64>a, <f64>b);
    return isFloat<Y>() ? <Y>value : <Y>wrap(value);
  }
}

/** `y = a ᵇ` with broadcasting; integers are rounded towards zero, modulo the range of their dtype. */
export function power<A, B>(
  a: Pointer<A>,
  b: Pointer<B>,
  y: Pointer<A>,
  view: Pointer<i32>,
): void {
  broadcast<Power, A, B, A>(a, b, y, view);
}

function powerOf(base: f64, exponent: f64): f64 {
  if (!(exponent >= 0 && exponent <= 64 && floor(exponent) == exponent)) {
    return exponent == 0.5 && base > 0 ? sqrt(base) : pow(base, exponent);
  }
  let product: f64 = 1;
  let square = base;
  for (let rest = <i32>exponent; rest > 0; rest >>= 1) {
    if (rest & 1) product *= square;
    square *= square;
  }
  return product;
}

/** The integer part modulo 2³², what storing a number in an array of integers keeps of it. */
function wrap(x: f64): i32 {
  const exponent = <i32>((reinterpret<i64>(x) >> 52) & 2047) - 1023;
  if (exponent < 63) return <i32>(<i64>x);
  // From 2⁸⁴ on all bits that are kept are 0; infinity and NaN become 0.
  if (exponent >= 84) return 0;
  const mantissa = (reinterpret<i64>(x) & 0xfffffffffffff) | 0x10000000000000;
  const magnitude = <i32>(mantissa << (exponent - 52));
  return x < 0 ? -magnitude : magnitude;
}
