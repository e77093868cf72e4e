import { type ModelPlace, Rejected } from "../../grammar/source/diagnostic.ts";
import { defaultMomentum, type Quantizer } from "../ir/quantizer.ts";
import { momentumNotCollected } from "./diagnostics.ts";
import { observers } from "./observer.ts";
import { emptyRange, mirrorOf, type Range, rangeOfValues, widen } from "./range.ts";
import { Statistics } from "./statistics.ts";

/**
 * The range that a quantizer chooses for a site: float32 ends, with 0 in it, and mirrored around 0 for
 * a symmetric one; [0, 0] where nothing was seen. Rejects statistics that were collected without the
 * quantizer's momentum.
 * @param site where the values were seen, for the message
 */
export function rangeFrom(
  statistics: Statistics,
  quantizer: Quantizer,
  site: ModelPlace = { model: "statistics", path: "" },
): Range {
  const mirror = mirrorOf(quantizer);
  if (statistics.samples === 0 && quantizer.observer !== "Fixed") return widen(emptyRange, mirror);
  const range = observers[quantizer.observer](statistics, quantizer);
  if (range !== undefined) return widen(range, mirror);
  const collected = statistics.averages.map(({ momentum }) => momentum);
  const asked = quantizer.momentum ?? defaultMomentum;
  throw new Rejected([momentumNotCollected(site, asked, collected)]);
}

/** The range that a quantizer chooses for a constant, seen at once: `rangeFrom` one sample. */
export function rangeOfConstant(values: Float32Array, quantizer: Quantizer): Range {
  switch (quantizer.observer) {
    case "LastValue":
    case "MovingAverage":
    case "AllValues":
      // The same for one sample, and without a histogram: blocks of 32 weights are many.
      return widen(rangeOfValues(values), mirrorOf(quantizer));
    default: {
      const statistics = new Statistics();
      statistics.observe(values);
      return rangeFrom(statistics, quantizer);
    }
  }
}
