import { type QuantizedArray, roundHalfEven } from "./requantize.ts";

/**
 * Weighted sums along the middle axis of [outer, size, inner]: `y[o, j, i] = Σ weights[j, t] · x[o, indices[j, t], i]` for the
 * `taps` entries `t` of each of `count` places `j`; an index of −1 stands for elements of value `outside`. One float32
 * accumulator per output, which is `y` itself.
 */
export function resample(
  x: Float32Array,
  indices: Int32Array,
  weights: Float32Array,
  y: Float32Array,
  outer: number,
  size: number,
  inner: number,
  count: number,
  taps: number,
  outside: number,
): void {
  let to = 0;
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < count; j++, to += inner) {
      for (let i = 0; i < inner; i++) y[to + i] = 0;
      for (let t = j * taps; t < (j + 1) * taps; t++) {
        const weight = weights[t]!;
        const from = (o * size + indices[t]!) * inner;
        for (let i = 0; i < inner; i++) {
          const value = indices[t]! < 0 ? outside : x[from + i]!;
          y[to + i] = y[to + i]! + Math.fround(weight * value);
        }
      }
    }
  }
}

/**
 * Bilinear interpolation of integers, whose parameters the result keeps, in fixed point with 10 fractional bits:
 * `rows[oy]` and `columns[ox]` are places in `x` in steps of 1/1024, outside the image too. Ties go away from zero.
 * Channel-last: `x` is [batch, inHeight, inWidth, channels]. Bit-exact.
 *
 * @source TensorFlow Lite `reference_ops::ResizeBilinearInteger`.
 */
export function resizeBilinearInteger(
  x: QuantizedArray,
  rows: Int32Array,
  columns: Int32Array,
  y: QuantizedArray,
  batch: number,
  inHeight: number,
  inWidth: number,
  outHeight: number,
  outWidth: number,
  channels: number,
): void {
  let to = 0;
  for (let b = 0; b < batch; b++) {
    const image = b * inHeight * inWidth;
    for (let oy = 0; oy < outHeight; oy++) {
      const top = Math.max(0, Math.trunc(rows[oy]! / 1024));
      const bottom = Math.min(inHeight - 1, Math.trunc((rows[oy]! + 1023) / 1024));
      const down = rows[oy]! - 1024 * top;
      for (let ox = 0; ox < outWidth; ox++, to += channels) {
        const left = Math.max(0, Math.trunc(columns[ox]! / 1024));
        const right = Math.min(inWidth - 1, Math.trunc((columns[ox]! + 1023) / 1024));
        const along = columns[ox]! - 1024 * left;
        const topLeft = (image + top * inWidth + left) * channels;
        const topRight = (image + top * inWidth + right) * channels;
        const bottomLeft = (image + bottom * inWidth + left) * channels;
        const bottomRight = (image + bottom * inWidth + right) * channels;
        for (let c = 0; c < channels; c++) {
          const sum =
            x[topLeft + c]! * (1024 - down) * (1024 - along) +
            x[bottomLeft + c]! * down * (1024 - along) +
            x[topRight + c]! * (1024 - down) * along +
            x[bottomRight + c]! * down * along;
          y[to + c] = Math.trunc((sum + (sum > 0 ? 2 ** 19 : -(2 ** 19))) / 2 ** 20);
        }
      }
    }
  }
}

/**
 * Bilinear interpolation of quantized values in float32, then `yScale` and `yZero`: row `oy` lies between the rows `rows[2·oy]`
 * and `rows[2·oy + 1]` of `x`, which weigh `rowWeights`; columns likewise. Each weight is a rounded product, the four terms
 * are summed row by row; ties go to even. Channel-last: `x` is [batch, inHeight, inWidth, channels]. Bit-exact.
 *
 * @source ONNX Runtime's `Resize` between `DequantizeLinear` and `QuantizeLinear`, as measured.
 */
export function interpolateInteger(
  x: QuantizedArray,
  rows: Int32Array,
  rowWeights: Float32Array,
  columns: Int32Array,
  columnWeights: Float32Array,
  y: QuantizedArray,
  batch: number,
  inHeight: number,
  inWidth: number,
  outHeight: number,
  outWidth: number,
  channels: number,
  xScale: number,
  xZero: number,
  yScale: number,
  yZero: number,
  low: number,
  high: number,
): void {
  const f32 = Math.fround;
  let to = 0;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      const top = (b * inHeight + rows[2 * oy]!) * inWidth;
      const bottom = (b * inHeight + rows[2 * oy + 1]!) * inWidth;
      for (let ox = 0; ox < outWidth; ox++, to += channels) {
        const topLeft = (top + columns[2 * ox]!) * channels;
        const topRight = (top + columns[2 * ox + 1]!) * channels;
        const bottomLeft = (bottom + columns[2 * ox]!) * channels;
        const bottomRight = (bottom + columns[2 * ox + 1]!) * channels;
        const w0 = f32(rowWeights[2 * oy]! * columnWeights[2 * ox]!);
        const w1 = f32(rowWeights[2 * oy]! * columnWeights[2 * ox + 1]!);
        const w2 = f32(rowWeights[2 * oy + 1]! * columnWeights[2 * ox]!);
        const w3 = f32(rowWeights[2 * oy + 1]! * columnWeights[2 * ox + 1]!);
        for (let c = 0; c < channels; c++) {
          let sum = f32(w0 * f32((x[topLeft + c]! - xZero) * xScale));
          sum = f32(sum + f32(w1 * f32((x[topRight + c]! - xZero) * xScale)));
          sum = f32(sum + f32(w2 * f32((x[bottomLeft + c]! - xZero) * xScale)));
          sum = f32(sum + f32(w3 * f32((x[bottomRight + c]! - xZero) * xScale)));
          const q = roundHalfEven(f32(sum / yScale)) + yZero;
          y[to + c] = q < low ? low : q > high ? high : q;
        }
      }
    }
  }
}
