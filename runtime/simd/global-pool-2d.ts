import { maxPool2d } from "./max-pool-2d";
import { Pointer } from "./memory";
import { sumPlaces } from "./place-sums";

/** See the reference. Sums stay in registers: `sums` is not used. */
export function globalAveragePool2dInteger<X, M, Y>(
  x: Pointer<X>,
  multiplier: Pointer<M>,
  shift: Pointer<i32>,
  sums: Pointer<i32>,
  y: Pointer<Y>,
  batch: i32,
  places: i32,
  channels: i32,
  xZero: i32,
  yZero: i32,
  low: i32,
  high: i32,
  rounding: i32,
): void {
  const m = multiplier[0];
  const s = shift[0];
  sumPlaces<X, M, Y>(x, y, batch, places, channels, m, s, xZero, yZero, low, high, rounding);
}

/** See the reference: the maximum under a window over all places. */
export function globalMaxPool2d<T>(
  x: Pointer<T>,
  y: Pointer<T>,
  batch: i32,
  places: i32,
  channels: i32,
  lowest: f64,
): void {
  maxPool2d<T>(x, y, batch, places, 1, 1, 1, channels, places, 1, 1, 1, 1, 1, 0, 0, lowest);
}
