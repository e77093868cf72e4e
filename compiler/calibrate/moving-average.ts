import { bitsOf, defaultMomentum } from "../ir/quantizer.ts";
import type { Observer } from "./observer.ts";
import { mirrorOf, mirrorOfBits, type Range, widen } from "./range.ts";

/**
 * The moving averages of one momentum. A symmetric range is made before it is averaged, so there is
 * one average for each way of making it: `ranges[0]` is affine, `ranges[1]` narrow, `ranges[b]`
 * symmetric over all integers of b bits (2 ≤ b ≤ 15; 16 bits count as narrow).
 */
export interface MovingAverages {
  readonly momentum: number;
  readonly ranges: readonly Range[];
}

/** The mirrors of the places of `MovingAverages.ranges`. */
const mirrors: readonly (number | undefined)[] = Array.from({ length: 16 }, (_, place) =>
  place === 0 ? undefined : place === 1 ? 1 : mirrorOfBits(place),
);

/** The averages after the first sample, whose range they are. */
export function startAverages(momentum: number, first: Range): MovingAverages {
  return { momentum, ranges: mirrors.map((mirror) => widen(first, mirror)) };
}

/** The averages after one more sample. */
export function updateAverages(
  { momentum, ranges }: MovingAverages,
  sample: Range,
): MovingAverages {
  const update = (range: Range, place: number) =>
    updateAverage(range, widen(sample, mirrors[place]), momentum);
  return { momentum, ranges: ranges.map(update) };
}

/**
 * One step of an exponential moving average, in float32: `average − (average − sample) · (1 − momentum)`.
 * @source TensorFlow, `assign_moving_average` without zero-debias
 */
export function updateAverage(average: Range, sample: Range, momentum: number): Range {
  const decay = Math.fround(1 - momentum);
  const step = (from: number, to: number) =>
    Math.fround(from - Math.fround(Math.fround(from - to) * decay));
  return { min: step(average.min, sample.min), max: step(average.max, sample.max) };
}

/**
 * The averages after the samples of `earlier` and then those of `later`, up to rounding: the later
 * ones started from their first sample and forget that start as `momentum^samples`.
 */
export function joinAverages(
  earlier: MovingAverages,
  later: MovingAverages,
  laterSamples: number,
  laterFirst: Range,
): MovingAverages {
  const rest = earlier.momentum ** laterSamples;
  const join = (range: Range, place: number): Range => {
    const start = widen(laterFirst, mirrors[place]);
    const before = earlier.ranges[place]!;
    return {
      min: Math.fround(range.min + rest * (before.min - start.min)),
      max: Math.fround(range.max + rest * (before.max - start.max)),
    };
  };
  return { momentum: earlier.momentum, ranges: later.ranges.map(join) };
}

/**
 * The exponential moving average of the samples' ranges, one update per sample, started from the
 * first one. `undefined` when the average of this momentum was not collected.
 */
export const movingAverage: Observer = (statistics, quantizer) => {
  const momentum = quantizer.momentum ?? defaultMomentum;
  const averages = statistics.averages.find((candidate) => candidate.momentum === momentum);
  const mirror = mirrorOf(quantizer);
  const place = mirror === undefined ? 0 : mirror === 1 ? 1 : bitsOf(quantizer.dtype);
  return averages?.ranges[place];
};
