import { defaultMomentum, type Quantizer } from "../ir/quantizer.ts";
import { Histogram, type SavedHistogram } from "./histogram.ts";
import {
  joinAverages,
  type MovingAverages,
  startAverages,
  updateAverages,
} from "./moving-average.ts";
import { emptyRange, isEmpty, type Range, rangeOfValues, union } from "./range.ts";

/** Statistics as plain JSON. Ranges are absent while no finite value was seen. */
export interface SavedStatistics {
  readonly samples: number;
  readonly nonFinite: number;
  readonly first?: Range;
  readonly last?: Range;
  readonly all?: Range;
  readonly averages: readonly MovingAverages[];
  readonly histogram: SavedHistogram;
}

/**
 * All that is kept of the values seen at one site, enough for every quantizer: so changing a rule needs
 * no new calibration. One pass, about 17 KB whatever the number of samples.
 */
export class Statistics {
  #samples = 0;
  #nonFinite = 0;
  #first = emptyRange;
  #last = emptyRange;
  #all = emptyRange;
  #averages: readonly MovingAverages[] = [];
  #histogram = new Histogram();
  readonly #momenta: readonly number[];

  /** `momenta`: those of the moving averages to keep; the default one is always kept. */
  constructor(momenta: readonly number[] = []) {
    this.#momenta = [...new Set([defaultMomentum, ...momenta])];
  }

  /** Samples with at least one finite value. */
  get samples(): number {
    return this.#samples;
  }

  /** How many NaNs and infinities there were; they take no part in the rest. */
  get nonFinite(): number {
    return this.#nonFinite;
  }

  /** The range of the first sample. */
  get first(): Range {
    return this.#first;
  }

  /** The range of the last sample. */
  get last(): Range {
    return this.#last;
  }

  /** The range of all samples. */
  get all(): Range {
    return this.#all;
  }

  get averages(): readonly MovingAverages[] {
    return this.#averages;
  }

  get histogram(): Histogram {
    return this.#histogram;
  }

  /** Takes in the values of one sample, in any order. Keeps nothing of the array. */
  observe(values: Float32Array): void {
    const range = rangeOfValues(values);
    const before = this.#histogram.total;
    this.#histogram.add(values, range.min, range.max);
    this.#nonFinite += values.length - (this.#histogram.total - before);
    if (isEmpty(range)) return;
    if (this.#samples === 0) {
      this.#first = range;
      this.#averages = this.#momenta.map((momentum) => startAverages(momentum, range));
    } else {
      this.#averages = this.#averages.map((averages) => updateAverages(averages, range));
    }
    this.#samples++;
    this.#last = range;
    this.#all = union(this.#all, range);
  }

  /** Takes in what other statistics saw after these; momenta that only one of both kept are lost. */
  merge(later: Statistics): void {
    if (later.#samples > 0) {
      const join = (averages: MovingAverages): readonly MovingAverages[] => {
        const other = later.#averages.find(({ momentum }) => momentum === averages.momentum);
        return other ? [joinAverages(averages, other, later.#samples, later.#first)] : [];
      };
      if (this.#samples === 0) this.#first = later.#first;
      this.#averages = this.#samples === 0 ? later.#averages : this.#averages.flatMap(join);
      this.#last = later.#last;
      this.#all = union(this.#all, later.#all);
    }
    this.#samples += later.#samples;
    this.#nonFinite += later.#nonFinite;
    this.#histogram.merge(later.#histogram);
  }

  save(): SavedStatistics {
    const ranges = this.#samples > 0 && { first: this.#first, last: this.#last, all: this.#all };
    return {
      samples: this.#samples,
      nonFinite: this.#nonFinite,
      ...ranges,
      averages: this.#averages,
      histogram: this.#histogram.save(),
    };
  }

  /** From what `save` gave; the caller has checked that it is so. */
  static restore(saved: SavedStatistics): Statistics {
    const statistics = new Statistics(saved.averages.map(({ momentum }) => momentum));
    statistics.#samples = saved.samples;
    statistics.#nonFinite = saved.nonFinite;
    statistics.#first = saved.first ?? emptyRange;
    statistics.#last = saved.last ?? emptyRange;
    statistics.#all = saved.all ?? emptyRange;
    statistics.#averages = saved.averages;
    statistics.#histogram = Histogram.restore(saved.histogram);
    return statistics;
  }
}

/** The momenta of the moving averages that quantizers ask for: what `Statistics` must be told. */
export function momentaOf(quantizers: Iterable<Quantizer>): readonly number[] {
  const momenta = new Set<number>();
  for (const { observer, momentum } of quantizers) {
    if (observer === "MovingAverage") momenta.add(momentum ?? defaultMomentum);
    if (observer === "Own" && momentum !== undefined) momenta.add(momentum);
  }
  return [...momenta];
}
