import type { Elements } from "./elements.ts";

/**
 * The largest element under a window, channel-last: `y[b, oy, ox, c] = max x[b, iy, ix, c]` over the places of the
 * window inside the input, `iy = oy · strideY + ky · dilationY − padTop`. Any dtype; a window that lies wholly in the
 * padding gives `lowest`. A NaN wins, and of equal elements (0 and −0 are) the first.
 *
 * | argument | shape                                   |
 * | -------- | --------------------------------------- |
 * | `x`      | [batch, inHeight, inWidth, channels]    |
 * | `y`      | [batch, outHeight, outWidth, channels]  |
 */
export function maxPool2d(
  x: Elements,
  y: Elements,
  batch: number,
  inHeight: number,
  inWidth: number,
  outHeight: number,
  outWidth: number,
  channels: number,
  windowHeight: number,
  windowWidth: number,
  strideY: number,
  strideX: number,
  dilationY: number,
  dilationX: number,
  padTop: number,
  padLeft: number,
  lowest: number,
): void {
  let to = 0;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++, to += channels) {
        for (let c = 0; c < channels; c++) y[to + c] = lowest;
        for (let ky = 0; ky < windowHeight; ky++) {
          const iy = oy * strideY + ky * dilationY - padTop;
          if (iy < 0 || inHeight <= iy) continue;
          for (let kx = 0; kx < windowWidth; kx++) {
            const ix = ox * strideX + kx * dilationX - padLeft;
            if (ix < 0 || inWidth <= ix) continue;
            const from = ((b * inHeight + iy) * inWidth + ix) * channels;
            for (let c = 0; c < channels; c++) {
              const value = x[from + c]!;
              if (value > y[to + c]! || Number.isNaN(value)) y[to + c] = value;
            }
          }
        }
      }
    }
  }
}

/**
 * Where the largest element under the window is: the index in `x` seen as `[batch, channels, inHeight, inWidth]`, of
 * the first one (or the first NaN) if there are several, the places of an image counted in steps of `rowStep` and
 * `columnStep`; 0 for a window that lies wholly in the padding. Arguments as in `maxPool2d`, whose result is `maxima`.
 */
export function maxPool2dIndices(
  x: Elements,
  maxima: Elements,
  indices: Int32Array,
  batch: number,
  inHeight: number,
  inWidth: number,
  outHeight: number,
  outWidth: number,
  channels: number,
  windowHeight: number,
  windowWidth: number,
  strideY: number,
  strideX: number,
  dilationY: number,
  dilationX: number,
  padTop: number,
  padLeft: number,
  rowStep: number,
  columnStep: number,
): void {
  let to = 0;
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ox = 0; ox < outWidth; ox++, to += channels) {
        for (let c = 0; c < channels; c++) indices[to + c] = 0;
        // Backwards, so that the first place of equal elements is the one that stays.
        for (let ky = windowHeight - 1; ky >= 0; ky--) {
          const iy = oy * strideY + ky * dilationY - padTop;
          if (iy < 0 || inHeight <= iy) continue;
          for (let kx = windowWidth - 1; kx >= 0; kx--) {
            const ix = ox * strideX + kx * dilationX - padLeft;
            if (ix < 0 || inWidth <= ix) continue;
            const from = ((b * inHeight + iy) * inWidth + ix) * channels;
            for (let c = 0; c < channels; c++) {
              const value = x[from + c]!;
              // A maximum that is no NaN has none beside it.
              if (value === maxima[to + c] || Number.isNaN(value))
                indices[to + c] =
                  (b * channels + c) * inHeight * inWidth + iy * rowStep + ix * columnStep;
            }
          }
        }
      }
    }
  }
}
