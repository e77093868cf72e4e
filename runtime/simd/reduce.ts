import { product } from "./map";
import { Pointer } from "./memory";

// `x` is seen as [outer, length, inner] and its middle axis reduced, see the reference. Columns next to each other are in
// lanes.

/**
 * `y[o, i]` is `F` of all `x[o, ·, i]` one after the other, from `start` on: its `lanes<T>(sofar, x): v128`. Four vectors go down
 * together, a line of the cache, the results of which do not wait for each other; the last columns are alone.
 */
@inline
function reduce<F, T>(
  x: Pointer<T>,
  y: Pointer<T>,
  outer: i32,
  length: i32,
  inner: i32,
  start: T,
): void {
  const width = 16 / sizeof<T>();
  for (let o = 0; o < outer; o++) {
    const from = x.from(o * length * inner);
    const to = y.from(o * inner);
    let i = 0;
    for (; i <= inner - 4 * width; i += 4 * width) {
      reduceFour<F, T>(from.from(i), to.from(i), length, inner, start);
    }
    for (; i <= inner - width; i += width) {
      v128.store(to.at(i), reduceOne<F, T>(from.from(i), length, inner, start, true));
    }
    for (; i < inner; i++) {
      const lanes = reduceOne<F, T>(from.from(i), length, inner, start, false);
      to[i] = v128.extract_lane<T>(lanes, 0);
    }
  }
}

/** The columns of four vectors. */
@inline
function reduceFour<F, T>(
  x: Pointer<T>,
  y: Pointer<T>,
  length: i32,
  inner: i32,
  start: T,
): void {
  const f = changetype<F>(0);
  let a = v128.splat<T>(start);
  let b = a;
  let c = a;
  let d = a;
  for (let k = 0, at = x.at(0); k < length; k++, at += inner * sizeof<T>()) {
    a = f.lanes<T>(a, v128.load(at));
    b = f.lanes<T>(b, v128.load(at, 16));
    c = f.lanes<T>(c, v128.load(at, 32));
    d = f.lanes<T>(d, v128.load(at, 48));
  }
  v128.store(y.at(0), a);
  v128.store(y.at(0), b, 16);
  v128.store(y.at(0), c, 32);
  v128.store(y.at(0), d, 48);
}

/** The columns of a vector, or one column. */
@inline
function reduceOne<F, T>(x: Pointer<T>, length: i32, inner: i32, start: T, wide: bool): v128 {
  const f = changetype<F>(0);
  let sofar = v128.splat<T>(start);
  for (let k = 0, at = 0; k < length; k++, at += inner) {
    sofar = f.lanes<T>(sofar, wide ? v128.load(x.at(at)) : v128.splat<T>(x[at]));
  }
  return sofar;
}

@unmanaged @final
class Sum {
  @inline
  lanes<T>(sofar: v128, x: v128): v128 {
    return v128.add<T>(sofar, x);
  }
}

/** `y[o, i] = Σ x[o, ·, i]` in float32. */
export function reduceSum(
  x: Pointer<f32>,
  y: Pointer<f32>,
  outer: i32,
  length: i32,
  inner: i32,
): void {
  if (inner == 1) for (let o = 0; o < outer; o++) y[o] = stripedSum(x.from(o * length), length);
  else sumColumns(x, y, outer, length, inner);
}

/** `reduceSum` in index order, for rows too. */
export function sumColumns(
  x: Pointer<f32>,
  y: Pointer<f32>,
  outer: i32,
  length: i32,
  inner: i32,
): void {
  reduce<Sum, f32>(x, y, outer, length, inner, 0);
}

/** `y[o, i] = Σ x[o, ·, i] / length` in float32. */
export function reduceMean(
  x: Pointer<f32>,
  y: Pointer<f32>,
  outer: i32,
  length: i32,
  inner: i32,
): void {
  reduceSum(x, y, outer, length, inner);
  for (let i = 0; i < outer * inner; i++) y[i] = quotient(y[i], length);
}

/** `x / count`, rounded once. A count need not be a float32. */
@inline
export function quotient(x: f32, count: i32): f32 {
  return <f32>(<f64>x / <f64>count);
}

/** The sum of a row in float32 in four stripes, which are the lanes of a vector. */
export function stripedSum(x: Pointer<f32>, length: i32): f32 {
  const whole = length & ~3;
  let s = f32x4.splat(0);
  for (let i = 0; i < whole; i += 4) s = f32x4.add(s, v128.load(x.at(i)));
  // A sum that starts at 0 is never −0: adding 0 does not change it.
  let rest = f32x4.splat(0);
  if (length > whole) rest = f32x4.replace_lane(rest, 0, x[whole]);
  if (length > whole + 1) rest = f32x4.replace_lane(rest, 1, x[whole + 1]);
  if (length > whole + 2) rest = f32x4.replace_lane(rest, 2, x[whole + 2]);
  s = f32x4.add(s, rest);
  const low = f32x4.extract_lane(s, 0) + f32x4.extract_lane(s, 1);
  return low + (f32x4.extract_lane(s, 2) + f32x4.extract_lane(s, 3));
}

/** The largest number of a row, −∞ if it has none; NaN if there is one. */
export function rowMaximum(x: Pointer<f32>, length: i32): f32 {
  let most = f32x4.splat(-Infinity);
  let i = 0;
  for (; i <= length - 4; i += 4) most = f32x4.max(most, v128.load(x.at(i)));
  for (; i < length; i++) most = f32x4.max(most, v128.load32_splat(x.at(i)));
  const half = f32x4.max(most, v128.shuffle<i32>(most, most, 2, 3, 2, 3));
  return max<f32>(f32x4.extract_lane(half, 0), f32x4.extract_lane(half, 1));
}

/** The sum of integers modulo the range of their dtype. */
export function reduceSumInteger<T>(
  x: Pointer<T>,
  y: Pointer<T>,
  outer: i32,
  length: i32,
  inner: i32,
): void {
  reduce<Sum, T>(x, y, outer, length, inner, 0);
}

@unmanaged @final
class Product {
  @inline
  lanes<T>(sofar: v128, x: v128): v128 {
    return product<T>(sofar, x);
  }
}

/** The product, in float32. */
export function reduceProd(
  x: Pointer<f32>,
  y: Pointer<f32>,
  outer: i32,
  length: i32,
  inner: i32,
): void {
  reduce<Product, f32>(x, y, outer, length, inner, 1);
}

/** The product of integers modulo the range of their dtype. */
export function reduceProdInteger<T>(
  x: Pointer<T>,
  y: Pointer<T>,
  outer: i32,
  length: i32,
  inner: i32,
): void {
  reduce<Product, T>(x, y, outer, length, inner, 1);
}

@unmanaged @final
class Largest {
  @inline
  lanes<T>(sofar: v128, x: v128): v128 {
    if (!isFloat<T>()) return v128.max<T>(sofar, x);
    return v128.bitselect(x, sofar, v128.or(f32x4.gt(x, sofar), f32x4.ne(x, x)));
  }
}

/** The largest element, of equal ones the first; NaN if there is one, and `lowest` if there is none at all. */
export function reduceMax<T>(
  x: Pointer<T>,
  y: Pointer<T>,
  outer: i32,
  length: i32,
  inner: i32,
  lowest: f64,
): void {
  if (isFloat<T>()) reduce<Largest, T>(x, y, outer, length, inner, <T>lowest);
  else reduce<Largest, T>(x, y, outer, length, inner, <T>(<i32>lowest));
}

@unmanaged @final
class Smallest {
  @inline
  lanes<T>(sofar: v128, x: v128): v128 {
    if (!isFloat<T>()) return v128.min<T>(sofar, x);
    return v128.bitselect(x, sofar, v128.or(f32x4.lt(x, sofar), f32x4.ne(x, x)));
  }
}

/** The smallest element, of equal ones the first; NaN if there is one, and `highest` if there is none at all. */
export function reduceMin<T>(
  x: Pointer<T>,
  y: Pointer<T>,
  outer: i32,
  length: i32,
  inner: i32,
  highest: f64,
): void {
  if (isFloat<T>()) reduce<Smallest, T>(x, y, outer, length, inner, <T>highest);
  else reduce<Smallest, T>(x, y, outer, length, inner, <T>(<i32>highest));
}

/** The place of the largest element; the last one where `last` is 1. NaN as in the reference. */
export function argMax<T>(
  x: Pointer<T>,
  y: Pointer<i32>,
  outer: i32,
  length: i32,
  inner: i32,
  last: i32,
): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const column = x.from(o * length * inner + i);
      let best = 0;
      let record = column[0];
      for (let k = 1; k < length; k++) {
        const value = column[k * inner];
        if (value > record || (last == 1 && value == record)) {
          best = k;
          record = value;
        }
      }
      y[o * inner + i] = best;
    }
  }
}

/** The place of the smallest element; the last one where `last` is 1. NaN as in the reference. */
export function argMin<T>(
  x: Pointer<T>,
  y: Pointer<i32>,
  outer: i32,
  length: i32,
  inner: i32,
  last: i32,
): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const column = x.from(o * length * inner + i);
      let best = 0;
      let record = column[0];
      for (let k = 1; k < length; k++) {
        const value = column[k * inner];
        if (value < record || (last == 1 && value == record)) {
          best = k;
          record = value;
        }
      }
      y[o * inner + i] = best;
    }
  }
}

/** Running sums along the middle axis; `exclusive` and `reverse` as in the reference. */
export function cumSum<T>(
  x: Pointer<T>,
  y: Pointer<T>,
  outer: i32,
  length: i32,
  inner: i32,
  exclusive: i32,
  reverse: i32,
): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      let sum = <T>0;
      for (let k = 0; k < length; k++) {
        const at = (o * length + (reverse == 1 ? length - 1 - k : k)) * inner + i;
        const next = <T>(sum + x[at]);
        y[at] = exclusive == 1 ? sum : next;
        sum = next;
      }
    }
  }
}

/** The `k` largest elements (smallest where `largest` is 0) in order and their places; ties and NaN as in the reference. */
export function topK<T>(
  x: Pointer<T>,
  values: Pointer<T>,
  indices: Pointer<i32>,
  outer: i32,
  length: i32,
  inner: i32,
  k: i32,
  largest: i32,
): void {
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const best = values.from(o * k * inner + i);
      const places = indices.from(o * k * inner + i);
      for (let from = 0; from < length; from++) {
        const value = x[(o * length + from) * inner + i];
        let place = from < k ? from : k;
        for (; place > 0; place--) {
          const above = best[(place - 1) * inner];
          if ((largest == 1 ? above >= value : above <= value) || isNaN<T>(above)) break;
          if (place == k) continue;
          best[place * inner] = above;
          places[place * inner] = places[(place - 1) * inner];
        }
        if (place == k) continue;
        best[place * inner] = value;
        places[place * inner] = from;
      }
    }
  }
}
