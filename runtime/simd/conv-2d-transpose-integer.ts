import { loadSome4 } from "./lanes";
import { Pointer } from "./memory";
import { finish, fourSums } from "./product-integer";
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
      // Without dilation places follow each other: no division for each.
      const follow = dilationX == 1 && padLeft >= 0;
      let column = (padLeft + strideX - 1) / strideX - 1;
      let phase = (padLeft + strideX - 1) % strideX;
      for (let ox = 0; ox < outWidth; ox++) {
        let firstX: i32;
        let startX: i32;
        if (follow) {
          if (++phase == strideX) {
            phase = 0;
            column++;
          }
          startX = min(column, inWidth - 1);
          firstX = phase + (column - startX) * strideX;
        } else {
          firstX = firstMeeting(ox + padLeft, kWidth, strideX, dilationX, inWidth);
          startX = (ox + padLeft - firstX * dilationX) / strideX;
        }
        for (let group = 0; group < groups; group++) {
          const from = x.from(group * groupInputs);
          const end = (group + 1) * groupOutputs;
          for (let o = group * groupOutputs; o < end; o += 4) {
            const count = min(4, end - o);
            // Channels beyond the last of a group are the last one again.
            const row1 = min(1, count - 1) * kernelStep;
            const row2 = min(2, count - 1) * kernelStep;
            const row3 = min(3, count - 1) * kernelStep;
            let sums = loadSome4<i32>(bias.at(o), count);
            for (let ky = firstY, iy = startY; ky < kHeight && iy >= 0; ky += stepY, iy -= backY) {
              const row = (b * inHeight + iy) * inWidth;
              for (let kx = firstX, ix = startX; kx < kWidth && ix >= 0; kx += stepX, ix -= backX) {
                const weights = kernel.from(o * kernelStep + (ky * kWidth + kx) * groupInputs);
                const products = fourSums<X, W>(
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
            finish<M, Y>(
              sums, count, multiplier.from(o), shift.from(o), to.from(o), yZero, low, high, rounding,
            );
          }
        }
        to = to.from(outChannels);
      }
    }
  }
}
