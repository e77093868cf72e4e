import { Pointer } from "./memory";

/**
 * Copies `count` elements of a run, without a call: an engine would keep nothing in registers around it. The runs do not overlap, or are
 * the same.
 */
@inline
export function copyRun<T>(from: Pointer<T>, to: Pointer<T>, count: i32): void {
  const width = 16 / sizeof<T>();
  let i = 0;
  if (count < width) {
    for (; i < count; i++) to[i] = from[i];
    return;
  }
  for (; i <= count - width; i += width) v128.store(to.at(i), v128.load(from.at(i)));
  // The last elements with some of those before them.
  if (i < count) v128.store(to.at(count - width), v128.load(from.at(count - width)));
}

/** The same for runs of any length: long ones with what the engine has for that. */
@inline
export function copyAny<T>(from: Pointer<T>, to: Pointer<T>, count: i32): void {
  if (count > 256 / sizeof<T>()) memory.copy(to.at(0), from.at(0), <usize>count * sizeof<T>());
  else copyRun<T>(from, to, count);
}

/** Sets `count` elements to one value. */
@inline
export function fillRun<T>(value: T, to: Pointer<T>, count: i32): void {
  const width = 16 / sizeof<T>();
  let i = 0;
  if (count < width) {
    for (; i < count; i++) to[i] = value;
    return;
  }
  const values = v128.splat<T>(value);
  for (; i <= count - width; i += width) v128.store(to.at(i), values);
  if (i < count) v128.store(to.at(count - width), values);
}

/** `y = x`, element by element. */
export function copy<T>(x: Pointer<T>, y: Pointer<T>, length: i32): void {
  memory.copy(y.at(0), x.at(0), <usize>length * sizeof<T>());
}
