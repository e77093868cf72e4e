import {
  type QuantizedArray,
  requantize,
  roundHalfEven,
  saturate,
  scaleTwice,
} from "./requantize.ts";
import { rowCount, rowLength, rowStart, rowStep, type View } from "./view.ts";

// Integer forms of binary ops, broadcast: `view` has the operands `a` and `b`. Bit-exact. Results are limited to
// [low, high], which holds a fused activation.

/**
 * `y = a + b` in fixed point: both operands are brought to one scale with `left` bits more, added, and brought to
 * the result's. Each step is rounded twice (`scaleTwice`). A negative `bMultiplier` subtracts.
 * @source TensorFlow Lite `reference_integer_ops::Add`.
 */
export function addFixed(
  a: QuantizedArray,
  b: QuantizedArray,
  y: QuantizedArray,
  view: View,
  left: number,
  aZero: number,
  aMultiplier: number,
  aShift: number,
  bZero: number,
  bMultiplier: number,
  bShift: number,
  yZero: number,
  yMultiplier: number,
  yShift: number,
  low: number,
  high: number,
): void {
  const rows = rowCount(view);
  const length = rowLength(view);
  const unit = 2 ** left;
  const sign = bMultiplier < 0 ? -1 : 1;
  let at = 0;
  for (let row = 0; row < rows; row++) {
    let p = rowStart(view, 0, row);
    let q = rowStart(view, 1, row);
    for (let i = 0; i < length; i++, p += rowStep(view, 0), q += rowStep(view, 1)) {
      const left = scaleTwice((a[p]! - aZero) * unit, aMultiplier, aShift);
      const right = scaleTwice((b[q]! - bZero) * unit, sign * bMultiplier, bShift);
      const sum = scaleTwice(left + sign * right, yMultiplier, yShift);
      y[at++] = saturate(sum + yZero, low, high);
    }
  }
}

/**
 * `y = a + b` in float32: `round(((a − aZero) · aScale + (b − bZero) · bScale) / yScale + (yZero + lift)) − lift`, each
 * operation rounded to float32, the last to an integer, ties to even. A negative `bScale` subtracts.
 *
 * ONNX Runtime runs int8 on uint8 kernels, where integers and zero points are 128 larger: that is `lift`.
 * @source measured on ONNX Runtime 1.30 (`test/onnxruntime/formulas.ts`).
 */
export function addReal(
  a: QuantizedArray,
  b: QuantizedArray,
  y: QuantizedArray,
  view: View,
  aZero: number,
  aScale: number,
  bZero: number,
  bScale: number,
  yZero: number,
  yScale: number,
  lift: number,
  low: number,
  high: number,
): void {
  const rows = rowCount(view);
  const length = rowLength(view);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    let p = rowStart(view, 0, row);
    let q = rowStart(view, 1, row);
    for (let i = 0; i < length; i++, p += rowStep(view, 0), q += rowStep(view, 1)) {
      const left = Math.fround((a[p]! - aZero) * aScale);
      const right = Math.fround((b[q]! - bZero) * bScale);
      const steps = Math.fround(Math.fround(left + right) / yScale);
      const lifted = roundHalfEven(Math.fround(steps + (yZero + lift)));
      y[at++] = saturate(lifted - lift, low, high);
    }
  }
}

/** `y = a · b` in float32; arguments and rounding as in `addReal`. */
export function multiplyReal(
  a: QuantizedArray,
  b: QuantizedArray,
  y: QuantizedArray,
  view: View,
  aZero: number,
  aScale: number,
  bZero: number,
  bScale: number,
  yZero: number,
  yScale: number,
  lift: number,
  low: number,
  high: number,
): void {
  const rows = rowCount(view);
  const length = rowLength(view);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    let p = rowStart(view, 0, row);
    let q = rowStart(view, 1, row);
    for (let i = 0; i < length; i++, p += rowStep(view, 0), q += rowStep(view, 1)) {
      const left = Math.fround((a[p]! - aZero) * aScale);
      const right = Math.fround((b[q]! - bZero) * bScale);
      const steps = Math.fround(Math.fround(left * right) / yScale);
      const lifted = roundHalfEven(Math.fround(steps + (yZero + lift)));
      y[at++] = saturate(lifted - lift, low, high);
    }
  }
}

/**
 * `y = saturate(requantize((a − aZero) · (b − bZero)) + yZero)` in fixed point.
 * @source TensorFlow Lite `reference_integer_ops::Mul`.
 */
export function multiplyFixed(
  a: QuantizedArray,
  b: QuantizedArray,
  y: QuantizedArray,
  view: View,
  aZero: number,
  bZero: number,
  yZero: number,
  multiplier: number,
  shift: number,
  low: number,
  high: number,
): void {
  const rows = rowCount(view);
  const length = rowLength(view);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    let p = rowStart(view, 0, row);
    let q = rowStart(view, 1, row);
    for (let i = 0; i < length; i++, p += rowStep(view, 0), q += rowStep(view, 1)) {
      const product = scaleTwice((a[p]! - aZero) * (b[q]! - bZero), multiplier, shift);
      y[at++] = saturate(product + yZero, low, high);
    }
  }
}

/**
 * `y = x ≥ 0 ? x : alpha · x`: the two sides are requantized with factors of their own.
 * @source TensorFlow Lite `PreluOp` (`kernels/activations.cc`), whose factors mode `onnx` applies in float32.
 */
export function preluInteger(
  x: QuantizedArray,
  alpha: QuantizedArray,
  y: QuantizedArray,
  view: View,
  xZero: number,
  alphaZero: number,
  yZero: number,
  positive: number,
  positiveShift: number,
  negative: number,
  negativeShift: number,
  low: number,
  high: number,
  rounding: number,
): void {
  const rows = rowCount(view);
  const length = rowLength(view);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    let p = rowStart(view, 0, row);
    let q = rowStart(view, 1, row);
    for (let i = 0; i < length; i++, p += rowStep(view, 0), q += rowStep(view, 1)) {
      const steps = x[p]! - xZero;
      const value =
        steps >= 0
          ? requantize(steps, positive, positiveShift, rounding)
          : requantize(steps * (alpha[q]! - alphaZero), negative, negativeShift, rounding);
      y[at++] = saturate(value + yZero, low, high);
    }
  }
}

/**
 * `y = saturate(requantize(Σ (x − xZero)) + yZero)` over the middle of [outer, length, inner]: sums, and means with the
 * length in the factor. The caller has proved that the sum fits int32.
 */
export function reduceSumQuantized(
  x: QuantizedArray,
  y: QuantizedArray,
  outer: number,
  length: number,
  inner: number,
  xZero: number,
  multiplier: number,
  shift: number,
  yZero: number,
  low: number,
  high: number,
  rounding: number,
): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let acc = 0;
      for (let k = 0; k < length; k++) acc += x[(o * length + k) * inner + i]! - xZero;
      const value = requantize(acc, multiplier, shift, rounding);
      y[o * inner + i] = saturate(value + yZero, low, high);
    }
  }
}
