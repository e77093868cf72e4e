// Layers whose weights the compiler has packed (`compiler/lower/pack-layers.ts`): the integers of `denseInteger`, `conv2dInteger`
// and of `matMulInteger` with a constant on the right. Rows of the product are packed in chunks, which stay in a near cache.
//
// The weights are int8, tiles of eight channels as `packed-product.ts` has them, every group padded to whole tiles, as are
// `bias` and `records`. The zero point of the input is in the bias already. `scratch` begins with the room that products spill
// into, goes on with the panel of `chunk` rows, and ends with what gathering needs.
import { Pointer } from "./memory";
import { numberBytes, packFour, packNines, packOne } from "./packed-panel";
import { multiplyFours, multiplyOne, spillBytes } from "./packed-product";
import { recordBytes } from "./packed-scaling";

/** Fully connected: x is [rows, inputs], y [rows, outputs]. `centre` and `form` say how the records scale. */
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
  const spill = scratch.at(0);
  // A single row is multiplied with weights as they are stored.
  const panel = rows == 1 ? spill + spillBytes : panelOf(spill, quads);
  for (let r = 0; r < rows; r += chunk) {
    const count = min(rows - r, chunk);
    // One row too many for tiles of four goes alone.
    const alone = (count & 3) == 1 ? 1 : 0;
    const tiled = count - alone;
    let to = panel;
    for (let i = 0; i < tiled; i += 4) {
      const a = x.at((r + i) * inputs);
      const b = i + 1 < tiled ? a + inputs : a;
      const c = i + 2 < tiled ? b + inputs : b;
      const d = i + 3 < tiled ? c + inputs : c;
      packFour<X>(a, b, c, d, inputs, to);
      to += quads * (16 * numberBytes());
    }
    if (tiled > 0)
      multiplyFours<Y>(
        panel, tiled, quads, weights.at(0), bias.at(0), records.at(0), outputs, y.at(r * outputs), outputs * sizeof<Y>(),
        spill, yZero, centre, low, high, rounding, form,
      );
    if (alone) {
      packOne<X>(x.at((r + tiled) * inputs), inputs, panel);
      multiplyOne<Y>(
        panel, quads, weights.at(0), bias.at(0), records.at(0), outputs, y.at((r + tiled) * outputs),
        spill, yZero, centre, low, high, rounding, form,
      );
    }
  }
}

/** Convolution, channel-last; padding counts as `xZero`. */
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
  chunk: i32,
  yZero: i32,
  low: i32,
  high: i32,
  rounding: i32,
  centre: i32,
  form: i32,
): void {
  const groupInputs = inChannels / groups;
  const groupOutputs = outChannels / groups;
  const quads = (kHeight * kWidth * groupInputs + 3) >> 2;
  const tiles = (groupOutputs + 7) >> 3;
  const spill = scratch.at(0);
  const panel = panelOf(spill, quads);
  const gathered = panel + ((chunk + 3) & ~3) * quads * (4 * numberBytes());
  const zeros = gathered + (quads << 4);
  // A row of the kernel lies in one piece, if nothing is left out between its places.
  const run = groups == 1 && dilationX == 1 ? kWidth * groupInputs : groupInputs;
  const runs = groups == 1 && dilationX == 1 ? 1 : kWidth;
  memory.fill(zeros, <u8>xZero, run);
  const inRow = inWidth * inChannels;
  const isDirect = runs == 1 && (run & 3) == 0;
  const areNines = runs == 1 && run == 9 && kHeight == 3 && dilationY == 1;
  const end = x.at(batch * inHeight * inRow);
  const rows = batch * outHeight * outWidth;
  for (let g = 0; g < groups; g++) {
    const groupWeights = weights.at(g * tiles * (quads << 5));
    const groupBias = bias.at(g * (tiles << 3));
    const groupRecords = records.at(0) + g * tiles * recordBytes(form);
    let b = 0;
    let oy = 0;
    let ox = 0;
    for (let r = 0; r < rows; r += chunk) {
      const count = min(rows - r, chunk);
      let to = panel;
      for (let i = 0; i < count; i += 4) {
        const tile = min(count - i, 4);
        let isInside = isDirect;
        let areInside = areNines;
        for (let j = 0; j < tile; j++) {
          const iy = oy * strideY - padTop;
          const ix = ox * strideX - padLeft;
          const place = spill + (j << 4);
          const from = x.at(((b * inHeight + iy) * inWidth + ix) * inChannels + g * groupInputs);
          store<usize>(place, from);
          store<i32>(place, iy, 4);
          store<i32>(place, ix, 8);
          const isWithin = ix >= 0 && ix + kWidth <= inWidth;
          isInside = isInside && isWithin;
          // Vectors of the last line reach behind it.
          areInside = areInside && isWithin && iy >= 0 && iy + 3 <= inHeight && from + 2 * inRow + 16 <= end;
          if (++ox == outWidth) {
            ox = 0;
            if (++oy == outHeight) {
              oy = 0;
              b++;
            }
          }
        }
        // Rows behind the last one repeat it.
        for (let j = tile; j < 4; j++) v128.store(spill + (j << 4), v128.load(spill + ((tile - 1) << 4)));
        if (areInside) {
          packNines<X>(
            load<usize>(spill), load<usize>(spill, 16), load<usize>(spill, 32), load<usize>(spill, 48), inRow, to,
          );
        } else if (isInside) {
          let part = to;
          for (let ky = 0; ky < kHeight; ky++, part += run * (4 * numberBytes())) {
            const down = ky * dilationY;
            packFour<X>(
              runAt(spill, down, inRow, inHeight, zeros),
              runAt(spill + 16, down, inRow, inHeight, zeros),
              runAt(spill + 32, down, inRow, inHeight, zeros),
              runAt(spill + 48, down, inRow, inHeight, zeros),
              run,
              part,
            );
          }
        } else {
          const bytes = quads << 2;
          for (let j = 0; j < tile; j++) {
            let part = gathered + j * bytes;
            const place = spill + (j << 4);
            const ix = load<i32>(place, 8);
            const isWhole = runs == 1 && ix >= 0 && ix + kWidth <= inWidth;
            for (let ky = 0; ky < kHeight; ky++) {
              const from = runAt(place, ky * dilationY, inRow, inHeight, 0);
              if (from == 0) {
                for (let kx = 0; kx < runs; kx++, part += run) copyBytes(part, zeros, run);
              } else if (isWhole) {
                copyBytes(part, from, run);
                part += run;
              } else if (runs == 1) {
                const before = max(0, min(kWidth, -ix)) * groupInputs;
                const behind = min(run, max(before, (inWidth - ix) * groupInputs));
                copyBytes(part, zeros, before);
                copyBytes(part + before, from + before, behind - before);
                copyBytes(part + behind, zeros, run - behind);
                part += run;
              } else {
                for (let kx = 0; kx < runs; kx++, part += run) {
                  const across = ix + kx * dilationX;
                  const isThere = across >= 0 && across < inWidth;
                  copyBytes(part, isThere ? from + kx * dilationX * inChannels : zeros, run);
                }
              }
            }
          }
          const second = gathered + min(1, tile - 1) * bytes;
          const third = gathered + min(2, tile - 1) * bytes;
          const fourth = gathered + min(3, tile - 1) * bytes;
          packFour<X>(gathered, second, third, fourth, bytes, to);
        }
        to += quads * (16 * numberBytes());
      }
      multiplyFours<Y>(
        panel, count, quads, groupWeights, groupBias, groupRecords, groupOutputs,
        y.at(r * outChannels + g * groupOutputs), outChannels * sizeof<Y>(),
        spill, yZero, centre, low, high, rounding, form,
      );
    }
  }
}

/** The panel behind the room for spilling and for a widened tile. */
@inline
function panelOf(spill: usize, quads: i32): usize {
  return spill + spillBytes + (quads << 6);
}

/** Where the run of a row of the kernel starts for a place, or `outside` if it is above or below the input. */
@inline
function runAt(place: usize, down: i32, inRow: i32, inHeight: i32, outside: usize): usize {
  const iy = load<i32>(place, 4) + down;
  return <u32>iy < <u32>inHeight ? load<usize>(place) + down * inRow : outside;
}

/** Few bytes, in words that may overlap. */
@inline
function copyBytes(to: usize, from: usize, length: i32): void {
  if (length >= 16) {
    for (let i = 0; i < length - 16; i += 16) v128.store(to + i, v128.load(from + i));
    v128.store(to + length - 16, v128.load(from + length - 16));
  } else if (length >= 8) {
    const last = load<i64>(from + length - 8);
    store<i64>(to, load<i64>(from));
    store<i64>(to + length - 8, last);
  } else if (length >= 4) {
    const last = load<i32>(from + length - 4);
    store<i32>(to, load<i32>(from));
    store<i32>(to + length - 4, last);
  } else {
    for (let i = 0; i < length; i++) store<u8>(to + i, load<u8>(from + i));
  }
}
