import type { Elements } from "./elements.ts";
import { type QuantizedArray, requantize, saturate } from "./requantize.ts";

/**
 * The mean over all places: `y[b, c] = (Σ x[b, p, c]) / places`. `x` is [batch, places, channels], `y` [batch, channels].
 * One float32 accumulator per output, which is `y` itself; one division at the end.
 */
export function globalAveragePool2d(
  x: Float32Array,
  y: Float32Array,
  batch: number,
  places: number,
  channels: number,
): void {
  let from = 0;
  for (let b = 0; b < batch; b++) {
    const to = b * channels;
    for (let c = 0; c < channels; c++) y[to + c] = 0;
    for (let p = 0; p < places; p++, from += channels) {
      for (let c = 0; c < channels; c++) y[to + c] = y[to + c]! + x[from + c]!;
    }
    for (let c = 0; c < channels; c++) y[to + c] = y[to + c]! / places;
  }
}

/**
 * Integer mean over all places: `y = saturate(requantize(Σ (x − xZero)) + yZero)`, limited to [low, high]. Shapes as in
 * `globalAveragePool2d`; `multiplier` and `shift` (one entry, see `requantize`) stand for `xScale / (yScale · places)`;
 * `sums` has room for `channels` accumulators. Bit-exact. The caller has proved that the sums fit int32.
 */
export function globalAveragePool2dInteger(
  x: QuantizedArray,
  multiplier: Float32Array | Int32Array,
  shift: Int32Array,
  sums: Int32Array,
  y: QuantizedArray,
  batch: number,
  places: number,
  channels: number,
  xZero: number,
  yZero: number,
  low: number,
  high: number,
  rounding: number,
): void {
  let from = 0;
  for (let b = 0; b < batch; b++) {
    for (let c = 0; c < channels; c++) sums[c] = 0;
    for (let p = 0; p < places; p++, from += channels) {
      for (let c = 0; c < channels; c++) sums[c] = sums[c]! + (x[from + c]! - xZero);
    }
    for (let c = 0; c < channels; c++) {
      const q = requantize(sums[c]!, multiplier[0]!, shift[0]!, rounding) + yZero;
      y[b * channels + c] = saturate(q, low, high);
    }
  }
}

/** The largest element over all places; shapes as in `globalAveragePool2d`. A NaN wins, without places `lowest`. */
export function globalMaxPool2d(
  x: Elements,
  y: Elements,
  batch: number,
  places: number,
  channels: number,
  lowest: number,
): void {
  let from = 0;
  for (let b = 0; b < batch; b++) {
    const to = b * channels;
    for (let c = 0; c < channels; c++) y[to + c] = lowest;
    for (let p = 0; p < places; p++, from += channels) {
      for (let c = 0; c < channels; c++) {
        const value = x[from + c]!;
        if (value > y[to + c]! || Number.isNaN(value)) y[to + c] = value;
      }
    }
  }
}
