import { type QuantizedArray, requantize, saturate } from "./requantize.ts";

/**
 * Depthwise 2-D convolution, channel-last: output channel `o` sees only input channel `⌊o / m⌋`, with `m` output
 * channels to each input channel: `y[b, oy, ox, o] = bias[o] + Σ x[b, iy, ix, ⌊o/m⌋] · kernel[0, ky, kx, o]`, `iy` and
 * `ix` as in `conv2d`.
 *
 * | argument | shape                                    | type    |
 * | -------- | ---------------------------------------- | ------- |
 * | `x`      | [batch, inHeight, inWidth, inChannels]   | float32 |
 * | `kernel` | [1, kHeight, kWidth, outChannels]        | float32 |
 * | `bias`   | [outChannels]                            | float32 |
 * | `y`      | [batch, outHeight, outWidth, outChannels] | float32 |
 *
 * One float32 accumulator per output, which is `y` itself, that starts at the bias.
 */
export function depthwiseConv2d(
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
): void {
  const each = outChannels / inChannels;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++) {
        const to = ((b * outHeight + oy) * outWidth + ox) * outChannels;
        for (let o = 0; o < outChannels; o++) y[to + o] = bias[o]!;
        for (let ky = 0; ky < kHeight; ky++) {
          const iy = oy * strideY + ky * dilationY - padTop;
          if (iy < 0 || inHeight <= iy) continue;
          for (let kx = 0; kx < kWidth; kx++) {
            const ix = ox * strideX + kx * dilationX - padLeft;
            if (ix < 0 || inWidth <= ix) continue;
            const from = ((b * inHeight + iy) * inWidth + ix) * inChannels;
            const w = (ky * kWidth + kx) * outChannels;
            if (each === 1) {
              for (let o = 0; o < outChannels; o++) {
                y[to + o] = y[to + o]! + Math.fround(x[from + o]! * kernel[w + o]!);
              }
              continue;
            }
            let o = 0;
            for (let i = 0; i < inChannels; i++) {
              const value = x[from + i]!;
              for (let m = 0; m < each; m++, o++) {
                y[to + o] = y[to + o]! + Math.fround(value * kernel[w + o]!);
              }
            }
          }
        }
      }
    }
  }
}

/**
 * Integer depthwise convolution: `y = saturate(requantize(bias + Σ (x − xZero) · (kernel − kernelZero)) + yZero)`,
 * limited to [low, high], which holds the fused activation. Shapes as in `depthwiseConv2d`; `sums` has room for
 * `outChannels` accumulators; `bias`, `multiplier` and `shift` as in `conv2dInteger`. Bit-exact. Padding counts as
 * `xZero`. The caller has proved that the sums fit int32.
 *
 * @source Jacob et al. 2018, §2.2–2.4 (arXiv:1712.05877).
 */
export function depthwiseConv2dInteger(
  x: QuantizedArray,
  kernel: QuantizedArray,
  bias: Int32Array,
  multiplier: Float32Array | Int32Array,
  shift: Int32Array,
  sums: Int32Array,
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
  xZero: number,
  kernelZero: number,
  yZero: number,
  low: number,
  high: number,
  rounding: number,
): void {
  const each = outChannels / inChannels;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++) {
        const to = ((b * outHeight + oy) * outWidth + ox) * outChannels;
        for (let o = 0; o < outChannels; o++) sums[o] = bias[o]!;
        for (let ky = 0; ky < kHeight; ky++) {
          const iy = oy * strideY + ky * dilationY - padTop;
          if (iy < 0 || inHeight <= iy) continue;
          for (let kx = 0; kx < kWidth; kx++) {
            const ix = ox * strideX + kx * dilationX - padLeft;
            if (ix < 0 || inWidth <= ix) continue;
            const from = ((b * inHeight + iy) * inWidth + ix) * inChannels;
            const w = (ky * kWidth + kx) * outChannels;
            if (each === 1) {
              for (let o = 0; o < outChannels; o++) {
                const value = x[from + o]! - xZero;
                sums[o] = sums[o]! + Math.imul(value, kernel[w + o]! - kernelZero);
              }
              continue;
            }
            let o = 0;
            for (let i = 0; i < inChannels; i++) {
              const value = x[from + i]! - xZero;
              for (let m = 0; m < each; m++, o++) {
                sums[o] = sums[o]! + Math.imul(value, kernel[w + o]! - kernelZero);
              }
            }
          }
        }
        for (let o = 0; o < outChannels; o++) {
          const q = requantize(sums[o]!, multiplier[o]!, shift[o]!, rounding) + yZero;
          y[to + o] = saturate(q, low, high);
        }
      }
    }
  }
}
