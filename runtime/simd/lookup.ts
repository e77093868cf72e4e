import { Pointer } from "./memory";

/**
 * See the reference. Scalar: 16 shuffles of 16 entries each need more instructions than the loads of 16 elements from the
 * table, which stays in the cache.
 */
export function lookup<X, Y>(
  x: Pointer<X>,
  table: Pointer<Y>,
  y: Pointer<Y>,
  length: i32,
  low: i32,
): void {
  const entries = table.from(-low);
  let i = 0;
  for (; i <= length - 4; i += 4) {
    y[i] = entries[<i32>x[i]];
    y[i + 1] = entries[<i32>x[i + 1]];
    y[i + 2] = entries[<i32>x[i + 2]];
    y[i + 3] = entries[<i32>x[i + 3]];
  }
  for (; i < length; i++) y[i] = entries[<i32>x[i]];
}
