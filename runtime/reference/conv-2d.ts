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
  const kernelStep = kHeight * kWidth * groupInputs;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++) {
        const to = ((b * outHeight + oy) * outWidth + ox) * outChannels;
        for (let g = 0; g < groups; g++) {
          const last = (g + 1) * groupOutputs - 1;
          for (let o = g * groupOutputs; o <= last; o += 4) {
            // Four sums at a time hide the latency of addition; past the end the last channel is summed again.
            const o1 = Math.min(o + 1, last);
            const o2 = Math.min(o + 2, last);
            const o3 = Math.min(o + 3, last);
            let acc0 = bias[o]!;
            let acc1 = bias[o1]!;
            let acc2 = bias[o2]!;
            let acc3 = bias[o3]!;
            for (let ky = 0; ky < kHeight; ky++) {
              const iy = oy * strideY + ky * dilationY - padTop;
              if (iy < 0 || inHeight <= iy) continue;
              for (let kx = 0; kx < kWidth; kx++) {
                const ix = ox * strideX + kx * dilationX - padLeft;
                if (ix < 0 || inWidth <= ix) continue;
                const from = ((b * inHeight + iy) * inWidth + ix) * inChannels + g * groupInputs;
                const place = (ky * kWidth + kx) * groupInputs;
                const w0 = o * kernelStep + place;
                const w1 = o1 * kernelStep + place;
                const w2 = o2 * kernelStep + place;
                const w3 = o3 * kernelStep + place;
                for (let i = 0; i < groupInputs; i++) {
                  const value = x[from + i]!;
                  acc0 = Math.fround(acc0 + Math.fround(value * kernel[w0 + i]!));
                  acc1 = Math.fround(acc1 + Math.fround(value * kernel[w1 + i]!));
                  acc2 = Math.fround(acc2 + Math.fround(value * kernel[w2 + i]!));
                  acc3 = Math.fround(acc3 + Math.fround(value * kernel[w3 + i]!));
                }
              }
            }
            y[to + o] = acc0;
            y[to + o1] = acc1;
            y[to + o2] = acc2;
            y[to + o3] = acc3;
          }
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
  const kernelStep = kHeight * kWidth * groupInputs;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++) {
        const to = ((b * outHeight + oy) * outWidth + ox) * outChannels;
        for (let g = 0; g < groups; g++) {
          const last = (g + 1) * groupOutputs - 1;
          for (let o = g * groupOutputs; o <= last; o += 4) {
            // Four sums at a time share what they read; past the end the last channel is summed again.
            const o1 = Math.min(o + 1, last);
            const o2 = Math.min(o + 2, last);
            const o3 = Math.min(o + 3, last);
            let acc0 = bias[o]!;
            let acc1 = bias[o1]!;
            let acc2 = bias[o2]!;
            let acc3 = bias[o3]!;
            for (let ky = 0; ky < kHeight; ky++) {
              const iy = oy * strideY + ky * dilationY - padTop;
              if (iy < 0 || inHeight <= iy) continue;
              for (let kx = 0; kx < kWidth; kx++) {
                const ix = ox * strideX + kx * dilationX - padLeft;
                if (ix < 0 || inWidth <= ix) continue;
                const from = ((b * inHeight + iy) * inWidth + ix) * inChannels + g * groupInputs;
                const place = (ky * kWidth + kx) * groupInputs;
                const w0 = o * kernelStep + place;
                const w1 = o1 * kernelStep + place;
                const w2 = o2 * kernelStep + place;
                const w3 = o3 * kernelStep + place;
                for (let i = 0; i < groupInputs; i++) {
                  const value = x[from + i]! - xZero;
                  acc0 = (acc0 + Math.imul(value, kernel[w0 + i]! - kernelZero)) | 0;
                  acc1 = (acc1 + Math.imul(value, kernel[w1 + i]! - kernelZero)) | 0;
                  acc2 = (acc2 + Math.imul(value, kernel[w2 + i]! - kernelZero)) | 0;
                  acc3 = (acc3 + Math.imul(value, kernel[w3 + i]! - kernelZero)) | 0;
                }
              }
            }
            const q0 = requantize(acc0, multiplier[o]!, shift[o]!, rounding) + yZero;
            const q1 = requantize(acc1, multiplier[o1]!, shift[o1]!, rounding) + yZero;
            const q2 = requantize(acc2, multiplier[o2]!, shift[o2]!, rounding) + yZero;
            const q3 = requantize(acc3, multiplier[o3]!, shift[o3]!, rounding) + yZero;
            y[to + o] = saturate(q0, low, high);
            y[to + o1] = saturate(q1, low, high);
            y[to + o2] = saturate(q2, low, high);
            y[to + o3] = saturate(q3, low, high);
          }
        }
      }
    }
  }
}
