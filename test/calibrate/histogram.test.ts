import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { binCount, Histogram } from "../../compiler/calibrate/histogram.ts";
import { quantile } from "../../compiler/calibrate/percentile.ts";
import { rangeOfValues } from "../../compiler/calibrate/range.ts";

const number = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.float({ min: -8, max: 8, noNaN: true }),
  fc.constant(0),
);
const samples = fc.array(
  fc.array(number, { maxLength: 40 }).map((values) => Float32Array.from(values)),
  {
    maxLength: 8,
  },
);

function histogramOf(all: readonly Float32Array[]): Histogram {
  const histogram = new Histogram();
  for (const values of all) {
    const { min, max } = rangeOfValues(values);
    histogram.add(values, min, max);
  }
  return histogram;
}

function flat(all: readonly Float32Array[]): Float32Array {
  return Float32Array.from(all.flatMap((values) => [...values]));
}

describe("histogram", () => {
  it("counts each value in the bin of its width, as one pass over the known range would", () => {
    fc.assert(
      fc.property(samples, (all) => {
        const histogram = histogramOf(all);
        const exact = new Float64Array(binCount);
        let zeros = 0;
        for (const x of flat(all)) {
          if (x === 0) zeros++;
          else exact[Math.floor(x / histogram.width) - histogram.start]!++;
        }
        expect(histogram.counts).toEqual(exact);
        expect(histogram.zeros).toBe(zeros);
        expect(histogram.total).toBe(flat(all).length);
      }),
    );
  });

  it("does not depend on the order or the grouping of the values", () => {
    fc.assert(
      fc.property(samples, (all) => {
        const saved = histogramOf(all).save();
        expect(histogramOf([...all].reverse()).save()).toEqual(saved);
        expect(histogramOf([flat(all)]).save()).toEqual(saved);
      }),
    );
  });

  it("uses more than half of its bins, or nearly", () => {
    fc.assert(
      fc.property(samples, (all) => {
        const histogram = histogramOf(all);
        const { min, max } = rangeOfValues(flat(all));
        const span = Math.max(max, 0) - Math.min(min, 0);
        if (!(span > 0)) return;
        expect(span / histogram.width).toBeGreaterThan(binCount / 2 - 2);
      }),
    );
  });

  it("merges and restores to what one histogram of all would be", () => {
    fc.assert(
      fc.property(samples, samples, (a, b) => {
        const merged = Histogram.restore(histogramOf(a).save());
        merged.merge(histogramOf(b));
        expect(merged.save()).toEqual(histogramOf([...a, ...b]).save());
        expect(merged.total).toBe(flat([...a, ...b]).length);
      }),
    );
  });

  it("knows quantiles to the width of a bin", () => {
    fc.assert(
      fc.property(samples, fc.double({ min: 0, max: 1, noNaN: true }), (all, share) => {
        const histogram = histogramOf(all);
        const sorted = flat(all).sort();
        if (sorted.length === 0) return;
        const found = quantile(histogram, share);
        const rank = share * sorted.length;
        const low = sorted[Math.max(0, Math.ceil(rank - 1e-9) - 1)]!;
        const high = sorted[Math.min(sorted.length - 1, Math.floor(rank + 1e-9))]!;
        expect(found).toBeGreaterThanOrEqual(low - histogram.width);
        expect(found).toBeLessThanOrEqual(high + histogram.width);
      }),
    );
  });

  it("passes over what is not finite", () => {
    const values = Float32Array.of(
      1,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    );
    expect(rangeOfValues(values)).toEqual({ min: 1, max: 1 });
    expect(histogramOf([values]).total).toBe(1);
  });
});
