import type { Elements } from "./elements.ts";
import { rowCount, rowLength, rowStart, rowStep, type View } from "./view.ts";

/** `y[i, j, …] = x[offset + i · s₀ + j · s₁ + …]`: transposes, slices, repeats. `view` has the one operand `x`. */
export function strided(x: Elements, y: Elements, view: View, offset: number): void {
  const rows = rowCount(view);
  const length = rowLength(view);
  const step = rowStep(view, 0);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    let from = offset + rowStart(view, 0, row);
    for (let i = 0; i < length; i++, from += step) y[at++] = x[from]!;
  }
}

/** Copies `blocks` runs of `length` elements; the runs start `yStride` apart in `y`, the first at `offset`. */
export function copyBlocks(
  x: Elements,
  y: Elements,
  blocks: number,
  length: number,
  yStride: number,
  offset: number,
): void {
  for (let block = 0; block < blocks; block++) {
    const from = block * length;
    const to = offset + block * yStride;
    for (let i = 0; i < length; i++) y[to + i] = x[from + i]!;
  }
}
