import type { Quantizer } from "../ir/quantizer.ts";
import { containZero, mirrorOf, type Range, widen } from "./range.ts";
import type { Statistics } from "./statistics.ts";

/** Each end is tried at these shares of what was seen: to the width of a bin, in steps of 6 %. */
const coarse: readonly number[] = Array.from({ length: 120 }, (_, k) => 0.94 ** k);
/** Then around the best of these, in steps of 1 %. */
const fine: readonly number[] = Array.from({ length: 11 }, (_, k) => 0.95 + k / 100);

/**
 * The range of least cost inside the range of all values: a symmetric one by its magnitude, an affine one
 * end by end, upper end first, twice. Of equal costs the wider range wins.
 */
export function searchRange(
  { all, histogram }: Statistics,
  quantizer: Quantizer,
  costOf: (range: Range) => number,
): Range {
  const mirror = mirrorOf(quantizer);
  const widest = widen(all, mirror);
  const least = histogram.width;
  if (mirror !== undefined) {
    const scaled = (share: number) => ({ min: widest.min * share, max: widest.max * share });
    return rounded(scaled(bestShare(widest.max, least, (share) => costOf(scaled(share)))));
  }
  let { min, max } = containZero(all);
  const rounds = min < 0 && max > 0 ? 2 : 1;
  for (let round = 0; round < rounds; round++) {
    max = widest.max * bestShare(widest.max, least, (s) => costOf({ min, max: widest.max * s }));
    min = widest.min * bestShare(-widest.min, least, (s) => costOf({ min: widest.min * s, max }));
  }
  return rounded({ min, max });
}

function rounded({ min, max }: Range): Range {
  return { min: Math.fround(min), max: Math.fround(max) };
}

/** The share in (0, 1] of an end at `distance` from zero that costs least; no end nearer than `least`. */
function bestShare(distance: number, least: number, costOf: (share: number) => number): number {
  if (distance === 0) return 1;
  const tried = (shares: readonly number[], best: { share: number; cost: number }) => {
    for (const share of shares) {
      if (share > 1 || (share < 1 && share * distance < least)) continue;
      const cost = costOf(share);
      if (cost < best.cost) best = { share, cost };
    }
    return best;
  };
  const first = tried(coarse, { share: 1, cost: Number.POSITIVE_INFINITY });
  const around = fine.map((factor) => factor * first.share).reverse();
  return tried(around, first).share;
}
