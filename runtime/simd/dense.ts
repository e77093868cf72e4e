import { Pointer } from "./memory";
import { requantize, saturate } from "./requantize";

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
  let at = 0;
  for (let r = 0; r < rows; r++) {
    const from = x.from(r * inputs);
    for (let o = 0; o < outputs; o++) {
      const w = kernel.from(o * inputs);
      let acc = bias[o];
      for (let i = 0; i < inputs; i++) acc += (<i32>from[i] - xZero) * (<i32>w[i] - kernelZero);
      const q = requantize<M>(acc, multiplier[o], shift[o], rounding) + yZero;
      y[at++] = <Y>saturate(q, low, high);
    }
  }
}
