import type { Elements } from "./elements.ts";

/** An index that may count from the end, limited to [0, size): kernels never read beyond a tensor. */
function place(index: number, size: number): number {
  const at = index < 0 ? index + size : index;
  return at < 0 ? 0 : at >= size ? size - 1 : at;
}

/** `y[o, j, i] = x[o, indices[j], i]` with `x` seen as [outer, size, inner] and `count` indices. */
export function gather(
  x: Elements,
  indices: Elements,
  y: Elements,
  outer: number,
  size: number,
  inner: number,
  count: number,
): void {
  let at = 0;
  for (let o = 0; o < outer; o++) {
    for (let j = 0; j < count; j++) {
      const from = (o * size + place(indices[j]!, size)) * inner;
      for (let i = 0; i < inner; i++) y[at++] = x[from + i]!;
    }
  }
}

/**
 * `gather` with the indices of `groups` batches: `x` is [groups, outer, size, inner], `indices` [groups, count], `y`
 * [groups, outer, count, inner].
 */
export function gatherBatched(
  x: Elements,
  indices: Elements,
  y: Elements,
  groups: number,
  outer: number,
  size: number,
  inner: number,
  count: number,
): void {
  let at = 0;
  for (let g = 0; g < groups; g++) {
    for (let o = 0; o < outer; o++) {
      for (let j = 0; j < count; j++) {
        const from = ((g * outer + o) * size + place(indices[g * count + j]!, size)) * inner;
        for (let i = 0; i < inner; i++) y[at++] = x[from + i]!;
      }
    }
  }
}

/**
 * `y[…, j, …] = x[…, indices[…, j, …], …]` element by element; `indices` and `y` have one shape. `shape` holds, for
 * each axis, the extent in `y`, then for each axis the stride in `x` (0 along the gathered one).
 */
export function gatherElements(
  x: Elements,
  indices: Elements,
  y: Elements,
  length: number,
  rank: number,
  shape: Int32Array,
  size: number,
  stride: number,
): void {
  for (let at = 0; at < length; at++) {
    let rest = at;
    let from = place(indices[at]!, size) * stride;
    for (let axis = rank - 1; axis >= 0; axis--) {
      const extent = shape[axis]!;
      from += (rest % extent) * shape[rank + axis]!;
      rest = Math.floor(rest / extent);
    }
    y[at] = x[from]!;
  }
}

/**
 * Slices of `inner` elements at `depth`-dimensional places: `indices` is [groups, count, depth], `x` [groups, sizes …,
 * inner], `y` [groups, count, inner]. `sizes` are the extents that the indices count in.
 */
export function gatherND(
  x: Elements,
  indices: Elements,
  y: Elements,
  groups: number,
  count: number,
  depth: number,
  inner: number,
  sizes: Int32Array,
): void {
  let block = 1;
  for (let d = 0; d < depth; d++) block *= sizes[d]!;
  let at = 0;
  for (let j = 0; j < groups * count; j++) {
    let from = Math.floor(j / count) * block;
    let within = 0;
    for (let d = 0; d < depth; d++) {
      within = within * sizes[d]! + place(indices[j * depth + d]!, sizes[d]!);
    }
    from = (from + within) * inner;
    for (let i = 0; i < inner; i++) y[at++] = x[from + i]!;
  }
}

/** `y` is a copy of `x` except that slice `indices[j]` is slice `j` of `updates` (`gatherND` the other way round; the last one wins). */
export function scatterND(
  x: Elements,
  indices: Elements,
  updates: Elements,
  y: Elements,
  length: number,
  count: number,
  depth: number,
  inner: number,
  sizes: Int32Array,
): void {
  for (let i = 0; i < length; i++) y[i] = x[i]!;
  for (let j = 0; j < count; j++) {
    let within = 0;
    for (let d = 0; d < depth; d++) {
      within = within * sizes[d]! + place(indices[j * depth + d]!, sizes[d]!);
    }
    for (let i = 0; i < inner; i++) y[within * inner + i] = updates[j * inner + i]!;
  }
}

/** `y[o, d, i] = indices[o, i] = d ? on : off`, with `y` [outer, depth, inner]; indices may count from the end. */
export function oneHot(
  indices: Elements,
  y: Elements,
  outer: number,
  depth: number,
  inner: number,
  on: number,
  off: number,
): void {
  for (let o = 0; o < outer; o++) {
    for (let d = 0; d < depth; d++) {
      for (let i = 0; i < inner; i++) {
        const index = indices[o * inner + i]!;
        y[(o * depth + d) * inner + i] = index === d || index + depth === d ? on : off;
      }
    }
  }
}
