import { Pointer } from "./memory";

/** Copies `count` elements of a run; short ones without a call. The runs do not overlap, or are the same. */
@inline
export function copyRun<T>(from: Pointer<T>, to: Pointer<T>, count: i32): void {
  const width = 16 / sizeof<T>();
  if (count > 16 * width) {
    memory.copy(to.at(0), from.at(0), <usize>count * sizeof<T>());
    return;
  }
  let i = 0;
  for (; i <= count - width; i += width) v128.store(to.at(i), v128.load(from.at(i)));
  for (; i < count; i++) to[i] = from[i];
}

/** Sets `count` elements to one value. */
@inline
export function fillRun<T>(value: T, to: Pointer<T>, count: i32): void {
  const width = 16 / sizeof<T>();
  const values = v128.splat<T>(value);
  let i = 0;
  for (; i <= count - width; i += width) v128.store(to.at(i), values);
  for (; i < count; i++) to[i] = value;
}

/** `y = x`, element by element. */
export function copy<T>(x: Pointer<T>, y: Pointer<T>, length: i32): void {
  memory.copy(y.at(0), x.at(0), <usize>length * sizeof<T>());
}
