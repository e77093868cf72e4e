import type { ObserverName } from "../ir/quantizer.ts";

/** What range each quantizer chooses: for the manual and for editors. */
export const rangeDocs: Readonly<Record<ObserverName, string>> = {
  LastValue: "of the last sample; of a constant, all that it holds",
  MovingAverage:
    "average of the samples' ranges, one update for each sample, the past counting `momentum` (0.9)",
  AllValues: "everything that was seen",
  Percentile: "the smallest that holds so many per cent of the values (99.99)",
  Entropy:
    "the one whose integers have the distribution nearest to that of the values, by the Kullback–Leibler divergence",
  MeanSquaredError: "the one for which rounding and clipping together lose least",
  Fixed: "from `min` to `max`, whatever is seen",
};

/** What the arguments mean that all quantizers take. */
export const quantizerArgumentDocs: Readonly<Record<string, string>> = {
  dtype: "the integers; `int8` where none is written",
  per: "one scale for all, one for each output channel, or one for each `n` input channels of one; `tensor` where nothing is written",
  symmetry:
    "zero in the middle of the integers, or wherever it must be; `affine` where nothing is written",
  narrow: "the lowest integer is not used",
  powerOfTwo: "the scale is rounded up to a power of two",
};
