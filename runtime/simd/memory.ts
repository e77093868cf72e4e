/**
 * A place in the linear memory that holds elements of type `T`: what a typed array is to the reference kernels. Programs name
 * their memory with the functions below; kernels index it, or take addresses from it for whole vectors:
 *
 * ```ts
 * y[i] = x[i] + 1;
 * v128.store(y.at(i), v128.load(x.at(i)));
 * ```
 */
@unmanaged @final
export class Pointer<T> {
  @inline
  @operator("[]")
  get(i: i32): T {
    return load<T>(this.at(i));
  }

  @inline
  @operator("[]=")
  set(i: i32, value: T): void {
    store<T>(this.at(i), value);
  }

  /** The address of element `i`. */
  @inline
  at(i: i32): usize {
    return changetype<usize>(this) + ((<usize>i) << alignof<T>());
  }

  /** The elements from `i` on. */
  @inline
  from(i: i32): Pointer<T> {
    return changetype<Pointer<T>>(this.at(i));
  }
}

// How programs name their memory: an offset in bytes, and a length in elements for families that work on arrays.

/** float32 elements. */
@inline
export function float32(offset: usize, length: i32): Pointer<f32> {
  return changetype<Pointer<f32>>(offset);
}

/** int8 elements. */
@inline
export function int8(offset: usize, length: i32): Pointer<i8> {
  return changetype<Pointer<i8>>(offset);
}

/** uint8 elements. */
@inline
export function uint8(offset: usize, length: i32): Pointer<u8> {
  return changetype<Pointer<u8>>(offset);
}

/** int16 elements. */
@inline
export function int16(offset: usize, length: i32): Pointer<i16> {
  return changetype<Pointer<i16>>(offset);
}

/** uint16 elements. */
@inline
export function uint16(offset: usize, length: i32): Pointer<u16> {
  return changetype<Pointer<u16>>(offset);
}

/** int32 elements. */
@inline
export function int32(offset: usize, length: i32): Pointer<i32> {
  return changetype<Pointer<i32>>(offset);
}
