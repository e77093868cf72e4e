import type { Elements } from "./elements.ts";

/** What stands outside of the input. Numbers, because emitted programs pass them. */
export const PadMode = {
  constant: 0,
  /** `c b | a b c | b a`: mirrored at the border element. */
  reflect: 1,
  /** `a a | a b c | c c`. */
  edge: 2,
  /** `b a | a b c | c b`: mirrored at the border. */
  symmetric: 3,
} as const;

/**
 * `y[i, j, …] = x[i − before₀, j − before₁, …]`, and outside of `x` what the mode says. `x` and `y` have `rank` axes that
 * are padded and then `inner` elements at each of their places, of which `y` has `places`. `shape` holds for each
 * axis the extent of `y`, then the extents of `x`, then the places before. Negative numbers of places cut off.
 */
export function pad(
  x: Elements,
  y: Elements,
  places: number,
  inner: number,
  rank: number,
  shape: Int32Array,
  mode: number,
  value: number,
): void {
  let at = 0;
  for (let place = 0; place < places; place++) {
    const from = sourcePlace(place, rank, shape, mode) * inner;
    if (from < 0) for (let i = 0; i < inner; i++) y[at++] = value;
    else for (let i = 0; i < inner; i++) y[at++] = x[from + i]!;
  }
}

/** The place of `x` that stands at a place of `y`, −1 for the constant. */
function sourcePlace(place: number, rank: number, shape: Int32Array, mode: number): number {
  let rest = place;
  let from = 0;
  let stride = 1;
  for (let axis = rank - 1; axis >= 0; axis--) {
    const extent = shape[axis]!;
    const size = shape[rank + axis]!;
    const along = sourceAlong((rest % extent) - shape[2 * rank + axis]!, size, mode);
    if (along < 0) return -1;
    from += along * stride;
    stride *= size;
    rest = Math.floor(rest / extent);
  }
  return from;
}

/** The place along an axis of `size` elements that stands at `i`, −1 for the constant. */
function sourceAlong(i: number, size: number, mode: number): number {
  if (0 <= i && i < size) return i;
  if (mode === PadMode.constant) return -1;
  if (mode === PadMode.edge || size === 1) return i < 0 ? 0 : size - 1;
  const period = mode === PadMode.reflect ? 2 * size - 2 : 2 * size;
  const at = ((i % period) + period) % period;
  return at < size ? at : mode === PadMode.reflect ? period - at : period - 1 - at;
}

/** A matrix with what is above (`upper` 0: keeps the lower triangle) or below the diagonal `k` set to 0. */
export function trilu(
  x: Elements,
  y: Elements,
  batch: number,
  rows: number,
  columns: number,
  upper: number,
  k: number,
): void {
  let at = 0;
  for (let b = 0; b < batch; b++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++, at++) {
        const kept = upper === 1 ? j - i >= k : j - i <= k;
        y[at] = kept ? x[at]! : 0;
      }
    }
  }
}
