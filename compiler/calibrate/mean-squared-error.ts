import { integersOf } from "../ir/quantizer.ts";
import type { Histogram } from "./histogram.ts";
import type { Observer } from "./observer.ts";
import type { Range } from "./range.ts";
import { searchRange } from "./search.ts";

/** The range with the least expected squared error of quantizing, clipped values included. */
export const meanSquaredError: Observer = (statistics, quantizer) => {
  const [lowest, highest] = integersOf(quantizer);
  const bins = usedBins(statistics.histogram);
  const costOf = (range: Range) =>
    squaredError(statistics.histogram, bins, range, highest - lowest);
  return searchRange(statistics, quantizer, costOf);
};

/** Bins that hold a value: of a few weights they are few. */
function usedBins({ counts }: Histogram): readonly number[] {
  const bins: number[] = [];
  for (let i = 0; i < counts.length; i++) if (counts[i]! > 0) bins.push(i);
  return bins;
}

/**
 * The sum of (x − quantized x)² over the values of a histogram, when the range, which holds 0, is divided
 * into `steps` steps. Exact for values that are spread evenly inside their bins.
 */
function squaredError(
  { counts, start, width }: Histogram,
  bins: readonly number[],
  range: Range,
  steps: number,
): number {
  const step = (range.max - range.min) / steps;
  const rounding = (step * step * step) / width;
  let sum = 0;
  for (const i of bins) {
    const count = counts[i]!;
    const low = (start + i) * width;
    const high = low + width;
    if (high <= range.min) sum += count * clippingError(range.min - high, range.min - low);
    else if (range.max <= low) sum += count * clippingError(low - range.max, high - range.max);
    else sum += count * rounding * (roundingError(high / step) - roundingError(low / step));
  }
  return sum;
}

/** The mean of d² for d between two distances. */
function clippingError(near: number, far: number): number {
  return (near * near + near * far + far * far) / 3;
}

/** The integral of (u − round(u))² from 0 to `u`: each whole step gives 1/12. */
function roundingError(u: number): number {
  const whole = Math.round(u);
  const rest = u - whole;
  return whole / 12 + (rest * rest * rest) / 3;
}
