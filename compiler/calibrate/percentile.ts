import { defaultPercentile } from "../ir/quantizer.ts";
import type { Histogram } from "./histogram.ts";
import type { Observer } from "./observer.ts";

/**
 * The range that holds `percentile` percent of all values: half of the rest is cut off at either end.
 * Exact to the width of a bin.
 */
export const percentile: Observer = ({ histogram, all }, quantizer) => {
  const cut = (1 - (quantizer.percentile ?? defaultPercentile) / 100) / 2;
  return {
    min: Math.fround(Math.max(all.min, quantile(histogram, cut))),
    max: Math.fround(Math.min(all.max, quantile(histogram, 1 - cut))),
  };
};

/** The value below which a share of the values lies, taken as evenly spread inside a bin. */
export function quantile(histogram: Histogram, share: number): number {
  const { counts, start, width } = histogram;
  const target = share * histogram.total;
  let below = 0;
  let edge = 0;
  for (let i = 0; i < counts.length; i++) {
    if (start + i === 0 && histogram.zeros > 0) {
      below += histogram.zeros;
      edge = 0;
      if (target <= below) return 0;
    }
    const count = counts[i]!;
    if (count === 0) continue;
    if (target <= below + count) return (start + i + Math.max(0, target - below) / count) * width;
    below += count;
    edge = (start + i + 1) * width;
  }
  return edge;
}
