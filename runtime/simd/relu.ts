import { Pointer } from "./memory";

/** `y = max(x, 0)`; a NaN stays NaN, and so does −0. */
export function relu(x: Pointer<f32>, y: Pointer<f32>, length: i32): void {
  const zero = f32x4.splat(0);
  let i = 0;
  for (; i <= length - 4; i += 4) {
    const value = v128.load(x.at(i));
    v128.store(y.at(i), v128.andnot(value, f32x4.lt(value, zero)));
  }
  for (; i < length; i++) y[i] = x[i] < 0 ? 0 : x[i];
}
