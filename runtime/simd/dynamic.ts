import { loadSome4, storeSome4 } from "./lanes";
import { Pointer } from "./memory";
import { integers4 } from "./quantize";
import { roundHalfEven, saturate } from "./requantize";

/** See the reference. Four elements of a row at a time. */
export function dynamicQuantize(
  x: Pointer<f32>,
  q: Pointer<u8>,
  scale: Pointer<f32>,
  zeroPoint: Pointer<i32>,
  rows: i32,
  inner: i32,
): void {
  for (let r = 0; r < rows; r++) {
    const from = x.from(r * inner);
    const least = leastBelowZero(from, inner);
    const range = (mostAboveZero(from, inner) - least) / 255;
    const step: f32 = range == 0 ? 1 : range;
    const steps = -least / step;
    const zero = steps != steps ? 0 : <i32>saturateReal(roundHalfEven(<f64>steps));
    const steps4 = f32x4.splat(step);
    const zeros = i32x4.splat(zero);
    for (let i = 0; i < inner; i += 4) {
      const n = inner - i;
      const quotients = f32x4.div(loadSome4<f32>(from.at(i), n), steps4);
      storeSome4<u8>(q.at(r * inner + i), integers4(quotients, zeros, 0, 255, false), n);
    }
    scale[r] = step;
    zeroPoint[r] = zero;
  }
}

@inline
function saturateReal(x: f64): f64 {
  return min<f64>(255, max<f64>(0, x));
}

/** The least of 0 and the numbers of a row; NaN is none. */
function leastBelowZero(x: Pointer<f32>, length: i32): f32 {
  let least = f32x4.splat(0);
  for (let i = 0; i < length; i += 4) least = f32x4.pmin(least, loadSome4<f32>(x.at(i), length - i));
  const half = f32x4.pmin(least, v128.shuffle<i32>(least, least, 2, 3, 2, 3));
  return min<f32>(f32x4.extract_lane(half, 0), f32x4.extract_lane(half, 1));
}

/** The most of 0 and the numbers of a row; NaN is none. */
function mostAboveZero(x: Pointer<f32>, length: i32): f32 {
  let most = f32x4.splat(0);
  for (let i = 0; i < length; i += 4) most = f32x4.pmax(most, loadSome4<f32>(x.at(i), length - i));
  const half = f32x4.pmax(most, v128.shuffle<i32>(most, most, 2, 3, 2, 3));
  return max<f32>(f32x4.extract_lane(half, 0), f32x4.extract_lane(half, 1));
}

/** See the reference. Four outputs at a time. */
export function dynamicScale(
  sums: Pointer<i32>,
  scale: Pointer<f32>,
  zeroPoint: Pointer<i32>,
  kernelSums: Pointer<i32>,
  kernelScale: Pointer<f32>,
  bias: Pointer<f32>,
  y: Pointer<f32>,
  rows: i32,
  outputs: i32,
  step: i32,
): void {
  for (let r = 0; r < rows; r++) {
    const size = f32x4.splat(scale[r * step]);
    const zero = i32x4.splat(zeroPoint[r * step]);
    for (let o = 0; o < outputs; o += 4) {
      const n = outputs - o;
      const offsets = i32x4.mul(zero, loadSome4<i32>(kernelSums.at(o), n));
      const sum = i32x4.sub(loadSome4<i32>(sums.at(r * outputs + o), n), offsets);
      const factor = f32x4.mul(size, loadSome4<f32>(kernelScale.at(o), n));
      const product = f32x4.mul(f32x4.convert_i32x4_s(sum), factor);
      const real = f32x4.add(product, loadSome4<f32>(bias.at(o), n));
      storeSome4<f32>(y.at(r * outputs + o), real, n);
    }
  }
}
