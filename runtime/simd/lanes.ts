// Integers of 8 or 16 bits as lanes of wider vectors, and back. Of the vectors at the end of an array only the first `n`
// elements are read and written; the other lanes are 0.
import { Pointer } from "./memory";

/** Four elements as int32 lanes. */
@inline
export function load4<T>(from: usize): v128 {
  if (sizeof<T>() == 4) return v128.load(from);
  if (sizeof<T>() == 2) return isSigned<T>() ? v128.load16x4_s(from) : v128.load16x4_u(from);
  return widen4<T>(v128.load32_zero(from));
}

/** The first `n` of four elements as int32 lanes; float32 numbers as they are. */
@inline
export function loadSome4<T>(from: usize, n: i32): v128 {
  if (n >= 4) return load4<T>(from);
  if (isFloat<T>()) return loadSome4<i32>(from, n);
  let lanes = i32x4.splat(0);
  if (n > 2) lanes = i32x4.replace_lane(lanes, 2, <i32>load<T>(from + 2 * sizeof<T>()));
  if (n > 1) lanes = i32x4.replace_lane(lanes, 1, <i32>load<T>(from + sizeof<T>()));
  return n > 0 ? i32x4.replace_lane(lanes, 0, <i32>load<T>(from)) : lanes;
}

/** The first `n`, at least one, of four elements that are `step` apart, as int32 lanes. */
@inline
export function loadStrided4<T>(from: Pointer<T>, step: i32, n: i32): v128 {
  if (step == 1) return loadSome4<T>(from.at(0), n);
  let lanes = i32x4.splat(<i32>from[0]);
  if (n > 1) lanes = i32x4.replace_lane(lanes, 1, <i32>from[step]);
  if (n > 2) lanes = i32x4.replace_lane(lanes, 2, <i32>from[2 * step]);
  return n > 3 ? i32x4.replace_lane(lanes, 3, <i32>from[3 * step]) : lanes;
}

/** int32 lanes within the range of `T` as four elements. */
@inline
export function store4<T>(to: usize, lanes: v128): void {
  if (sizeof<T>() == 4) v128.store(to, lanes);
  else if (sizeof<T>() == 2) v128.store64_lane(to, narrow16<T>(lanes, lanes), 0);
  else v128.store32_lane(to, narrow8<T>(i16x8.narrow_i32x4_s(lanes, lanes)), 0);
}

/** The first `n` of four int32 lanes, within the range of `T`; float32 numbers as they are. */
@inline
export function storeSome4<T>(to: usize, lanes: v128, n: i32): void {
  if (isFloat<T>()) return storeSome4<i32>(to, lanes, n);
  if (n >= 4) return store4<T>(to, lanes);
  if (n > 0) store<T>(to, <T>i32x4.extract_lane(lanes, 0));
  if (n > 1) store<T>(to + sizeof<T>(), <T>i32x4.extract_lane(lanes, 1));
  if (n > 2) store<T>(to + 2 * sizeof<T>(), <T>i32x4.extract_lane(lanes, 2));
}

/** Eight elements of 8 bits as int16 lanes. */
@inline
export function load8<T>(from: usize): v128 {
  return isSigned<T>() ? v128.load8x8_s(from) : v128.load8x8_u(from);
}

/** The first `n` of eight elements of 8 bits as int16 lanes. */
@inline
export function loadSome8<T>(from: usize, n: i32): v128 {
  if (n >= 8) return load8<T>(from);
  let bytes: u64 = 0;
  for (let i = n - 1; i >= 0; i--) bytes = (bytes << 8) | load<u8>(from + i);
  const lanes = i64x2.splat(bytes);
  return isSigned<T>() ? i16x8.extend_low_i8x16_s(lanes) : i16x8.extend_low_i8x16_u(lanes);
}

/** int16 lanes as eight elements of 8 bits, saturated. */
@inline
export function store8<T>(to: usize, lanes: v128): void {
  v128.store64_lane(to, narrow8<T>(lanes), 0);
}

/** The first `n` of eight int16 lanes as elements of 8 bits, saturated. */
@inline
export function storeSome8<T>(to: usize, lanes: v128, n: i32): void {
  if (n >= 8) return store8<T>(to, lanes);
  let bytes = i64x2.extract_lane(narrow8<T>(lanes), 0);
  for (let i = 0; i < n; i++, bytes >>= 8) store<u8>(to + i, <u8>bytes);
}

/** The lower four of int16 lanes as int32 lanes. */
@inline
export function low4(lanes: v128): v128 {
  return i32x4.extend_low_i16x8_s(lanes);
}

/** The upper four of int16 lanes as int32 lanes. */
@inline
export function high4(lanes: v128): v128 {
  return i32x4.extend_high_i16x8_s(lanes);
}

@inline
function widen4<T>(bytes: v128): v128 {
  return isSigned<T>()
    ? i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(bytes))
    : i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes));
}

@inline
function narrow16<T>(low: v128, high: v128): v128 {
  return isSigned<T>() ? i16x8.narrow_i32x4_s(low, high) : i16x8.narrow_i32x4_u(low, high);
}

@inline
function narrow8<T>(lanes: v128): v128 {
  return isSigned<T>() ? i8x16.narrow_i16x8_s(lanes, lanes) : i8x16.narrow_i16x8_u(lanes, lanes);
}
