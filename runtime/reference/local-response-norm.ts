import { pow } from "./transcendental.ts";

/**
 * Each element divided by what its neighbouring channels have: `y[r, c] = x[r, c] / (bias + factor · Σ x[r, j]²)^beta` over
 * the channels `j` in [c − before, c + after]. `x` and `y` are [rows, channels]. One float32 accumulator per sum.
 */
export function localResponseNorm(
  x: Float32Array,
  y: Float32Array,
  rows: number,
  channels: number,
  before: number,
  after: number,
  bias: number,
  factor: number,
  beta: number,
): void {
  for (let row = 0; row < rows; row++) {
    const start = row * channels;
    for (let c = 0; c < channels; c++) {
      const last = Math.min(channels - 1, c + after);
      let squares = 0;
      for (let j = Math.max(0, c - before); j <= last; j++) {
        squares = Math.fround(squares + Math.fround(x[start + j]! * x[start + j]!));
      }
      const base = Math.fround(bias + Math.fround(factor * squares));
      y[start + c] = x[start + c]! / pow(base, beta);
    }
  }
}
