import { loadSome4, storeSome4 } from "./lanes";
import { Pointer } from "./memory";
import { endTap, firstTap, tapCount } from "./window";

/** See the reference. Channels are in lanes; `sums` is not used, since they stay in registers. */
export function averagePool2dReal<X, Y>(
  x: Pointer<X>,
  sums: Pointer<f32>,
  y: Pointer<Y>,
  batch: i32,
  inHeight: i32,
  inWidth: i32,
  outHeight: i32,
  outWidth: i32,
  channels: i32,
  windowHeight: i32,
  windowWidth: i32,
  strideY: i32,
  strideX: i32,
  dilationY: i32,
  dilationX: i32,
  padTop: i32,
  padLeft: i32,
  countTop: i32,
  countLeft: i32,
  countBottom: i32,
  countRight: i32,
  xScale: f32,
  xZero: i32,
  yScale: f32,
  yZero: i32,
  codeShift: i32,
  low: i32,
  high: i32,
): void {
  const down = dilationY * inWidth * channels;
  const right = dilationX * channels;
  const most = f32x4.splat(<f32>(high + codeShift));
  const least = f32x4.splat(<f32>(low + codeShift));
  let to = 0;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      const top = oy * strideY - padTop;
      const countY = tapCount(top, dilationY, windowHeight, countTop, inHeight + countBottom);
      const firstRow = firstTap(top, dilationY);
      const rows = endTap(top, dilationY, windowHeight, inHeight) - firstRow;
      const row = (b * inHeight + top + firstRow * dilationY) * inWidth;
      for (let ox = 0; ox < outWidth; ox++, to += channels) {
        const left = ox * strideX - padLeft;
        const first = firstTap(left, dilationX);
        const columns = endTap(left, dilationX, windowWidth, inWidth) - first;
        const count =
          countY * tapCount(left, dilationX, windowWidth, countLeft, inWidth + countRight);
        const from = (row + left + first * dilationX) * channels;
        for (let c = 0; c < channels; c += 4) {
          const n = channels - c;
          let sum = f32x4.splat(0);
          for (let ky = 0, at = from + c; ky < rows; ky++, at += down) {
            for (let kx = 0, place = at; kx < columns; kx++, place += right) {
              const steps = i32x4.sub(loadSome4<X>(x.at(place), n), i32x4.splat(xZero));
              const real = f32x4.mul(f32x4.convert_i32x4_s(steps), f32x4.splat(xScale));
              sum = f32x4.add(sum, real);
            }
          }
          const mean = count == 0 ? f32x4.splat(0) : f32x4.div(sum, f32x4.splat(<f32>count));
          const code = f32x4.add(
            f32x4.div(mean, f32x4.splat(yScale)),
            f32x4.splat(<f32>(yZero + codeShift)),
          );
          const limited = f32x4.min(most, f32x4.max(least, f32x4.nearest(code)));
          const q = i32x4.sub(i32x4.trunc_sat_f32x4_s(limited), i32x4.splat(codeShift));
          storeSome4<Y>(y.at(to + c), q, n);
        }
      }
    }
  }
}

/** See the reference. Channels are in lanes; `sums` is not used, since they stay in registers. */
export function averagePool2dInteger<T>(
  x: Pointer<T>,
  sums: Pointer<i32>,
  y: Pointer<T>,
  batch: i32,
  inHeight: i32,
  inWidth: i32,
  outHeight: i32,
  outWidth: i32,
  channels: i32,
  windowHeight: i32,
  windowWidth: i32,
  strideY: i32,
  strideX: i32,
  dilationY: i32,
  dilationX: i32,
  padTop: i32,
  padLeft: i32,
  low: i32,
  high: i32,
): void {
  const down = dilationY * inWidth * channels;
  const right = dilationX * channels;
  let to = 0;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      const top = oy * strideY - padTop;
      const firstRow = firstTap(top, dilationY);
      const rows = max(0, endTap(top, dilationY, windowHeight, inHeight) - firstRow);
      const row = (b * inHeight + top + firstRow * dilationY) * inWidth;
      for (let ox = 0; ox < outWidth; ox++, to += channels) {
        const left = ox * strideX - padLeft;
        const first = firstTap(left, dilationX);
        const columns = max(0, endTap(left, dilationX, windowWidth, inWidth) - first);
        const from = (row + left + first * dilationX) * channels;
        for (let c = 0; c < channels; c += 4) {
          const n = channels - c;
          let sum = i32x4.splat(0);
          for (let ky = 0, at = from + c; ky < rows; ky++, at += down) {
            for (let kx = 0, place = at; kx < columns; kx++, place += right)
              sum = i32x4.add(sum, loadSome4<T>(x.at(place), n));
          }
          // The mean of nothing is not a number, which is stored as 0.
          const count = rows * columns;
          const mean = count == 0 ? sum : roundedQuotient(sum, count);
          const limited = i32x4.min_s(i32x4.splat(high), i32x4.max_s(i32x4.splat(low), mean));
          storeSome4<T>(y.at(to + c), count == 0 ? sum : limited, n);
        }
      }
    }
  }
}

/** Ties go away from zero. A quotient is never so near below a tie that adding a half in float64 would reach it. */
@inline
function roundedQuotient(sums: v128, count: i32): v128 {
  const upper = v128.shuffle<i32>(sums, sums, 2, 3, 2, 3);
  const low = roundedHalves(f64x2.convert_low_i32x4_s(sums), count);
  const high = roundedHalves(f64x2.convert_low_i32x4_s(upper), count);
  return v128.shuffle<i32>(low, high, 0, 1, 4, 5);
}

@inline
function roundedHalves(sums: v128, count: i32): v128 {
  const mean = f64x2.div(sums, f64x2.splat(<f64>count));
  const half = v128.or(f64x2.splat(0.5), v128.and(mean, f64x2.splat(-0.0)));
  return i32x4.trunc_sat_f64x2_s_zero(f64x2.add(mean, half));
}
