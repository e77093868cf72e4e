import { loadSome4 } from "./lanes";
import { Pointer } from "./memory";
import { finish, fourSums } from "./product-integer";

/** Integer fully connected layer with weights as they are: see the reference. What can be packed comes as `densePackedInteger`. */
export function denseInteger<X, W, M, Y>(
  x: Pointer<X>,
  kernel: Pointer<W>,
  bias: Pointer<i32>,
  multiplier: Pointer<M>,
  shift: Pointer<i32>,
  y: Pointer<Y>,
  rows: i32,
  inputs: i32,
  outputs: i32,
  xZero: i32,
  kernelZero: i32,
  yZero: i32,
  low: i32,
  high: i32,
  rounding: i32,
): void {
  for (let o = 0; o < outputs; o += 4) {
    const count = min(4, outputs - o);
    // Outputs beyond the last are the last one again.
    const w0 = kernel.from(o * inputs);
    const w1 = w0.from(min(1, count - 1) * inputs);
    const w2 = w0.from(min(2, count - 1) * inputs);
    const w3 = w0.from(min(3, count - 1) * inputs);
    for (let r = 0; r < rows; r++) {
      const products = fourSums<X, W>(x.from(r * inputs), w0, w1, w2, w3, inputs, xZero, kernelZero);
      const sums = i32x4.add(loadSome4<i32>(bias.at(o), count), products);
      const to = y.from(r * outputs + o);
      finish<M, Y>(sums, count, multiplier.from(o), shift.from(o), to, yZero, low, high, rounding);
    }
  }
}
