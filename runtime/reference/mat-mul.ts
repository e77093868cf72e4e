import { type QuantizedArray, requantize, saturate } from "./requantize.ts";

/**
 * Products of matrices: `y[b, r, c] = Σ x[xStart[b] + r · xRow + i · xStep] · w[wStart[b] + i · wRow + c · wStep]`,
 * the sum over `i` < `inner`. The strides say whether an operand is transposed; the starts of the `batches` matrices
 * say which ones are used again and again.
 *
 * | argument           | shape                    | type    |
 * | ------------------ | ------------------------ | ------- |
 * | `x`, `w`           | any, read by strides     | float32 |
 * | `y`                | [batches, rows, columns] | float32 |
 * | `xStart`, `wStart` | [batches]                | int32   |
 *
 * One float32 accumulator per output; multiply, then add, in index order.
 */
export function matMul(
  x: Float32Array,
  w: Float32Array,
  y: Float32Array,
  xStart: Int32Array,
  wStart: Int32Array,
  batches: number,
  rows: number,
  inner: number,
  columns: number,
  xRow: number,
  xStep: number,
  wRow: number,
  wStep: number,
): void {
  const last = columns - 1;
  for (let b = 0; b < batches; b++) {
    for (let r = 0; r < rows; r++) {
      const to = (b * rows + r) * columns;
      for (let c = 0; c < columns; c += 4) {
        // Four sums at a time hide the latency of addition; past the end the last column is summed again.
        const c1 = Math.min(c + 1, last);
        const c2 = Math.min(c + 2, last);
        const c3 = Math.min(c + 3, last);
        const w1 = (c1 - c) * wStep;
        const w2 = (c2 - c) * wStep;
        const w3 = (c3 - c) * wStep;
        let from = xStart[b]! + r * xRow;
        let at = wStart[b]! + c * wStep;
        let acc0 = 0;
        let acc1 = 0;
        let acc2 = 0;
        let acc3 = 0;
        for (let i = 0; i < inner; i++, from += xStep, at += wRow) {
          const value = x[from]!;
          acc0 = Math.fround(acc0 + Math.fround(value * w[at]!));
          acc1 = Math.fround(acc1 + Math.fround(value * w[at + w1]!));
          acc2 = Math.fround(acc2 + Math.fround(value * w[at + w2]!));
          acc3 = Math.fround(acc3 + Math.fround(value * w[at + w3]!));
        }
        y[to + c] = acc0;
        y[to + c1] = acc1;
        y[to + c2] = acc2;
        y[to + c3] = acc3;
      }
    }
  }
}

/**
 * Integer products of matrices: `y = saturate(requantize(Σ (x − xZero) · (w − wZero)) + yZero)`, limited to
 * [low, high]. Operands are read as in `matMul`; `multiplier` and `shift` have one entry per column (see
 * `requantize`). Bit-exact. The caller has proved that the sums fit int32.
 */
export function matMulInteger(
  x: QuantizedArray,
  w: QuantizedArray,
  multiplier: Float32Array | Int32Array,
  shift: Int32Array,
  y: QuantizedArray | Int32Array,
  xStart: Int32Array,
  wStart: Int32Array,
  batches: number,
  rows: number,
  inner: number,
  columns: number,
  xRow: number,
  xStep: number,
  wRow: number,
  wStep: number,
  xZero: number,
  wZero: number,
  yZero: number,
  low: number,
  high: number,
  rounding: number,
): void {
  let to = 0;
  for (let b = 0; b < batches; b++) {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        let from = xStart[b]! + r * xRow;
        let at = wStart[b]! + c * wStep;
        let acc = 0;
        for (let i = 0; i < inner; i++, from += xStep, at += wRow) {
          acc = (acc + Math.imul(x[from]! - xZero, w[at]! - wZero)) | 0;
        }
        const q = requantize(acc, multiplier[c]!, shift[c]!, rounding) + yZero;
        y[to++] = saturate(q, low, high);
      }
    }
  }
}
