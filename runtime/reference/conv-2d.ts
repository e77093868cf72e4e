import { type QuantizedArray, requantize, saturate } from "./requantize.ts";

/**
 * 2-D convolution, channel-last: `y[b, oy, ox, o] = bias[o] + Σ x[b, iy, ix, i] · kernel[o, ky, kx, i]` with
 * `iy = oy · strideY + ky · dilationY − padTop`; places outside the input count as 0.
 *
 * | argument | shape                                          | type    |
 * | -------- | ---------------------------------------------- | ------- |
 * | `x`      | [batch, inHeight, inWidth, inChannels]         | float32 |
 * | `kernel` | [outChannels, kHeight, kWidth, inChannels / groups] | float32 |
 * | `bias`   | [outChannels]                                  | float32 |
 * | `y`      | [batch, outHeight, outWidth, outChannels]      | float32 |
 *
 * One float32 accumulator per output that starts at the bias; multiply, then add, in index order.
 */
export function conv2d(
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
            const iy = oy * strideY + ky * dilationY - padTop;
            if (iy < 0 || inHeight <= iy) continue;
            for (let kx = 0; kx < kWidth; kx++) {
              const ix = ox * strideX + kx * dilationX - padLeft;
              if (ix < 0 || inWidth <= ix) continue;
              const from = ((b * inHeight + iy) * inWidth + ix) * inChannels + firstInput;
              const weights = ((o * kHeight + ky) * kWidth + kx) * groupInputs;
              for (let i = 0; i < groupInputs; i++) {
                acc = Math.fround(acc + Math.fround(x[from + i]! * kernel[weights + i]!));
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
 * Integer 2-D convolution: `y = saturate(requantize(bias + Σ (x − xZero) · (kernel − kernelZero)) + yZero)`,
 * limited to [low, high], which holds the fused activation. Shapes as in `conv2d`; `bias` is int32 in steps of
 * `xScale · kernelScale[o]`; `multiplier` and `shift` have one entry per output channel (see `requantize`).
 * Bit-exact. Padding counts as `xZero`. The caller has proved that the sum fits int32.
 *
 * @source Jacob et al. 2018, "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
 *   Inference", §2.2–2.4 (arXiv:1712.05877).
 */
export function conv2dInteger(
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
            const iy = oy * strideY + ky * dilationY - padTop;
            if (iy < 0 || inHeight <= iy) continue;
            for (let kx = 0; kx < kWidth; kx++) {
              const ix = ox * strideX + kx * dilationX - padLeft;
              if (ix < 0 || inWidth <= ix) continue;
              const from = ((b * inHeight + iy) * inWidth + ix) * inChannels + firstInput;
              const weights = ((o * kHeight + ky) * kWidth + kx) * groupInputs;
              for (let i = 0; i < groupInputs; i++) {
                acc += (x[from + i]! - xZero) * (kernel[weights + i]! - kernelZero);
              }
            }
          }
          y[at++] = saturate(
            requantize(acc, multiplier[o]!, shift[o]!, rounding) + yZero,
            low,
            high,
          );
        }
      }
    }
  }
}
