import type { Elements } from "./elements.ts";
import { cos, erf, exp, expm1, log, pow, sigmoid, sin, softplus, tanh } from "./transcendental.ts";
import { rowCount, rowLength, rowStart, rowStep, type View } from "./view.ts";

// Every kernel here is `y[i] = f(x[i])` in float32: our own elementary functions, each result rounded to float32.

/** `y = eˣ`. */
export function mapExp(x: Float32Array, y: Float32Array, length: number): void {
  for (let i = 0; i < length; i++) y[i] = exp(x[i]!);
}

/** `y = log x`. */
export function mapLog(x: Float32Array, y: Float32Array, length: number): void {
  for (let i = 0; i < length; i++) y[i] = log(x[i]!);
}

/** `y = sin x`. */
export function mapSin(x: Float32Array, y: Float32Array, length: number): void {
  for (let i = 0; i < length; i++) y[i] = sin(x[i]!);
}

/** `y = cos x`. */
export function mapCos(x: Float32Array, y: Float32Array, length: number): void {
  for (let i = 0; i < length; i++) y[i] = cos(x[i]!);
}

/** `y = tan x`. */
export function mapTan(x: Float32Array, y: Float32Array, length: number): void {
  for (let i = 0; i < length; i++) y[i] = sin(x[i]!) / cos(x[i]!);
}

/** The error function. */
export function mapErf(x: Float32Array, y: Float32Array, length: number): void {
  for (let i = 0; i < length; i++) y[i] = erf(x[i]!);
}

/** `y = 1 / (1 + e⁻ˣ)`. */
export function mapSigmoid(x: Float32Array, y: Float32Array, length: number): void {
  for (let i = 0; i < length; i++) y[i] = sigmoid(x[i]!);
}

/** The hyperbolic tangent. */
export function mapTanh(x: Float32Array, y: Float32Array, length: number): void {
  for (let i = 0; i < length; i++) y[i] = tanh(x[i]!);
}

/** `y = log(1 + eˣ)`. */
export function mapSoftplus(x: Float32Array, y: Float32Array, length: number): void {
  for (let i = 0; i < length; i++) y[i] = softplus(x[i]!);
}

/** `y = x · sigmoid(x)`. */
export function swish(x: Float32Array, y: Float32Array, length: number): void {
  for (let i = 0; i < length; i++) y[i] = x[i]! * sigmoid(x[i]!);
}

/** `y = x · tanh(log(1 + eˣ))`. */
export function mish(x: Float32Array, y: Float32Array, length: number): void {
  for (let i = 0; i < length; i++) y[i] = x[i]! * tanh(softplus(x[i]!));
}

/** `y = x · (1 + erf(x / √2)) / 2`. */
export function gelu(x: Float32Array, y: Float32Array, length: number): void {
  for (let i = 0; i < length; i++) {
    const cdf = Math.fround(1 + erf(Math.fround(x[i]! * Math.SQRT1_2)));
    y[i] = 0.5 * x[i]! * cdf;
  }
}

/** `y = x · (1 + tanh(√(2/π) · (x + 0.044715 x³))) / 2`. */
export function geluTanh(x: Float32Array, y: Float32Array, length: number): void {
  for (let i = 0; i < length; i++) {
    const cubic = x[i]! * (1 + 0.044715 * x[i]! * x[i]!);
    const cdf = Math.fround(1 + tanh(Math.fround(0.7978845608028654 * cubic)));
    y[i] = 0.5 * x[i]! * cdf;
  }
}

/** `y = x ≥ 0 ? x : alpha · (eˣ − 1)`. */
export function elu(x: Float32Array, y: Float32Array, length: number, alpha: number): void {
  for (let i = 0; i < length; i++) y[i] = x[i]! < 0 ? alpha * expm1(x[i]!) : x[i]!;
}

/** `y = gamma · (x ≥ 0 ? x : alpha · (eˣ − 1))`. */
export function selu(
  x: Float32Array,
  y: Float32Array,
  length: number,
  alpha: number,
  gamma: number,
): void {
  for (let i = 0; i < length; i++) {
    y[i] = gamma * (x[i]! < 0 ? Math.fround(alpha * expm1(x[i]!)) : x[i]!);
  }
}

/** `y = x ≥ 0 ? x : alpha · (e^(x / alpha) − 1)`. */
export function celu(x: Float32Array, y: Float32Array, length: number, alpha: number): void {
  for (let i = 0; i < length; i++) {
    y[i] = x[i]! < 0 ? alpha * expm1(Math.fround(x[i]! / alpha)) : x[i]!;
  }
}

/** `y = a ᵇ` with broadcasting: `view` has the operands `a` and `b`. Integers are rounded towards zero. */
export function power(a: Elements, b: Elements, y: Elements, view: View): void {
  const rows = rowCount(view);
  const length = rowLength(view);
  const aStep = rowStep(view, 0);
  const bStep = rowStep(view, 1);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    let p = rowStart(view, 0, row);
    let q = rowStart(view, 1, row);
    for (let i = 0; i < length; i++, p += aStep, q += bStep) y[at++] = powerOf(a[p]!, b[q]!);
  }
}

/** Small whole exponents by multiplication in float64, rounded once: exact wherever float32 can be. */
function powerOf(base: number, exponent: number): number {
  if (!(exponent >= 0 && exponent <= 64 && Math.floor(exponent) === exponent)) {
    return exponent === 0.5 && base > 0 ? Math.sqrt(base) : pow(base, exponent);
  }
  let product = 1;
  let square = base;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) product *= square;
    square *= square;
  }
  return product;
}
