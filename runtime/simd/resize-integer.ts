import { loadSome4, storeSome4 } from "./lanes";
import { Pointer } from "./memory";
import { integerPlace } from "./requantize";

/** See the reference. Channels are in lanes; the sums of 16-bit integers need 64 bits. */
export function resizeBilinearInteger<T>(
  x: Pointer<T>,
  rows: Pointer<i32>,
  columns: Pointer<i32>,
  y: Pointer<T>,
  batch: i32,
  inHeight: i32,
  inWidth: i32,
  outHeight: i32,
  outWidth: i32,
  channels: i32,
): void {
  let to = y;
  for (let b = 0; b < batch; b++) {
    const image = b * inHeight * inWidth;
    for (let oy = 0; oy < outHeight; oy++) {
      const top = max(0, rows[oy] / 1024);
      const bottom = min(inHeight - 1, (rows[oy] + 1023) / 1024);
      const down = rows[oy] - 1024 * top;
      for (let ox = 0; ox < outWidth; ox++, to = to.from(channels)) {
        const left = max(0, columns[ox] / 1024);
        const right = min(inWidth - 1, (columns[ox] + 1023) / 1024);
        const along = columns[ox] - 1024 * left;
        const topLeft = x.from((image + top * inWidth + left) * channels);
        const topRight = x.from((image + top * inWidth + right) * channels);
        const bottomLeft = x.from((image + bottom * inWidth + left) * channels);
        const bottomRight = x.from((image + bottom * inWidth + right) * channels);
        const w0 = (1024 - down) * (1024 - along);
        const w1 = down * (1024 - along);
        const w2 = (1024 - down) * along;
        const w3 = down * along;
        if (sizeof<T>() == 1) {
          for (let c = 0; c < channels; c += 4) {
            const n = channels - c;
            const first = i32x4.add(
              i32x4.mul(loadSome4<T>(topLeft.at(c), n), i32x4.splat(w0)),
              i32x4.mul(loadSome4<T>(bottomLeft.at(c), n), i32x4.splat(w1)),
            );
            const second = i32x4.add(
              i32x4.mul(loadSome4<T>(topRight.at(c), n), i32x4.splat(w2)),
              i32x4.mul(loadSome4<T>(bottomRight.at(c), n), i32x4.splat(w3)),
            );
            storeSome4<T>(to.at(c), rounded4(i32x4.add(first, second)), n);
          }
        } else {
          for (let c = 0; c < channels; c++) {
            const sum =
              <i64>topLeft[c] * w0 +
              <i64>bottomLeft[c] * w1 +
              <i64>topRight[c] * w2 +
              <i64>bottomRight[c] * w3;
            to[c] = <T>((sum + (sum > 0 ? 1 << 19 : -(1 << 19))) / (1 << 20));
          }
        }
      }
    }
  }
}

/** `sums / 2²⁰`, ties away from zero. */
@inline
function rounded4(sums: v128): v128 {
  const negative = i32x4.shr_s(sums, 31);
  const magnitude = i32x4.shr_u(i32x4.add(i32x4.abs(sums), i32x4.splat(1 << 19)), 20);
  return i32x4.sub(v128.xor(magnitude, negative), negative);
}

/** See the reference. Channels are in lanes. */
export function interpolateInteger<X, Y>(
  x: Pointer<X>,
  rows: Pointer<i32>,
  rowWeights: Pointer<f32>,
  columns: Pointer<i32>,
  columnWeights: Pointer<f32>,
  y: Pointer<Y>,
  batch: i32,
  inHeight: i32,
  inWidth: i32,
  outHeight: i32,
  outWidth: i32,
  channels: i32,
  xScale: f32,
  xZero: i32,
  yScale: f32,
  yZero: i32,
  low: i32,
  high: i32,
): void {
  let to = y;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      const top = (b * inHeight + rows[2 * oy]) * inWidth;
      const bottom = (b * inHeight + rows[2 * oy + 1]) * inWidth;
      for (let ox = 0; ox < outWidth; ox++, to = to.from(channels)) {
        const topLeft = x.from((top + columns[2 * ox]) * channels);
        const topRight = x.from((top + columns[2 * ox + 1]) * channels);
        const bottomLeft = x.from((bottom + columns[2 * ox]) * channels);
        const bottomRight = x.from((bottom + columns[2 * ox + 1]) * channels);
        const w0 = rowWeights[2 * oy] * columnWeights[2 * ox];
        const w1 = rowWeights[2 * oy] * columnWeights[2 * ox + 1];
        const w2 = rowWeights[2 * oy + 1] * columnWeights[2 * ox];
        const w3 = rowWeights[2 * oy + 1] * columnWeights[2 * ox + 1];
        for (let c = 0; c < channels; c += 4) {
          const n = channels - c;
          let sum = weighed4<X>(topLeft.at(c), n, xZero, xScale, w0);
          sum = f32x4.add(sum, weighed4<X>(topRight.at(c), n, xZero, xScale, w1));
          sum = f32x4.add(sum, weighed4<X>(bottomLeft.at(c), n, xZero, xScale, w2));
          sum = f32x4.add(sum, weighed4<X>(bottomRight.at(c), n, xZero, xScale, w3));
          const steps = f32x4.div(sum, f32x4.splat(yScale));
          const limited = f32x4.pmin(
            f32x4.pmax(steps, f32x4.splat(<f32>(low - yZero))),
            f32x4.splat(<f32>(high - yZero)),
          );
          const place = i32x4.splat(reinterpret<i32>(integerPlace) - yZero);
          const q = i32x4.sub(f32x4.add(limited, f32x4.splat(integerPlace)), place);
          storeSome4<Y>(to.at(c), q, n);
        }
      }
    }
  }
}

/** The reals of up to four integers, times a weight. */
@inline
function weighed4<T>(from: usize, n: i32, zero: i32, scale: f32, weight: f32): v128 {
  const steps = i32x4.sub(loadSome4<T>(from, n), i32x4.splat(zero));
  const reals = f32x4.mul(f32x4.convert_i32x4_s(steps), f32x4.splat(scale));
  return f32x4.mul(f32x4.splat(weight), reals);
}
