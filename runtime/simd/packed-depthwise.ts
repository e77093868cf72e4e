// Depthwise convolution of 8-bit integers with packed weights (`compiler/lower/select-depthwise.ts`): tiles of eight channels,
// for each quad of four taps two vectors, the weights of channels 0 to 3 and those of 4 to 7, as in `packed-product.ts`. The
// zero point of x is in the bias, so that a tap in the padding reads `xZero`. A window of three by three without dilation has a
// quad for each column, the last tap of which weighs 0. Other windows have their taps in order, the last quad filled up
// with weights of 0.
//
// Windows of three by three are multiplied column by column: four lines of x are interleaved once, so that the four numbers of a
// column and a channel lie side by side. With a stride of one they hold two windows, one above the other: the weights of the
// lower one are moved by one tap.
import { load8, loadSome8 } from "./lanes";
import { Pointer } from "./memory";
import { flipOf } from "./packed-rows";
import { storeSome } from "./packed-product";
import {
  bitsAt, constantBytes, finishMarked, Form, highestAt, isMarked, lowestAt, magicAt, moved4, plain4, recordBytes, signed4,
  signsAt, storeConstants, twoRows,
} from "./packed-scaling";

/** Bytes of sums on their long way, behind which are the constants of the layer. */
const sumBytes: i32 = 32;

/**
 * The integer depthwise convolution of the reference with one output channel to an input channel. `scratch` has room for
 * `channels` bytes rounded up to 16, for 16 bytes to each quad, for 112 bytes of sums and constants, for 48 bytes of weights
 * to each channel, and for 64 bytes to each column that windows reach.
 */
export function depthwiseConv2dPackedInteger<X, Y>(
  x: Pointer<X>,
  weights: Pointer<i8>,
  bias: Pointer<i32>,
  records: Pointer<f32>,
  scratch: Pointer<i8>,
  y: Pointer<Y>,
  batch: i32,
  inHeight: i32,
  inWidth: i32,
  channels: i32,
  outHeight: i32,
  outWidth: i32,
  kHeight: i32,
  kWidth: i32,
  strideY: i32,
  strideX: i32,
  dilationY: i32,
  dilationX: i32,
  padTop: i32,
  padLeft: i32,
  xZero: i32,
  yZero: i32,
  low: i32,
  high: i32,
  rounding: i32,
  centre: i32,
  form: i32,
): void {
  const zeros = scratch.at(0);
  const taps = zeros + ((channels + 15) & -16);
  const isThree = kHeight == 3 && kWidth == 3 && dilationY == 1 && dilationX == 1;
  const quads = isThree ? 3 : (kHeight * kWidth + 3) >> 2;
  const spill = taps + (quads << 4);
  memory.fill(zeros, <u8>xZero, channels);
  // Channels whose columns are interleaved; the others go place by place.
  const slid = isThree ? channels & -8 : 0;
  const constants = spill + sumBytes;
  const tables = constants + constantBytes;
  const columns = tables + 48 * channels;
  storeConstants(constants, yZero + centre, low, high);
  for (let c = 0; c < slid; c += 8) storeColumns(weights.at(c * 12), tables + c * (tableBytes() >> 3));
  const inRow = inWidth * channels;
  const outRow = outWidth * channels;
  const together = strideY == 1 ? 2 : 1;
  let to = y.at(0);
  for (let b = 0; b < batch; b++) {
    const image = x.at(b * inHeight * inRow);
    for (let oy = 0; oy < outHeight; oy += together) {
      const top = oy * strideY - padTop;
      const count = min(together, outHeight - oy);
      // Below a single line there is none: it is stored twice.
      const lower = to + (count - 1) * outRow;
      for (let c = 0; c < slid; c += 8) {
        interleave<X>(
          image + top * inRow + c, inRow, zeros, top, inHeight, inWidth, channels, padLeft, (outWidth - 1) * strideX + 3, xZero, columns,
        );
        const w = tables + c * (tableBytes() >> 3);
        const record = records.at(0) + (c >> 3) * recordBytes(form);
        if (isMarked(record)) {
          for (let i = 0; i < count; i++)
            slideMarked<Y>(
              columns, w + i * 2 * halfBytes(), bias.at(c), record, to + i * outRow + c, outWidth, strideX, channels,
              spill, yZero, low, high, rounding,
            );
        } else if (together == 2) {
          slideBy<Y, TwoLines>(
            columns, w, bias.at(c), record, to + c, lower + c, outWidth, strideX, channels, constants, form,
          );
        } else {
          slideBy<Y, OneLine>(
            columns, w, bias.at(c), record, to + c, lower + c, outWidth, strideX, channels, constants, form,
          );
        }
      }
      for (let i = 0; i < count && slid < channels; i++) {
        const line = top + i;
        for (let ox = 0; ox < outWidth; ox++) {
          const left = ox * strideX - padLeft;
          let tap = taps;
          let ky = 0;
          let kx = 0;
          for (let i = 0; i < quads * 4; i++, tap += 4) {
            const iy = line + ky * dilationY;
            const ix = left + kx * dilationX;
            const inside = ky < kHeight && <u32>iy < <u32>inHeight && <u32>ix < <u32>inWidth;
            store<usize>(tap, inside ? image + iy * inRow + ix * channels : zeros);
            if (isThree) {
              if (++ky == 4) {
                ky = 0;
                kx++;
              }
            } else if (++kx == kWidth) {
              kx = 0;
              ky++;
            }
          }
          multiplyTaps<X, Y>(
            taps, quads, weights.at(slid * quads * 4), bias.at(slid),
            records.at(0) + (slid >> 3) * recordBytes(form), to + i * outRow + ox * channels, slid, channels,
            spill, yZero, low, high, rounding, form,
          );
        }
      }
      to += count * outRow;
    }
  }
}

/** The channels of one place from `first` on: `taps` are the addresses of what is under the window. */
function multiplyTaps<X, Y>(
  taps: usize,
  quads: i32,
  weights: usize,
  bias: usize,
  record: usize,
  y: usize,
  first: i32,
  channels: i32,
  spill: usize,
  yZero: i32,
  low: i32,
  high: i32,
  rounding: i32,
  form: i32,
): void {
  const end = taps + (quads << 4);
  for (let c = first; c < channels; c += 8) {
    const n = channels - c;
    let sum0 = v128.load(bias);
    let sum1 = v128.load(bias, 16);
    for (let tap = taps; tap < end; tap += 16, weights += 32) {
      const p = eightSome<X>(load<usize>(tap) + c, n);
      const q = eightSome<X>(load<usize>(tap, 4) + c, n);
      const r = eightSome<X>(load<usize>(tap, 8) + c, n);
      const s = eightSome<X>(load<usize>(tap, 12) + c, n);
      const low4 = v128.load(weights);
      const high4 = v128.load(weights, 16);
      sum0 = dots(sum0, units0<X>(p, q, r, s), pairs0(r, s), upperTwo(low4), otherTwo(low4));
      sum1 = dots(sum1, units1<X>(p, q, r, s), pairs1(r, s), upperTwo(high4), otherTwo(high4));
    }
    finish<Y>(
      sum0, sum1, record, y + c, n, spill, yZero, low, high, rounding, form,
    );
    bias += 32;
    record += recordBytes(form);
  }
}

/** Bytes of the weights of a tile as windows are multiplied with them. */
@inline
function tableBytes(): i32 {
  return 4 * halfBytes();
}

/** Bytes of the weights of four channels for three columns: a vector for each, or one for each two taps. */
@inline
function halfBytes(): i32 {
  return ASC_FEATURE_RELAXED_SIMD ? 48 : 96;
}

/** Bytes of a column of eight channels. */
@inline
function columnBytes(): i32 {
  return ASC_FEATURE_RELAXED_SIMD ? 32 : 64;
}

/** The weights of a tile for the upper window, channels 0 to 3 and 4 to 7, and for the lower one. */
function storeColumns(from: usize, to: usize): void {
  for (let lower = 0; lower < 2; lower++) {
    for (let half: usize = 0; half < 32; half += 16) {
      for (let column: usize = 0; column < 96; column += 32) {
        const w = i32x4.shl(v128.load(from + half + column), lower << 3);
        v128.store(to, upperTwo(w));
        to += 16;
        if (ASC_FEATURE_RELAXED_SIMD) continue;
        v128.store(to, otherTwo(w));
        to += 16;
      }
    }
  }
}

/**
 * `columns` columns of eight channels from `-padLeft` on, of four lines from `top` on, in the order in which they are multiplied. `line`
 * is where the first line is, or would be.
 */
function interleave<X>(
  line: usize,
  inRow: i32,
  zeros: usize,
  top: i32,
  inHeight: i32,
  inWidth: i32,
  channels: i32,
  padLeft: i32,
  columns: i32,
  xZero: i32,
  to: usize,
): void {
  const before = min(padLeft, columns);
  const inside = min(inWidth, columns - before);
  to = storeOutside<X>(xZero, before, to);
  const step0 = <u32>top < <u32>inHeight ? channels : 0;
  const step1 = <u32>(top + 1) < <u32>inHeight ? channels : 0;
  const step2 = <u32>(top + 2) < <u32>inHeight ? channels : 0;
  const step3 = <u32>(top + 3) < <u32>inHeight ? channels : 0;
  let r0 = step0 ? line : zeros;
  let r1 = step1 ? line + inRow : zeros;
  let r2 = step2 ? line + 2 * inRow : zeros;
  let r3 = step3 ? line + 3 * inRow : zeros;
  const flip = i32x4.splat(flipOf<X>());
  for (const end = to + inside * columnBytes(); to < end; to += columnBytes()) {
    const p = eight<X>(r0);
    const q = eight<X>(r1);
    const r = eight<X>(r2);
    const s = eight<X>(r3);
    if (ASC_FEATURE_RELAXED_SIMD) {
      const pq = zipped(p, q);
      const rs = zipped(r, s);
      v128.store(to, v128.xor(pairs0(pq, rs), flip));
      v128.store(to, v128.xor(pairs1(pq, rs), flip), 16);
    } else {
      v128.store(to, pairs0(p, q));
      v128.store(to, pairs0(r, s), 16);
      v128.store(to, pairs1(p, q), 32);
      v128.store(to, pairs1(r, s), 48);
    }
    r0 += step0;
    r1 += step1;
    r2 += step2;
    r3 += step3;
  }
  storeOutside<X>(xZero, columns - before - inside, to);
}

/** `count` columns of the padding. Gives their end. */
function storeOutside<X>(xZero: i32, count: i32, to: usize): usize {
  const outside = outsideOf<X>(xZero);
  for (const end = to + count * columnBytes(); to < end; to += 16) v128.store(to, outside);
  return to;
}

/** `slide` for the form of a layer. */
function slideBy<Y, G>(
  columns: usize,
  w: usize,
  bias: usize,
  record: usize,
  y: usize,
  lower: usize,
  outWidth: i32,
  strideX: i32,
  channels: i32,
  constants: usize,
  form: i32,
): void {
  if (form == Form.plain)
    slide<Y, Plain, G>(columns, w, bias, record, y, lower, outWidth, strideX, channels, constants);
  else if (form == Form.moved)
    slide<Y, Moved, G>(columns, w, bias, record, y, lower, outWidth, strideX, channels, constants);
  else slide<Y, Signed, G>(columns, w, bias, record, y, lower, outWidth, strideX, channels, constants);
}

/**
 * Eight channels of a row of y, or of two rows at once, four windows at a time: two side by side in both rows, or four in one. So
 * weights and constants, of which there are more than registers, are read once for all four.
 */
function slide<Y, F, G>(
  columns: usize,
  w: usize,
  bias: usize,
  record: usize,
  y: usize,
  lower: usize,
  outWidth: i32,
  strideX: i32,
  channels: i32,
  constants: usize,
): void {
  const f = changetype<F>(0);
  const g = changetype<G>(0);
  const step = strideX * columnBytes();
  const isTwo = g.lines() == 2;
  const other = w + (isTwo ? 2 * halfBytes() : 0);
  const half = columnBytes() / 2;
  for (let left = outWidth; left > 0; left -= 4 / g.lines()) {
    // Behind the last window there is none: it is multiplied again.
    const b = left > 1 ? 1 : 0;
    const c = isTwo ? 0 : min(left - 1, 2);
    const d = isTwo ? b : min(left - 1, 3);
    const atB = columns + b * step;
    const atC = columns + c * step;
    const atD = columns + d * step;
    let sums = v128.load(bias);
    let a0: v128, b0: v128, c0: v128, d0: v128;
    if (ASC_FEATURE_RELAXED_SIMD) {
      let w0 = v128.load(w);
      let w1 = v128.load(w, 16);
      let w2 = v128.load(w, 32);
      let x0 = v128.load(columns);
      let x1 = v128.load(columns, 32);
      let x2 = v128.load(columns, 64);
      let z0 = v128.load(atB);
      let z1 = v128.load(atB, 32);
      let z2 = v128.load(atB, 64);
      a0 = dot(dot(dot(sums, x0, w0), x1, w1), x2, w2);
      b0 = dot(dot(dot(sums, z0, w0), z1, w1), z2, w2);
      w0 = g.weights(w0, other);
      w1 = g.weights(w1, other + 16);
      w2 = g.weights(w2, other + 32);
      x0 = g.column(x0, atC);
      x1 = g.column(x1, atC + 32);
      x2 = g.column(x2, atC + 64);
      z0 = g.column(z0, atD);
      z1 = g.column(z1, atD + 32);
      z2 = g.column(z2, atD + 64);
      c0 = dot(dot(dot(sums, x0, w0), x1, w1), x2, w2);
      d0 = dot(dot(dot(sums, z0, w0), z1, w1), z2, w2);
    } else {
      a0 = window(sums, columns, w);
      b0 = window(sums, atB, w);
      c0 = window(sums, atC, other);
      d0 = window(sums, atD, other);
    }
    const magic = v128.load(constants, magicAt);
    const signs = f.signs(constants);
    let factor = v128.load(record);
    let offset = f.offset(record);
    a0 = f.lanes(a0, factor, offset, magic, signs);
    b0 = f.lanes(b0, factor, offset, magic, signs);
    c0 = f.lanes(c0, factor, offset, magic, signs);
    d0 = f.lanes(d0, factor, offset, magic, signs);
    sums = v128.load(bias, 16);
    let a1: v128, b1: v128, c1: v128, d1: v128;
    if (ASC_FEATURE_RELAXED_SIMD) {
      let w0 = v128.load(w + halfBytes());
      let w1 = v128.load(w + halfBytes(), 16);
      let w2 = v128.load(w + halfBytes(), 32);
      let x0 = v128.load(columns + half);
      let x1 = v128.load(columns + half, 32);
      let x2 = v128.load(columns + half, 64);
      let z0 = v128.load(atB + half);
      let z1 = v128.load(atB + half, 32);
      let z2 = v128.load(atB + half, 64);
      a1 = dot(dot(dot(sums, x0, w0), x1, w1), x2, w2);
      b1 = dot(dot(dot(sums, z0, w0), z1, w1), z2, w2);
      w0 = g.weights(w0, other + halfBytes());
      w1 = g.weights(w1, other + halfBytes() + 16);
      w2 = g.weights(w2, other + halfBytes() + 32);
      x0 = g.column(x0, atC + half);
      x1 = g.column(x1, atC + half + 32);
      x2 = g.column(x2, atC + half + 64);
      z0 = g.column(z0, atD + half);
      z1 = g.column(z1, atD + half + 32);
      z2 = g.column(z2, atD + half + 64);
      c1 = dot(dot(dot(sums, x0, w0), x1, w1), x2, w2);
      d1 = dot(dot(dot(sums, z0, w0), z1, w1), z2, w2);
    } else {
      a1 = window(sums, columns + half, w + halfBytes());
      b1 = window(sums, atB + half, w + halfBytes());
      c1 = window(sums, atC + half, other + halfBytes());
      d1 = window(sums, atD + half, other + halfBytes());
    }
    factor = v128.load(record, 16);
    offset = f.offset(record + 16);
    a1 = f.lanes(a1, factor, offset, magic, signs);
    b1 = f.lanes(b1, factor, offset, magic, signs);
    c1 = f.lanes(c1, factor, offset, magic, signs);
    d1 = f.lanes(d1, factor, offset, magic, signs);
    const bits = v128.load(constants, bitsAt);
    const lowest = v128.load(constants, lowestAt);
    const highest = v128.load(constants, highestAt);
    const ab = twoRows<Y>(a0, a1, b0, b1, bits, lowest, highest);
    const cd = twoRows<Y>(c0, c1, d0, d1, bits, lowest, highest);
    // Where there is no lower row, the upper one is stored over it.
    v128.store64_lane(lower + c * channels, cd, 0);
    v128.store64_lane(lower + d * channels, cd, 1);
    v128.store64_lane(y, ab, 0);
    v128.store64_lane(y + b * channels, ab, 1);
    columns += (4 / g.lines()) * step;
    y += (4 / g.lines()) * channels;
    lower += (4 / g.lines()) * channels;
  }
}

/** Two lines of windows, one above the other: they share columns. */
@unmanaged @final
class TwoLines {
  @inline
  lines(): i32 {
    return 2;
  }

  @inline
  column(upper: v128, lower: usize): v128 {
    return upper;
  }

  @inline
  weights(upper: v128, lower: usize): v128 {
    return v128.load(lower);
  }
}

/** One line of windows: they share weights. */
@unmanaged @final
class OneLine {
  @inline
  lines(): i32 {
    return 1;
  }

  @inline
  column(first: v128, further: usize): v128 {
    return v128.load(further);
  }

  @inline
  weights(first: v128, further: usize): v128 {
    return first;
  }
}

/** How the results of a form are scaled (`packed-scaling.ts`). */
@unmanaged @final
class Plain {
  @inline
  offset(record: usize): v128 {
    return i32x4.splat(0);
  }

  @inline
  signs(constants: usize): v128 {
    return i32x4.splat(0);
  }

  @inline
  lanes(acc: v128, factor: v128, offset: v128, magic: v128, signs: v128): v128 {
    return plain4(acc, factor, magic);
  }
}

@unmanaged @final
class Moved {
  @inline
  offset(record: usize): v128 {
    return v128.load(record, 32);
  }

  @inline
  signs(constants: usize): v128 {
    return i32x4.splat(0);
  }

  @inline
  lanes(acc: v128, factor: v128, offset: v128, magic: v128, signs: v128): v128 {
    return moved4(acc, factor, offset, magic);
  }
}

@unmanaged @final
class Signed {
  @inline
  offset(record: usize): v128 {
    return v128.load(record, 32);
  }

  @inline
  signs(constants: usize): v128 {
    return v128.load(constants, signsAt);
  }

  @inline
  lanes(acc: v128, factor: v128, offset: v128, magic: v128, signs: v128): v128 {
    return signed4(acc, factor, offset, magic, signs);
  }
}

/** Eight channels of a row of y with a marked record. */
function slideMarked<Y>(
  columns: usize,
  w: usize,
  bias: usize,
  record: usize,
  y: usize,
  outWidth: i32,
  strideX: i32,
  channels: i32,
  spill: usize,
  yZero: i32,
  low: i32,
  high: i32,
  rounding: i32,
): void {
  const step = strideX * columnBytes();
  for (let ox = 0; ox < outWidth; ox++, columns += step, y += channels) {
    v128.store(spill, window(v128.load(bias), columns, w));
    v128.store(spill, window(v128.load(bias, 16), columns + columnBytes() / 2, w + halfBytes()), 16);
    finishMarked<Y>(spill, 1, record, y, 0, 8, yZero, low, high, rounding);
  }
}

/** `sum` and the products of four channels in three columns. */
@inline
function window(sum: v128, columns: usize, w: usize): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    sum = dot(sum, v128.load(columns), v128.load(w));
    sum = dot(sum, v128.load(columns, 32), v128.load(w, 16));
    return dot(sum, v128.load(columns, 64), v128.load(w, 32));
  }
  sum = dots(sum, v128.load(columns), v128.load(columns, 16), v128.load(w), v128.load(w, 16));
  sum = dots(sum, v128.load(columns, 64), v128.load(columns, 80), v128.load(w, 32), v128.load(w, 48));
  return dots(sum, v128.load(columns, 128), v128.load(columns, 144), v128.load(w, 64), v128.load(w, 80));
}

// The relaxed family multiplies quads of 8 bits. The baseline family multiplies pairs of 16 bits, the first two of each four
// taps and the other two.

/** Eight elements of x: bytes as they are, or widened. */
@inline
function eight<X>(from: usize): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? v128.load64_zero(from) : load8<X>(from);
}

/** The first `n` of eight elements. */
@inline
function eightSome<X>(from: usize, n: i32): v128 {
  if (n >= 8) return eight<X>(from);
  const lanes = loadSome8<i8>(from, n);
  if (ASC_FEATURE_RELAXED_SIMD) return i8x16.narrow_i16x8_s(lanes, lanes);
  return loadSome8<X>(from, n);
}

/** The factors of channels 0 to 3: all four taps, or two of them. */
@inline
function units0<X>(p: v128, q: v128, r: v128, s: v128): v128 {
  if (!ASC_FEATURE_RELAXED_SIMD) return pairs0(p, q);
  return v128.xor(i32x4.splat(flipOf<X>()), pairs0(zipped(p, q), zipped(r, s)));
}

/** The same of channels 4 to 7. */
@inline
function units1<X>(p: v128, q: v128, r: v128, s: v128): v128 {
  if (!ASC_FEATURE_RELAXED_SIMD) return pairs1(p, q);
  return v128.xor(i32x4.splat(flipOf<X>()), pairs1(zipped(p, q), zipped(r, s)));
}

/** All taps of a column in the padding. */
@inline
function outsideOf<X>(xZero: i32): v128 {
  if (!ASC_FEATURE_RELAXED_SIMD) return i16x8.splat(<i16>xZero);
  return v128.xor(i32x4.splat(flipOf<X>()), i8x16.splat(<i8>xZero));
}

/** The weights of a unit, of a vector of packed ones: of all four taps, or the first two. */
@inline
function upperTwo(w: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return w;
  return i16x8.extend_low_i8x16_s(v128.shuffle<i16>(w, w, 0, 2, 4, 6, 0, 2, 4, 6));
}

/** The weights of the third and fourth taps. */
@inline
function otherTwo(w: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return w;
  return i16x8.extend_low_i8x16_s(v128.shuffle<i16>(w, w, 1, 3, 5, 7, 1, 3, 5, 7));
}

/** `sum` and the products of four channels with all that is in `a`. */
@inline
function dot(sum: v128, a: v128, wa: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_dot_i8x16_i7x16_add_s(wa, a, sum);
  return i32x4.add(sum, i32x4.dot_i16x8_s(wa, a));
}

/** `sum` and the products of four channels with all four taps. */
@inline
function dots(sum: v128, a: v128, b: v128, wa: v128, wb: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return dot(sum, a, wa);
  return i32x4.add(i32x4.add(sum, i32x4.dot_i16x8_s(wa, a)), i32x4.dot_i16x8_s(wb, b));
}

/** The bytes of the lower halves in turn. */
@inline
function zipped(p: v128, q: v128): v128 {
  return v128.shuffle<i8>(p, q, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

/** The 16-bit lanes of the lower halves in turn. */
@inline
function pairs0(p: v128, q: v128): v128 {
  return v128.shuffle<i16>(p, q, 0, 8, 1, 9, 2, 10, 3, 11);
}

/** The 16-bit lanes of the upper halves in turn. */
@inline
function pairs1(p: v128, q: v128): v128 {
  return v128.shuffle<i16>(p, q, 4, 12, 5, 13, 6, 14, 7, 15);
}

/** Requantizes the sums of eight channels as `packed-scaling.ts` says, and stores the first `n` of them. */
@inline
function finish<Y>(
  sum0: v128,
  sum1: v128,
  record: usize,
  y: usize,
  n: i32,
  spill: usize,
  yZero: i32,
  low: i32,
  high: i32,
  rounding: i32,
  form: i32,
): void {
  if (isMarked(record)) {
    v128.store(spill, sum0);
    v128.store(spill, sum1, 16);
    finishMarked<Y>(spill, 1, record, y, 0, min(n, 8), yZero, low, high, rounding);
    return;
  }
  const constants = spill + sumBytes;
  const magic = v128.load(constants, magicAt);
  if (form == Form.plain) {
    sum0 = plain4(sum0, v128.load(record), magic);
    sum1 = plain4(sum1, v128.load(record, 16), magic);
  } else {
    const signs = form == Form.signed ? v128.load(constants, signsAt) : i32x4.splat(0);
    sum0 = signed4(sum0, v128.load(record), v128.load(record, 32), magic, signs);
    sum1 = signed4(sum1, v128.load(record, 16), v128.load(record, 48), magic, signs);
  }
  const lowest = v128.load(constants, lowestAt);
  const highest = v128.load(constants, highestAt);
  const row = twoRows<Y>(sum0, sum1, sum0, sum1, v128.load(constants, bitsAt), lowest, highest);
  storeSome(y, i64x2.extract_lane(row, 0), n);
}
