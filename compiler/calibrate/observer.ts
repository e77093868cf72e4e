import type { Quantizer } from "../ir/quantizer.ts";
import { allValues } from "./all-values.ts";
import { entropy } from "./entropy.ts";
import { fixed } from "./fixed.ts";
import { lastValue } from "./last-value.ts";
import { meanSquaredError } from "./mean-squared-error.ts";
import { movingAverage } from "./moving-average.ts";
import { own } from "./own.ts";
import { percentile } from "./percentile.ts";
import type { Range } from "./range.ts";
import type { Statistics } from "./statistics.ts";

/**
 * Chooses a range from what was seen at a site. The statistics have seen at least one finite value
 * (but for `Fixed`, which does not look). `undefined` when they lack what the quantizer needs. The
 * caller widens the range to 0 and makes it symmetric.
 */
export type Observer = (statistics: Statistics, quantizer: Quantizer) => Range | undefined;

export const observers: Readonly<Record<Quantizer["observer"], Observer>> = {
  LastValue: lastValue,
  MovingAverage: movingAverage,
  AllValues: allValues,
  Percentile: percentile,
  Entropy: entropy,
  MeanSquaredError: meanSquaredError,
  Fixed: fixed,
  Own: own,
};
