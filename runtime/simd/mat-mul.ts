import { Pointer } from "./memory";
import { requantize, saturate } from "./requantize";

/** Integer products of matrices: see the reference. With a constant on the right they come as `densePackedInteger`. */
export function matMulInteger<X, W, M, Y>(
  x: Pointer<X>,
  w: Pointer<W>,
  multiplier: Pointer<M>,
  shift: Pointer<i32>,
  y: Pointer<Y>,
  xStart: Pointer<i32>,
  wStart: Pointer<i32>,
  batches: i32,
  rows: i32,
  inner: i32,
  columns: i32,
  xRow: i32,
  xStep: i32,
  wRow: i32,
  wStep: i32,
  xZero: i32,
  wZero: i32,
  yZero: i32,
  low: i32,
  high: i32,
  rounding: i32,
): void {
  let to = 0;
  for (let b = 0; b < batches; b++) {
    for (let r = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++) {
        let from = xStart[b] + r * xRow;
        let at = wStart[b] + c * wStep;
        let acc = 0;
        for (let i = 0; i < inner; i++, from += xStep, at += wRow)
          acc += (<i32>x[from] - xZero) * (<i32>w[at] - wZero);
        const q = requantize<M>(acc, multiplier[c], shift[c], rounding) + yZero;
        y[to++] = <Y>saturate(q, low, high);
      }
    }
  }
}
