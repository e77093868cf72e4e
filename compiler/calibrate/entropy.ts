import { integersOf } from "../ir/quantizer.ts";
import { binCount, type Histogram } from "./histogram.ts";
import type { Observer } from "./observer.ts";
import { containZero, type Range } from "./range.ts";
import { searchRange } from "./search.ts";

/**
 * The range whose quantized distribution is nearest to the clipped one, by Kullback–Leibler divergence.
 * Both ends are searched, so one-sided values (after ReLU) use all integers; exact zeros, which would
 * drown the rest, do not count. With as many integers as bins there is nothing to be told apart:
 * dtypes above 9 bits get the range of all values.
 *
 * For activations, of which there are very many. The weights of one channel are few: their histogram is mostly gaps, and the
 * divergence, which compares shares and knows of no distance, clips the rare large weights that matter most.
 * @source Migacz, "8-bit Inference with TensorRT", GTC 2017
 */
export const entropy: Observer = (statistics, quantizer) => {
  const [lowest, highest] = integersOf(quantizer);
  const levels = highest - lowest + 1;
  if (levels >= binCount / 2) return containZero(statistics.all);
  return searchRange(statistics, quantizer, (range) =>
    divergence(statistics.histogram, range, levels),
  );
};

/** Stands for a probability of zero where the clipped distribution has some: it costs, but not infinitely. */
const floor = 1e-9;

/**
 * The divergence Σ p · log(p / q) over the bins of a range. p is the histogram with all values outside
 * counted in the bins at the ends. q is the histogram inside, each of `levels` equal runs of bins
 * levelled to the mean of its bins that are not empty.
 */
function divergence(histogram: Histogram, range: Range, levels: number): number {
  const { counts, start, width } = histogram;
  const first = Math.max(0, Math.floor(range.min / width) - start);
  const end = Math.min(counts.length, Math.max(first + 1, Math.ceil(range.max / width) - start));
  const below = sumOf(counts, 0, first);
  const above = sumOf(counts, end, counts.length);
  const inside = sumOf(counts, first, end);
  if (inside === 0) return Number.POSITIVE_INFINITY;
  const total = below + inside + above;
  const runs = Math.min(levels, end - first);
  let result = 0;
  for (let run = 0; run < runs; run++) {
    const from = first + Math.floor((run * (end - first)) / runs);
    const to = first + Math.floor(((run + 1) * (end - first)) / runs);
    const q = levelOf(counts, from, to) / inside;
    for (let i = from; i < to; i++) {
      const outside = (i === first ? below : 0) + (i === end - 1 ? above : 0);
      const p = (counts[i]! + outside) / total;
      if (p > 0) result += p * Math.log(p / (counts[i]! > 0 ? q : floor));
    }
  }
  return result;
}

function sumOf(counts: Readonly<Float64Array>, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += counts[i]!;
  return sum;
}

/** The mean of the counts that are not zero. */
function levelOf(counts: Readonly<Float64Array>, from: number, to: number): number {
  let sum = 0;
  let used = 0;
  for (let i = from; i < to; i++) {
    sum += counts[i]!;
    if (counts[i]! > 0) used++;
  }
  return used === 0 ? 0 : sum / used;
}
