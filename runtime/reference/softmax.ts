import { stripedSum } from "./reduce.ts";
import { highProduct, type QuantizedArray, roundHalfEven, saturate } from "./requantize.ts";
import { exp, log } from "./transcendental.ts";

/**
 * `y = exp(β(x − max)) / Σ exp(β(x − max))` along the middle axis of `[outer, size, inner]`. The sum is one float32
 * accumulator in index order, or has four stripes where `inner` is 1 (see `stripedSum`).
 */
export function softmax(
  x: Float32Array,
  y: Float32Array,
  outer: number,
  size: number,
  inner: number,
  beta: number,
): void {
  for (let a = 0; a < outer; a++) {
    for (let i = 0; i < inner; i++) {
      const first = a * size * inner + i;
      const end = first + size * inner;
      const largest = maximum(x, first, end, inner);
      for (let at = first; at < end; at += inner) {
        y[at] = exp(Math.fround(Math.fround(x[at]! - largest) * beta));
      }
      const sum = sumAlong(y, first, size, inner);
      for (let at = first; at < end; at += inner) y[at] = y[at]! / sum;
    }
  }
}

/** `y = (x − max) − log Σ exp(x − max)`; shapes and sum as in `softmax`. */
export function logSoftmax(
  x: Float32Array,
  y: Float32Array,
  outer: number,
  size: number,
  inner: number,
): void {
  for (let a = 0; a < outer; a++) {
    for (let i = 0; i < inner; i++) {
      const first = a * size * inner + i;
      const end = first + size * inner;
      const largest = maximum(x, first, end, inner);
      for (let at = first; at < end; at += inner) y[at] = exp(Math.fround(x[at]! - largest));
      const rest = log(sumAlong(y, first, size, inner));
      for (let at = first; at < end; at += inner) y[at] = Math.fround(x[at]! - largest) - rest;
    }
  }
}

function sumAlong(y: Float32Array, first: number, size: number, inner: number): number {
  if (inner === 1) return stripedSum(y, first, size);
  let sum = 0;
  for (let i = 0; i < size; i++) sum = Math.fround(sum + y[first + i * inner]!);
  return sum;
}

function maximum(
  x: Float32Array | QuantizedArray,
  first: number,
  end: number,
  step: number,
): number {
  let largest = x[first]!;
  for (let at = first + step; at < end; at += step) if (!(x[at]! <= largest)) largest = x[at]!;
  return largest;
}

/**
 * Integer softmax in mode `onnx`: `y = saturate(round(e · inverse / Σ e) + yZero)` with `e = table[255 − (max − x)]`,
 * each operation in float32, the sum in index order, ties to even. `x` is 8 bits wide; shapes as in `softmax`.
 *
 * @source ONNX Runtime, `QLinearSoftmax`.
 */
export function softmaxTable(
  x: QuantizedArray,
  table: Float32Array,
  y: QuantizedArray,
  outer: number,
  size: number,
  inner: number,
  inverse: number,
  yZero: number,
  low: number,
  high: number,
): void {
  for (let a = 0; a < outer; a++) {
    for (let i = 0; i < inner; i++) {
      const first = a * size * inner + i;
      const end = first + size * inner;
      const shift = 255 - maximum(x, first, end, inner);
      let sum = 0;
      for (let at = first; at < end; at += inner) sum = Math.fround(sum + table[x[at]! + shift]!);
      for (let at = first; at < end; at += inner) {
        const scaled = Math.fround(table[x[at]! + shift]! * inverse);
        const q = roundHalfEven(Math.fround(scaled / sum)) + yZero;
        y[at] = saturate(q, low, high);
      }
    }
  }
}

/**
 * Integer softmax in mode `tflite`, in fixed point: 8-bit integers to 8-bit integers of scale 1/256 that begin at
 * `low`. `multiplier · 2^shift` scales a difference of integers to Q5.26; differences below `least` count as −∞.
 * Shapes as in `softmax`. Bit-exact.
 *
 * @source TensorFlow Lite `reference_ops::Softmax` (`kernels/internal/reference/softmax.h`) and gemmlowp
 *   `fixedpoint.h`, whose constants these are.
 */
export function softmaxFixedPoint(
  x: QuantizedArray,
  y: QuantizedArray,
  outer: number,
  size: number,
  inner: number,
  multiplier: number,
  shift: number,
  least: number,
  low: number,
): void {
  for (let a = 0; a < outer; a++) {
    for (let i = 0; i < inner; i++) {
      const first = a * size * inner + i;
      const end = first + size * inner;
      const largest = maximum(x, first, end, inner);
      // The sum has 12 integer bits.
      let sum = 0;
      for (let at = first; at < end; at += inner) {
        const difference = x[at]! - largest;
        if (difference >= least)
          sum += shiftRounding(expFixed(difference * 2 ** shift, multiplier), 12);
      }
      const zeros = Math.clz32(sum);
      const inverse = inverseFixed(sum * 2 ** zeros - 2 ** 31);
      for (let at = first; at < end; at += inner) {
        const difference = x[at]! - largest;
        const e = difference >= least ? expFixed(difference * 2 ** shift, multiplier) : 0;
        const q = shiftRounding(product(inverse, e), 12 - zeros + 31 - 8) + low;
        y[at] = saturate(q, low, low + 255);
      }
    }
  }
}

/** The Q31 product of Q31 numbers, ties towards +∞. */
function product(a: number, b: number): number {
  return highProduct(a, b, 31);
}

/** `x / 2^bits`, ties away from zero. */
function shiftRounding(x: number, bits: number): number {
  const half = 2 ** bits / 2;
  const magnitude = Math.floor((Math.abs(x) + half) / 2 ** bits);
  return x < 0 ? -magnitude : magnitude;
}

/** `exp` in Q31 of the negative Q5.26 number `product(difference, multiplier)`: the exponent's bits choose factors. */
function expFixed(difference: number, multiplier: number): number {
  const x = product(difference, multiplier);
  if (x === 0) return 2 ** 31 - 1;
  const quarter = 2 ** 24;
  // In [−¼, 0), and how much below it the argument is: a multiple of ¼.
  const rest = (x & (quarter - 1)) - quarter;
  const below = rest - x;
  let y = expQuarter(rest * 2 ** 5);
  if (below & quarter) y = product(y, 1672461947);
  if (below & (quarter << 1)) y = product(y, 1302514674);
  if (below & (quarter << 2)) y = product(y, 790015084);
  if (below & (quarter << 3)) y = product(y, 290630308);
  if (below & (quarter << 4)) y = product(y, 39332535);
  if (below & (quarter << 5)) y = product(y, 720401);
  if (below & (quarter << 6)) y = product(y, 242);
  return y;
}

/** `exp` in Q31 of a Q31 number in [−¼, 0): the Taylor polynomial around −⅛. */
function expQuarter(a: number): number {
  const constant = 1895147668;
  const x = a + 2 ** 28;
  const x2 = product(x, x);
  const x3 = product(x2, x);
  const x4 = product(x2, x2);
  const cubic = product(shiftRounding(x4, 2) + x3, 715827883);
  return constant + product(constant, x + shiftRounding(cubic + x2, 1));
}

/** `1 / (1 + x)` in Q31 of a Q31 number in [0, 1): three steps of Newton's method in Q2.29. */
function inverseFixed(x: number): number {
  const halfDenominator = Math.floor((x + 2 ** 31) / 2);
  let y = 1515870810 + product(halfDenominator, -1010580540);
  for (let step = 0; step < 3; step++) {
    const error = 2 ** 29 - product(halfDenominator, y);
    y += saturateInt32(product(y, error) * 4);
  }
  return saturateInt32(y * 2);
}

function saturateInt32(x: number): number {
  return saturate(x, -(2 ** 31), 2 ** 31 - 1);
}
