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
