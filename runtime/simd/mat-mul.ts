import { load8, loadStrided4 } from "./lanes";
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
  // Matrices of bytes with their rows in order are multiplied in tiles, as far as these go.
  const tiled = sizeof<X>() == 1 && sizeof<W>() == 1 && xStep == 1 && wStep == 1 ? columns & -8 : 0;
  for (let b = 0; b < batches; b++) {
    for (let c = 0; c < tiled; c += 8) {
      for (let r = 0; r < rows; r += 4) {
        tile<X, W, M, Y>(
          x.from(xStart[b] + r * xRow), xRow, w.from(wStart[b] + c), wRow, y.from((b * rows + r) * columns + c), columns,
          min(4, rows - r), inner, xZero, wZero, multiplier.from(c), shift.from(c), yZero, low, high, rounding,
        );
      }
    }
    for (let c = tiled; c < columns; c += 4) {
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

/** The first `rows` of four rows by eight columns of y. Two indices of the sums are multiplied at a time. */
function tile<X, W, M, Y>(
  x: Pointer<X>,
  xRow: i32,
  w: Pointer<W>,
  wRow: i32,
  y: Pointer<Y>,
  yRow: i32,
  rows: i32,
  inner: i32,
  xZero: i32,
  wZero: i32,
  multiplier: Pointer<M>,
  shift: Pointer<i32>,
  yZero: i32,
  low: i32,
  high: i32,
  rounding: i32,
): void {
  // Rows beyond the last are the last one again.
  const row1 = min(1, rows - 1);
  const row2 = min(2, rows - 1);
  const row3 = min(3, rows - 1);
  let x0 = x, x1 = x.from(row1 * xRow), x2 = x.from(row2 * xRow), x3 = x.from(row3 * xRow);
  let a0 = i32x4.splat(0), b0 = a0, c0 = a0, d0 = a0;
  let a1 = a0, b1 = a0, c1 = a0, d1 = a0;
  for (let i = 0; i < inner; i += 2) {
    // Behind an odd number there is none: the last row of w again, by 0.
    const isPair = i + 1 < inner;
    const upper = i16x8.sub(load8<W>(w.at(0)), i16x8.splat(<i16>wZero));
    const lower = isPair ? i16x8.sub(load8<W>(w.at(wRow)), i16x8.splat(<i16>wZero)) : upper;
    const w0 = i8x16.shuffle(upper, lower, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23);
    const w1 = i8x16.shuffle(upper, lower, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31);
    let pair = pairOf<X>(x0, isPair, xZero);
    a0 = i32x4.add(a0, i32x4.dot_i16x8_s(pair, w0));
    a1 = i32x4.add(a1, i32x4.dot_i16x8_s(pair, w1));
    pair = pairOf<X>(x1, isPair, xZero);
    b0 = i32x4.add(b0, i32x4.dot_i16x8_s(pair, w0));
    b1 = i32x4.add(b1, i32x4.dot_i16x8_s(pair, w1));
    pair = pairOf<X>(x2, isPair, xZero);
    c0 = i32x4.add(c0, i32x4.dot_i16x8_s(pair, w0));
    c1 = i32x4.add(c1, i32x4.dot_i16x8_s(pair, w1));
    pair = pairOf<X>(x3, isPair, xZero);
    d0 = i32x4.add(d0, i32x4.dot_i16x8_s(pair, w0));
    d1 = i32x4.add(d1, i32x4.dot_i16x8_s(pair, w1));
    w = w.from(2 * wRow);
    x0 = x0.from(2);
    x1 = x1.from(2);
    x2 = x2.from(2);
    x3 = x3.from(2);
  }
  const next = multiplier.from(4);
  const nextShift = shift.from(4);
  finish<M, Y>(a0, 4, multiplier, shift, y, yZero, low, high, rounding);
  finish<M, Y>(a1, 4, next, nextShift, y.from(4), yZero, low, high, rounding);
  y = y.from(row1 * yRow);
  finish<M, Y>(b0, 4, multiplier, shift, y, yZero, low, high, rounding);
  finish<M, Y>(b1, 4, next, nextShift, y.from(4), yZero, low, high, rounding);
  y = y.from((row2 - row1) * yRow);
  finish<M, Y>(c0, 4, multiplier, shift, y, yZero, low, high, rounding);
  finish<M, Y>(c1, 4, next, nextShift, y.from(4), yZero, low, high, rounding);
  y = y.from((row3 - row2) * yRow);
  finish<M, Y>(d0, 4, multiplier, shift, y, yZero, low, high, rounding);
  finish<M, Y>(d1, 4, next, nextShift, y.from(4), yZero, low, high, rounding);
}

/** Two elements less their zero point, or one and 0, in all pairs of 16-bit lanes. */
@inline
function pairOf<X>(x: Pointer<X>, isPair: bool, zero: i32): v128 {
  if (!isPair) return i32x4.splat((<i32>x[0] - zero) & 0xffff);
  const bytes = v128.load16_splat(x.at(0));
  const lanes = isSigned<X>() ? i16x8.extend_low_i8x16_s(bytes) : i16x8.extend_low_i8x16_u(bytes);
  return i16x8.sub(lanes, i16x8.splat(<i16>zero));
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
