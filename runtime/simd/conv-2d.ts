import { loadSome4 } from "./lanes";
import { Pointer } from "./memory";
import { finish, fourSums } from "./product-integer";
import { endTap, firstTap } from "./window";

/** Integer convolution with weights as they are: see the reference. What can be packed comes as `conv2dPackedInteger`. */
export function conv2dInteger<X, W, M, Y>(
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
  let to = y;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      const top = oy * strideY - padTop;
      const firstY = firstTap(top, dilationY);
      const endY = endTap(top, dilationY, kHeight, inHeight);
      for (let ox = 0; ox < outWidth; ox++, to = to.from(outChannels)) {
        const left = ox * strideX - padLeft;
        const firstX = firstTap(left, dilationX);
        const endX = endTap(left, dilationX, kWidth, inWidth);
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
            for (let ky = firstY; ky < endY; ky++) {
              const row = (b * inHeight + top + ky * dilationY) * inWidth + left;
              for (let kx = firstX; kx < endX; kx++) {
                const weights = kernel.from(o * kernelStep + (ky * kWidth + kx) * groupInputs);
                const products = fourSums<X, W>(
                  from.from((row + kx * dilationX) * inChannels),
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
      }
    }
  }
}
