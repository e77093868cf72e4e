import { high4, load8, loadSome4, low4, store8, storeSome4 } from "./lanes";
import { Pointer } from "./memory";
import { requantize4 } from "./requantize";

/** As many integers of 8 bits have sums of 16 bits. */
const placesIn16Bits: i32 = 128;

/**
 * Sums of integers less `xZero` over the middle of [batch, places, channels], requantized with one factor. Channels are in
 * lanes.
 */
export function sumPlaces<X, M, Y>(
  x: Pointer<X>,
  y: Pointer<Y>,
  batch: i32,
  places: i32,
  channels: i32,
  m: M,
  shift: i32,
  xZero: i32,
  yZero: i32,
  low: i32,
  high: i32,
  rounding: i32,
): void {
  const offset = i32x4.splat(-xZero * places);
  for (let b = 0; b < batch; b++) {
    const from = x.from(b * places * channels);
    const to = y.from(b * channels);
    let c = 0;
    if (sizeof<X>() == 1 && sizeof<Y>() == 1) {
      for (; c <= channels - 8; c += 8) {
        let first = offset;
        let second = offset;
        for (let p = 0; p < places; p += placesIn16Bits) {
          const end = min(places, p + placesIn16Bits);
          let sum = i16x8.splat(0);
          for (let at = p; at < end; at++)
            sum = i16x8.add(sum, load8<X>(from.at(at * channels + c)));
          first = i32x4.add(first, low4(sum));
          second = i32x4.add(second, high4(sum));
        }
        first = requantize4<M>(first, m, shift, rounding, yZero, low, high);
        second = requantize4<M>(second, m, shift, rounding, yZero, low, high);
        store8<Y>(to.at(c), i16x8.narrow_i32x4_s(first, second));
      }
    }
    for (; c < channels; c += 4) {
      const n = channels - c;
      let sum = offset;
      for (let p = 0; p < places; p++)
        sum = i32x4.add(sum, loadSome4<X>(from.at(p * channels + c), n));
      storeSome4<Y>(to.at(c), requantize4<M>(sum, m, shift, rounding, yZero, low, high), n);
    }
  }
}
