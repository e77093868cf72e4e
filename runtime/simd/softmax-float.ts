import { loadColumns, storeColumns } from "./columns";
import { Pointer } from "./memory";
import { rowMaximum, stripedSum } from "./reduce";
import { exp4, log, log4 } from "./transcendental";

// Softmax of float32, see the reference: rows (`inner` is 1) with their elements in lanes, else columns side by side. Which
// of equal elements is the largest, and whether a NaN is, does not show in a result.

/** `y = exp(β(x − max)) / Σ exp(β(x − max))` along the middle axis of `[outer, size, inner]`. */
export function softmax(
  x: Pointer<f32>,
  y: Pointer<f32>,
  outer: i32,
  size: i32,
  inner: i32,
  beta: f32,
): void {
  for (let a = 0; a < outer; a++) {
    const from = x.from(a * size * inner);
    const to = y.from(a * size * inner);
    if (inner == 1) {
      exponentials(from, to, size, rowMaximum(from, size), beta);
      divideRow(to, size, stripedSum(to, size));
      continue;
    }
    let i = 0;
    for (; i <= inner - 4; i += 4) softmaxColumns(from.from(i), to.from(i), size, inner, beta, true);
    for (; i < inner; i++) softmaxColumns(from.from(i), to.from(i), size, inner, beta, false);
  }
}

/** `y = (x − max) − log Σ exp(x − max)`. */
export function logSoftmax(
  x: Pointer<f32>,
  y: Pointer<f32>,
  outer: i32,
  size: i32,
  inner: i32,
): void {
  for (let a = 0; a < outer; a++) {
    const from = x.from(a * size * inner);
    const to = y.from(a * size * inner);
    if (inner == 1) {
      const most = rowMaximum(from, size);
      exponentials(from, to, size, most, 1);
      subtractFromRow(from, to, size, most, log(stripedSum(to, size)));
      continue;
    }
    let i = 0;
    for (; i <= inner - 4; i += 4) logSoftmaxColumns(from.from(i), to.from(i), size, inner, true);
    for (; i < inner; i++) logSoftmaxColumns(from.from(i), to.from(i), size, inner, false);
  }
}

/** `y = exp(β(x − most))`. */
@inline
function exponentials(x: Pointer<f32>, y: Pointer<f32>, size: i32, most: f32, beta: f32): void {
  let i = 0;
  for (; i <= size - 4; i += 4) {
    v128.store(y.at(i), exponential(v128.load(x.at(i)), f32x4.splat(most), beta));
  }
  for (; i < size; i++) {
    const value = exponential(v128.load32_splat(x.at(i)), f32x4.splat(most), beta);
    v128.store32_lane(y.at(i), value, 0);
  }
}

@inline
function exponential(x: v128, most: v128, beta: f32): v128 {
  return exp4(f32x4.mul(f32x4.sub(x, most), f32x4.splat(beta)));
}

@inline
function divideRow(y: Pointer<f32>, size: i32, sum: f32): void {
  let i = 0;
  for (; i <= size - 4; i += 4) {
    v128.store(y.at(i), f32x4.div(v128.load(y.at(i)), f32x4.splat(sum)));
  }
  for (; i < size; i++) y[i] /= sum;
}

/** `y = (x − most) − rest`. */
@inline
function subtractFromRow(
  x: Pointer<f32>,
  y: Pointer<f32>,
  size: i32,
  most: f32,
  rest: f32,
): void {
  let i = 0;
  for (; i <= size - 4; i += 4) {
    const distance = f32x4.sub(v128.load(x.at(i)), f32x4.splat(most));
    v128.store(y.at(i), f32x4.sub(distance, f32x4.splat(rest)));
  }
  for (; i < size; i++) y[i] = x[i] - most - rest;
}

@inline
function softmaxColumns(
  x: Pointer<f32>,
  y: Pointer<f32>,
  size: i32,
  inner: i32,
  beta: f32,
  wide: bool,
): void {
  const most = largestOfColumns(x, size, inner, wide);
  const sum = exponentialColumns(x, y, size, inner, most, beta, wide);
  for (let k = 0; k < size; k++) {
    const to = y.at(k * inner);
    storeColumns(to, f32x4.div(loadColumns(to, wide), sum), wide);
  }
}

@inline
function logSoftmaxColumns(
  x: Pointer<f32>,
  y: Pointer<f32>,
  size: i32,
  inner: i32,
  wide: bool,
): void {
  const most = largestOfColumns(x, size, inner, wide);
  const rest = log4(exponentialColumns(x, y, size, inner, most, 1, wide));
  for (let k = 0; k < size; k++) {
    const distance = f32x4.sub(loadColumns(x.at(k * inner), wide), most);
    storeColumns(y.at(k * inner), f32x4.sub(distance, rest), wide);
  }
}

@inline
function largestOfColumns(x: Pointer<f32>, size: i32, inner: i32, wide: bool): v128 {
  let most = f32x4.splat(f32.NEGATIVE_INFINITY);
  for (let k = 0; k < size; k++) most = f32x4.max(most, loadColumns(x.at(k * inner), wide));
  return most;
}

/** Writes `exp(β(x − most))` and gives the sums. */
@inline
function exponentialColumns(
  x: Pointer<f32>,
  y: Pointer<f32>,
  size: i32,
  inner: i32,
  most: v128,
  beta: f32,
  wide: bool,
): v128 {
  let sum = f32x4.splat(0);
  for (let k = 0; k < size; k++) {
    const value = exponential(loadColumns(x.at(k * inner), wide), most, beta);
    storeColumns(y.at(k * inner), value, wide);
    sum = f32x4.add(sum, value);
  }
  return sum;
}
