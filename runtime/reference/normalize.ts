import { stripedSum } from "./reduce.ts";

// Every kernel here works in float32. Sums along a row have four stripes (see `stripedSum`).

/**
 * `y = gamma · (x − mean) / √(variance + epsilon) + beta` per channel: `x` and `y` are [rows, channels], the others
 * [channels]. As ordered: `factor = gamma / √(variance + epsilon)`, then `(x − mean) · factor + beta`.
 */
export function batchNorm(
  x: Float32Array,
  gamma: Float32Array,
  beta: Float32Array,
  mean: Float32Array,
  variance: Float32Array,
  y: Float32Array,
  rows: number,
  channels: number,
  epsilon: number,
): void {
  for (let c = 0; c < channels; c++) {
    const deviation = Math.fround(Math.sqrt(Math.fround(variance[c]! + epsilon)));
    const factor = Math.fround(gamma[c]! / deviation);
    const [center, offset] = [mean[c]!, beta[c]!];
    for (let at = c; at < rows * channels; at += channels) {
      y[at] = Math.fround(Math.fround(x[at]! - center) * factor) + offset;
    }
  }
}

/**
 * Each row of [rows, length] brought to mean 0 and variance 1, then scaled: `y = gamma · (x − m) / √(v + epsilon) +
 * beta` with its mean `m` and variance `v`; `gamma` and `beta` are [length].
 */
export function layerNorm(
  x: Float32Array,
  gamma: Float32Array,
  beta: Float32Array,
  y: Float32Array,
  rows: number,
  length: number,
  epsilon: number,
): void {
  for (let row = 0; row < rows; row++) {
    const start = row * length;
    const mean = Math.fround(stripedSum(x, start, length) / length);
    for (let i = start; i < start + length; i++) {
      const distance = Math.fround(x[i]! - mean);
      y[i] = distance * distance;
    }
    const variance = Math.fround(stripedSum(y, start, length) / length);
    const factor = Math.fround(1 / Math.fround(Math.sqrt(Math.fround(variance + epsilon))));
    for (let i = 0; i < length; i++) {
      const unit = Math.fround(Math.fround(x[start + i]! - mean) * factor);
      y[start + i] = Math.fround(unit * gamma[i]!) + beta[i]!;
    }
  }
}

/**
 * Channels in groups, each group of an image brought to mean 0 and variance 1 over all places, then scaled per channel:
 * `y = gamma · (x − m) / √(v + epsilon) + beta`. `x` and `y` are [batch, places, channels], `gamma` and `beta` [channels].
 * One float32 accumulator per sum, in index order.
 */
export function groupNorm(
  x: Float32Array,
  gamma: Float32Array,
  beta: Float32Array,
  y: Float32Array,
  batch: number,
  places: number,
  channels: number,
  groups: number,
  epsilon: number,
): void {
  const each = channels / groups;
  const count = places * each;
  for (let b = 0; b < batch; b++) {
    for (let g = 0; g < groups; g++) {
      const first = b * places * channels + g * each;
      let sum = 0;
      for (let p = 0; p < places; p++) {
        for (let c = 0; c < each; c++) sum = Math.fround(sum + x[first + p * channels + c]!);
      }
      const mean = Math.fround(sum / count);
      let squares = 0;
      for (let p = 0; p < places; p++) {
        for (let c = 0; c < each; c++) {
          const distance = Math.fround(x[first + p * channels + c]! - mean);
          squares = Math.fround(squares + Math.fround(distance * distance));
        }
      }
      const variance = Math.fround(squares / count);
      const factor = Math.fround(1 / Math.fround(Math.sqrt(Math.fround(variance + epsilon))));
      for (let p = 0; p < places; p++) {
        for (let c = 0; c < each; c++) {
          const at = first + p * channels + c;
          const unit = Math.fround(Math.fround(x[at]! - mean) * factor);
          y[at] = Math.fround(unit * gamma[g * each + c]!) + beta[g * each + c]!;
        }
      }
    }
  }
}

/**
 * Lines along the middle axis of [outer, size, inner] brought to length 1: `y = x / max(√Σ x², epsilon)`. One float32
 * accumulator per line, in index order.
 */
export function l2Normalize(
  x: Float32Array,
  y: Float32Array,
  outer: number,
  size: number,
  inner: number,
  epsilon: number,
): void {
  for (let a = 0; a < outer; a++) {
    for (let i = 0; i < inner; i++) {
      const first = a * size * inner + i;
      const end = first + size * inner;
      let squares = 0;
      for (let at = first; at < end; at += inner) {
        squares = Math.fround(squares + Math.fround(x[at]! * x[at]!));
      }
      const norm = Math.max(Math.fround(Math.sqrt(squares)), epsilon);
      for (let at = first; at < end; at += inner) y[at] = x[at]! / norm;
    }
  }
}
