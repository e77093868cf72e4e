import { load8, loadSome4 } from "./lanes";
import { Pointer } from "./memory";
import { finish } from "./product-integer";
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
        const firstRow = firstTap(top, dilationY);
        const place = (top + firstRow * dilationY) * inWidth + left + first * dilationX;
        const from = image.from(place * inChannels);
        const w = kernel.from((firstRow * kWidth + first) * outChannels);
        const xLine = dilationY * inWidth * inChannels;
        const xTap = dilationX * inChannels;
        const wLine = kWidth * outChannels;
        const rows = endRow - firstRow;
        const columns = end - first;
        if (each == 1) {
          onePlace<X, W, M, Y>(
            from, w, bias, multiplier, shift, to, outChannels, rows, columns, xLine, xTap, wLine,
            xZero, kernelZero, yZero, low, high, rounding,
          );
          continue;
        }
        memory.copy(sums.at(0), bias.at(0), outChannels * 4);
        for (let ky = 0; ky < rows; ky++) {
          for (let kx = 0; kx < columns; kx++) {
            const tap = from.from(ky * xLine + kx * xTap);
            addEach<X, W>(tap, w.from(ky * wLine + kx * outChannels), sums, inChannels, each, xZero, kernelZero);
          }
        }
        for (let o = 0; o < outChannels; o += 4) {
          const count = min(4, outChannels - o);
          const four = loadSome4<i32>(sums.at(o), count);
          finish<M, Y>(four, count, multiplier.from(o), shift.from(o), to.from(o), yZero, low, high, rounding);
        }
      }
    }
  }
}

/**
 * All channels of one place, `rows` by `columns` taps: eight at a time where numbers less their zero point fit 16 bits, else four.
 * Strides in elements.
 */
function onePlace<X, W, M, Y>(
  x: Pointer<X>,
  w: Pointer<W>,
  bias: Pointer<i32>,
  multiplier: Pointer<M>,
  shift: Pointer<i32>,
  y: Pointer<Y>,
  channels: i32,
  rows: i32,
  columns: i32,
  xLine: i32,
  xTap: i32,
  wLine: i32,
  xZero: i32,
  wZero: i32,
  yZero: i32,
  low: i32,
  high: i32,
  rounding: i32,
): void {
  let c = 0;
  if (sizeof<W>() == 1 && (sizeof<X>() == 1 || (isSigned<X>() && xZero == 0))) {
    for (; c <= channels - 8; c += 8) {
      let sums0 = v128.load(bias.at(c));
      let sums1 = v128.load(bias.at(c + 4));
      for (let ky = 0; ky < rows; ky++) {
        let tap = x.from(ky * xLine + c);
        let weight = w.from(ky * wLine + c);
        for (let kx = 0; kx < columns; kx++) {
          const values = eight<X>(tap.at(0), xZero);
          const weights = eight<W>(weight.at(0), wZero);
          sums0 = i32x4.add(sums0, i32x4.extmul_low_i16x8_s(values, weights));
          sums1 = i32x4.add(sums1, i32x4.extmul_high_i16x8_s(values, weights));
          tap = tap.from(xTap);
          weight = weight.from(channels);
        }
      }
      finish<M, Y>(sums0, 4, multiplier.from(c), shift.from(c), y.from(c), yZero, low, high, rounding);
      finish<M, Y>(sums1, 4, multiplier.from(c + 4), shift.from(c + 4), y.from(c + 4), yZero, low, high, rounding);
    }
  }
  for (; c < channels; c += 4) {
    const count = min(4, channels - c);
    let sums = loadSome4<i32>(bias.at(c), count);
    for (let ky = 0; ky < rows; ky++) {
      let tap = x.from(ky * xLine + c);
      let weight = w.from(ky * wLine + c);
      for (let kx = 0; kx < columns; kx++) {
        const values = i32x4.sub(loadSome4<X>(tap.at(0), count), i32x4.splat(xZero));
        const weights = i32x4.sub(loadSome4<W>(weight.at(0), count), i32x4.splat(wZero));
        sums = i32x4.add(sums, i32x4.mul(values, weights));
        tap = tap.from(xTap);
        weight = weight.from(channels);
      }
    }
    finish<M, Y>(sums, count, multiplier.from(c), shift.from(c), y.from(c), yZero, low, high, rounding);
  }
}

/** Eight elements less their zero point, which fit 16 bits. */
@inline
function eight<T>(from: usize, zero: i32): v128 {
  return i16x8.sub(sizeof<T>() == 1 ? load8<T>(from) : v128.load(from), i16x8.splat(<i16>zero));
}

/** `sums += (x − xZero) · (w − wZero)` with `each` weights and sums to an element of `x`. */
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
