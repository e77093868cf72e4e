import type { Elements } from "./elements.ts";

/** Elements of one dtype as another: integers wrap, and become the nearest float32. */
export function convert(x: Elements, y: Elements, length: number): void {
  for (let i = 0; i < length; i++) y[i] = x[i]!;
}

/** float32 to integers: rounded towards zero and limited to [low, high]; NaN becomes 0. */
export function truncate(
  x: Float32Array,
  y: Elements,
  length: number,
  low: number,
  high: number,
): void {
  for (let i = 0; i < length; i++) {
    const whole = Math.trunc(x[i]!);
    y[i] = whole < low ? low : whole > high ? high : whole;
  }
}

/** `y = 1` where `x ≠ 0` (NaN too), else 0. */
export function isNonZero(x: Elements, y: Uint8Array, length: number): void {
  for (let i = 0; i < length; i++) y[i] = x[i] === 0 ? 0 : 1;
}

/**
 * The nearest float16 number, ties to even; from 65520 on infinity. Adding and subtracting 2⁵² steps in float64
 * leaves a whole number of steps, to which 0 · x gives its sign; a step is 2⁻¹⁰ of the power of two below, and 2⁻²⁴ below 2⁻¹⁴.
 */
export function roundToHalf(x: Float32Array, y: Float32Array, length: number): void {
  for (let i = 0; i < length; i++) {
    const magnitude = Math.abs(x[i]!);
    let power = 2 ** -14;
    while (power * 2 <= magnitude && power < 2 ** 15) power *= 2;
    const whole = magnitude + power * 2 ** 42 - power * 2 ** 42;
    const rounded = magnitude >= 65520 ? Number.POSITIVE_INFINITY : whole;
    y[i] = (x[i]! < 0 ? -rounded : rounded) || 0 * x[i]!;
  }
}
