import { Rejected } from "../../grammar/source/diagnostic.ts";
import type { Quantizer, Seen } from "../ir/quantizer.ts";
import { momentumNotCollected, quantizerFails } from "./diagnostics.ts";
import { movingAverage } from "./moving-average.ts";
import type { Observer } from "./observer.ts";
import { percentile } from "./percentile.ts";
import type { Statistics } from "./statistics.ts";

/** What a quantizer of the user's says; a rejection where it says none, or throws. */
export const own: Observer = (statistics, quantizer) => {
  if (quantizer.own === undefined) throw new Error("internal: `Own` without an observer");
  const { name, range: choose } = quantizer.own;
  const fail = (reason: string): never => {
    throw new Rejected([quantizerFails(name, reason)]);
  };
  let range: unknown;
  try {
    range = choose(seenIn(statistics, quantizer));
  } catch (error) {
    if (error instanceof Rejected) throw error;
    return fail(error instanceof Error ? `it throws: ${error.message}` : "it throws");
  }
  const { min, max } = Object(range) as { readonly min: unknown; readonly max: unknown };
  if (typeof min !== "number" || typeof max !== "number")
    return fail("it gives no range: `min` and `max`, two numbers");
  const ends = { min: Math.fround(min), max: Math.fround(max) };
  return ends.min <= ends.max && Number.isFinite(ends.max - ends.min)
    ? ends
    : fail(`[${min}, ${max}] is no range of float32 numbers`);
};

function seenIn(statistics: Statistics, quantizer: Quantizer): Seen {
  const { samples, first, last, all } = statistics;
  return Object.freeze({
    samples,
    first,
    last,
    all,
    average(momentum?: number) {
      const wanted = { ...quantizer, ...(momentum !== undefined && { momentum }) };
      const average = movingAverage(statistics, wanted);
      if (average !== undefined) return average;
      const collected = statistics.averages.map((averages) => averages.momentum);
      const place = { model: "statistics", path: "" };
      throw new Rejected([momentumNotCollected(place, wanted.momentum ?? Number.NaN, collected)]);
    },
    percentile: (percent?: number) =>
      percentile(statistics, {
        ...quantizer,
        ...(percent !== undefined && { percentile: percent }),
      })!,
  });
}
