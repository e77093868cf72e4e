import { loadStrided4 } from "./lanes";
import { Pointer } from "./memory";
import { finish, fourSums } from "./product-integer";

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
  for (let b = 0; b < batches; b++) {
    for (let c = 0; c < columns; c += 4) {
      const count = min(4, columns - c);
      const at = w.from(wStart[b] + c * wStep);
      for (let r = 0; r < rows; r++) {
        const from = x.from(xStart[b] + r * xRow);
        let sums: v128;
        if (xStep == 1 && wRow == 1) {
          // Columns beyond the last are the last one again.
          const w1 = at.from(min(1, count - 1) * wStep);
          const w2 = at.from(min(2, count - 1) * wStep);
          const w3 = at.from(min(3, count - 1) * wStep);
          sums = fourSums<X, W>(from, at, w1, w2, w3, inner, xZero, wZero);
        } else sums = columnSums<X, W>(from, at, count, inner, xStep, wRow, wStep, xZero, wZero);
        const to = y.from((b * rows + r) * columns + c);
        finish<M, Y>(sums, count, multiplier.from(c), shift.from(c), to, yZero, low, high, rounding);
      }
    }
  }
}

/** `Σ (x[i] − xZero) · (w[i, c] − wZero)` for the first `count`, at most four, columns of `w`. */
function columnSums<X, W>(
  x: Pointer<X>,
  w: Pointer<W>,
  count: i32,
  inner: i32,
  xStep: i32,
  wRow: i32,
  wStep: i32,
  xZero: i32,
  wZero: i32,
): v128 {
  let sums = i32x4.splat(0);
  for (let i = 0; i < inner; i++, x = x.from(xStep), w = w.from(wRow)) {
    const weights = i32x4.sub(loadStrided4<W>(w, wStep, count), i32x4.splat(wZero));
    sums = i32x4.add(sums, i32x4.mul(i32x4.splat(<i32>x[0] - xZero), weights));
  }
  return sums;
}
