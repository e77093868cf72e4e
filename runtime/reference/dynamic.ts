import { roundHalfEven, saturate } from "./requantize.ts";

/**
 * Each row of `x` in the integers that its own range spans: `q = saturate(round(x / scale[r]) + zeroPoint[r])`, with
 * `scale = (most − least) / 255` and `zeroPoint = saturate(round(−least / scale))` of the range that is widened to hold 0.
 * A row of zeros has the scale 1. NaN has no part in the range and becomes the zero point.
 *
 * | argument    | shape         | type    |
 * | ----------- | ------------- | ------- |
 * | `x`         | [rows, inner] | float32 |
 * | `q`         | [rows, inner] | uint8   |
 * | `scale`     | [rows]        | float32 |
 * | `zeroPoint` | [rows]        | int32   |
 *
 * @source ONNX DynamicQuantizeLinear.
 */
export function dynamicQuantize(
  x: Float32Array,
  q: Uint8Array,
  scale: Float32Array,
  zeroPoint: Int32Array,
  rows: number,
  inner: number,
): void {
  for (let r = 0; r < rows; r++) {
    const from = r * inner;
    let least = 0;
    let most = 0;
    for (let i = 0; i < inner; i++) {
      const value = x[from + i]!;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    const range = Math.fround(Math.fround(most - least) / 255);
    const step = range === 0 ? 1 : range;
    const zero = integerOf(Math.fround(-least / step), 0);
    for (let i = 0; i < inner; i++) q[from + i] = integerOf(Math.fround(x[from + i]! / step), zero);
    scale[r] = step;
    zeroPoint[r] = zero;
  }
}

/** `saturate(round(steps) + zero)` as a uint8; NaN counts as 0. */
function integerOf(steps: number, zero: number): number {
  return Number.isNaN(steps) ? zero : saturate(roundHalfEven(steps) + zero, 0, 255);
}

/**
 * Sums of products of integers as reals: `y[r, o] = (sums[r, o] − zeroPoint[r] · kernelSums[o]) · (scale[r] · kernelScale[o])
 * + bias[o]`, the difference exact, then rounded to float32 one by one. Rows are `step` parameters apart: 1, or 0 where all
 * rows have the same.
 *
 * | argument             | shape           | type    |
 * | -------------------- | --------------- | ------- |
 * | `sums`               | [rows, outputs] | int32   |
 * | `scale`, `zeroPoint` | [rows] or [1]   | float32, int32 |
 * | `kernelSums`         | [outputs]       | int32   |
 * | `kernelScale`, `bias`| [outputs]       | float32 |
 * | `y`                  | [rows, outputs] | float32 |
 */
export function dynamicScale(
  sums: Int32Array,
  scale: Float32Array,
  zeroPoint: Int32Array,
  kernelSums: Int32Array,
  kernelScale: Float32Array,
  bias: Float32Array,
  y: Float32Array,
  rows: number,
  outputs: number,
  step: number,
): void {
  for (let r = 0; r < rows; r++) {
    const size = scale[r * step]!;
    const zero = zeroPoint[r * step]!;
    for (let o = 0; o < outputs; o++) {
      const sum = (sums[r * outputs + o]! - Math.imul(zero, kernelSums[o]!)) | 0;
      const factor = Math.fround(size * kernelScale[o]!);
      y[r * outputs + o] = Math.fround(Math.fround(sum) * factor) + bias[o]!;
    }
  }
}
