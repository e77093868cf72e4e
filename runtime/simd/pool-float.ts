import { loadColumns, storeColumns } from "./columns";
import { Pointer } from "./memory";
import { quotient, sumColumns } from "./reduce";
import { endTap, firstTap, tapCount } from "./window";

// Means of float32 under windows, see the reference: channels in lanes, their sums in registers.

/** The mean of the elements under a window. */
export function averagePool2d(
  x: Pointer<f32>,
  y: Pointer<f32>,
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
): void {
  const down = dilationY * inWidth * channels;
  const right = dilationX * channels;
  let to = y;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      const top = oy * strideY - padTop;
      const countY = tapCount(top, dilationY, windowHeight, countTop, inHeight + countBottom);
      const firstRow = firstTap(top, dilationY);
      const rows = endTap(top, dilationY, windowHeight, inHeight) - firstRow;
      const row = (b * inHeight + top + firstRow * dilationY) * inWidth;
      for (let ox = 0; ox < outWidth; ox++, to = to.from(channels)) {
        const left = ox * strideX - padLeft;
        const first = firstTap(left, dilationX);
        const columns = endTap(left, dilationX, windowWidth, inWidth) - first;
        const count =
          countY * tapCount(left, dilationX, windowWidth, countLeft, inWidth + countRight);
        const from = x.from((row + left + first * dilationX) * channels);
        let c = 0;
        for (; c <= channels - 4; c += 4) {
          const sum = windowSum(from.from(c), rows, columns, down, right, true);
          storeColumns(to.at(c), mean(sum, count), true);
        }
        for (; c < channels; c++) {
          const sum = windowSum(from.from(c), rows, columns, down, right, false);
          storeColumns(to.at(c), mean(sum, count), false);
        }
      }
    }
  }
}

/** The sums of the elements under a window of which the steps are in elements. */
@inline
function windowSum(
  from: Pointer<f32>,
  rows: i32,
  columns: i32,
  down: i32,
  right: i32,
  wide: bool,
): v128 {
  let sum = f32x4.splat(0);
  for (let ky = 0; ky < rows; ky++, from = from.from(down)) {
    for (let kx = 0, at = 0; kx < columns; kx++, at += right) {
      sum = f32x4.add(sum, loadColumns(from.at(at), wide));
    }
  }
  return sum;
}

/** A window has less than 2²⁴ places, so that their count is a float32. */
@inline
function mean(sum: v128, count: i32): v128 {
  return count == 0 ? f32x4.splat(0) : f32x4.div(sum, f32x4.splat(<f32>count));
}

/** The mean over all places. */
export function globalAveragePool2d(
  x: Pointer<f32>,
  y: Pointer<f32>,
  batch: i32,
  places: i32,
  channels: i32,
): void {
  sumColumns(x, y, batch, places, channels);
  for (let i = 0; i < batch * channels; i++) y[i] = quotient(y[i], places);
}
