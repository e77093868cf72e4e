import { Pointer } from "./memory";
import { requantize, saturate } from "./requantize";

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
  let at = 0;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++) {
        for (let o = 0; o < outChannels; o++) {
          const firstInput = (o / groupOutputs) * groupInputs;
          let acc = bias[o];
          for (let ky = 0; ky < kHeight; ky++) {
            const iy = oy * strideY + ky * dilationY - padTop;
            if (iy < 0 || inHeight <= iy) continue;
            for (let kx = 0; kx < kWidth; kx++) {
              const ix = ox * strideX + kx * dilationX - padLeft;
              if (ix < 0 || inWidth <= ix) continue;
              const from = x.from(((b * inHeight + iy) * inWidth + ix) * inChannels + firstInput);
              const w = kernel.from(((o * kHeight + ky) * kWidth + kx) * groupInputs);
              for (let i = 0; i < groupInputs; i++)
                acc += (<i32>from[i] - xZero) * (<i32>w[i] - kernelZero);
            }
          }
          const q = requantize<M>(acc, multiplier[o], shift[o], rounding) + yZero;
          y[at++] = <Y>saturate(q, low, high);
        }
      }
    }
  }
}
