import { copyAny, fillRun } from "./copy";
import { Pointer } from "./memory";

// What stands outside of the input, the numbers of the reference's `PadMode`; 3 is symmetric.
const constant = 0;
const reflect = 1;
const edge = 2;

/** `y[i, j, …] = x[i − before₀, j − before₁, …]`, and outside of `x` what the mode says. */
export function pad<T>(
  x: Pointer<T>,
  y: Pointer<T>,
  places: i32,
  inner: i32,
  rank: i32,
  shape: Pointer<i32>,
  mode: i32,
  value: f64,
): void {
  const filling = isFloat<T>() ? <T>value : <T>(<i32>value);
  for (let place = 0; place < places; place++) {
    const from = sourcePlace(place, rank, shape, mode) * inner;
    const to = y.from(place * inner);
    if (from < 0) fillRun<T>(filling, to, inner);
    else copyAny<T>(x.from(from), to, inner);
  }
}

/** The place of `x` that stands at a place of `y`, −1 for the constant. */
function sourcePlace(place: i32, rank: i32, shape: Pointer<i32>, mode: i32): i32 {
  let rest = place;
  let from = 0;
  let stride = 1;
  for (let axis = rank - 1; axis >= 0; axis--) {
    const extent = shape[axis];
    const size = shape[rank + axis];
    const outer = rest / extent;
    const along = sourceAlong(rest - outer * extent - shape[2 * rank + axis], size, mode);
    if (along < 0) return -1;
    from += along * stride;
    stride *= size;
    rest = outer;
  }
  return from;
}

/** The place along an axis of `size` elements that stands at `i`, −1 for the constant. */
function sourceAlong(i: i32, size: i32, mode: i32): i32 {
  if (0 <= i && i < size) return i;
  if (mode == constant) return -1;
  if (mode == edge || size == 1) return i < 0 ? 0 : size - 1;
  const period = mode == reflect ? 2 * size - 2 : 2 * size;
  const at = ((i % period) + period) % period;
  return at < size ? at : mode == reflect ? period - at : period - 1 - at;
}

/** A matrix with what is above (`upper` 0: keeps the lower triangle) or below the diagonal `k` set to 0. */
export function trilu<T>(
  x: Pointer<T>,
  y: Pointer<T>,
  batch: i32,
  rows: i32,
  columns: i32,
  upper: i32,
  k: i32,
): void {
  let at = 0;
  for (let b = 0; b < batch; b++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++, at++) {
        const kept = upper == 1 ? j - i >= k : j - i <= k;
        y[at] = kept ? x[at] : <T>0;
      }
    }
  }
}
