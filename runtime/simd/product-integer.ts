import { load4, load8, store4 } from "./lanes";
import { Pointer } from "./memory";
import { limit4, limitHalfEven4, requantize32, Rounding, saturate, scaleOnce4, scaleTwiceEach4 } from "./requantize";

// Products of integers of any types, on weights as they are. What can be packed goes another way (`packed-product.ts`).

/** Requantizes the first `count`, at most four, of int32 lanes: a factor for each. Limits of 8-bit and 16-bit results lie within their types. */
export function finish<M, Y>(
  sums: v128,
  count: i32,
  multiplier: Pointer<M>,
  shift: Pointer<i32>,
  y: Pointer<Y>,
  yZero: i32,
  low: i32,
  high: i32,
  rounding: i32,
): void {
  if (sizeof<Y>() < 4 && count == 4 && rounding != Rounding.exact) {
    const factors = v128.load(multiplier.at(0));
    if (isFloat<M>()) return store4<Y>(y.at(0), limitHalfEven4(sums, factors, yZero, low, high));
    // Factors above 1, and shifts that differ where it is rounded once, are rare.
    const shifts = v128.load(shift.at(0));
    if (rounding == Rounding.fixedTwice) {
      if (!v128.any_true(i32x4.gt_u(i32x4.neg(shifts), i32x4.splat(1022))))
        return store4<Y>(y.at(0), limit4(scaleTwiceEach4(sums, factors, shifts), yZero, low, high));
    } else {
      const right = -shift[0];
      if (<u32>right < 32 && i32x4.all_true(i32x4.eq(shifts, i32x4.splat(-right))))
        return store4<Y>(y.at(0), limit4(scaleOnce4(sums, factors, right), yZero, low, high));
    }
  }
  for (let i = 0; i < count; i++) {
    const acc = i32x4.extract_lane(sums, 0);
    const q = requantize32<M>(acc, multiplier[i], shift[i], rounding) + yZero;
    y[i] = <Y>saturate(q, low, high);
    sums = i32x4.shuffle(sums, sums, 1, 2, 3, 0);
  }
}

/** `Σ (x[i] − xZero) · (w[i] − wZero)` over `count` elements, for four rows `w`: an int32 lane for each. */
export function fourSums<X, W>(
  x: Pointer<X>,
  w0: Pointer<W>,
  w1: Pointer<W>,
  w2: Pointer<W>,
  w3: Pointer<W>,
  count: i32,
  xZero: i32,
  wZero: i32,
): v128 {
  let a = i32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  let i = 0;
  if (sizeof<X>() == 2 && isSigned<X>() && sizeof<W>() == 1 && xZero == 0) {
    // Numbers of 16 bits as they are: two products with weights of 8 bits fit 32.
    for (; i <= count - 8; i += 8) {
      const values = v128.load(x.at(i));
      a = i32x4.add(a, i32x4.dot_i16x8_s(values, i16x8.sub(load8<W>(w0.at(i)), i16x8.splat(<i16>wZero))));
      b = i32x4.add(b, i32x4.dot_i16x8_s(values, i16x8.sub(load8<W>(w1.at(i)), i16x8.splat(<i16>wZero))));
      c = i32x4.add(c, i32x4.dot_i16x8_s(values, i16x8.sub(load8<W>(w2.at(i)), i16x8.splat(<i16>wZero))));
      d = i32x4.add(d, i32x4.dot_i16x8_s(values, i16x8.sub(load8<W>(w3.at(i)), i16x8.splat(<i16>wZero))));
    }
  }
  for (; i <= count - lanes<X, W>(); i += lanes<X, W>()) {
    const values = less<X, W>(loadLanes<X, W, X>(x.at(i)), xZero);
    a = plusProducts<X, W>(a, values, less<X, W>(loadLanes<X, W, W>(w0.at(i)), wZero));
    b = plusProducts<X, W>(b, values, less<X, W>(loadLanes<X, W, W>(w1.at(i)), wZero));
    c = plusProducts<X, W>(c, values, less<X, W>(loadLanes<X, W, W>(w2.at(i)), wZero));
    d = plusProducts<X, W>(d, values, less<X, W>(loadLanes<X, W, W>(w3.at(i)), wZero));
  }
  let sums = sumsOf(a, b, c, d);
  for (; i < count; i++) {
    const column = i32x4.replace_lane(
      i32x4.replace_lane(
        i32x4.replace_lane(i32x4.splat(<i32>w0[i]), 1, <i32>w1[i]), 2, <i32>w2[i],
      ), 3, <i32>w3[i],
    );
    const value = i32x4.splat(<i32>x[i] - xZero);
    sums = i32x4.add(sums, i32x4.mul(value, i32x4.sub(column, i32x4.splat(wZero))));
  }
  return sums;
}

/** The sum of each of four vectors. */
@inline
function sumsOf(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(i32x4.shuffle(a, b, 0, 4, 1, 5), i32x4.shuffle(a, b, 2, 6, 3, 7));
  const cd = i32x4.add(i32x4.shuffle(c, d, 0, 4, 1, 5), i32x4.shuffle(c, d, 2, 6, 3, 7));
  return i32x4.add(i64x2.shuffle(ab, cd, 0, 2), i64x2.shuffle(ab, cd, 1, 3));
}

/** Elements of 8 bits less a zero point fit eight lanes of 16 bits, others four of 32. */
@inline
function lanes<X, W>(): i32 {
  return sizeof<X>() == 1 && sizeof<W>() == 1 ? 8 : 4;
}

@inline
function loadLanes<X, W, T>(from: usize): v128 {
  return lanes<X, W>() == 8 ? load8<T>(from) : load4<T>(from);
}

@inline
function less<X, W>(values: v128, zero: i32): v128 {
  return lanes<X, W>() == 8
    ? i16x8.sub(values, i16x8.splat(<i16>zero))
    : i32x4.sub(values, i32x4.splat(zero));
}

@inline
function plusProducts<X, W>(sum: v128, a: v128, b: v128): v128 {
  return lanes<X, W>() == 8
    ? i32x4.add(sum, i32x4.dot_i16x8_s(a, b))
    : i32x4.add(sum, i32x4.mul(a, b));
}
