// Depthwise convolution of 8-bit integers with packed weights (`compiler/lower/select-depthwise.ts`): tiles of eight channels,
// for each quad of four taps two vectors, the weights of channels 0 to 3 and those of 4 to 7, as in `packed-product.ts`. The
// zero point of x is in the bias, so that a tap in the padding reads `xZero`. A window of three by three without dilation has a
// quad for each column, the last tap of which weighs 0: it slides along the row. Other windows have their taps in order, the
// last quad filled up with weights of 0.
import { load8, loadSome8, store8, storeSome8 } from "./lanes";
import { Pointer } from "./memory";
import { flipOf } from "./packed-panel";
import { finishMarked, Form, isMarked, placeBits, recordBytes } from "./packed-scaling";

/**
 * The integer depthwise convolution of the reference with one output channel to an input channel. `scratch` has room for
 * `channels` bytes rounded up to 16, for 16 bytes to each quad, for 144 bytes of sums and constants, and for
 * 20 bytes of weights to each channel.
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
  const slides = isThree && strideX <= 2;
  // Channels that a window slides over; the others go place by place.
  const slid = slides ? channels & -8 : 0;
  const constants = spill + 64;
  const tables = constants + 80;
  storeConstants(constants, yZero, centre, low, high, form);
  for (let c = 0; c < slid; c += 8) widenColumns(weights.at(c * 12), tables + c * 20);
  const inRow = inWidth * channels;
  let to = y.at(0);
  for (let b = 0; b < batch; b++) {
    const image = x.at(b * inHeight * inRow);
    for (let oy = 0; oy < outHeight; oy++) {
      const top = oy * strideY - padTop;
      const row = image + top * inRow;
      if (slid > 0) {
        const step0 = <u32>top < <u32>inHeight ? channels : 0;
        const step1 = <u32>(top + 1) < <u32>inHeight ? channels : 0;
        const step2 = <u32>(top + 2) < <u32>inHeight ? channels : 0;
        const r0 = step0 ? row : zeros;
        const r1 = step1 ? row + inRow : zeros;
        const r2 = step2 ? row + 2 * inRow : zeros;
        let w = tables;
        let offsets = bias.at(0);
        let record = records.at(0);
        for (let c = 0; c < slid; c += 8) {
          slideThree<X, Y>(
            r0 + c, r1 + c, r2 + c, step0, step1, step2, w, offsets, record, to + c,
            inWidth, outWidth, strideX, padLeft, channels,
            spill, xZero, yZero, low, high, rounding, form,
          );
          w += 160;
          offsets += 32;
          record += recordBytes(form);
        }
      }
      for (let ox = 0; ox < outWidth && slid < channels; ox++) {
        const left = ox * strideX - padLeft;
        let tap = taps;
        for (let i = 0; i < quads * 4; i++, tap += 4) {
          const ky = isThree ? i & 3 : i / kWidth;
          const kx = isThree ? i >> 2 : i - ky * kWidth;
          const iy = top + ky * dilationY;
          const ix = left + kx * dilationX;
          const inside = ky < kHeight && <u32>iy < <u32>inHeight && <u32>ix < <u32>inWidth;
          store<usize>(tap, inside ? image + iy * inRow + ix * channels : zeros);
        }
        multiplyTaps<X, Y>(
          taps, quads, weights.at(slid * quads * 4), bias.at(slid),
          records.at(0) + (slid >> 3) * recordBytes(form), to + ox * channels, slid, channels,
          spill, yZero, low, high, rounding, form,
        );
      }
      to += outWidth * channels;
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
  const constants = spill + 64;
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
      isMarked(record), constants,
    );
    bias += 32;
    record += recordBytes(form);
  }
}

/**
 * The vectors of an epilogue: `placeBits(yZero + centre)`, `placeBits(0)`, the signs that an offset takes over, `low` and
 * `high`. From memory they take one instruction each; constants in the code are built anew for each use.
 */
function storeConstants(
  to: usize,
  yZero: i32,
  centre: i32,
  low: i32,
  high: i32,
  form: i32,
): void {
  const place = placeBits(yZero + centre);
  v128.store(to, place);
  v128.store(to, i32x4.add(place, i32x4.splat(yZero + centre)), 16);
  v128.store(to, i32x4.splat(form == Form.signed ? i32.MIN_VALUE : 0), 32);
  v128.store(to, i16x8.splat(<i16>low), 48);
  v128.store(to, i16x8.splat(<i16>high), 64);
}

/** The weights of a tile as `slideThree` multiplies them: five vectors for channels 0 to 3, five for 4 to 7. */
function widenColumns(from: usize, to: usize): void {
  for (let half = 0; half < 2; half++, from += 16, to += 80) {
    const u = v128.load(from);
    const v = v128.load(from, 32);
    const w = v128.load(from, 64);
    v128.store(to, upperTwo(w));
    v128.store(to, lowerTwo(i32x4.splat(0), w), 16);
    v128.store(to, upperTwo(v), 32);
    v128.store(to, lowerTwo(u, v), 48);
    v128.store(to, upperTwo(u), 64);
  }
}

/**
 * Eight channels of a row of y. Weights and constants are read where they are used: there are more than registers. Each column of x is multiplied by the three columns of weights as the window slides over
 * it: it ends one sum, is amid a second, and begins a third.
 */
function slideThree<X, Y>(
  r0: usize,
  r1: usize,
  r2: usize,
  step0: i32,
  step1: i32,
  step2: i32,
  w: usize,
  bias: usize,
  record: usize,
  y: usize,
  inWidth: i32,
  outWidth: i32,
  strideX: i32,
  padLeft: i32,
  channels: i32,
  spill: usize,
  xZero: i32,
  yZero: i32,
  low: i32,
  high: i32,
  rounding: i32,
  form: i32,
): void {
  const constants = spill + 64;
  const marked = isMarked(record);
  const outside = outsideOf<X>(xZero);
  // Sums that lack one column, and sums that lack two.
  let near0 = v128.load(bias);
  let near1 = v128.load(bias, 16);
  let far0 = near0;
  let far1 = near1;
  let before = outside;
  r0 -= padLeft * step0;
  r1 -= padLeft * step1;
  r2 -= padLeft * step2;
  const columns = (outWidth - 1) * strideX + 3;
  for (let column = 0; column < columns; column += 2) {
    let a0 = outside;
    let a1 = outside;
    let r = outside;
    if (<u32>(column - padLeft) < <u32>inWidth) {
      const p = eight<X>(r0);
      const q = eight<X>(r1);
      r = eight<X>(r2);
      a0 = units0<X>(p, q, r, r);
      a1 = units1<X>(p, q, r, r);
    }
    let c0 = outside;
    let c1 = outside;
    let s = outside;
    if (<u32>(column + 1 - padLeft) < <u32>inWidth) {
      const p = eight<X>(r0 + step0);
      const q = eight<X>(r1 + step1);
      s = eight<X>(r2 + step2);
      c0 = units0<X>(p, q, s, s);
      c1 = units1<X>(p, q, s, s);
    }
    const b0 = pairs0(before, r);
    const b1 = pairs1(before, r);
    const d0 = pairs0(r, s);
    const d1 = pairs1(r, s);
    before = s;
    r0 += step0 << 1;
    r1 += step1 << 1;
    r2 += step2 << 1;
    const done0 = dots(near0, a0, b0, v128.load(w), v128.load(w, 16));
    const done1 = dots(near1, a1, b1, v128.load(w, 80), v128.load(w, 96));
    if (strideX == 1) {
      near0 = dots(far0, a0, b0, v128.load(w, 32), v128.load(w, 48));
      near1 = dots(far1, a1, b1, v128.load(w, 112), v128.load(w, 128));
      far0 = dot(v128.load(bias), a0, v128.load(w, 64));
      far1 = dot(v128.load(bias, 16), a1, v128.load(w, 144));
      const next0 = dots(near0, c0, d0, v128.load(w), v128.load(w, 16));
      const next1 = dots(near1, c1, d1, v128.load(w, 80), v128.load(w, 96));
      near0 = dots(far0, c0, d0, v128.load(w, 32), v128.load(w, 48));
      near1 = dots(far1, c1, d1, v128.load(w, 112), v128.load(w, 128));
      far0 = dot(v128.load(bias), c0, v128.load(w, 64));
      far1 = dot(v128.load(bias, 16), c1, v128.load(w, 144));
      if (column >= 2) {
        // Behind the last place there is none: it is stored twice.
        const more = column + 1 < columns ? channels : 0;
        finishTwo<Y>(
          more ? next0 : done0, more ? next1 : done1, done0, done1, record, y + more, y,
          spill, yZero, low, high, rounding, form, marked, constants,
        );
        y += channels << 1;
      }
    } else {
      near0 = dot(v128.load(bias), a0, v128.load(w, 64));
      near1 = dot(v128.load(bias, 16), a1, v128.load(w, 144));
      near0 = dots(near0, c0, d0, v128.load(w, 32), v128.load(w, 48));
      near1 = dots(near1, c1, d1, v128.load(w, 112), v128.load(w, 128));
      if (column >= 2) {
        finish<Y>(
          done0, done1, record, y, 8, spill, yZero, low, high, rounding, form, marked, constants,
        );
        y += channels;
      }
    }
  }
}

// The relaxed family multiplies quads of 8 bits: `a0` and `a1` are those of channels 0 to 3 and 4 to 7, `b0` and `b1` are not
// used. The baseline family multiplies pairs of 16 bits: `a0` and `a1` are the first two of each four taps, `b0` and `b1` the
// other two, or where the window slides, those of the third row in a column and in the one before it.

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

/** The weights that belong to `a0` or `a1`, of a vector of packed ones. */
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

/** The weights that belong to `b0` or `b1`: the third of the quads of one column, then of another. */
@inline
function lowerTwo(left: v128, right: v128): v128 {
  return v128.or(
    i32x4.shr_u(i32x4.shl(i32x4.shr_s(i32x4.shl(left, 8), 24), 16), 16),
    i32x4.shl(i32x4.shr_s(i32x4.shl(right, 8), 24), 16),
  );
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

/**
 * Requantizes the sums of eight channels as `packed-scaling.ts` says, and stores the first `n` of them. `constants` are
 * those of `storeConstants`.
 */
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
  marked: bool,
  constants: usize,
): void {
  if (marked) {
    v128.store(spill, sum0);
    v128.store(spill, sum1, 16);
    finishMarked<Y>(spill, 1, record, y, 0, min(n, 8), yZero, low, high, rounding);
    return;
  }
  let q0 = f32x4.convert_i32x4_s(sum0);
  let q1 = f32x4.convert_i32x4_s(sum1);
  if (form != Form.plain) {
    const signs = v128.load(constants, 32);
    q0 = f32x4.add(q0, v128.or(v128.load(record, 32), v128.and(q0, signs)));
    q1 = f32x4.add(q1, v128.or(v128.load(record, 48), v128.and(q1, signs)));
  }
  const place = v128.load(constants);
  const whole = v128.load(constants, 16);
  q0 = f32x4.add(f32x4.mul(q0, v128.load(record)), whole);
  q1 = f32x4.add(f32x4.mul(q1, v128.load(record, 16)), whole);
  const row = i16x8.narrow_i32x4_s(i32x4.sub(q0, place), i32x4.sub(q1, place));
  const limited = i16x8.max_s(i16x8.min_s(row, v128.load(constants, 64)), v128.load(constants, 48));
  if (n >= 8) store8<Y>(y, limited);
  else storeSome8<Y>(y, limited, n);
}

/** The same for all channels of two places, with the vectors of `storeConstants`. */
@inline
function finishTwo<Y>(
  a0: v128,
  a1: v128,
  b0: v128,
  b1: v128,
  record: usize,
  ya: usize,
  yb: usize,
  spill: usize,
  yZero: i32,
  low: i32,
  high: i32,
  rounding: i32,
  form: i32,
  marked: bool,
  constants: usize,
): void {
  if (marked) {
    v128.store(spill, a0);
    v128.store(spill, a1, 16);
    finishMarked<Y>(spill, 1, record, ya, 0, 8, yZero, low, high, rounding);
    v128.store(spill, b0);
    v128.store(spill, b1, 16);
    finishMarked<Y>(spill, 1, record, yb, 0, 8, yZero, low, high, rounding);
    return;
  }
  let p0 = f32x4.convert_i32x4_s(a0);
  let p1 = f32x4.convert_i32x4_s(a1);
  let q0 = f32x4.convert_i32x4_s(b0);
  let q1 = f32x4.convert_i32x4_s(b1);
  if (form != Form.plain) {
    const signs = v128.load(constants, 32);
    const offset0 = v128.load(record, 32);
    const offset1 = v128.load(record, 48);
    p0 = f32x4.add(p0, v128.or(offset0, v128.and(p0, signs)));
    p1 = f32x4.add(p1, v128.or(offset1, v128.and(p1, signs)));
    q0 = f32x4.add(q0, v128.or(offset0, v128.and(q0, signs)));
    q1 = f32x4.add(q1, v128.or(offset1, v128.and(q1, signs)));
  }
  const factor0 = v128.load(record);
  const factor1 = v128.load(record, 16);
  const place = v128.load(constants);
  const whole = v128.load(constants, 16);
  const first = i16x8.narrow_i32x4_s(
    i32x4.sub(f32x4.add(f32x4.mul(p0, factor0), whole), place),
    i32x4.sub(f32x4.add(f32x4.mul(p1, factor1), whole), place),
  );
  const second = i16x8.narrow_i32x4_s(
    i32x4.sub(f32x4.add(f32x4.mul(q0, factor0), whole), place),
    i32x4.sub(f32x4.add(f32x4.mul(q1, factor1), whole), place),
  );
  const lowest = v128.load(constants, 48);
  const highest = v128.load(constants, 64);
  const p = i16x8.max_s(i16x8.min_s(first, highest), lowest);
  const q = i16x8.max_s(i16x8.min_s(second, highest), lowest);
  const bytes = isSigned<Y>() ? i8x16.narrow_i16x8_s(p, q) : i8x16.narrow_i16x8_u(p, q);
  v128.store64_lane(ya, bytes, 0);
  v128.store64_lane(yb, bytes, 1);
}
