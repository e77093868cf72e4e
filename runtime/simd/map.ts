import { Pointer } from "./memory";

// The loops that elementwise kernels share. What they compute is a class without fields, of which null is the only
// instance: the assembler has no closures and calls function values indirectly, but it puts methods in line.

/**
 * `y[i] = f(x[i])` where `F` has `lanes<T>(x, p, q): v128`. The numbers `p` and `q` arrive as vectors of themselves. The last
 * elements go through the first lane, so that each function stands in one form only.
 */
@inline
export function map<F, T>(x: Pointer<T>, y: Pointer<T>, length: i32, p: T = 0, q: T = 0): void {
  const f = changetype<F>(0);
  const width = 16 / sizeof<T>();
  const ps = v128.splat<T>(p);
  const qs = v128.splat<T>(q);
  let i = 0;
  for (; i <= length - width; i += width) {
    v128.store(y.at(i), f.lanes<T>(v128.load(x.at(i)), ps, qs));
  }
  for (; i < length; i++) {
    y[i] = v128.extract_lane<T>(f.lanes<T>(v128.splat<T>(x[i]), ps, qs), 0);
  }
}

/** The lanes of `a` below zero replaced by those of `b`. */
@inline
export function whereNegative(a: v128, b: v128): v128 {
  return v128.bitselect(b, a, f32x4.lt(a, f32x4.splat(0)));
}

/** `min(max(x, low), high)`; NaN stays NaN, and −0 where 0 is a limit. */
@inline
export function limit<T>(x: v128, low: v128, high: v128): v128 {
  if (isFloat<T>()) return f32x4.pmin(f32x4.pmax(x, low), high);
  return v128.min<T>(v128.max<T>(x, low), high);
}

/** The products of lanes, modulo the range of integers. */
@inline
export function product<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() > 1) return v128.mul<T>(a, b);
  return v128.shuffle<i8>(
    i16x8.extmul_low_i8x16_u(a, b),
    i16x8.extmul_high_i8x16_u(a, b),
    0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30,
  );
}
