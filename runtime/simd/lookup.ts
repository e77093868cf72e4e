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
  // Addresses with constant offsets, which are part of the instructions.
  if (sizeof<X>() == 1) {
    for (; i <= length - 8; i += 8) {
      const from = x.at(i);
      const to = y.at(i);
      store<Y>(to, entries[<i32>load<X>(from)]);
      store<Y>(to, entries[<i32>load<X>(from, 1)], sizeof<Y>());
      store<Y>(to, entries[<i32>load<X>(from, 2)], 2 * sizeof<Y>());
      store<Y>(to, entries[<i32>load<X>(from, 3)], 3 * sizeof<Y>());
      store<Y>(to, entries[<i32>load<X>(from, 4)], 4 * sizeof<Y>());
      store<Y>(to, entries[<i32>load<X>(from, 5)], 5 * sizeof<Y>());
      store<Y>(to, entries[<i32>load<X>(from, 6)], 6 * sizeof<Y>());
      store<Y>(to, entries[<i32>load<X>(from, 7)], 7 * sizeof<Y>());
    }
  }
  for (; i < length; i++) y[i] = entries[<i32>x[i]];
}
