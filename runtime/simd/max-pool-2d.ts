import { Pointer } from "./memory";
import { endTap, firstTap } from "./window";

/** See the reference. Channels are in lanes; vectors at the end of the channels are narrower. */
export function maxPool2d<T>(
  x: Pointer<T>,
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
  lowest: f64,
): void {
  const bytes = channels * <i32>sizeof<T>();
  const down = dilationY * inWidth * bytes;
  const right = dilationX * bytes;
  const start = splat<T>(lowest);
  let to = y.at(0);
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      const top = oy * strideY - padTop;
      const firstRow = firstTap(top, dilationY);
      const rows = endTap(top, dilationY, windowHeight, inHeight) - firstRow;
      const row = (b * inHeight + top + firstRow * dilationY) * inWidth;
      for (let ox = 0; ox < outWidth; ox++, to += bytes) {
        const left = ox * strideX - padLeft;
        const first = firstTap(left, dilationX);
        const columns = endTap(left, dilationX, windowWidth, inWidth) - first;
        const from = x.at(0) + (row + left + first * dilationX) * bytes;
        let at = 0;
        for (; at <= bytes - 16; at += 16)
          v128.store(to + at, largest<T>(from + at, start, rows, columns, down, right, 16));
        while (at < bytes) {
          const width = partWidth<T>(bytes - at);
          const most = largest<T>(from + at, start, rows, columns, down, right, width);
          storePart(to + at, most, width);
          at += width;
        }
      }
    }
  }
}

/** The largest elements of `width` bytes under a window of which the steps are in bytes. */
@inline
function largest<T>(
  from: usize,
  start: v128,
  rows: i32,
  columns: i32,
  down: i32,
  right: i32,
  width: i32,
): v128 {
  let most = start;
  for (let ky = 0; ky < rows; ky++, from += down) {
    for (let kx = 0, at = from; kx < columns; kx++, at += right)
      most = larger<T>(most, width == 16 ? v128.load(at) : loadPart(at, width));
  }
  return most;
}

/** A NaN is larger than all, and of equal elements the first is taken. */
@inline
function larger<T>(most: v128, value: v128): v128 {
  if (!isFloat<T>()) return v128.max<T>(most, value);
  const wins = v128.or(f32x4.gt(value, most), f32x4.ne(value, value));
  return v128.bitselect(value, most, wins);
}

@inline
function splat<T>(value: f64): v128 {
  if (isFloat<T>()) return f32x4.splat(<f32>value);
  return v128.splat<T>(<T>(<i32>value));
}

/** How many of less than 16 bytes are handled at once. */
@inline
function partWidth<T>(bytes: i32): i32 {
  return bytes >= 8 ? 8 : bytes >= 4 ? 4 : sizeof<T>();
}

@inline
function loadPart(from: usize, width: i32): v128 {
  if (width == 8) return v128.load64_zero(from);
  if (width == 4) return v128.load32_zero(from);
  return width == 2 ? v128.load16_splat(from) : v128.load8_splat(from);
}

@inline
function storePart(to: usize, bytes: v128, width: i32): void {
  if (width == 8) v128.store64_lane(to, bytes, 0);
  else if (width == 4) v128.store32_lane(to, bytes, 0);
  else if (width == 2) v128.store16_lane(to, bytes, 0);
  else v128.store8_lane(to, bytes, 0);
}

/** See the reference. */
export function maxPool2dIndices<T>(
  x: Pointer<T>,
  maxima: Pointer<T>,
  indices: Pointer<i32>,
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
  rowStep: i32,
  columnStep: i32,
): void {
  let to = 0;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      const top = oy * strideY - padTop;
      const firstRow = firstTap(top, dilationY);
      const endRow = endTap(top, dilationY, windowHeight, inHeight);
      for (let ox = 0; ox < outWidth; ox++, to += channels) {
        const left = ox * strideX - padLeft;
        const first = firstTap(left, dilationX);
        const end = endTap(left, dilationX, windowWidth, inWidth);
        for (let c = 0; c < channels; c++) indices[to + c] = 0;
        // Backwards, so that the first place of equal elements is the one that stays.
        for (let ky = endRow - 1; ky >= firstRow; ky--) {
          const iy = top + ky * dilationY;
          for (let kx = end - 1; kx >= first; kx--) {
            const ix = left + kx * dilationX;
            const from = ((b * inHeight + iy) * inWidth + ix) * channels;
            const place = iy * rowStep + ix * columnStep;
            for (let c = 0; c < channels; c++) {
              const value = x[from + c];
              if (value == maxima[to + c] || (isFloat<T>() && value != value))
                indices[to + c] = (b * channels + c) * inHeight * inWidth + place;
            }
          }
        }
      }
    }
  }
}
