// Products of float32 matrices: the part that convolutions, layers and matrix products share. One float32 accumulator for
// each result; multiply, then add, in index order, as the reference does. Channels are in lanes, the other operand is
// broadcast, so that no sum is ever split.
import { storeSome4 } from "./lanes";

/** `sum + x · w`, rounded twice. */
@inline
export function accumulate(sum: v128, x: v128, w: v128): v128 {
  return f32x4.add(sum, f32x4.mul(x, w));
}

/** Stores the first `count` of eight lanes. */
@inline
export function storeFirst(y: usize, low: v128, high: v128, count: i32): void {
  if (count >= 8) {
    v128.store(y, low);
    v128.store(y, high, 16);
  } else {
    storeSome4<f32>(y, low, count);
    storeSome4<f32>(y + 16, high, count - 4);
  }
}

/**
 * Four rows by eight columns from the sums `low` and `high` on. `xStep` and `wRow` are the bytes from one index of the sum
 * to the next; the first `columns` of each row are stored.
 */
@inline
export function tile(
  x0: usize,
  x1: usize,
  x2: usize,
  x3: usize,
  xStep: usize,
  w: usize,
  wRow: usize,
  inner: i32,
  low: v128,
  high: v128,
  y0: usize,
  y1: usize,
  y2: usize,
  y3: usize,
  columns: i32,
): void {
  let a0 = low, a1 = high, b0 = low, b1 = high;
  let c0 = low, c1 = high, d0 = low, d1 = high;
  let w0: v128, w1: v128, value: v128;
  let i = inner;
  for (; i >= 2; i -= 2) {
    w0 = v128.load(w);
    w1 = v128.load(w, 16);
    value = v128.load32_splat(x0);
    a0 = accumulate(a0, value, w0);
    a1 = accumulate(a1, value, w1);
    value = v128.load32_splat(x1);
    b0 = accumulate(b0, value, w0);
    b1 = accumulate(b1, value, w1);
    value = v128.load32_splat(x2);
    c0 = accumulate(c0, value, w0);
    c1 = accumulate(c1, value, w1);
    value = v128.load32_splat(x3);
    d0 = accumulate(d0, value, w0);
    d1 = accumulate(d1, value, w1);
    w0 = v128.load(w + wRow);
    w1 = v128.load(w + wRow, 16);
    value = v128.load32_splat(x0 + xStep);
    a0 = accumulate(a0, value, w0);
    a1 = accumulate(a1, value, w1);
    value = v128.load32_splat(x1 + xStep);
    b0 = accumulate(b0, value, w0);
    b1 = accumulate(b1, value, w1);
    value = v128.load32_splat(x2 + xStep);
    c0 = accumulate(c0, value, w0);
    c1 = accumulate(c1, value, w1);
    value = v128.load32_splat(x3 + xStep);
    d0 = accumulate(d0, value, w0);
    d1 = accumulate(d1, value, w1);
    w += 2 * wRow;
    x0 += 2 * xStep;
    x1 += 2 * xStep;
    x2 += 2 * xStep;
    x3 += 2 * xStep;
  }
  if (i > 0) {
    w0 = v128.load(w);
    w1 = v128.load(w, 16);
    value = v128.load32_splat(x0);
    a0 = accumulate(a0, value, w0);
    a1 = accumulate(a1, value, w1);
    value = v128.load32_splat(x1);
    b0 = accumulate(b0, value, w0);
    b1 = accumulate(b1, value, w1);
    value = v128.load32_splat(x2);
    c0 = accumulate(c0, value, w0);
    c1 = accumulate(c1, value, w1);
    value = v128.load32_splat(x3);
    d0 = accumulate(d0, value, w0);
    d1 = accumulate(d1, value, w1);
  }
  storeFirst(y0, a0, a1, columns);
  storeFirst(y1, b0, b1, columns);
  storeFirst(y2, c0, c1, columns);
  storeFirst(y3, d0, d1, columns);
}

/**
 * One row by eight columns of each of four blocks of packed weights, `blockBytes` apart: what a single row has, else it
 * would wait for its own sums.
 */
function row32(x: usize, w: usize, blockBytes: usize, inner: i32, y: usize, columns: i32): void {
  let w1 = w + blockBytes, w2 = w1 + blockBytes, w3 = w2 + blockBytes;
  let a0 = v128.load(w), a1 = v128.load(w, 16), b0 = v128.load(w1), b1 = v128.load(w1, 16);
  let c0 = v128.load(w2), c1 = v128.load(w2, 16), d0 = v128.load(w3), d1 = v128.load(w3, 16);
  for (const end = x + (<usize>inner << 2); x < end; x += 4) {
    const value = v128.load32_splat(x);
    a0 = accumulate(a0, value, v128.load(w, 32));
    a1 = accumulate(a1, value, v128.load(w, 48));
    b0 = accumulate(b0, value, v128.load(w1, 32));
    b1 = accumulate(b1, value, v128.load(w1, 48));
    c0 = accumulate(c0, value, v128.load(w2, 32));
    c1 = accumulate(c1, value, v128.load(w2, 48));
    d0 = accumulate(d0, value, v128.load(w3, 32));
    d1 = accumulate(d1, value, v128.load(w3, 48));
    w += 32;
    w1 += 32;
    w2 += 32;
    w3 += 32;
  }
  storeFirst(y, a0, a1, 8);
  storeFirst(y + 32, b0, b1, 8);
  storeFirst(y + 64, c0, c1, 8);
  storeFirst(y + 96, d0, d1, columns - 24);
}

/** One row by eight columns of packed weights. */
function row8(x: usize, w: usize, inner: i32, y: usize, columns: i32): void {
  let low = v128.load(w), high = v128.load(w, 16);
  for (const end = x + (<usize>inner << 2); x < end; x += 4) {
    const value = v128.load32_splat(x);
    low = accumulate(low, value, v128.load(w, 32));
    high = accumulate(high, value, v128.load(w, 48));
    w += 32;
  }
  storeFirst(y, low, high, columns);
}

/** Four rows by eight columns of packed weights; a row beyond the last is the last one again. */
function rows4(x: usize, xRow: usize, w: usize, inner: i32, y: usize, yRow: usize, rows: i32, columns: i32): void {
  const x1 = rows > 1 ? x + xRow : x, y1 = rows > 1 ? y + yRow : y;
  const x2 = rows > 2 ? x1 + xRow : x1, y2 = rows > 2 ? y1 + yRow : y1;
  const x3 = rows > 3 ? x2 + xRow : x2, y3 = rows > 3 ? y2 + yRow : y2;
  const low = v128.load(w), high = v128.load(w, 16);
  tile(x, x1, x2, x3, 4, w + 32, 32, inner, low, high, y, y1, y2, y3, columns);
}

/** Rows that stay in the nearest cache, while all columns pass by. */
const nearBytes: usize = 1 << 16;

/**
 * `y[r, c] = bias[c] + Σ x[r, i] · w[i, c]`: `w` is packed in blocks of eight columns, `[columns / 8][1 + inner][8]`, the
 * biases before the weights of their block, columns beyond the last 0. `xRow` and `yRow` are the bytes of a row.
 */
export function packedProduct(
  x: usize,
  xRow: usize,
  w: usize,
  y: usize,
  yRow: usize,
  rows: i32,
  inner: i32,
  columns: i32,
): void {
  const blockBytes = (<usize>inner + 1) << 5;
  if (rows == 1) {
    let c = 0;
    for (; c <= columns - 25; c += 32, w += 4 * blockBytes) row32(x, w, blockBytes, inner, y + (<usize>c << 2), columns - c);
    for (; c < columns; c += 8, w += blockBytes) row8(x, w, inner, y + (<usize>c << 2), columns - c);
    return;
  }
  const near = max<i32>(4, <i32>(nearBytes / max<usize>(xRow, 1)) & ~3);
  for (let first = 0; first < rows; first += near) {
    const last = min(first + near, rows);
    let block = w;
    for (let c = 0; c < columns; c += 8, block += blockBytes) {
      for (let r = first; r < last; r += 4)
        rows4(
          x + <usize>r * xRow,
          xRow,
          block,
          inner,
          y + <usize>r * yRow + (<usize>c << 2),
          yRow,
          rows - r,
          columns - c,
        );
    }
  }
}

/** Adds the products of four numbers in a row with the first four of four rows of weights, transposed in registers. */
@inline
export function accumulateFour(sum: v128, x: usize, w0: usize, w1: usize, w2: usize, w3: usize): v128 {
  const a = v128.load(w0), b = v128.load(w1), c = v128.load(w2), d = v128.load(w3);
  const ab = i32x4.shuffle(a, b, 0, 4, 1, 5), cd = i32x4.shuffle(c, d, 0, 4, 1, 5);
  sum = accumulate(sum, v128.load32_splat(x), i64x2.shuffle(ab, cd, 0, 2));
  sum = accumulate(sum, v128.load32_splat(x, 4), i64x2.shuffle(ab, cd, 1, 3));
  const ef = i32x4.shuffle(a, b, 2, 6, 3, 7), gh = i32x4.shuffle(c, d, 2, 6, 3, 7);
  sum = accumulate(sum, v128.load32_splat(x, 8), i64x2.shuffle(ef, gh, 0, 2));
  return accumulate(sum, v128.load32_splat(x, 12), i64x2.shuffle(ef, gh, 1, 3));
}

/** Adds the products of one number with the first of four rows of weights. */
@inline
export function accumulateOne(sum: v128, x: usize, w0: usize, w1: usize, w2: usize, w3: usize): v128 {
  let w = v128.load32_zero(w0);
  w = v128.load32_lane(w1, w, 1);
  w = v128.load32_lane(w2, w, 2);
  w = v128.load32_lane(w3, w, 3);
  return accumulate(sum, v128.load32_splat(x), w);
}

/** Adds `Σ x[i] · w[c][i]` over `count` indices to four sums: rows of weights at four places. */
@inline
export function accumulateRun(sum: v128, x: usize, w0: usize, w1: usize, w2: usize, w3: usize, count: i32): v128 {
  let i = count;
  for (; i >= 4; i -= 4) {
    sum = accumulateFour(sum, x, w0, w1, w2, w3);
    x += 16;
    w0 += 16;
    w1 += 16;
    w2 += 16;
    w3 += 16;
  }
  for (; i > 0; i--) {
    sum = accumulateOne(sum, x, w0, w1, w2, w3);
    x += 4;
    w0 += 4;
    w1 += 4;
    w2 += 4;
    w3 += 4;
  }
  return sum;
}
