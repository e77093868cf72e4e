import { Pointer } from "./memory";

// A strided view: `[rank, extents of the result …, strides of operand 0 …, strides of operand 1 …]`, see the reference.

/** The number of elements of a row. */
@inline
export function rowLength(view: Pointer<i32>): i32 {
  return view[view[0]];
}

/** The number of rows. */
export function rowCount(view: Pointer<i32>): i32 {
  let rows = 1;
  for (let axis = 1; axis < view[0]; axis++) rows *= view[axis];
  return rows;
}

/** The distance in `operand` of elements that are neighbours in a row. */
@inline
export function rowStep(view: Pointer<i32>, operand: i32): i32 {
  return view[view[0] * (operand + 2)];
}

/** Where row `row` starts in `operand`, relative to the operand's first element of the view. */
export function rowStart(view: Pointer<i32>, operand: i32, row: i32): i32 {
  const rank = view[0];
  let start = 0;
  let rest = row;
  for (let axis = rank - 1; axis >= 1; axis--) {
    const extent = view[axis];
    const outer = rest / extent;
    start += (rest - outer * extent) * view[rank * (operand + 1) + axis];
    rest = outer;
  }
  return start;
}

// Rows next to each other in the last axis but one start evenly apart: kernels add up within such a group of rows and
// divide only for its first.

/** The number of rows in a group. */
@inline
export function groupLength(view: Pointer<i32>): i32 {
  const rank = view[0];
  return rank > 1 ? view[rank - 1] : 1;
}

/** The distance in `operand` of the starts of rows in a group. */
@inline
export function groupStep(view: Pointer<i32>, operand: i32): i32 {
  const rank = view[0];
  return rank > 1 ? view[rank * (operand + 2) - 1] : 0;
}
