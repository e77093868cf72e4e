/** Products of row-major matrices. Everything in training that costs time is one of these. */

/**
 * `a · bᵀ` of `a [m, k]` and `b [n, k]`, as `[m, n]`. Blocks of 2 × 4 results share what they read; their eight
 * sums stay in registers. (No destructuring in here: it would cost more than the products.)
 */
export function timesTransposed(
  a: Float64Array,
  b: Float64Array,
  m: number,
  n: number,
  k: number,
): Float64Array {
  const y = new Float64Array(m * n);
  const [blockedRows, blockedColumns] = [m - (m % 2), n - (n % 4)];
  for (let j = 0; j < blockedColumns; j += 4) {
    for (let i = 0; i < blockedRows; i += 2) multiplyBlock(a, b, y, i, j, n, k);
  }
  for (let i = 0; i < m; i++) {
    const start = i < blockedRows ? blockedColumns : 0;
    for (let j = start; j < n; j++) y[i * n + j] = dot(a, i * k, b, j * k, k);
  }
  return y;
}

function multiplyBlock(
  a: Float64Array,
  b: Float64Array,
  y: Float64Array,
  i: number,
  j: number,
  n: number,
  k: number,
): void {
  const a0 = i * k;
  const b0 = j * k;
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s03 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s13 = 0;
  for (let t = 0; t < k; t++) {
    const u = a[a0 + t]!;
    const v = a[a0 + k + t]!;
    const p = b[b0 + t]!;
    const q = b[b0 + k + t]!;
    const r = b[b0 + 2 * k + t]!;
    const s = b[b0 + 3 * k + t]!;
    s00 += u * p;
    s01 += u * q;
    s02 += u * r;
    s03 += u * s;
    s10 += v * p;
    s11 += v * q;
    s12 += v * r;
    s13 += v * s;
  }
  const y0 = i * n + j;
  y[y0] = s00;
  y[y0 + 1] = s01;
  y[y0 + 2] = s02;
  y[y0 + 3] = s03;
  y[y0 + n] = s10;
  y[y0 + n + 1] = s11;
  y[y0 + n + 2] = s12;
  y[y0 + n + 3] = s13;
}

function dot(a: Float64Array, from: number, b: Float64Array, start: number, k: number): number {
  let sum = 0;
  for (let t = 0; t < k; t++) sum += a[from + t]! * b[start + t]!;
  return sum;
}

/** The transpose `[n, m]` of `a [m, n]`. */
export function transpose(a: Float64Array, m: number, n: number): Float64Array {
  const y = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) y[j * m + i] = a[i * n + j]!;
  }
  return y;
}
