import { Pointer } from "./memory";
import { accumulate } from "./product-float";
import { endTap, firstTap } from "./window";

/**
 * See the reference. Where each input channel has one output channel, four channels are in the lanes and four places of a
 * line share the weights that they read; at the borders each place has its own range of taps.
 */
export function depthwiseConv2d(
  x: Pointer<f32>,
  kernel: Pointer<f32>,
  bias: Pointer<f32>,
  y: Pointer<f32>,
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
): void {
  const each = inChannels == 0 ? 1 : outChannels / inChannels;
  const step = strideX * inChannels;
  // The places of a line at which the window is inside of the input: [inside, outside).
  const inside = min(ceilingOf(padLeft, strideX), outWidth);
  const room = inWidth - 1 + padLeft - (kWidth - 1) * dilationX;
  const outside = room < 0 ? inside : max(inside, min(room / strideX + 1, outWidth));
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      const top = oy * strideY - padTop;
      const ky0 = firstTap(top, dilationY);
      const ky1 = max(ky0, endTap(top, dilationY, kHeight, inHeight));
      const line = b * inHeight + top + ky0 * dilationY;
      for (let ox = 0; ox < outWidth;) {
        const left = ox * strideX - padLeft;
        const to = ((b * outHeight + oy) * outWidth + ox) * outChannels;
        if (each == 1 && ox >= inside && ox + 4 <= outside) {
          fourPlaces(
            x.at((line * inWidth + left) * inChannels),
            kernel.at(ky0 * kWidth * outChannels),
            bias.at(0),
            y.at(to),
            inChannels,
            ky1 - ky0,
            kWidth,
            <usize>(dilationY * inWidth * inChannels) << 2,
            <usize>(dilationX * inChannels) << 2,
            <usize>step << 2,
          );
          ox += 4;
          continue;
        }
        const kx0 = firstTap(left, dilationX);
        const kx1 = max(kx0, endTap(left, dilationX, kWidth, inWidth));
        const from = (line * inWidth + left + kx0 * dilationX) * inChannels;
        const w = (ky0 * kWidth + kx0) * outChannels;
        if (each == 1)
          onePlace(
            x.at(from),
            kernel.at(w),
            bias.at(0),
            y.at(to),
            inChannels,
            ky1 - ky0,
            kx1 - kx0,
            <usize>(dilationY * inWidth * inChannels) << 2,
            <usize>(dilationX * inChannels) << 2,
            <usize>(kWidth * outChannels) << 2,
          );
        else
          severalOfEach(
            x.at(from),
            kernel.at(w),
            bias.at(0),
            y.at(to),
            inChannels,
            each,
            ky1 - ky0,
            kx1 - kx0,
            <usize>(dilationY * inWidth * inChannels) << 2,
            <usize>(dilationX * inChannels) << 2,
            <usize>(kWidth * outChannels) << 2,
          );
        ox++;
      }
    }
  }
}

/** ⌈a / b⌉, where `b` is positive and `a` is not negative. */
@inline
function ceilingOf(a: i32, b: i32): i32 {
  return (max(a, 0) + b - 1) / b;
}

/** Four places side by side, all taps of a line inside. Strides in bytes. */
function fourPlaces(
  x: usize,
  kernel: usize,
  bias: usize,
  y: usize,
  channels: i32,
  kHeight: i32,
  kWidth: i32,
  xLine: usize,
  xTap: usize,
  step: usize,
): void {
  const row = <usize>channels << 2;
  let c: usize = 0;
  for (const end = row & ~31; c < end; c += 32) {
    let a0 = v128.load(bias + c), b0 = a0, c0 = a0, d0 = a0;
    let a1 = v128.load(bias + c, 16), b1 = a1, c1 = a1, d1 = a1;
    let w = kernel + c;
    let line = x + c;
    for (let ky = 0; ky < kHeight; ky++, line += xLine) {
      let from = line;
      for (let kx = 0; kx < kWidth; kx++, from += xTap, w += row) {
        const w0 = v128.load(w), w1 = v128.load(w, 16);
        a0 = accumulate(a0, v128.load(from), w0);
        a1 = accumulate(a1, v128.load(from, 16), w1);
        b0 = accumulate(b0, v128.load(from + step), w0);
        b1 = accumulate(b1, v128.load(from + step, 16), w1);
        c0 = accumulate(c0, v128.load(from + 2 * step), w0);
        c1 = accumulate(c1, v128.load(from + 2 * step, 16), w1);
        d0 = accumulate(d0, v128.load(from + 3 * step), w0);
        d1 = accumulate(d1, v128.load(from + 3 * step, 16), w1);
      }
    }
    v128.store(y + c, a0);
    v128.store(y + c, a1, 16);
    v128.store(y + row + c, b0);
    v128.store(y + row + c, b1, 16);
    v128.store(y + 2 * row + c, c0);
    v128.store(y + 2 * row + c, c1, 16);
    v128.store(y + 3 * row + c, d0);
    v128.store(y + 3 * row + c, d1, 16);
  }
  if (c == row) return;
  for (let place: usize = 0; place < 4; place++)
    restOfPlace(x + place * step, kernel, bias, y + place * row, c, row, kHeight, kWidth, xLine, xTap, row * kWidth);
}

/** All channels of one place, over its own taps. */
function onePlace(
  x: usize,
  kernel: usize,
  bias: usize,
  y: usize,
  channels: i32,
  kHeight: i32,
  kWidth: i32,
  xLine: usize,
  xTap: usize,
  wLine: usize,
): void {
  const row = <usize>channels << 2;
  let c: usize = 0;
  for (const end = row & ~63; c < end; c += 64) {
    let s0 = v128.load(bias + c), s1 = v128.load(bias + c, 16);
    let s2 = v128.load(bias + c, 32), s3 = v128.load(bias + c, 48);
    let lineOfW = kernel + c;
    let line = x + c;
    for (let ky = 0; ky < kHeight; ky++, line += xLine, lineOfW += wLine) {
      let from = line;
      let w = lineOfW;
      for (let kx = 0; kx < kWidth; kx++, from += xTap, w += row) {
        s0 = accumulate(s0, v128.load(from), v128.load(w));
        s1 = accumulate(s1, v128.load(from, 16), v128.load(w, 16));
        s2 = accumulate(s2, v128.load(from, 32), v128.load(w, 32));
        s3 = accumulate(s3, v128.load(from, 48), v128.load(w, 48));
      }
    }
    v128.store(y + c, s0);
    v128.store(y + c, s1, 16);
    v128.store(y + c, s2, 32);
    v128.store(y + c, s3, 48);
  }
  for (const end = row & ~31; c < end; c += 32) {
    let low = v128.load(bias + c), high = v128.load(bias + c, 16);
    let lineOfW = kernel + c;
    let line = x + c;
    for (let ky = 0; ky < kHeight; ky++, line += xLine, lineOfW += wLine) {
      let from = line;
      let w = lineOfW;
      for (let kx = 0; kx < kWidth; kx++, from += xTap, w += row) {
        low = accumulate(low, v128.load(from), v128.load(w));
        high = accumulate(high, v128.load(from, 16), v128.load(w, 16));
      }
    }
    v128.store(y + c, low);
    v128.store(y + c, high, 16);
  }
  if (c < row) restOfPlace(x, kernel, bias, y, c, row, kHeight, kWidth, xLine, xTap, wLine);
}

/** The channels of a place from byte `c` on: four, then one at a time. */
function restOfPlace(
  x: usize,
  kernel: usize,
  bias: usize,
  y: usize,
  c: usize,
  row: usize,
  kHeight: i32,
  kWidth: i32,
  xLine: usize,
  xTap: usize,
  wLine: usize,
): void {
  for (; c + 16 <= row; c += 16) {
    let sum = v128.load(bias + c);
    for (let ky: usize = 0; ky < <usize>kHeight; ky++) {
      let from = x + c + ky * xLine, w = kernel + c + ky * wLine;
      for (let kx = 0; kx < kWidth; kx++, from += xTap, w += row) sum = accumulate(sum, v128.load(from), v128.load(w));
    }
    v128.store(y + c, sum);
  }
  for (; c < row; c += 4) {
    let sum = load<f32>(bias + c);
    for (let ky: usize = 0; ky < <usize>kHeight; ky++) {
      let from = x + c + ky * xLine, w = kernel + c + ky * wLine;
      for (let kx = 0; kx < kWidth; kx++, from += xTap, w += row) sum += load<f32>(from) * load<f32>(w);
    }
    store<f32>(y + c, sum);
  }
}

/** One place where each input channel has several output channels: four of them in the lanes, then one at a time. */
function severalOfEach(
  x: usize,
  kernel: usize,
  bias: usize,
  y: usize,
  inChannels: i32,
  each: i32,
  kHeight: i32,
  kWidth: i32,
  xLine: usize,
  xTap: usize,
  wLine: usize,
): void {
  const row = <usize>(inChannels * each) << 2;
  for (let i = 0, o: usize = 0; i < inChannels; i++, x += 4) {
    let m = each;
    for (; m >= 4; m -= 4, o += 16) {
      let sum = v128.load(bias + o);
      for (let ky: usize = 0; ky < <usize>kHeight; ky++) {
        let from = x + ky * xLine, w = kernel + o + ky * wLine;
        for (let kx = 0; kx < kWidth; kx++, from += xTap, w += row)
          sum = accumulate(sum, v128.load32_splat(from), v128.load(w));
      }
      v128.store(y + o, sum);
    }
    for (; m > 0; m--, o += 4) {
      let sum = load<f32>(bias + o);
      for (let ky: usize = 0; ky < <usize>kHeight; ky++) {
        let from = x + ky * xLine, w = kernel + o + ky * wLine;
        for (let kx = 0; kx < kWidth; kx++, from += xTap, w += row) sum += load<f32>(from) * load<f32>(w);
      }
      store<f32>(y + o, sum);
    }
  }
}
