// Packed layers (`packed-layer.ts`) whose results are only added to something of their own shape: rows of the layer are computed
// into `middle`, which stays in a near cache, and are added from there. The results of the layer never are in memory as a whole.
//
// `middle` has room for the rows that are computed at a time, `other` is the addend. The numbers of the layer are followed by
// those of the addition. `y` may be where `other` is.
import { addFixed, addReal } from "./binary-integer";
import { Pointer } from "./memory";
import { conv2dPackedInteger, densePackedInteger } from "./packed-layer";

/** `densePackedInteger`, then `addFixed`: `chunk` rows at a time. */
export function densePackedAddFixed<X, M, B, Y>(
  x: Pointer<X>,
  weights: Pointer<i8>,
  bias: Pointer<i32>,
  records: Pointer<f32>,
  scratch: Pointer<i8>,
  middle: Pointer<M>,
  other: Pointer<B>,
  y: Pointer<Y>,
  rows: i32,
  inputs: i32,
  outputs: i32,
  chunk: i32,
  middleZero: i32,
  middleLow: i32,
  middleHigh: i32,
  rounding: i32,
  centre: i32,
  form: i32,
  left: i32,
  aZero: i32,
  aMultiplier: i32,
  aShift: i32,
  bZero: i32,
  bMultiplier: i32,
  bShift: i32,
  yZero: i32,
  yMultiplier: i32,
  yShift: i32,
  low: i32,
  high: i32,
): void {
  for (let r = 0; r < rows; r += chunk) {
    const count = min(chunk, rows - r);
    densePackedInteger<X, M>(
      x.from(r * inputs), weights, bias, records, scratch, middle, count, inputs, outputs, chunk,
      middleZero, middleLow, middleHigh, rounding, centre, form,
    );
    const at = r * outputs;
    addFixed<M, B, Y>(
      middle, other.from(at), y.from(at), flatView(scratch, count * outputs), left, aZero, aMultiplier, aShift,
      bZero, bMultiplier, bShift, yZero, yMultiplier, yShift, low, high,
    );
  }
}

/** `densePackedInteger`, then `addReal`: `chunk` rows at a time. */
export function densePackedAddReal<X, M, B, Y>(
  x: Pointer<X>,
  weights: Pointer<i8>,
  bias: Pointer<i32>,
  records: Pointer<f32>,
  scratch: Pointer<i8>,
  middle: Pointer<M>,
  other: Pointer<B>,
  y: Pointer<Y>,
  rows: i32,
  inputs: i32,
  outputs: i32,
  chunk: i32,
  middleZero: i32,
  middleLow: i32,
  middleHigh: i32,
  rounding: i32,
  centre: i32,
  form: i32,
  aZero: i32,
  aScale: f32,
  bZero: i32,
  bScale: f32,
  yZero: i32,
  yScale: f32,
  lift: i32,
  low: i32,
  high: i32,
): void {
  for (let r = 0; r < rows; r += chunk) {
    const count = min(chunk, rows - r);
    densePackedInteger<X, M>(
      x.from(r * inputs), weights, bias, records, scratch, middle, count, inputs, outputs, chunk,
      middleZero, middleLow, middleHigh, rounding, centre, form,
    );
    const at = r * outputs;
    addReal<M, B, Y>(
      middle, other.from(at), y.from(at), flatView(scratch, count * outputs), aZero, aScale,
      bZero, bScale, yZero, yScale, lift, low, high,
    );
  }
}

/** `conv2dPackedInteger`, then `addFixed`: `band` rows of the image at a time. */
export function conv2dPackedAddFixed<X, M, B, Y>(
  x: Pointer<X>,
  weights: Pointer<i8>,
  bias: Pointer<i32>,
  records: Pointer<f32>,
  scratch: Pointer<i8>,
  middle: Pointer<M>,
  other: Pointer<B>,
  y: Pointer<Y>,
  batch: i32,
  inHeight: i32,
  inWidth: i32,
  inChannels: i32,
  outHeight: i32,
  outWidth: i32,
  outChannels: i32,
  kHeight: i32,
  kWidth: i32,
  strideY: i32,
  strideX: i32,
  dilationY: i32,
  dilationX: i32,
  padTop: i32,
  padLeft: i32,
  groups: i32,
  xZero: i32,
  band: i32,
  middleZero: i32,
  middleLow: i32,
  middleHigh: i32,
  rounding: i32,
  centre: i32,
  form: i32,
  left: i32,
  aZero: i32,
  aMultiplier: i32,
  aShift: i32,
  bZero: i32,
  bMultiplier: i32,
  bShift: i32,
  yZero: i32,
  yMultiplier: i32,
  yShift: i32,
  low: i32,
  high: i32,
): void {
  let at = 0;
  for (let b = 0; b < batch; b++) {
    const image = x.from(b * inHeight * inWidth * inChannels);
    for (let oy = 0; oy < outHeight; oy += band) {
      const height = min(band, outHeight - oy);
      // The band is an image of its own, above which the rows of the input go on.
      conv2dPackedInteger<X, M>(
        image, weights, bias, records, scratch, middle, 1, inHeight, inWidth, inChannels, height, outWidth, outChannels,
        kHeight, kWidth, strideY, strideX, dilationY, dilationX, padTop - oy * strideY, padLeft, groups, xZero, band,
        middleZero, middleLow, middleHigh, rounding, centre, form,
      );
      const length = height * outWidth * outChannels;
      addFixed<M, B, Y>(
        middle, other.from(at), y.from(at), flatView(scratch, length), left, aZero, aMultiplier, aShift,
        bZero, bMultiplier, bShift, yZero, yMultiplier, yShift, low, high,
      );
      at += length;
    }
  }
}

/** `conv2dPackedInteger`, then `addReal`: `band` rows of the image at a time. */
export function conv2dPackedAddReal<X, M, B, Y>(
  x: Pointer<X>,
  weights: Pointer<i8>,
  bias: Pointer<i32>,
  records: Pointer<f32>,
  scratch: Pointer<i8>,
  middle: Pointer<M>,
  other: Pointer<B>,
  y: Pointer<Y>,
  batch: i32,
  inHeight: i32,
  inWidth: i32,
  inChannels: i32,
  outHeight: i32,
  outWidth: i32,
  outChannels: i32,
  kHeight: i32,
  kWidth: i32,
  strideY: i32,
  strideX: i32,
  dilationY: i32,
  dilationX: i32,
  padTop: i32,
  padLeft: i32,
  groups: i32,
  xZero: i32,
  band: i32,
  middleZero: i32,
  middleLow: i32,
  middleHigh: i32,
  rounding: i32,
  centre: i32,
  form: i32,
  aZero: i32,
  aScale: f32,
  bZero: i32,
  bScale: f32,
  yZero: i32,
  yScale: f32,
  lift: i32,
  low: i32,
  high: i32,
): void {
  let at = 0;
  for (let b = 0; b < batch; b++) {
    const image = x.from(b * inHeight * inWidth * inChannels);
    for (let oy = 0; oy < outHeight; oy += band) {
      const height = min(band, outHeight - oy);
      conv2dPackedInteger<X, M>(
        image, weights, bias, records, scratch, middle, 1, inHeight, inWidth, inChannels, height, outWidth, outChannels,
        kHeight, kWidth, strideY, strideX, dilationY, dilationX, padTop - oy * strideY, padLeft, groups, xZero, band,
        middleZero, middleLow, middleHigh, rounding, centre, form,
      );
      const length = height * outWidth * outChannels;
      addReal<M, B, Y>(
        middle, other.from(at), y.from(at), flatView(scratch, length), aZero, aScale,
        bZero, bScale, yZero, yScale, lift, low, high,
      );
      at += length;
    }
  }
}

/** The view (`view.ts`) of two operands side by side, in scratch memory that the layer does not need between its rows. */
function flatView(scratch: Pointer<i8>, length: i32): Pointer<i32> {
  const view = changetype<Pointer<i32>>(scratch.at(0));
  v128.store(view.at(0), i32x4.replace_lane(i32x4.splat(1), 1, length));
  return view;
}
