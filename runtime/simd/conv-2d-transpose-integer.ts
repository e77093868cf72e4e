import { load4, load8 } from "./lanes";
import { Pointer } from "./memory";
import { requantize, saturate } from "./requantize";
import { firstMeeting, meetingStep } from "./window";

/**
 * As in the reference, for integers of any types. Lanes are input channels, of four output channels at a time; which rows
 * and columns of the kernel meet the input is found once for each place.
 */
export function conv2dTransposeInteger<X, W, M, Y>(
  x: Pointer<X>,
  kernel: Pointer<W>,
  bias: Pointer<i32>,
  multiplier: Pointer<M>,
  shift: Pointer<i32>,
  y: Pointer<Y>,
  batch: i32,
  inHeight: i32,
  inWidth: i32,
  inChannels: i32,
  outHeight: i32,
  outWidth: i32,
  outChannels: i32,
  kHeight: i32,
  kWidth: i32,
  strideY: i32,
  strideX: i32,
  dilationY: i32,
  dilationX: i32,
  padTop: i32,
  padLeft: i32,
  groups: i32,
  xZero: i32,
  kernelZero: i32,
  yZero: i32,
  low: i32,
  high: i32,
  rounding: i32,
): void {
  const groupInputs = inChannels / groups;
  const groupOutputs = outChannels / groups;
  const kernelStep = kHeight * kWidth * groupInputs;
  const stepY = meetingStep(strideY, dilationY);
  const stepX = meetingStep(strideX, dilationX);
  const backY = (stepY * dilationY) / strideY;
  const backX = (stepX * dilationX) / strideX;
  let to = y;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      const firstY = firstMeeting(oy + padTop, kHeight, strideY, dilationY, inHeight);
      const startY = (oy + padTop - firstY * dilationY) / strideY;
      for (let ox = 0; ox < outWidth; ox++) {
        const firstX = firstMeeting(ox + padLeft, kWidth, strideX, dilationX, inWidth);
        const startX = (ox + padLeft - firstX * dilationX) / strideX;
        for (let group = 0, o = 0; group < groups; group++) {
          const from = x.from(group * groupInputs);
          for (const last = (group + 1) * groupOutputs - 1; o <= last; ) {
            // Channels beyond the last of a group are the last one again.
            const row1 = min(1, last - o) * kernelStep;
            const row2 = min(2, last - o) * kernelStep;
            const row3 = min(3, last - o) * kernelStep;
            let sums = i32x4.splat(0);
            for (let ky = firstY, iy = startY; ky < kHeight && iy >= 0; ky += stepY, iy -= backY) {
              const row = (b * inHeight + iy) * inWidth;
              for (let kx = firstX, ix = startX; kx < kWidth && ix >= 0; kx += stepX, ix -= backX) {
                const weights = kernel.from(o * kernelStep + (ky * kWidth + kx) * groupInputs);
                const products = fourProducts<X, W>(
                  from.from((row + ix) * inChannels),
                  weights,
                  weights.from(row1),
                  weights.from(row2),
                  weights.from(row3),
                  groupInputs,
                  xZero,
                  kernelZero,
                );
                sums = i32x4.add(sums, products);
              }
            }
            for (const end = min(o + 4, last + 1); o < end; o++, to = to.from(1)) {
              const acc = i32x4.extract_lane(sums, 0) + bias[o];
              const q = requantize<M>(acc, multiplier[o], shift[o], rounding) + yZero;
              to[0] = <Y>saturate(q, low, high);
              sums = i32x4.shuffle(sums, sums, 1, 2, 3, 0);
            }
          }
        }
      }
    }
  }
}

/** `Σ (x[i] − xZero) · (w[i] − wZero)` over `count` elements, for four rows `w`. */
function fourProducts<X, W>(
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
