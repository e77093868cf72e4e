import { loadColumns, storeColumns } from "./columns";
import { Pointer } from "./memory";
import { quotient, stripedSum } from "./reduce";

// See the reference. Sums keep its order: in vectors where they have stripes, or where columns are side by side.

/** `(x − center) · factor`, each operation rounded. */
@inline
function unit(x: v128, center: v128, factor: v128): v128 {
  return f32x4.mul(f32x4.sub(x, center), factor);
}

/** `1 / √(variance + epsilon)`. */
@inline
function inverseDeviation(variance: f32, epsilon: f32): f32 {
  return <f32>1 / sqrt<f32>(variance + epsilon);
}

/** `y = gamma · (x − mean) / √(variance + epsilon) + beta` per channel. */
export function batchNorm(
  x: Pointer<f32>,
  gamma: Pointer<f32>,
  beta: Pointer<f32>,
  mean: Pointer<f32>,
  variance: Pointer<f32>,
  y: Pointer<f32>,
  rows: i32,
  channels: i32,
  epsilon: f32,
): void {
  // Some rows at once, which stay in the cache while their columns are walked down one after the other.
  for (let row = 0; row < rows; row += 64) {
    const some = min<i32>(rows - row, 64);
    const from = x.from(row * channels);
    const to = y.from(row * channels);
    let c = 0;
    for (; c <= channels - 4; c += 4) {
      batchNormColumns(from, gamma, beta, mean, variance, to, some, channels, epsilon, c, true);
    }
    for (; c < channels; c++) {
      batchNormColumns(from, gamma, beta, mean, variance, to, some, channels, epsilon, c, false);
    }
  }
}

@inline
function batchNormColumns(
  x: Pointer<f32>,
  gamma: Pointer<f32>,
  beta: Pointer<f32>,
  mean: Pointer<f32>,
  variance: Pointer<f32>,
  y: Pointer<f32>,
  rows: i32,
  channels: i32,
  epsilon: f32,
  c: i32,
  wide: bool,
): void {
  const square = f32x4.add(loadColumns(variance.at(c), wide), f32x4.splat(epsilon));
  const factor = f32x4.div(loadColumns(gamma.at(c), wide), f32x4.sqrt(square));
  const center = loadColumns(mean.at(c), wide);
  const offset = loadColumns(beta.at(c), wide);
  for (let row = 0, at = c; row < rows; row++, at += channels) {
    const value = unit(loadColumns(x.at(at), wide), center, factor);
    storeColumns(y.at(at), f32x4.add(value, offset), wide);
  }
}

/** Each row brought to mean 0 and variance 1, then scaled. */
export function layerNorm(
  x: Pointer<f32>,
  gamma: Pointer<f32>,
  beta: Pointer<f32>,
  y: Pointer<f32>,
  rows: i32,
  length: i32,
  epsilon: f32,
): void {
  for (let row = 0; row < rows; row++) {
    const from = x.from(row * length);
    const to = y.from(row * length);
    const mean = quotient(stripedSum(from, length), length);
    squaredDistances(from, to, length, mean);
    const variance = quotient(stripedSum(to, length), length);
    scaleRow(from, gamma, beta, to, length, mean, inverseDeviation(variance, epsilon));
  }
}

@inline
function squaredDistances(x: Pointer<f32>, y: Pointer<f32>, length: i32, mean: f32): void {
  let i = 0;
  for (; i <= length - 4; i += 4) {
    const distance = f32x4.sub(v128.load(x.at(i)), f32x4.splat(mean));
    v128.store(y.at(i), f32x4.mul(distance, distance));
  }
  for (; i < length; i++) y[i] = (x[i] - mean) * (x[i] - mean);
}

/** `y = gamma · ((x − mean) · factor) + beta`. */
@inline
function scaleRow(
  x: Pointer<f32>,
  gamma: Pointer<f32>,
  beta: Pointer<f32>,
  y: Pointer<f32>,
  length: i32,
  mean: f32,
  factor: f32,
): void {
  let i = 0;
  for (; i <= length - 4; i += 4) {
    const value = unit(v128.load(x.at(i)), f32x4.splat(mean), f32x4.splat(factor));
    const scaled = f32x4.mul(value, v128.load(gamma.at(i)));
    v128.store(y.at(i), f32x4.add(scaled, v128.load(beta.at(i))));
  }
  for (; i < length; i++) y[i] = (x[i] - mean) * factor * gamma[i] + beta[i];
}

/** Channels in groups, each group of an image brought to mean 0 and variance 1, then scaled; sums in index order. */
export function groupNorm(
  x: Pointer<f32>,
  gamma: Pointer<f32>,
  beta: Pointer<f32>,
  y: Pointer<f32>,
  batch: i32,
  places: i32,
  channels: i32,
  groups: i32,
  epsilon: f32,
): void {
  const each = channels / groups;
  const count = places * each;
  for (let b = 0; b < batch; b++) {
    for (let g = 0; g < groups; g++) {
      const first = b * places * channels + g * each;
      const mean = quotient(groupSum(x.from(first), places, channels, each), count);
      const squares = groupSquares(x.from(first), places, channels, each, mean);
      const factor = inverseDeviation(quotient(squares, count), epsilon);
      for (let p = 0, at = first; p < places; p++, at += channels) {
        const own = g * each;
        scaleRow(x.from(at), gamma.from(own), beta.from(own), y.from(at), each, mean, factor);
      }
    }
  }
}

@inline
function groupSum(x: Pointer<f32>, places: i32, channels: i32, each: i32): f32 {
  let sum: f32 = 0;
  for (let p = 0; p < places; p++) {
    for (let c = 0; c < each; c++) sum += x[p * channels + c];
  }
  return sum;
}

/** The sum of `(x − mean)²`. */
@inline
function groupSquares(x: Pointer<f32>, places: i32, channels: i32, each: i32, mean: f32): f32 {
  let sum: f32 = 0;
  for (let p = 0; p < places; p++) {
    for (let c = 0; c < each; c++) {
      const distance = x[p * channels + c] - mean;
      sum += distance * distance;
    }
  }
  return sum;
}

/** Lines along the middle axis brought to length 1; sums in index order. */
export function l2Normalize(
  x: Pointer<f32>,
  y: Pointer<f32>,
  outer: i32,
  size: i32,
  inner: i32,
  epsilon: f32,
): void {
  for (let a = 0; a < outer; a++) {
    const from = x.from(a * size * inner);
    const to = y.from(a * size * inner);
    let i = 0;
    for (; i <= inner - 4; i += 4) {
      l2NormalizeColumns(from.from(i), to.from(i), size, inner, epsilon, true);
    }
    for (; i < inner; i++) {
      l2NormalizeColumns(from.from(i), to.from(i), size, inner, epsilon, false);
    }
  }
}

@inline
function l2NormalizeColumns(
  x: Pointer<f32>,
  y: Pointer<f32>,
  size: i32,
  inner: i32,
  epsilon: f32,
  wide: bool,
): void {
  let squares = f32x4.splat(0);
  for (let k = 0; k < size; k++) {
    const value = loadColumns(x.at(k * inner), wide);
    squares = f32x4.add(squares, f32x4.mul(value, value));
  }
  const norm = f32x4.max(f32x4.sqrt(squares), f32x4.splat(epsilon));
  for (let k = 0; k < size; k++) {
    const value = f32x4.div(loadColumns(x.at(k * inner), wide), norm);
    storeColumns(y.at(k * inner), value, wide);
  }
}
