import { Pointer } from "./memory";
import { pow, powPositive4 } from "./transcendental";

/** Each element divided by what its neighbouring channels have, see the reference; the powers of four channels at once. */
export function localResponseNorm(
  x: Pointer<f32>,
  y: Pointer<f32>,
  rows: i32,
  channels: i32,
  before: i32,
  after: i32,
  bias: f32,
  factor: f32,
  beta: f32,
): void {
  for (let row = 0; row < rows; row++) {
    const from = x.from(row * channels);
    const to = y.from(row * channels);
    let c = 0;
    for (; c <= channels - 4; c += 4) {
      let base = f32x4.splat(around(from, channels, c, before, after));
      base = f32x4.replace_lane(base, 1, around(from, channels, c + 1, before, after));
      base = f32x4.replace_lane(base, 2, around(from, channels, c + 2, before, after));
      base = f32x4.replace_lane(base, 3, around(from, channels, c + 3, before, after));
      base = f32x4.add(f32x4.splat(bias), f32x4.mul(f32x4.splat(factor), base));
      v128.store(to.at(c), f32x4.div(v128.load(from.at(c)), powers(base, beta)));
    }
    for (; c < channels; c++) {
      const base = bias + factor * around(from, channels, c, before, after);
      to[c] = from[c] / pow(base, beta);
    }
  }
}

/** The sum of the squares of the channels around `c`. */
@inline
function around(x: Pointer<f32>, channels: i32, c: i32, before: i32, after: i32): f32 {
  const last = min<i32>(channels - 1, c + after);
  let squares: f32 = 0;
  for (let j = max<i32>(0, c - before); j <= last; j++) squares += x[j] * x[j];
  return squares;
}

/** `base` to the power `beta`, where all of it is positive, as it should be, in vectors. */
@inline
function powers(base: v128, beta: f32): v128 {
  if (beta != 0 && v128.all_true<i32>(f32x4.gt(base, f32x4.splat(0)))) {
    return powPositive4(base, beta);
  }
  let result = f32x4.splat(pow(f32x4.extract_lane(base, 0), beta));
  result = f32x4.replace_lane(result, 1, pow(f32x4.extract_lane(base, 1), beta));
  result = f32x4.replace_lane(result, 2, pow(f32x4.extract_lane(base, 2), beta));
  return f32x4.replace_lane(result, 3, pow(f32x4.extract_lane(base, 3), beta));
}
