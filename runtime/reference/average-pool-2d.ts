import { type QuantizedArray, roundHalfAway, roundHalfEven, saturate } from "./requantize.ts";

/**
 * The mean of the elements under a window, channel-last: `y[b, oy, ox, c] = (Σ x[b, iy, ix, c]) / n` with `iy =
 * oy · strideY + ky · dilationY − padTop`, over the places inside the input. Counted are, besides those, the places
 * in the first rows and columns of padding: `countTop` above, `countLeft`, `countBottom`, `countRight`.
 *
 * | argument | shape                                   | type    |
 * | -------- | --------------------------------------- | ------- |
 * | `x`      | [batch, inHeight, inWidth, channels]    | float32 |
 * | `y`      | [batch, outHeight, outWidth, channels]  | float32 |
 *
 * One float32 accumulator per output, which is `y` itself; one division at the end. An empty window gives 0.
 */
export function averagePool2d(
  x: Float32Array,
  y: Float32Array,
  batch: number,
  inHeight: number,
  inWidth: number,
  outHeight: number,
  outWidth: number,
  channels: number,
  windowHeight: number,
  windowWidth: number,
  strideY: number,
  strideX: number,
  dilationY: number,
  dilationX: number,
  padTop: number,
  padLeft: number,
  countTop: number,
  countLeft: number,
  countBottom: number,
  countRight: number,
): void {
  let to = 0;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      const top = oy * strideY - padTop;
      const rows = counted(top, windowHeight, dilationY, countTop, inHeight + countBottom);
      for (let ox = 0; ox < outWidth; ox++, to += channels) {
        const left = ox * strideX - padLeft;
        const count = rows * counted(left, windowWidth, dilationX, countLeft, inWidth + countRight);
        for (let c = 0; c < channels; c++) y[to + c] = 0;
        for (let ky = 0; ky < windowHeight; ky++) {
          const iy = top + ky * dilationY;
          if (iy < 0 || inHeight <= iy) continue;
          for (let kx = 0; kx < windowWidth; kx++) {
            const ix = left + kx * dilationX;
            if (ix < 0 || inWidth <= ix) continue;
            const from = ((b * inHeight + iy) * inWidth + ix) * channels;
            for (let c = 0; c < channels; c++) y[to + c] = y[to + c]! + x[from + c]!;
          }
        }
        for (let c = 0; c < channels; c++) y[to + c] = count === 0 ? 0 : y[to + c]! / count;
      }
    }
  }
}

/** How many of the places `start + i · dilation` lie in [−before, end). */
function counted(
  start: number,
  size: number,
  dilation: number,
  before: number,
  end: number,
): number {
  let count = 0;
  for (let i = 0, at = start; i < size; i++, at += dilation) if (-before <= at && at < end) count++;
  return count;
}

/**
 * Integer mean under a window in mode `onnx`: `saturate(round(mean / yScale + yZero))`, limited to [low, high], where
 * `mean` is the float32 mean of `averagePool2d` of `(x − xZero) · xScale`; each operation in float32, ties to even.
 * The zero point is added before rounding, to codes that count from 0: `codeShift` is 128 for int8 and 0 for uint8.
 * `sums` has room for `channels` accumulators.
 *
 * @source ONNX Runtime, `QLinearAveragePool`.
 */
export function averagePool2dReal(
  x: QuantizedArray,
  sums: Float32Array,
  y: QuantizedArray,
  batch: number,
  inHeight: number,
  inWidth: number,
  outHeight: number,
  outWidth: number,
  channels: number,
  windowHeight: number,
  windowWidth: number,
  strideY: number,
  strideX: number,
  dilationY: number,
  dilationX: number,
  padTop: number,
  padLeft: number,
  countTop: number,
  countLeft: number,
  countBottom: number,
  countRight: number,
  xScale: number,
  xZero: number,
  yScale: number,
  yZero: number,
  codeShift: number,
  low: number,
  high: number,
): void {
  let to = 0;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      const top = oy * strideY - padTop;
      const rows = counted(top, windowHeight, dilationY, countTop, inHeight + countBottom);
      for (let ox = 0; ox < outWidth; ox++, to += channels) {
        const left = ox * strideX - padLeft;
        const count = rows * counted(left, windowWidth, dilationX, countLeft, inWidth + countRight);
        for (let c = 0; c < channels; c++) sums[c] = 0;
        for (let ky = 0; ky < windowHeight; ky++) {
          const iy = top + ky * dilationY;
          if (iy < 0 || inHeight <= iy) continue;
          for (let kx = 0; kx < windowWidth; kx++) {
            const ix = left + kx * dilationX;
            if (ix < 0 || inWidth <= ix) continue;
            const from = ((b * inHeight + iy) * inWidth + ix) * channels;
            for (let c = 0; c < channels; c++) {
              sums[c] = sums[c]! + Math.fround((x[from + c]! - xZero) * xScale);
            }
          }
        }
        for (let c = 0; c < channels; c++) {
          const mean = count === 0 ? 0 : Math.fround(sums[c]! / count);
          const code = Math.fround(Math.fround(mean / yScale) + (yZero + codeShift));
          y[to + c] = saturate(roundHalfEven(code) - codeShift, low, high);
        }
      }
    }
  }
}

/**
 * Integer mean under a window in mode `tflite`, where input and output have the same parameters: the mean of the
 * integers themselves over the places inside the input, ties away from zero, limited to [low, high]. `sums` has
 * room for `channels` accumulators. Bit-exact.
 *
 * @source TensorFlow Lite `reference_integer_ops::AveragePool`.
 */
export function averagePool2dInteger(
  x: QuantizedArray,
  sums: Int32Array,
  y: QuantizedArray,
  batch: number,
  inHeight: number,
  inWidth: number,
  outHeight: number,
  outWidth: number,
  channels: number,
  windowHeight: number,
  windowWidth: number,
  strideY: number,
  strideX: number,
  dilationY: number,
  dilationX: number,
  padTop: number,
  padLeft: number,
  low: number,
  high: number,
): void {
  let to = 0;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      const top = oy * strideY - padTop;
      const rows = counted(top, windowHeight, dilationY, 0, inHeight);
      for (let ox = 0; ox < outWidth; ox++, to += channels) {
        const left = ox * strideX - padLeft;
        const count = rows * counted(left, windowWidth, dilationX, 0, inWidth);
        for (let c = 0; c < channels; c++) sums[c] = 0;
        for (let ky = 0; ky < windowHeight; ky++) {
          const iy = top + ky * dilationY;
          if (iy < 0 || inHeight <= iy) continue;
          for (let kx = 0; kx < windowWidth; kx++) {
            const ix = left + kx * dilationX;
            if (ix < 0 || inWidth <= ix) continue;
            const from = ((b * inHeight + iy) * inWidth + ix) * channels;
            for (let c = 0; c < channels; c++) sums[c] = sums[c]! + x[from + c]!;
          }
        }
        for (let c = 0; c < channels; c++) {
          y[to + c] = saturate(roundHalfAway(sums[c]! / count), low, high);
        }
      }
    }
  }
}
