import { Pointer } from "./memory";

/** Elements of one dtype as another: integers wrap, and become the nearest float32. */
export function convert<X, Y>(x: Pointer<X>, y: Pointer<Y>, length: i32): void {
  for (let i = 0; i < length; i++) {
    if (isFloat<X>()) y[i] = <Y>x[i];
    else y[i] = <Y>(<i32>x[i]);
  }
}

/** float32 to integers: rounded towards zero and limited to [low, high]; NaN becomes 0, which lies there. */
export function truncate<Y>(
  x: Pointer<f32>,
  y: Pointer<Y>,
  length: i32,
  low: i32,
  high: i32,
): void {
  for (let i = 0; i < length; i++) y[i] = <Y>min<i32>(max<i32>(<i32>x[i], low), high);
}

/** `y = 1` where `x ≠ 0` (NaN too), else 0. */
export function isNonZero<X>(x: Pointer<X>, y: Pointer<u8>, length: i32): void {
  for (let i = 0; i < length; i++) y[i] = u8(x[i] != <X>0);
}

/** The nearest float16 number, ties to even; from 65520 on infinity. Rounds in float64 as the reference does. */
export function roundToHalf(x: Pointer<f32>, y: Pointer<f32>, length: i32): void {
  for (let i = 0; i < length; i++) {
    const magnitude = <f64>abs<f32>(x[i]);
    // A step is 2⁻¹⁰ of the power of two below, which lies in [2⁻¹⁴, 2¹⁵].
    const exponent = <i32>((reinterpret<i64>(magnitude) >> 52) & 2047) - 1023;
    const limited = min<i32>(max<i32>(exponent, -14), 15);
    const bias = reinterpret<f64>((<i64>limited + 1023 + 42) << 52);
    const whole = magnitude + bias - bias;
    const rounded = magnitude >= 65520 ? f64.POSITIVE_INFINITY : whole;
    y[i] = <f32>copysign<f64>(rounded, <f64>x[i]);
  }
}
