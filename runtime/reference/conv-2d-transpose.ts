import { type QuantizedArray, requantize, saturate } from "./requantize.ts";

/**
 * Transposed 2-D convolution, channel-last: every input element adds its multiple of the kernel to the output.
 * Written from the output's side: `y[b, oy, ox, o] = bias[o] + Σ x[b, iy, ix, i] · kernel[o, ky, kx, i]` over those
 * `ky`, `kx` for which `iy · strideY = oy + padTop − ky · dilationY` has a solution inside the input, and `ix` alike.
 *
 * | argument | shape                                          | type    |
 * | -------- | ---------------------------------------------- | ------- |
 * | `x`      | [batch, inHeight, inWidth, inChannels]         | float32 |
 * | `kernel` | [outChannels, kHeight, kWidth, inChannels / groups] | float32 |
 * | `bias`   | [outChannels]                                  | float32 |
 * | `y`      | [batch, outHeight, outWidth, outChannels]      | float32 |
 *
 * One float32 accumulator per output that starts at the bias; multiply, then add, in index order of the kernel.
 */
export function conv2dTranspose(
  x: Float32Array,
  kernel: Float32Array,
  bias: Float32Array,
  y: Float32Array,
  batch: number,
  inHeight: number,
  inWidth: number,
  inChannels: number,
  outHeight: number,
  outWidth: number,
  outChannels: number,
  kHeight: number,
  kWidth: number,
  strideY: number,
  strideX: number,
  dilationY: number,
  dilationX: number,
  padTop: number,
  padLeft: number,
  groups: number,
): void {
  const groupInputs = inChannels / groups;
  const groupOutputs = outChannels / groups;
  let at = 0;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++) {
        for (let o = 0; o < outChannels; o++) {
          const firstInput = Math.floor(o / groupOutputs) * groupInputs;
          let acc = bias[o]!;
          for (let ky = 0; ky < kHeight; ky++) {
            const iy = (oy + padTop - ky * dilationY) / strideY;
            if (iy < 0 || inHeight <= iy || Math.floor(iy) !== iy) continue;
            for (let kx = 0; kx < kWidth; kx++) {
              const ix = (ox + padLeft - kx * dilationX) / strideX;
              if (ix < 0 || inWidth <= ix || Math.floor(ix) !== ix) continue;
              const from = ((b * inHeight + iy) * inWidth + ix) * inChannels + firstInput;
              const w = ((o * kHeight + ky) * kWidth + kx) * groupInputs;
              for (let i = 0; i < groupInputs; i++) {
                acc = Math.fround(acc + Math.fround(x[from + i]! * kernel[w + i]!));
              }
            }
          }
          y[at++] = acc;
        }
      }
    }
  }
}

/**
 * Integer transposed convolution: sums as in `conv2dTranspose`, requantized and limited as in `conv2dInteger`,
 * whose arguments these are. Bit-exact. The caller has proved that the sums fit int32.
 *
 * @source Jacob et al. 2018, §2.2–2.4 (arXiv:1712.05877).
 */
export function conv2dTransposeInteger(
  x: QuantizedArray,
  kernel: QuantizedArray,
  bias: Int32Array,
  multiplier: Float32Array | Int32Array,
  shift: Int32Array,
  y: QuantizedArray,
  batch: number,
  inHeight: number,
  inWidth: number,
  inChannels: number,
  outHeight: number,
  outWidth: number,
  outChannels: number,
  kHeight: number,
  kWidth: number,
  strideY: number,
  strideX: number,
  dilationY: number,
  dilationX: number,
  padTop: number,
  padLeft: number,
  groups: number,
  xZero: number,
  kernelZero: number,
  yZero: number,
  low: number,
  high: number,
  rounding: number,
): void {
  const groupInputs = inChannels / groups;
  const groupOutputs = outChannels / groups;
  let at = 0;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++) {
        for (let o = 0; o < outChannels; o++) {
          const firstInput = Math.floor(o / groupOutputs) * groupInputs;
          let acc = bias[o]!;
          for (let ky = 0; ky < kHeight; ky++) {
            const iy = (oy + padTop - ky * dilationY) / strideY;
            if (iy < 0 || inHeight <= iy || Math.floor(iy) !== iy) continue;
            for (let kx = 0; kx < kWidth; kx++) {
              const ix = (ox + padLeft - kx * dilationX) / strideX;
              if (ix < 0 || inWidth <= ix || Math.floor(ix) !== ix) continue;
              const from = ((b * inHeight + iy) * inWidth + ix) * inChannels + firstInput;
              const w = ((o * kHeight + ky) * kWidth + kx) * groupInputs;
              for (let i = 0; i < groupInputs; i++) {
                acc = (acc + Math.imul(x[from + i]! - xZero, kernel[w + i]! - kernelZero)) | 0;
              }
            }
          }
          const q = requantize(acc, multiplier[o]!, shift[o]!, rounding) + yZero;
          y[at++] = saturate(q, low, high);
        }
      }
    }
  }
}
