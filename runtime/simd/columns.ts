// float32 columns side by side: four in the lanes of a vector, or one of them in every lane. Kernels that walk along columns
// handle the last ones alone with the same code, in which `wide` is a constant.

/** The elements of the columns at an address. */
@inline
export function loadColumns(from: usize, wide: bool): v128 {
  return wide ? v128.load(from) : v128.load32_splat(from);
}

/** Writes what `loadColumns` reads. */
@inline
export function storeColumns(to: usize, lanes: v128, wide: bool): void {
  if (wide) v128.store(to, lanes);
  else v128.store32_lane(to, lanes, 0);
}
