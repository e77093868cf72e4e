import { loadSome4, storeSome4 } from "./lanes";
import { Pointer } from "./memory";
import { accumulate, accumulateRun, storeFirst } from "./product-float";
import { firstMeeting, meetingStep } from "./window";

/** See the reference. */
export function conv2dTranspose(
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
  groups: i32,
): void {
  const groupInputs = inChannels / groups;
  const groupOutputs = outChannels / groups;
  const kernelStep = kHeight * kWidth * groupInputs;
  const stepY = meetingStep(strideY, dilationY);
  const stepX = meetingStep(strideX, dilationX);
  const backY = (stepY * dilationY) / strideY;
  const backX = (stepX * dilationX) / strideX;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      const firstY = firstMeeting(oy + padTop, kHeight, strideY, dilationY, inHeight);
      const startY = (oy + padTop - firstY * dilationY) / strideY;
      for (let ox = 0; ox < outWidth; ox++) {
        const firstX = firstMeeting(ox + padLeft, kWidth, strideX, dilationX, inWidth);
        const startX = (ox + padLeft - firstX * dilationX) / strideX;
        const to = ((b * outHeight + oy) * outWidth + ox) * outChannels;
        for (let g = 0; g < groups; g++) {
          const end = (g + 1) * groupOutputs;
          for (let o = g * groupOutputs; o < end; o += 4) {
            const count = min(end - o, 4);
            let sum = loadSome4<f32>(bias.at(o), count);
            for (let ky = firstY, iy = startY; ky < kHeight && iy >= 0; ky += stepY, iy -= backY) {
              for (let kx = firstX, ix = startX; kx < kWidth && ix >= 0; kx += stepX, ix -= backX) {
                const w = o * kernelStep + (ky * kWidth + kx) * groupInputs;
                sum = accumulateRun(
                  sum,
                  x.at(((b * inHeight + iy) * inWidth + ix) * inChannels + g * groupInputs),
                  kernel.at(w),
                  kernel.at(w + min(1, count - 1) * kernelStep),
                  kernel.at(w + min(2, count - 1) * kernelStep),
                  kernel.at(w + min(3, count - 1) * kernelStep),
                  groupInputs,
                );
              }
            }
            storeSome4<f32>(y.at(to + o), sum, count);
          }
        }
      }
    }
  }
}

/** `conv2dTranspose` on weights packed as for `conv2dPacked`; sixteen channels at a time. */
export function conv2dTransposePacked(
  x: Pointer<f32>,
  packed: Pointer<f32>,
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
  groups: i32,
): void {
  const groupInputs = inChannels / groups;
  const groupOutputs = outChannels / groups;
  const blockBytes = (<usize>(kHeight * kWidth * groupInputs) + 1) << 5;
  const groupBytes = <usize>((groupOutputs + 7) >> 3) * blockBytes;
  const stepY = meetingStep(strideY, dilationY);
  const stepX = meetingStep(strideX, dilationX);
  const backY = (stepY * dilationY) / strideY;
  const backX = (stepX * dilationX) / strideX;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      const firstY = firstMeeting(oy + padTop, kHeight, strideY, dilationY, inHeight);
      const startY = (oy + padTop - firstY * dilationY) / strideY;
      for (let ox = 0; ox < outWidth; ox++) {
        const firstX = firstMeeting(ox + padLeft, kWidth, strideX, dilationX, inWidth);
        const startX = (ox + padLeft - firstX * dilationX) / strideX;
        for (let g = 0; g < groups; g++) {
          const to = ((b * outHeight + oy) * outWidth + ox) * outChannels + g * groupOutputs;
          for (let o = 0; o < groupOutputs; o += 16) {
            const first = packed.at(0) + <usize>g * groupBytes + <usize>(o >> 3) * blockBytes;
            // Where there is no second block, the first one is summed again.
            const second = o + 8 < groupOutputs ? first + blockBytes : first;
            let a0 = v128.load(first), a1 = v128.load(first, 16);
            let b0 = v128.load(second), b1 = v128.load(second, 16);
            for (let ky = firstY, iy = startY; ky < kHeight && iy >= 0; ky += stepY, iy -= backY) {
              for (let kx = firstX, ix = startX; kx < kWidth && ix >= 0; kx += stepX, ix -= backX) {
                const place = (<usize>((ky * kWidth + kx) * groupInputs) + 1) << 5;
                let w0 = first + place, w1 = second + place;
                let from = x.at(((b * inHeight + iy) * inWidth + ix) * inChannels + g * groupInputs);
                for (const end = from + (<usize>groupInputs << 2); from < end; from += 4) {
                  const value = v128.load32_splat(from);
                  a0 = accumulate(a0, value, v128.load(w0));
                  a1 = accumulate(a1, value, v128.load(w0, 16));
                  b0 = accumulate(b0, value, v128.load(w1));
                  b1 = accumulate(b1, value, v128.load(w1, 16));
                  w0 += 32;
                  w1 += 32;
                }
              }
            }
            storeFirst(y.at(to + o), a0, a1, groupOutputs - o);
            if (o + 8 < groupOutputs) storeFirst(y.at(to + o + 8), b0, b1, groupOutputs - o - 8);
          }
        }
      }
    }
  }
}
