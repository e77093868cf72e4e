import type { Elements } from "./elements.ts";

// Every kernel here sees `x` as [outer, length, inner] and reduces the middle axis. float32 accumulates in float32:
// in index order, except that a sum along a row (`inner` is 1) has four stripes (see `stripedSum`).

/** `y[o, i] = Σ x[o, ·, i]` in float32. */
export function reduceSum(
  x: Float32Array,
  y: Float32Array,
  outer: number,
  length: number,
  inner: number,
): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * length * inner + i;
      y[o * inner + i] =
        inner === 1 ? stripedSum(x, start, length) : strideSum(x, start, length, inner);
    }
  }
}

/** `y[o, i] = Σ x[o, ·, i] / length` in float32. */
export function reduceMean(
  x: Float32Array,
  y: Float32Array,
  outer: number,
  length: number,
  inner: number,
): void {
  reduceSum(x, y, outer, length, inner);
  for (let i = 0; i < outer * inner; i++) y[i] = y[i]! / length;
}

/**
 * The sum of a row in float32: elements 0, 4, 8 … in one stripe, 1, 5, 9 … in the next, and the four stripes at the
 * end as (0 + 1) + (2 + 3), which a vector of four lanes can do as well.
 */
export function stripedSum(x: Float32Array, start: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  const whole = length - (length % 4);
  for (let i = start; i < start + whole; i += 4) {
    s0 = Math.fround(s0 + x[i]!);
    s1 = Math.fround(s1 + x[i + 1]!);
    s2 = Math.fround(s2 + x[i + 2]!);
    s3 = Math.fround(s3 + x[i + 3]!);
  }
  if (length > whole) s0 = Math.fround(s0 + x[start + whole]!);
  if (length > whole + 1) s1 = Math.fround(s1 + x[start + whole + 1]!);
  if (length > whole + 2) s2 = Math.fround(s2 + x[start + whole + 2]!);
  return Math.fround(Math.fround(s0 + s1) + Math.fround(s2 + s3));
}

function strideSum(x: Float32Array, start: number, length: number, stride: number): number {
  let acc = 0;
  for (let k = 0; k < length; k++) acc = Math.fround(acc + x[start + k * stride]!);
  return acc;
}

/** The sum of integers modulo the range of their dtype. */
export function reduceSumInteger(
  x: Elements,
  y: Elements,
  outer: number,
  length: number,
  inner: number,
): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let acc = 0;
      for (let k = 0; k < length; k++) acc = (acc + x[(o * length + k) * inner + i]!) | 0;
      y[o * inner + i] = acc;
    }
  }
}

/** The product, in float32. */
export function reduceProd(
  x: Float32Array,
  y: Float32Array,
  outer: number,
  length: number,
  inner: number,
): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let acc = 1;
      for (let k = 0; k < length; k++) acc = Math.fround(acc * x[(o * length + k) * inner + i]!);
      y[o * inner + i] = acc;
    }
  }
}

/** The product of integers modulo the range of their dtype. */
export function reduceProdInteger(
  x: Elements,
  y: Elements,
  outer: number,
  length: number,
  inner: number,
): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let acc = 1;
      for (let k = 0; k < length; k++) acc = Math.imul(acc, x[(o * length + k) * inner + i]!);
      y[o * inner + i] = acc;
    }
  }
}

/** The largest element, of equal ones (0 and −0 are) the first; NaN if there is one, and `lowest` if there is none at all. */
export function reduceMax(
  x: Elements,
  y: Elements,
  outer: number,
  length: number,
  inner: number,
  lowest: number,
): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let best = lowest;
      for (let k = 0; k < length; k++) {
        const value = x[(o * length + k) * inner + i]!;
        if (value > best || Number.isNaN(value)) best = value;
      }
      y[o * inner + i] = best;
    }
  }
}

/** The smallest element, of equal ones (0 and −0 are) the first; NaN if there is one, and `highest` if there is none at all. */
export function reduceMin(
  x: Elements,
  y: Elements,
  outer: number,
  length: number,
  inner: number,
  highest: number,
): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let best = highest;
      for (let k = 0; k < length; k++) {
        const value = x[(o * length + k) * inner + i]!;
        if (value < best || Number.isNaN(value)) best = value;
      }
      y[o * inner + i] = best;
    }
  }
}

/**
 * The place of the largest element: the first one, or the last one where `last` is 1. A NaN at the first place wins,
 * others are passed over. `length ≥ 1`.
 */
export function argMax(
  x: Elements,
  y: Int32Array,
  outer: number,
  length: number,
  inner: number,
  last: number,
): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * length * inner + i;
      let best = 0;
      for (let k = 1; k < length; k++) {
        const value = x[start + k * inner]!;
        const record = x[start + best * inner]!;
        if (value > record || (last === 1 && value === record)) best = k;
      }
      y[o * inner + i] = best;
    }
  }
}

/** The place of the smallest element; which one of several and which NaN as in `argMax`. */
export function argMin(
  x: Elements,
  y: Int32Array,
  outer: number,
  length: number,
  inner: number,
  last: number,
): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const start = o * length * inner + i;
      let best = 0;
      for (let k = 1; k < length; k++) {
        const value = x[start + k * inner]!;
        const record = x[start + best * inner]!;
        if (value < record || (last === 1 && value === record)) best = k;
      }
      y[o * inner + i] = best;
    }
  }
}

/**
 * Running sums along the middle axis, from the end where `reverse` is 1, without the element itself where
 * `exclusive` is 1. float32 rounds every sum.
 */
export function cumSum(
  x: Elements,
  y: Elements,
  outer: number,
  length: number,
  inner: number,
  exclusive: number,
  reverse: number,
): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let previous = -1;
      for (let k = 0; k < length; k++) {
        const at = (o * length + (reverse === 1 ? length - 1 - k : k)) * inner + i;
        const before = previous < 0 ? 0 : y[previous]! + (exclusive === 1 ? x[previous]! : 0);
        y[at] = exclusive === 1 ? before : before + x[at]!;
        previous = at;
      }
    }
  }
}

/**
 * The `k` largest elements (smallest where `largest` is 0) in order and their places; of equal ones the first
 * place comes first, and NaN before all numbers. Inserts each element into the list of the best so far.
 */
export function topK(
  x: Elements,
  values: Elements,
  indices: Int32Array,
  outer: number,
  length: number,
  inner: number,
  k: number,
  largest: number,
): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      for (let from = 0; from < length; from++) {
        const value = x[(o * length + from) * inner + i]!;
        let place = from < k ? from : k;
        for (; place > 0; place--) {
          const above = values[(o * k + place - 1) * inner + i]!;
          if ((largest === 1 ? above >= value : above <= value) || Number.isNaN(above)) break;
          if (place === k) continue;
          values[(o * k + place) * inner + i] = above;
          indices[(o * k + place) * inner + i] = indices[(o * k + place - 1) * inner + i]!;
        }
        if (place === k) continue;
        values[(o * k + place) * inner + i] = value;
        indices[(o * k + place) * inner + i] = from;
      }
    }
  }
}
