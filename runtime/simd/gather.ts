import { copyAny } from "./copy";
import { Pointer } from "./memory";

/** An index that may count from the end, limited to [0, size): kernels never read beyond a tensor. */
@inline
function place(index: i32, size: i32): i32 {
  const at = index < 0 ? index + size : index;
  return max<i32>(min<i32>(at, size - 1), 0);
}

/** `y[o, j, i] = x[o, indices[j], i]` with `x` seen as [outer, size, inner] and `count` indices. */
export function gather<T, I>(
  x: Pointer<T>,
  indices: Pointer<I>,
  y: Pointer<T>,
  outer: i32,
  size: i32,
  inner: i32,
  count: i32,
): void {
  gatherBatched<T, I>(x, indices, y, 1, outer, size, inner, count);
}

/** `gather` with the indices of `groups` batches. */
export function gatherBatched<T, I>(
  x: Pointer<T>,
  indices: Pointer<I>,
  y: Pointer<T>,
  groups: i32,
  outer: i32,
  size: i32,
  inner: i32,
  count: i32,
): void {
  let at = 0;
  for (let g = 0; g < groups; g++) {
    for (let o = 0; o < outer; o++) {
      for (let j = 0; j < count; j++, at += inner) {
        const index = place(<i32>indices[g * count + j], size);
        const from = ((g * outer + o) * size + index) * inner;
        copyAny<T>(x.from(from), y.from(at), inner);
      }
    }
  }
}

/** `y[…, j, …] = x[…, indices[…, j, …], …]` element by element. */
export function gatherElements<T, I>(
  x: Pointer<T>,
  indices: Pointer<I>,
  y: Pointer<T>,
  length: i32,
  rank: i32,
  shape: Pointer<i32>,
  size: i32,
  stride: i32,
): void {
  for (let at = 0; at < length; at++) {
    let rest = at;
    let from = place(<i32>indices[at], size) * stride;
    for (let axis = rank - 1; axis >= 0; axis--) {
      const extent = shape[axis];
      const outer = rest / extent;
      from += (rest - outer * extent) * shape[rank + axis];
      rest = outer;
    }
    y[at] = x[from];
  }
}

/** Slices of `inner` elements at `depth`-dimensional places. */
export function gatherND<T, I>(
  x: Pointer<T>,
  indices: Pointer<I>,
  y: Pointer<T>,
  groups: i32,
  count: i32,
  depth: i32,
  inner: i32,
  sizes: Pointer<i32>,
): void {
  let block = 1;
  for (let d = 0; d < depth; d++) block *= sizes[d];
  for (let g = 0, at = 0; g < groups; g++) {
    for (let j = 0; j < count; j++, at++) {
      const from = g * block + placeWithin<I>(indices.from(at * depth), depth, sizes);
      copyAny<T>(x.from(from * inner), y.from(at * inner), inner);
    }
  }
}

/** The place of the `depth` indices among `sizes`. */
@inline
function placeWithin<I>(indices: Pointer<I>, depth: i32, sizes: Pointer<i32>): i32 {
  let within = 0;
  for (let d = 0; d < depth; d++) within = within * sizes[d] + place(<i32>indices[d], sizes[d]);
  return within;
}

/** `y` is a copy of `x` except that slice `indices[j]` is slice `j` of `updates`; the last one wins. */
export function scatterND<T, I>(
  x: Pointer<T>,
  indices: Pointer<I>,
  updates: Pointer<T>,
  y: Pointer<T>,
  length: i32,
  count: i32,
  depth: i32,
  inner: i32,
  sizes: Pointer<i32>,
): void {
  memory.copy(y.at(0), x.at(0), <usize>length * sizeof<T>());
  for (let j = 0; j < count; j++) {
    const within = placeWithin<I>(indices.from(j * depth), depth, sizes);
    copyAny<T>(updates.from(j * inner), y.from(within * inner), inner);
  }
}

/** `y[o, d, i] = indices[o, i] = d ? on : off`; indices may count from the end. */
export function oneHot<I, Y>(
  indices: Pointer<I>,
  y: Pointer<Y>,
  outer: i32,
  depth: i32,
  inner: i32,
  on: f64,
  off: f64,
): void {
  const chosen = isFloat<Y>() ? <Y>on : <Y>(<i32>on);
  const other = isFloat<Y>() ? <Y>off : <Y>(<i32>off);
  for (let o = 0; o < outer; o++) {
    for (let d = 0; d < depth; d++) {
      for (let i = 0; i < inner; i++) {
        const index = <i32>indices[o * inner + i];
        y[(o * depth + d) * inner + i] = index == d || index + depth == d ? chosen : other;
      }
    }
  }
}
