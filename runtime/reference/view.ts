/**
 * A strided view: how operands of other shapes are read in the order of the result. An int32 table
 *
 * ```text
 * [rank, extents of the result …, strides of operand 0 …, strides of operand 1 …]
 * ```
 *
 * with `rank ≥ 1` and strides in elements: 0 where an operand is broadcast, negative where it is read backwards.
 * The compiler merges axes that lie behind each other, so a row (the last axis) is as long as it can be.
 */
export type View = Int32Array;

/** The number of elements of a row. */
export function rowLength(view: View): number {
  return view[view[0]!]!;
}

/** The number of rows. */
export function rowCount(view: View): number {
  let rows = 1;
  for (let axis = 1; axis < view[0]!; axis++) rows *= view[axis]!;
  return rows;
}

/** The distance in `operand` of elements that are neighbours in a row. */
export function rowStep(view: View, operand: number): number {
  return view[view[0]! * (operand + 2)]!;
}

/** Where row `row` starts in `operand`, relative to the operand's first element of the view. */
export function rowStart(view: View, operand: number, row: number): number {
  const rank = view[0]!;
  let start = 0;
  let rest = row;
  for (let axis = rank - 1; axis >= 1; axis--) {
    const extent = view[axis]!;
    const outer = Math.floor(rest / extent);
    start += (rest - outer * extent) * view[rank * (operand + 1) + axis]!;
    rest = outer;
  }
  return start;
}
