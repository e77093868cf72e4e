import { Pointer } from "./memory";
import { saturate, scaleTwice } from "./requantize";

/** See the reference. Rare: tables do it for 8 bits. */
export function rescale<X, Y>(
  x: Pointer<X>,
  y: Pointer<Y>,
  length: i32,
  xZero: i32,
  multiplier: i32,
  shift: i32,
  yZero: i32,
  low: i32,
  high: i32,
): void {
  for (let i = 0; i < length; i++) {
    y[i] = <Y>saturate(scaleTwice(<i64>x[i] - xZero, multiplier, shift) + yZero, low, high);
  }
}
