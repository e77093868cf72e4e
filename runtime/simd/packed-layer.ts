// Layers whose weights the compiler has packed (`compiler/lower/pack-layers.ts`): the integers of `denseInteger`, `conv2dInteger`
// and of `matMulInteger` with a constant on the right. What a product cannot read where it is, is copied once, some rows at a
// time, into a near cache: there windows are read in place, padding and all.
//
// The weights are int8, tiles of eight channels as `packed-product.ts` has them, every group padded to whole tiles, as are
// `bias` and `records`. The zero point of the input is in the bias already. `scratch` is what `packed-product.ts` needs, 64 bytes for
// each quad of a tile; then the addresses of runs and the offsets of rows, each rounded up to 16 bytes; then the copy, 2 bytes
// for each number, and 16 bytes.
import { Pointer } from "./memory";
import { areRows, copyNumbers, fillNumbers, numberBytes } from "./packed-rows";
import { multiplyOne, multiplyRows, spillBytes, tileRows } from "./packed-product";
import { recordBytes } from "./packed-scaling";

/**
 * Fully connected: x is [rows, inputs], y [rows, outputs]; `chunk` rows, a multiple of 12, are copied at a time. `centre` and
 * `form` say how the records scale.
 */
export function densePackedInteger<X, Y>(
  x: Pointer<X>,
  weights: Pointer<i8>,
  bias: Pointer<i32>,
  records: Pointer<f32>,
  scratch: Pointer<i8>,
  y: Pointer<Y>,
  rows: i32,
  inputs: i32,
  outputs: i32,
  chunk: i32,
  yZero: i32,
  low: i32,
  high: i32,
  rounding: i32,
  centre: i32,
  form: i32,
): void {
  const quads = (inputs + 3) >> 2;
  const rowBytes = inputs * numberBytes();
  const spill = scratch.at(0);
  // A single row is multiplied with weights as they are stored.
  const runs = spill + spillBytes + (rows == 1 ? 0 : quads << 6);
  const places = runs + 16;
  const copy = places + (chunk << 2);
  const isDirect = areRows<X>() && (inputs & 3) == 0;
  let placed = 0;
  for (let r = 0; r < rows; r += chunk) {
    const count = min(rows - r, chunk);
    let from = x.at(r * inputs);
    if (!isDirect) {
      copyNumbers<X>(from, count * inputs, copy);
      from = copy;
    }
    // One row too many for whole tiles goes alone.
    const alone = count % tileRows() == 1 ? 1 : 0;
    const tiled = count - alone;
    if (tiled > 0) {
      if (tiled != placed) fillTiles(places, placeRows(places, 0, tiled, rowBytes));
      placed = tiled;
      store<usize>(runs, from);
      multiplyRows<Y>(
        places, tiled, runs, runs + 4, quads, weights.at(0), bias.at(0), records.at(0), outputs,
        y.at(r * outputs), outputs * sizeof<Y>(), spill, yZero, centre, low, high, rounding, form,
      );
    }
    if (alone)
      multiplyOne<Y>(
        from + tiled * rowBytes, quads, weights.at(0), bias.at(0), records.at(0), outputs,
        y.at((r + tiled) * outputs), spill, yZero, centre, low, high, rounding, form,
      );
  }
}

/**
 * Convolution, channel-last; padding counts as `xZero`. What `band` rows of y read is copied at a time. A row of the kernel is
 * one run of numbers, if nothing is left out between its places.
 */
export function conv2dPackedInteger<X, Y>(
  x: Pointer<X>,
  weights: Pointer<i8>,
  bias: Pointer<i32>,
  records: Pointer<f32>,
  scratch: Pointer<i8>,
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
  yZero: i32,
  low: i32,
  high: i32,
  rounding: i32,
  centre: i32,
  form: i32,
): void {
  const groupInputs = inChannels / groups;
  const groupOutputs = outChannels / groups;
  const isWhole = groups == 1 && dilationX == 1;
  const quads = ((isWhole ? kWidth * inChannels : groupInputs) + 3) >> 2;
  const across = isWhole ? 1 : kWidth;
  const runCount = kHeight * across;
  const tiles = (groupOutputs + 7) >> 3;
  const tileQuads = tiles * runCount * quads;
  const spill = scratch.at(0);
  const runs = spill + spillBytes + ((runCount * quads) << 6);
  const runsEnd = runs + (runCount << 2);
  const places = (runsEnd + 15) & ~15;
  const copy = places + ((whole12(band * outWidth) << 2) + 15 & ~15);
  const columns = (outWidth - 1) * strideX + (kWidth - 1) * dilationX + 1;
  const pixel = inChannels * numberBytes();
  const line = columns * pixel;
  let placed = places;
  for (let oy = 0; oy < band; oy++) placed = placeRows(placed, oy * strideY * line, outWidth, strideX * pixel);
  fillTiles(places, placed);
  for (let b = 0; b < batch; b++) {
    const image = x.from(b * inHeight * inWidth * inChannels);
    for (let top = 0; top < outHeight; top += band) {
      const height = min(band, outHeight - top);
      copyLines<X>(
        image, copy, inHeight, inWidth, inChannels, top * strideY - padTop, height, strideY,
        (kHeight - 1) * dilationY + 1, padLeft, columns, xZero,
      );
      const to = (b * outHeight + top) * outWidth * outChannels;
      for (let g = 0; g < groups; g++) {
        let run = runs;
        for (let ky = 0; ky < kHeight; ky++) {
          const from = copy + ky * dilationY * line + g * groupInputs * numberBytes();
          for (let kx = 0; kx < across; kx++, run += 4)
            store<usize>(run, from + kx * dilationX * pixel);
        }
        multiplyRows<Y>(
          places, height * outWidth, runs, runsEnd, quads, weights.at(g * (tileQuads << 5)), bias.at(g * (tiles << 3)),
          records.at(0) + g * tiles * recordBytes(form), groupOutputs, y.at(to + g * groupOutputs),
          outChannels * sizeof<Y>(), spill, yZero, centre, low, high, rounding, form,
        );
      }
    }
  }
}

/** Stores the offsets of `count` rows from `first` on, `step` apart. Gives their end. */
function placeRows(to: usize, first: i32, count: i32, step: i32): usize {
  for (const end = to + (count << 2); to < end; to += 4, first += step) store<i32>(to, first);
  return to;
}

/** Repeats the last offset until there are enough for whole tiles. */
function fillTiles(places: usize, end: usize): void {
  const last = load<i32>(end - 4);
  for (const to = places + (whole12((end - places) >> 2) << 2); end < to; end += 4) store<i32>(end, last);
}

/** The next multiple of what all families multiply at a time. */
@inline
function whole12(count: i32): i32 {
  return ((count + 11) / 12) * 12;
}

/**
 * The lines of an image that `height` rows of windows read, `columns` places of each from `-padLeft` on. Windows begin at line `top`
 * and every `stride` lines, and reach over `reach` lines; what is between them is left out.
 */
function copyLines<X>(
  image: Pointer<X>,
  copy: usize,
  inHeight: i32,
  inWidth: i32,
  channels: i32,
  top: i32,
  height: i32,
  stride: i32,
  reach: i32,
  padLeft: i32,
  columns: i32,
  xZero: i32,
): void {
  const lines = (height - 1) * stride + reach;
  const length = columns * channels;
  const before = min(padLeft, columns) * channels;
  const inside = min(inWidth * channels, length - before);
  const behind = length - before - inside;
  for (let i = 0; i < lines; i++) {
    if (i % stride >= reach) continue;
    const to = copy + i * length * numberBytes();
    const iy = top + i;
    if (<u32>iy >= <u32>inHeight) {
      fillNumbers<X>(xZero, length, to);
      continue;
    }
    // What a filling writes too much is written over.
    fillNumbers<X>(xZero, before, to);
    copyNumbers<X>(image.at(iy * inWidth * channels), inside, to + before * numberBytes());
    fillNumbers<X>(xZero, behind, to + (before + inside) * numberBytes());
  }
}
