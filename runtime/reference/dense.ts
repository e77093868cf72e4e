import { type QuantizedArray, requantize, saturate } from "./requantize.ts";

/**
 * Fully connected layer: `y[r, o] = bias[o] + Σ x[r, i] · kernel[o, i]`.
 *
 * | argument | shape             | type    |
 * | -------- | ----------------- | ------- |
 * | `x`      | [rows, inputs]    | float32 |
 * | `kernel` | [outputs, inputs] | float32 |
 * | `bias`   | [outputs]         | float32 |
 * | `y`      | [rows, outputs]   | float32 |
 *
 * One float32 accumulator per output that starts at the bias; multiply, then add, in index order.
 */
export function dense(
  x: Float32Array,
  kernel: Float32Array,
  bias: Float32Array,
  y: Float32Array,
  rows: number,
  inputs: number,
  outputs: number,
): void {
  const last = outputs - 1;
  for (let r = 0; r < rows; r++) {
    const from = r * inputs;
    const to = r * outputs;
    for (let o = 0; o < outputs; o += 4) {
      // Four sums at a time hide the latency of addition; past the end the last output is summed again.
      const o1 = Math.min(o + 1, last);
      const o2 = Math.min(o + 2, last);
      const o3 = Math.min(o + 3, last);
      let acc0 = bias[o]!;
      let acc1 = bias[o1]!;
      let acc2 = bias[o2]!;
      let acc3 = bias[o3]!;
      for (let i = 0; i < inputs; i++) {
        const value = x[from + i]!;
        acc0 = Math.fround(acc0 + Math.fround(value * kernel[o * inputs + i]!));
        acc1 = Math.fround(acc1 + Math.fround(value * kernel[o1 * inputs + i]!));
        acc2 = Math.fround(acc2 + Math.fround(value * kernel[o2 * inputs + i]!));
        acc3 = Math.fround(acc3 + Math.fround(value * kernel[o3 * inputs + i]!));
      }
      y[to + o] = acc0;
      y[to + o1] = acc1;
      y[to + o2] = acc2;
      y[to + o3] = acc3;
    }
  }
}

/**
 * Integer fully connected layer: `y = saturate(requantize(bias + Σ (x − xZero) · (kernel − kernelZero)) + yZero)`,
 * limited to [low, high], which holds the fused activation. Shapes as in `dense`; `bias` is int32 in steps of
 * `xScale · kernelScale[o]`; `multiplier` and `shift` have one entry per output (see `requantize`). Bit-exact. The
 * caller has proved that the sums fit int32.
 *
 * @source Jacob et al. 2018, §2.2–2.4 (arXiv:1712.05877).
 */
export function denseInteger(
  x: QuantizedArray,
  kernel: QuantizedArray,
  bias: Int32Array,
  multiplier: Float32Array | Int32Array,
  shift: Int32Array,
  y: QuantizedArray,
  rows: number,
  inputs: number,
  outputs: number,
  xZero: number,
  kernelZero: number,
  yZero: number,
  low: number,
  high: number,
  rounding: number,
): void {
  const last = outputs - 1;
  for (let r = 0; r < rows; r++) {
    const from = r * inputs;
    const to = r * outputs;
    for (let o = 0; o < outputs; o += 4) {
      // Four sums at a time share what they read; past the end the last output is summed again.
      const o1 = Math.min(o + 1, last);
      const o2 = Math.min(o + 2, last);
      const o3 = Math.min(o + 3, last);
      let acc0 = bias[o]!;
      let acc1 = bias[o1]!;
      let acc2 = bias[o2]!;
      let acc3 = bias[o3]!;
      for (let i = 0; i < inputs; i++) {
        const value = x[from + i]! - xZero;
        acc0 = (acc0 + Math.imul(value, kernel[o * inputs + i]! - kernelZero)) | 0;
        acc1 = (acc1 + Math.imul(value, kernel[o1 * inputs + i]! - kernelZero)) | 0;
        acc2 = (acc2 + Math.imul(value, kernel[o2 * inputs + i]! - kernelZero)) | 0;
        acc3 = (acc3 + Math.imul(value, kernel[o3 * inputs + i]! - kernelZero)) | 0;
      }
      const q0 = requantize(acc0, multiplier[o]!, shift[o]!, rounding) + yZero;
      const q1 = requantize(acc1, multiplier[o1]!, shift[o1]!, rounding) + yZero;
      const q2 = requantize(acc2, multiplier[o2]!, shift[o2]!, rounding) + yZero;
      const q3 = requantize(acc3, multiplier[o3]!, shift[o3]!, rounding) + yZero;
      y[to + o] = saturate(q0, low, high);
      y[to + o1] = saturate(q1, low, high);
      y[to + o2] = saturate(q2, low, high);
      y[to + o3] = saturate(q3, low, high);
    }
  }
}
