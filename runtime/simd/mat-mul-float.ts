import { Pointer } from "./memory";
import { accumulate, tile } from "./product-float";

/** See the reference. Fast where the columns or the rows of `w` are contiguous: the usual layout, and its transpose. */
export function matMul(
  x: Pointer<f32>,
  w: Pointer<f32>,
  y: Pointer<f32>,
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
): void {
  for (let b = 0; b < batches; b++) {
    const from = x.at(xStart[b]), at = w.at(wStart[b]), to = y.at(b * rows * columns);
    if (wStep == 1 && columns >= 8) byColumns(from, at, to, rows, inner, columns, xRow << 2, xStep << 2, wRow << 2);
    else if (wRow == 1 && columns >= 4) byRows(from, at, to, rows, inner, columns, xRow << 2, xStep << 2, wStep << 2);
    else oneByOne(from, at, to, rows, inner, columns, xRow << 2, xStep << 2, wRow << 2, wStep << 2);
  }
}

/** Eight columns that lie side by side; the last eight overlap those before. Strides in bytes. */
function byColumns(
  x: usize,
  w: usize,
  y: usize,
  rows: i32,
  inner: i32,
  columns: i32,
  xRow: usize,
  xStep: usize,
  wRow: usize,
): void {
  const zero = f32x4.splat(0);
  const yRow = <usize>columns << 2;
  for (let first = 0; first < columns; first += 8) {
    const c = <usize>min(first, columns - 8) << 2;
    for (let r = 0; r < rows; r += 4) {
      const x0 = x + <usize>r * xRow, y0 = y + <usize>r * yRow + c;
      const x1 = r + 1 < rows ? x0 + xRow : x0, y1 = r + 1 < rows ? y0 + yRow : y0;
      const x2 = r + 2 < rows ? x1 + xRow : x1, y2 = r + 2 < rows ? y1 + yRow : y1;
      const x3 = r + 3 < rows ? x2 + xRow : x2, y3 = r + 3 < rows ? y2 + yRow : y2;
      tile(x0, x1, x2, x3, xStep, w + c, wRow, inner, zero, zero, y0, y1, y2, y3, 8);
    }
  }
}

/** Four columns, each of which is contiguous: transposed in registers. The last four overlap those before. */
function byRows(
  x: usize,
  w: usize,
  y: usize,
  rows: i32,
  inner: i32,
  columns: i32,
  xRow: usize,
  xStep: usize,
  wStep: usize,
): void {
  const yRow = <usize>columns << 2;
  for (let first = 0; first < columns; first += 4) {
    const c = min(first, columns - 4);
    const column = w + <usize>c * wStep;
    for (let r = 0; r < rows; r += 4) {
      const x0 = x + <usize>r * xRow, y0 = y + <usize>r * yRow + (<usize>c << 2);
      const x1 = r + 1 < rows ? x0 + xRow : x0, y1 = r + 1 < rows ? y0 + yRow : y0;
      const x2 = r + 2 < rows ? x1 + xRow : x1, y2 = r + 2 < rows ? y1 + yRow : y1;
      const x3 = r + 3 < rows ? x2 + xRow : x2, y3 = r + 3 < rows ? y2 + yRow : y2;
      squareTile(x0, x1, x2, x3, xStep, column, wStep, inner, y0, y1, y2, y3);
    }
  }
}

/** Adds four products to the four sums of one row; `x` is where the row's next four values are. */
@inline
function accumulateFour(sum: v128, x: usize, xStep: usize, w0: v128, w1: v128, w2: v128, w3: v128): v128 {
  sum = accumulate(sum, v128.load32_splat(x), w0);
  sum = accumulate(sum, v128.load32_splat(x + xStep), w1);
  sum = accumulate(sum, v128.load32_splat(x + 2 * xStep), w2);
  return accumulate(sum, v128.load32_splat(x + 3 * xStep), w3);
}

@inline
function squareTile(
  x0: usize,
  x1: usize,
  x2: usize,
  x3: usize,
  xStep: usize,
  w0: usize,
  wStep: usize,
  inner: i32,
  y0: usize,
  y1: usize,
  y2: usize,
  y3: usize,
): void {
  const w1 = w0 + wStep, w2 = w1 + wStep, w3 = w2 + wStep;
  let a = f32x4.splat(0), b = a, c = a, d = a;
  let at: usize = 0, i = inner;
  for (; i >= 4; i -= 4, at += 16) {
    const r0 = v128.load(w0 + at), r1 = v128.load(w1 + at), r2 = v128.load(w2 + at), r3 = v128.load(w3 + at);
    const p = i32x4.shuffle(r0, r1, 0, 4, 1, 5), q = i32x4.shuffle(r2, r3, 0, 4, 1, 5);
    const s = i32x4.shuffle(r0, r1, 2, 6, 3, 7), t = i32x4.shuffle(r2, r3, 2, 6, 3, 7);
    const k0 = i64x2.shuffle(p, q, 0, 2), k1 = i64x2.shuffle(p, q, 1, 3);
    const k2 = i64x2.shuffle(s, t, 0, 2), k3 = i64x2.shuffle(s, t, 1, 3);
    a = accumulateFour(a, x0, xStep, k0, k1, k2, k3);
    b = accumulateFour(b, x1, xStep, k0, k1, k2, k3);
    c = accumulateFour(c, x2, xStep, k0, k1, k2, k3);
    d = accumulateFour(d, x3, xStep, k0, k1, k2, k3);
    x0 += 4 * xStep;
    x1 += 4 * xStep;
    x2 += 4 * xStep;
    x3 += 4 * xStep;
  }
  for (; i > 0; i--, at += 4) {
    let k = v128.load32_splat(w0 + at);
    k = v128.load32_lane(w1 + at, k, 1);
    k = v128.load32_lane(w2 + at, k, 2);
    k = v128.load32_lane(w3 + at, k, 3);
    a = accumulate(a, v128.load32_splat(x0), k);
    b = accumulate(b, v128.load32_splat(x1), k);
    c = accumulate(c, v128.load32_splat(x2), k);
    d = accumulate(d, v128.load32_splat(x3), k);
    x0 += xStep;
    x1 += xStep;
    x2 += xStep;
    x3 += xStep;
  }
  v128.store(y0, a);
  v128.store(y1, b);
  v128.store(y2, c);
  v128.store(y3, d);
}

function oneByOne(
  x: usize,
  w: usize,
  y: usize,
  rows: i32,
  inner: i32,
  columns: i32,
  xRow: usize,
  xStep: usize,
  wRow: usize,
  wStep: usize,
): void {
  for (let r = 0; r < rows; r++, x += xRow) {
    for (let c = 0; c < columns; c++, y += 4) {
      let sum: f32 = 0, from = x, at = w + <usize>c * wStep;
      for (let i = 0; i < inner; i++, from += xStep, at += wRow) sum += load<f32>(from) * load<f32>(at);
      store<f32>(y, sum);
    }
  }
}
