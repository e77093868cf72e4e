import { copyRun, fillRun } from "./copy";
import { loadSome4, storeSome4 } from "./lanes";
import { Pointer } from "./memory";
import { accumulateRun, packedProduct } from "./product-float";
import { endTap, firstTap } from "./window";

/** See the reference. For weights that are not known ahead, or that times the zeros of a padding are not 0. */
export function conv2d(
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
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++) {
        const to = ((b * outHeight + oy) * outWidth + ox) * outChannels;
        for (let g = 0; g < groups; g++) {
          const end = (g + 1) * groupOutputs;
          for (let o = g * groupOutputs; o < end; o += 4) {
            const count = min(end - o, 4);
            let sum = loadSome4<f32>(bias.at(o), count);
            for (let ky = 0; ky < kHeight; ky++) {
              const iy = oy * strideY + ky * dilationY - padTop;
              if (iy < 0 || inHeight <= iy) continue;
              for (let kx = 0; kx < kWidth; kx++) {
                const ix = ox * strideX + kx * dilationX - padLeft;
                if (ix < 0 || inWidth <= ix) continue;
                const from = ((b * inHeight + iy) * inWidth + ix) * inChannels + g * groupInputs;
                const w = o * kernelStep + (ky * kWidth + kx) * groupInputs;
                sum = accumulateRun(
                  sum,
                  x.at(from),
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

/**
 * `conv2d` on packed weights and biases, `[groups]` times the layout of `packedProduct`, its inner index over
 * [kHeight, kWidth, inChannels / groups]. `panel` has room for the inputs of `panelRows` outputs. The padding takes part
 * in the sums as 0: the same as the reference where weights are finite and no bias is −0, or where there is no padding.
 */
export function conv2dPacked(
  x: Pointer<f32>,
  packed: Pointer<f32>,
  panel: Pointer<f32>,
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
  panelRows: i32,
): void {
  const groupInputs = inChannels / groups;
  const groupOutputs = outChannels / groups;
  const inner = kHeight * kWidth * groupInputs;
  const groupWeights = ((groupOutputs + 7) >> 3) * (inner + 1) << 3;
  const rows = batch * outHeight * outWidth;
  const run = kWidth * groupInputs;
  const lineStep = dilationY * inWidth * inChannels;
  for (let g = 0; g < groups; g++) {
    const w = packed.at(g * groupWeights);
    for (let first = 0; first < rows; first += panelRows) {
      const last = min(first + panelRows, rows);
      let to = panel;
      let ox = first % outWidth;
      let oy = (first / outWidth) % outHeight;
      let b = first / (outWidth * outHeight);
      for (let row = first; row < last; row++) {
        const top = oy * strideY - padTop;
        const left = ox * strideX - padLeft;
        const ky0 = min(firstTap(top, dilationY), kHeight);
        const ky1 = max(ky0, endTap(top, dilationY, kHeight, inHeight));
        const from = x.from((b * inHeight + top) * inWidth * inChannels);
        fillRun<f32>(0, to, ky0 * run);
        to = to.from(ky0 * run);
        if (dilationX == 1 && groups == 1 && left >= 0 && left + kWidth <= inWidth) {
          const first = from.from(ky0 * lineStep + left * inChannels);
          to = copyLines(first, lineStep, to, run, ky1 - ky0);
        } else {
          for (let ky = ky0; ky < ky1; ky++) {
            const line = from.from(ky * lineStep + g * groupInputs);
            for (let kx = 0; kx < kWidth; kx++) {
              const ix = left + kx * dilationX;
              if (ix < 0 || inWidth <= ix) fillRun<f32>(0, to, groupInputs);
              else copyRun<f32>(line.from(ix * inChannels), to, groupInputs);
              to = to.from(groupInputs);
            }
          }
        }
        fillRun<f32>(0, to, (kHeight - ky1) * run);
        to = to.from((kHeight - ky1) * run);
        if (++ox == outWidth) {
          ox = 0;
          if (++oy == outHeight) {
            oy = 0;
            b++;
          }
        }
      }
      packedProduct(
        panel.at(0),
        inner << 2,
        w,
        y.at(first * outChannels + g * groupOutputs),
        outChannels << 2,
        last - first,
        inner,
        groupOutputs,
      );
    }
  }
}

/** Copies `count` runs that are `step` elements apart, one behind the other. Gives their end. */
function copyLines(from: Pointer<f32>, step: i32, to: Pointer<f32>, run: i32, count: i32): Pointer<f32> {
  for (let i = 0; i < count; i++) {
    copyRun<f32>(from, to, run);
    from = from.from(step);
    to = to.from(run);
  }
  return to;
}
