import { copyAny, fillRun } from "./copy";
import { Pointer } from "./memory";
import { groupLength, groupStep, rowCount, rowLength, rowStart, rowStep } from "./view";

/** `y[i, j, …] = x[offset + i · s₀ + j · s₁ + …]`: rows that lie in `x` as in `y` are copied, single elements repeated. */
export function strided<T>(
  x: Pointer<T>,
  y: Pointer<T>,
  view: Pointer<i32>,
  offset: i32,
): void {
  const rows = rowCount(view);
  const length = rowLength(view);
  const step = rowStep(view, 0);
  const group = groupLength(view);
  const next = groupStep(view, 0);
  let at = 0;
  for (let row = 0; row < rows; row += group) {
    let from = offset + rowStart(view, 0, row);
    for (let i = 0; i < group; i++, from += next, at += length) {
      if (step == 1) copyAny<T>(x.from(from), y.from(at), length);
      else if (step == 0) fillRun<T>(x[from], y.from(at), length);
      else for (let j = 0, place = from; j < length; j++, place += step) y[at + j] = x[place];
    }
  }
}

/** Copies `blocks` runs of `length` elements; the runs start `yStride` apart in `y`, the first at `offset`. */
export function copyBlocks<T>(
  x: Pointer<T>,
  y: Pointer<T>,
  blocks: i32,
  length: i32,
  yStride: i32,
  offset: i32,
): void {
  for (let block = 0; block < blocks; block++) {
    copyAny<T>(x.from(block * length), y.from(offset + block * yStride), length);
  }
}
