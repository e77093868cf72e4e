/**
 * Requantization mode `onnx`: what ONNX Runtime's fused integer kernels compute, one element at a time.
 *
 * All codes are uint8, 0…255. An int8 activation between two Q/DQ pairs is one too: ONNX Runtime adds
 * 128 to its code and zero point before it fuses, and takes 128 off again where the value leaves.
 * `f32` rounds to float32: every operation below that is not wrapped in it is exact in float64.
 *
 * Two roundings occur. Accumulators, `QuantizeLinear` and tables round half to even and *then* add the zero
 * point. Add, Mul and AveragePool add the zero point in float32 and then round half to even, so with an odd
 * zero point a tie falls the other way.
 *
 * Measured against the WebAssembly build of ONNX Runtime 1.30, bit for bit. Builds for other machines
 * order the float operations of Add and Mul differently and may differ by one step.
 */

/** `real = scale · (q − zeroPoint)`; `scale` is a float32, `zeroPoint` in 0…255. */
export interface Affine {
  readonly scale: number;
  readonly zeroPoint: number;
}

export const f32 = Math.fround;

/** The nearest integer; of two, the even one. */
export function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}

function saturate(q: number): number {
  return q < 0 ? 0 : q > 255 ? 255 : q;
}

/** QuantizeLinear: divide (never multiply by the inverse), round, add the zero point. NaN gives 0. */
export function quantize(real: number, to: Affine): number {
  return saturate(roundHalfEven(f32(real / to.scale)) + to.zeroPoint);
}

/** DequantizeLinear, a float32. */
export function dequantize(q: number, from: Affine): number {
  return f32((q - from.zeroPoint) * from.scale);
}

/** DequantizeLinear, QuantizeLinear; also each input of a fused Concat. Equal parameters copy. */
export function requantize(q: number, from: Affine, to: Affine): number {
  return quantize(dequantize(q, from), to);
}

/** The factor of one output channel of Conv, Gemm or MatMul: the product of the input scales is rounded first. */
export function multiplier(xScale: number, weightScale: number, yScale: number): number {
  return f32(f32(xScale * weightScale) / yScale);
}

/**
 * The end of Conv, Gemm and MatMul: `acc` is the int32 sum of `(x − xZeroPoint) · (w − wZeroPoint)` and the
 * int32 bias, rounded to float32 (it matters from 2²⁴ on) before it is multiplied.
 */
export function rescale(acc: number, factor: number, zeroPoint: number): number {
  return saturate(roundHalfEven(f32(f32(acc) * factor)) + zeroPoint);
}

/** The end of a MatMul or Gemm whose output stays float: no QuantizeLinear behind it. */
export function rescaleToReal(acc: number, xScale: number, weightScale: number): number {
  return f32(f32(acc) * f32(xScale * weightScale));
}

/** `steps` is a real value in steps of the output, a float32. */
function placeAround(zeroPoint: number, steps: number): number {
  return saturate(roundHalfEven(f32(steps + zeroPoint)));
}

/** Add. */
export function add(a: number, b: number, aFrom: Affine, bFrom: Affine, to: Affine): number {
  const sum = f32(dequantize(a, aFrom) + dequantize(b, bFrom));
  return placeAround(to.zeroPoint, f32(sum / to.scale));
}

/** Mul. */
export function mul(a: number, b: number, aFrom: Affine, bFrom: Affine, to: Affine): number {
  const product = f32(dequantize(a, aFrom) * dequantize(b, bFrom));
  return placeAround(to.zeroPoint, f32(product / to.scale));
}

/** Sub is not fused: float32 between DequantizeLinear and QuantizeLinear. */
export function sub(a: number, b: number, aFrom: Affine, bFrom: Affine, to: Affine): number {
  return quantize(f32(dequantize(a, aFrom) - dequantize(b, bFrom)), to);
}

/**
 * AveragePool over the codes of one window that lie inside the input, in row order: real values, summed in
 * float32. `count` is their number, or the window's size with `count_include_pad`. A window that is the whole input,
 * without padding, is computed as GlobalAveragePool.
 */
export function averagePool(
  window: ArrayLike<number>,
  count: number,
  from: Affine,
  to: Affine,
): number {
  let sum = 0;
  for (let i = 0; i < window.length; i++) sum = f32(sum + dequantize(window[i]!, from));
  return placeAround(to.zeroPoint, f32(f32(sum / count) / to.scale));
}

/** GlobalAveragePool over the codes of one channel: an integer sum and one factor, unlike AveragePool. */
export function globalAveragePool(channel: ArrayLike<number>, from: Affine, to: Affine): number {
  let acc = 0;
  for (let i = 0; i < channel.length; i++) acc += channel[i]! - from.zeroPoint;
  return rescale(acc, f32(from.scale / f32(to.scale * channel.length)), to.zeroPoint);
}

/** ReduceMean is not fused: a float32 sum in index order, one division. */
export function reduceMean(codes: ArrayLike<number>, from: Affine, to: Affine): number {
  let sum = 0;
  for (let i = 0; i < codes.length; i++) sum = f32(sum + dequantize(codes[i]!, from));
  return quantize(f32(sum / codes.length), to);
}

/**
 * LeakyRelu and Sigmoid are tables of `y` for each code of `x`, and so may be every unary op: an op that is not
 * fused (Tanh, HardSigmoid, HardSwish, Gelu …) computes the same from its float32 result.
 */
export function unary(f: (real: number) => number, q: number, from: Affine, to: Affine): number {
  return quantize(f32(f(dequantize(q, from))), to);
}

/** `alpha` is a float32. */
export function leakyRelu(alpha: number): (real: number) => number {
  return (x) => (x >= 0 ? x : f32(alpha * x));
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** Clamp of `alpha · x + beta` to 0…1; `alpha` and `beta` are float32. */
export function hardSigmoid(alpha: number, beta: number): (real: number) => number {
  return (x) => Math.min(1, Math.max(0, f32(f32(alpha * x) + beta)));
}

/** Two float32 operations: ONNX Runtime runs it as HardSigmoid(1/6, 0.5) and Mul. */
export function hardSwish(x: number): number {
  return f32(x * hardSigmoid(f32(1 / 6), 0.5)(x));
}

/**
 * `exp` of each distance to a row's largest code, at index `255 − distance`, float32. They are scaled up so that the sum
 * of a row of `length` such values stays e⁵ below the largest float32.
 */
export function softmaxTable(xScale: number, length: number): Float32Array {
  const largest = 2 ** 128 - 2 ** 104;
  const lift = Math.max(0, Math.log(f32(largest / length)) - 5) / xScale;
  return Float32Array.from({ length: 256 }, (_, i) => Math.exp((i - 255 + lift) * xScale));
}

/**
 * Softmax of one row of codes. Valid for `⌊1 / to.scale⌋ ≤ 148 · length`, above which ONNX Runtime overflows. The
 * zero point is added to the rounded quotient; 1/yScale is rounded down to an integer: 1/256 is exact, the float32 of
 * 1/255 counts as 1/254, and other scales are off by up to a step in that integer.
 */
export function softmax(row: ArrayLike<number>, table: Float32Array, to: Affine): number[] {
  const codes = Array.from(row);
  const shift = 255 - codes.reduce((a, b) => Math.max(a, b), 0);
  const inverse = Math.floor(f32(1 / to.scale));
  let sum = 0;
  for (const q of codes) sum = f32(sum + table[q + shift]!);
  return codes.map((q) => {
    const steps = f32(f32(table[q + shift]! * inverse) / sum);
    return saturate(roundHalfEven(steps) + to.zeroPoint);
  });
}

/** A position between two neighbours along one axis: the weights of `low` and `high`, float32. */
export interface Between {
  readonly low: number;
  readonly high: number;
  readonly lowWeight: number;
  readonly highWeight: number;
}

/** The neighbours of the float32 coordinate `at`, clamped to an axis of `size`; both weigh ½ where they coincide. */
export function between(at: number, size: number): Between {
  const inside = Math.min(Math.max(at, 0), size - 1);
  const low = Math.floor(inside);
  const high = Math.min(low + 1, size - 1);
  if (low === high) return { low, high, lowWeight: 0.5, highWeight: 0.5 };
  return { low, high, lowWeight: f32(high - inside), highWeight: f32(inside - low) };
}

/** Resize, linear, of one element: never fused; each weight is a rounded product, four terms summed row by row. */
export function bilinear(
  codeAt: (row: number, column: number) => number,
  y: Between,
  x: Between,
  from: Affine,
  to: Affine,
): number {
  const term = (yWeight: number, xWeight: number, row: number, column: number) =>
    f32(f32(xWeight * yWeight) * dequantize(codeAt(row, column), from));
  let sum = term(y.lowWeight, x.lowWeight, y.low, x.low);
  sum = f32(sum + term(y.lowWeight, x.highWeight, y.low, x.high));
  sum = f32(sum + term(y.highWeight, x.lowWeight, y.high, x.low));
  sum = f32(sum + term(y.highWeight, x.highWeight, y.high, x.high));
  return quantize(sum, to);
}

/**
 * Q → DQ → Q → DQ with different parameters is *not* computed as written: ONNX Runtime keeps one pair whose range
 * is the intersection of both. Its result may differ by steps from `requantize`.
 */
export function mergePairs(first: Affine, second: Affine): Affine {
  const low = Math.max(dequantize(0, first), dequantize(0, second));
  const high = Math.min(dequantize(255, first), dequantize(255, second));
  const scale = f32(f32(high - low) / 255);
  return { scale, zeroPoint: Math.floor(f32(-f32(low / scale)) + 0.5) };
}
