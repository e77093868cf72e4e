/** Bins of a histogram. */
export const binCount = 2048;

/** A histogram as plain JSON. */
export interface SavedHistogram {
  readonly exponent: number;
  readonly start: number;
  readonly zeros: number;
  /** Without the empty bins at the end. */
  readonly counts: readonly number[];
}

/**
 * Counts of values in bins of equal width, in one pass and in fixed memory. The width is a power of
 * two and bin n holds [n · width, (n + 1) · width), so bins 2n and 2n + 1 merge exactly into bin n of
 * the doubled width. Therefore the result does not depend on the order of the values: the width is
 * always the least at which all bins from 0 to the farthest value fit. Exact zeros, of which ReLU and
 * padding make many, are counted apart: they quantize without error.
 */
export class Histogram {
  #exponent = 0;
  #start = 0;
  #zeros = 0;
  /** The number of all values, zeros included. */
  #total = 0;
  #counts = new Float64Array(binCount);

  /** The bin, counted from zero, of `counts[0]`. Bin 0 is always among the bins. */
  get start(): number {
    return this.#start;
  }

  get width(): number {
    return 2 ** this.#exponent;
  }

  get zeros(): number {
    return this.#zeros;
  }

  get total(): number {
    return this.#total;
  }

  get counts(): Readonly<Float64Array> {
    return this.#counts;
  }

  /** Counts all finite values; all of them lie in [min, max]. */
  add(values: Float32Array, min: number, max: number): void {
    if (min > max) return;
    this.#cover(Math.min(min, 0), Math.max(max, 0));
    const perWidth = 2 ** -this.#exponent;
    const start = this.#start;
    const counts = this.#counts;
    let zeros = 0;
    let finite = 0;
    for (let i = 0; i < values.length; i++) {
      const x = values[i]!;
      if (!(x - x === 0)) continue;
      finite++;
      if (x === 0) zeros++;
      else counts[Math.floor(x * perWidth) - start]!++;
    }
    this.#zeros += zeros;
    this.#total += finite;
  }

  /** Adds all that another histogram has counted. */
  merge(other: Histogram): void {
    const used = other.#usedBins();
    if (used !== undefined) {
      const first = other.#start + used.first;
      const last = other.#start + used.last;
      if (this.#total === this.#zeros) this.#exponent = other.#exponent;
      // Only bins that were used count: the extremes of the other are somewhere inside of them.
      this.#coverBins(Math.min(first, 0), Math.max(last, 0), other.#exponent);
      const shrink = 2 ** (other.#exponent - this.#exponent);
      for (let i = used.first; i <= used.last; i++) {
        this.#counts[Math.floor((other.#start + i) * shrink) - this.#start]! += other.#counts[i]!;
      }
    }
    this.#zeros += other.#zeros;
    this.#total += other.#total;
  }

  save(): SavedHistogram {
    const last = this.#usedBins()?.last ?? -1;
    const counts = Array.from(this.#counts.subarray(0, last + 1));
    return { exponent: this.#exponent, start: this.#start, zeros: this.#zeros, counts };
  }

  /** From what `save` gave; the caller has checked that it is so. */
  static restore({ exponent, start, zeros, counts }: SavedHistogram): Histogram {
    const histogram = new Histogram();
    histogram.#exponent = exponent;
    histogram.#start = start;
    histogram.#zeros = zeros;
    histogram.#counts.set(counts);
    histogram.#total = counts.reduce((sum, count) => sum + count, zeros);
    return histogram;
  }

  #usedBins(): { readonly first: number; readonly last: number } | undefined {
    const first = this.#counts.findIndex((count) => count > 0);
    return first < 0 ? undefined : { first, last: this.#counts.findLastIndex((c) => c > 0) };
  }

  /** Makes room for [min, max], which holds 0. */
  #cover(min: number, max: number): void {
    if (min === max) return;
    const least = Math.floor(Math.log2((max - min) / binCount)) - 1;
    if (this.#total === this.#zeros) this.#exponent = least;
    const exponent = Math.max(this.#exponent, least);
    this.#coverBins(Math.floor(min * 2 ** -exponent), Math.floor(max * 2 ** -exponent), exponent);
  }

  /** Makes room for the bins from `first` to `last` of the width 2^exponent; bin 0 is one of them. */
  #coverBins(first: number, last: number, exponent: number): void {
    const used = this.#usedBins();
    let width = Math.max(exponent, this.#exponent);
    const at = (bin: number, from: number) => Math.floor(bin * 2 ** (from - width));
    const low = () => Math.min(at(first, exponent), at(this.#start, this.#exponent));
    const high = () =>
      Math.max(
        at(last, exponent),
        used === undefined ? 0 : at(this.#start + used.last, this.#exponent),
      );
    while (high() - low() >= binCount) width++;
    if (width !== this.#exponent || low() !== this.#start) this.#rebin(width, low());
  }

  #rebin(exponent: number, start: number): void {
    const merged = new Float64Array(binCount);
    const shrink = 2 ** (this.#exponent - exponent);
    this.#counts.forEach((count, i) => {
      if (count > 0) merged[Math.floor((this.#start + i) * shrink) - start]! += count;
    });
    this.#counts = merged;
    this.#exponent = exponent;
    this.#start = start;
  }
}
