import type { Elements } from "./elements.ts";
import { saturate, scaleTwice } from "./requantize.ts";

/**
 * `y = saturate(round((x − xZero) · factor) + yZero)` with `factor = multiplier · 2^(shift − 31)`, rounded twice (see
 * `scaleTwice`).
 */
export function rescale(
  x: Elements,
  y: Elements,
  length: number,
  xZero: number,
  multiplier: number,
  shift: number,
  yZero: number,
  low: number,
  high: number,
): void {
  for (let i = 0; i < length; i++) {
    y[i] = saturate(scaleTwice(x[i]! - xZero, multiplier, shift) + yZero, low, high);
  }
}
