import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collectStatistics } from "../../compiler/calibrate/collect.ts";
import { rangeFrom, rangeOfConstant } from "../../compiler/calibrate/range-from.ts";
import { momentaOf, Statistics } from "../../compiler/calibrate/statistics.ts";
import { parseStatistics, printStatistics } from "../../compiler/calibrate/statistics-file.ts";
import { observerNames } from "../../compiler/ir/quantizer.ts";
import { Rejected } from "../../grammar/source/diagnostic.ts";
import { quantizer } from "./quantizers.ts";

const sample = fc
  .array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 30 })
  .map((values) => Float32Array.from(values));

function statisticsOf(samples: readonly Float32Array[], momenta?: readonly number[]): Statistics {
  const statistics = new Statistics(momenta);
  for (const values of samples) statistics.observe(values);
  return statistics;
}

/** A reproducible standard normal sequence. */
function gaussian(length: number): Float32Array {
  let state = 1;
  const uniform = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  return Float32Array.from(
    { length },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  );
}

describe("statistics", () => {
  it("choose ranges that hold 0 and lie inside what was seen, for every observer", () => {
    const observer = fc.constantFrom(...observerNames.filter((name) => name !== "Fixed"));
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 5 }), observer, (samples, name) => {
        const statistics = statisticsOf(samples);
        const { min, max } = rangeFrom(statistics, quantizer({ observer: name }));
        const { all } = statistics;
        expect(Math.fround(min)).toBe(min);
        expect(Math.fround(max)).toBe(max);
        expect(min).toBeLessThanOrEqual(0);
        expect(max).toBeGreaterThanOrEqual(0);
        expect(min).toBeGreaterThanOrEqual(Math.fround(Math.min(all.min, 0) * (1 + 1e-6)));
        expect(max).toBeLessThanOrEqual(Math.fround(Math.max(all.max, 0) * (1 + 1e-6)));
      }),
    );
  });

  it("mirror the range of a symmetric quantizer", () => {
    const statistics = statisticsOf([Float32Array.of(-1, 3), Float32Array.of(-2, 1)]);
    const symmetric = { symmetric: true, narrow: true };
    const rangeOf = (changes: object) =>
      rangeFrom(statistics, quantizer({ ...symmetric, ...changes }));
    expect(rangeOf({})).toEqual({ min: -3, max: 3 });
    expect(rangeOf({ observer: "LastValue" })).toEqual({ min: -2, max: 2 });
    expect(rangeOf({ narrow: false })).toEqual({ min: Math.fround((-3 * 128) / 127), max: 3 });
    expect(rangeOf({ dtype: "int16", narrow: false })).toEqual({ min: -3, max: 3 });
    const average = rangeOf({ observer: "MovingAverage" });
    expect(average.max).toBeCloseTo(3 - 0.1, 6);
    expect(average.min).toBe(-average.max);
  });

  it("start moving averages from the first sample and keep the momenta that were asked for", () => {
    const asked = quantizer({ observer: "MovingAverage", momentum: 0.5 });
    const samples = [Float32Array.of(-8, 16), Float32Array.of(-4, 8), Float32Array.of(0, 4)];
    const statistics = statisticsOf(samples, momentaOf([asked, quantizer()]));
    expect(rangeFrom(statistics, asked)).toEqual({ min: -3, max: 8 });
    const other = quantizer({ observer: "MovingAverage", momentum: 0.25 });
    expect(() => rangeFrom(statistics, other)).toThrow(/QC2262.*`0.25`/);
  });

  it("are the same when saved and restored, or merged from two halves", () => {
    fc.assert(
      fc.property(
        fc.array(sample, { maxLength: 4 }),
        fc.array(sample, { maxLength: 4 }),
        (a, b) => {
          const both = statisticsOf([...a, ...b]);
          const text = printStatistics(new Map([["a › b", statisticsOf(a)]]));
          const merged = parseStatistics(text, "stats.json").get("a › b")!;
          expect(merged.save()).toEqual(statisticsOf(a).save());
          merged.merge(statisticsOf(b));
          const { averages, ...exact } = both.save();
          const { averages: mergedAverages, ...mergedExact } = merged.save();
          expect(mergedExact).toEqual(exact);
          const ends = (of: typeof averages) =>
            of.flatMap(({ ranges }) => ranges.flatMap((r) => [r.min, r.max]));
          ends(mergedAverages).forEach((end, i) => {
            expect(Math.abs(end - ends(averages)[i]!)).toBeLessThan(1e-3);
          });
        },
      ),
    );
  });

  it("take a fixed amount of memory", () => {
    const statistics = new Statistics();
    for (let i = 0; i < 300; i++) statistics.observe(gaussian(1000).map((x) => x * i));
    expect(printStatistics(new Map([["x", statistics]])).length).toBeLessThan(20_000);
  });

  it("give [0, 0] where nothing was seen, and the stated range for `Fixed`", () => {
    expect(rangeFrom(new Statistics(), quantizer())).toEqual({ min: 0, max: 0 });
    const fixed = quantizer({ observer: "Fixed", min: 0.5, max: 1 });
    expect(rangeFrom(new Statistics(), fixed)).toEqual({ min: 0, max: 1 });
  });

  it("refuse files that are something else", () => {
    const good = printStatistics(new Map([["x", statisticsOf([Float32Array.of(1, 2)])]]));
    expect(parseStatistics(good, "s").size).toBe(1);
    const bad = [
      "",
      "{",
      "[]",
      "{}",
      good.replace('"version": 1', '"version": 9'),
      good.replace('"start":0', '"start":1e9'),
      good.replace('"samples":1', '"samples":-1'),
      good.replace(/"all":\{[^}]*\}/, '"all":{}'),
    ];
    for (const text of bad) expect(() => parseStatistics(text, "s"), text).toThrow(Rejected);
  });
});

describe("clipping observers", () => {
  const bulk = gaussian(100_000);
  const withOutlier = bulk.with(0, 1000);

  it.each(["Percentile", "Entropy"] as const)("%s cuts off one far outlier", (observer) => {
    const { max } = rangeOfConstant(withOutlier, quantizer({ observer }));
    expect(max).toBeLessThan(10);
    expect(max).toBeGreaterThan(1.5);
  });

  it.each(["Entropy", "MeanSquaredError"] as const)(
    "%s keeps all of evenly spread values",
    (observer) => {
      const even = Float32Array.from({ length: 20_000 }, (_, i) => i / 20_000);
      const { min, max } = rangeOfConstant(even, quantizer({ observer }));
      expect(min).toBe(0);
      expect(max).toBeGreaterThan(0.99);
    },
  );

  it.each(["Entropy", "MeanSquaredError"] as const)(
    "%s looks at the one side of ReLU outputs",
    (observer) => {
      const relu = bulk.map((x) => Math.max(x, 0));
      const { min, max } = rangeOfConstant(relu, quantizer({ observer }));
      expect(min).toBe(0);
      expect(max).toBeGreaterThan(2.5);
      expect(max).toBeLessThan(5);
    },
  );

  it.each(["int8", "int4", "int3", "int2"] as const)(
    "MeanSquaredError finds the best range of %s",
    (dtype) => {
      const settings = quantizer({
        observer: "MeanSquaredError",
        dtype,
        symmetric: true,
        narrow: true,
      });
      const found = rangeOfConstant(bulk, settings).max;
      const levels = 2 ** (Number(dtype.slice(3)) - 1) - 1;
      const errorOf = (max: number) => {
        const scale = max / levels;
        let sum = 0;
        for (const x of bulk)
          sum += (x - scale * Math.max(-levels, Math.min(levels, Math.round(x / scale)))) ** 2;
        return sum;
      };
      let best = Number.POSITIVE_INFINITY;
      for (let max = 0.2; max < 5; max += 0.02) best = Math.min(best, errorOf(max));
      expect(errorOf(found)).toBeLessThan(best * 1.01);
    },
  );

  it("Percentile keeps the share that it is asked for", () => {
    const sorted = bulk.toSorted();
    const { min, max } = rangeOfConstant(
      bulk,
      quantizer({ observer: "Percentile", percentile: 99 }),
    );
    expect(Math.abs(min - sorted[500]!)).toBeLessThan(0.01);
    expect(Math.abs(max - sorted[99_500]!)).toBeLessThan(0.01);
  });
});

describe("collecting", () => {
  it("observes sample by sample, reports progress, and names sites that are not finite", () => {
    const done: number[] = [];
    const { statistics, diagnostics } = collectStatistics<number, string>(
      ["a", "b", "c"],
      [1, 2, Number.POSITIVE_INFINITY],
      (x, observe) => {
        observe("a", Float32Array.of(x, -x, 0));
        observe("b", Float32Array.of(Number.NaN));
        observe("elsewhere", Float32Array.of(x));
      },
      { progress: (count) => done.push(count) },
    );
    expect(done).toEqual([1, 2, 3]);
    expect([...statistics.keys()]).toEqual(["a", "b", "c"]);
    expect(statistics.get("a")!.all).toEqual({ min: -2, max: 2 });
    expect(diagnostics.map(({ code, severity, message }) => [code, severity, message])).toEqual([
      ["QC2260", "error", "`b` computed 3 values that are NaN or infinite"],
      ["QC2260", "warning", "`a` computed 2 values that are NaN or infinite"],
    ]);
  });
});
