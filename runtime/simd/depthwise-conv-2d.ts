import { loadSome4 } from "./lanes";
import { Pointer } from "./memory";
import { requantize, saturate } from "./requantize";
import { endTap, firstTap } from "./window";

/**
 * See the reference. For layers that are not packed (`packed-depthwise.ts`): 16 bits, weights that are not constant, several
 * output channels to an input channel.
 */
export function depthwiseConv2dInteger<X, W, M, Y>(
  x: Pointer<X>,
  kernel: Pointer<W>,
  bias: Pointer<i32>,
  multiplier: Pointer<M>,
  shift: Pointer<i32>,
  sums: Pointer<i32>,
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
  xZero: i32,
  kernelZero: i32,
  yZero: i32,
  low: i32,
  high: i32,
  rounding: i32,
): void {
  const each = outChannels / inChannels;
  let to = y;
  for (let b = 0; b < batch; b++) {
    const image = x.from(b * inHeight * inWidth * inChannels);
    for (let oy = 0; oy < outHeight; oy++) {
      const top = oy * strideY - padTop;
      const endRow = endTap(top, dilationY, kHeight, inHeight);
      for (let ox = 0; ox < outWidth; ox++, to = to.from(outChannels)) {
        const left = ox * strideX - padLeft;
        const first = firstTap(left, dilationX);
        const end = endTap(left, dilationX, kWidth, inWidth);
        memory.copy(sums.at(0), bias.at(0), outChannels * 4);
        for (let ky = firstTap(top, dilationY); ky < endRow; ky++) {
          for (let kx = first; kx < end; kx++) {
            const place = (top + ky * dilationY) * inWidth + left + kx * dilationX;
            const from = image.from(place * inChannels);
            const w = kernel.from((ky * kWidth + kx) * outChannels);
            if (each == 1) addProducts<X, W>(from, w, sums, outChannels, xZero, kernelZero);
            else addEach<X, W>(from, w, sums, inChannels, each, xZero, kernelZero);
          }
        }
        for (let o = 0; o < outChannels; o++) {
          const q = requantize<M>(sums[o], multiplier[o], shift[o], rounding) + yZero;
          to[o] = <Y>saturate(q, low, high);
        }
      }
    }
  }
}

/** `sums += (x − xZero) · (w − wZero)`. */
function addProducts<X, W>(
  x: Pointer<X>,
  w: Pointer<W>,
  sums: Pointer<i32>,
  channels: i32,
  xZero: i32,
  wZero: i32,
): void {
  let c = 0;
  for (; c <= channels - 4; c += 4) {
    const value = i32x4.sub(loadSome4<X>(x.at(c), 4), i32x4.splat(xZero));
    const weight = i32x4.sub(loadSome4<W>(w.at(c), 4), i32x4.splat(wZero));
    v128.store(sums.at(c), i32x4.add(v128.load(sums.at(c)), i32x4.mul(value, weight)));
  }
  for (; c < channels; c++) sums[c] = sums[c] + (<i32>x[c] - xZero) * (<i32>w[c] - wZero);
}

/** The same with `each` weights and sums to an element of `x`. */
function addEach<X, W>(
  x: Pointer<X>,
  w: Pointer<W>,
  sums: Pointer<i32>,
  channels: i32,
  each: i32,
  xZero: i32,
  wZero: i32,
): void {
  let o = 0;
  for (let i = 0; i < channels; i++) {
    const value = <i32>x[i] - xZero;
    for (let end = o + each; o < end; o++) sums[o] = sums[o] + value * (<i32>w[o] - wZero);
  }
}
