import type { Elements } from "./elements.ts";
import { roundHalfEven } from "./requantize.ts";

// Every kernel here is `y[i] = f(x[i])` with arithmetic alone; the transcendental ones are in `activation.ts`.
// float32 results of one operation are the exact ones, rounded once. A NaN stays a NaN unless stated.

/** `y = |x|`. */
export function abs(x: Elements, y: Elements, length: number): void {
  for (let i = 0; i < length; i++) y[i] = Math.abs(x[i]!);
}

/** `y = −x`. */
export function negative(x: Elements, y: Elements, length: number): void {
  for (let i = 0; i < length; i++) y[i] = -x[i]!;
}

/** `y = −1, 0 or 1`. */
export function sign(x: Elements, y: Elements, length: number): void {
  for (let i = 0; i < length; i++) y[i] = Math.sign(x[i]!);
}

/** `y = ⌊x⌋`. */
export function floor(x: Elements, y: Elements, length: number): void {
  for (let i = 0; i < length; i++) y[i] = Math.floor(x[i]!);
}

/** `y = ⌈x⌉`. */
export function ceil(x: Elements, y: Elements, length: number): void {
  for (let i = 0; i < length; i++) y[i] = Math.ceil(x[i]!);
}

/** The nearest integer, ties to even; a 0 has the sign of `x`. */
export function round(x: Elements, y: Elements, length: number): void {
  for (let i = 0; i < length; i++) y[i] = roundHalfEven(x[i]!) || 0 * x[i]!;
}

/** `y = x²`, for every dtype but int32. */
export function square(x: Elements, y: Elements, length: number): void {
  for (let i = 0; i < length; i++) y[i] = x[i]! * x[i]!;
}

/** `y = √x`. */
export function sqrt(x: Float32Array, y: Float32Array, length: number): void {
  for (let i = 0; i < length; i++) y[i] = Math.sqrt(x[i]!);
}

/** `y = 1 / √x`, the root rounded to float32 first. */
export function rsqrt(x: Float32Array, y: Float32Array, length: number): void {
  for (let i = 0; i < length; i++) y[i] = 1 / Math.fround(Math.sqrt(x[i]!));
}

/** `y = 1 / x`. */
export function reciprocal(x: Float32Array, y: Float32Array, length: number): void {
  for (let i = 0; i < length; i++) y[i] = 1 / x[i]!;
}

/** `y = min(max(x, low), high)`. */
export function clip(x: Elements, y: Elements, length: number, low: number, high: number): void {
  for (let i = 0; i < length; i++) {
    const atLeast = x[i]! < low ? low : x[i]!;
    y[i] = atLeast > high ? high : atLeast;
  }
}

/** `y = x ≥ 0 ? x : alpha · x`. */
export function leakyRelu(x: Float32Array, y: Float32Array, length: number, alpha: number): void {
  for (let i = 0; i < length; i++) y[i] = x[i]! < 0 ? alpha * x[i]! : x[i]!;
}

/** `y = x > alpha ? x : 0`; NaN, which is not greater, becomes 0. */
export function thresholdedRelu(
  x: Float32Array,
  y: Float32Array,
  length: number,
  alpha: number,
): void {
  for (let i = 0; i < length; i++) y[i] = x[i]! > alpha ? x[i]! : 0;
}

/** `y = min(max(alpha · x + beta, 0), 1)`. */
export function hardSigmoid(
  x: Float32Array,
  y: Float32Array,
  length: number,
  alpha: number,
  beta: number,
): void {
  for (let i = 0; i < length; i++) y[i] = unit(Math.fround(Math.fround(alpha * x[i]!) + beta));
}

function unit(x: number): number {
  return x < 0 ? 0 : x > 1 ? 1 : x;
}

/** `y = x · min(max(x / 6 + 1/2, 0), 1)`, that is `x · min(max(x + 3, 0), 6) / 6`. */
export function hardSwish(x: Float32Array, y: Float32Array, length: number): void {
  const sixth = Math.fround(1 / 6);
  for (let i = 0; i < length; i++) {
    y[i] = x[i]! * unit(Math.fround(Math.fround(sixth * x[i]!) + 0.5));
  }
}

/** `y = x / (1 + |x|)`. */
export function softsign(x: Float32Array, y: Float32Array, length: number): void {
  for (let i = 0; i < length; i++) y[i] = x[i]! / Math.fround(1 + Math.abs(x[i]!));
}

/** `y = 1 − x` of 0 and 1. */
export function not(x: Uint8Array, y: Uint8Array, length: number): void {
  for (let i = 0; i < length; i++) y[i] = 1 - x[i]!;
}

/** `y = 1` where `x` is NaN, else 0. */
export function isNotANumber(x: Float32Array, y: Uint8Array, length: number): void {
  for (let i = 0; i < length; i++) y[i] = Number.isNaN(x[i]!) ? 1 : 0;
}

/** `y = table[x − low]`: any function of 8-bit integers, `low` the smallest of them. */
export function lookup(
  x: Elements,
  table: Elements,
  y: Elements,
  length: number,
  low: number,
): void {
  for (let i = 0; i < length; i++) y[i] = table[x[i]! - low]!;
}
