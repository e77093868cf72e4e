// The product of a panel of activations (`packed-panel.ts`) and packed weights: tiles of eight channels, for each quad of four
// inputs two vectors, the weights of channels 0 to 3 and those of 4 to 7. All packed layers end here.
import { finishMarked, Form, isMarked, moved4, placeBits, plain4, recordBytes, signed4 } from "./packed-scaling";
import { integerPlace, Rounding } from "./requantize";

/** Bytes of scratch memory for the sums of a tile on their long way, and for constants. */
export const spillBytes: i32 = 256;

/** Where the constants of a layer are behind the sums: engines build a constant vector anew wherever it is used. */
const placeAt: usize = 128;
const bitsAt: usize = 144;
const signsAt: usize = 160;
const lowestAt: usize = 176;
const highestAt: usize = 192;

/**
 * `y = limit(requantize(bias + panel · weights) + zero)` for `rows` rows of a panel in tiles of four rows.
 *
 * `bias` has 8 int32 numbers a tile, `records` a record (`packed-scaling.ts`), both padded; `channels` are
 * those that are stored. A row of y has `rowBytes`. `Y` is of 8 bits, or int16 or int32 if all records are marked.
 * `spill` has 16 bytes aligned room for sums on their long way, and behind it for the widened weights of a tile.
 */
export function multiplyFours<Y>(
  panel: usize,
  rows: i32,
  quads: i32,
  weights: usize,
  bias: usize,
  records: usize,
  channels: i32,
  y: usize,
  rowBytes: i32,
  spill: usize,
  zero: i32,
  centre: i32,
  low: i32,
  high: i32,
  rounding: i32,
  form: i32,
): void {
  const tileBytes = <usize>quads << 5;
  storeConstants(spill, zero + centre, low, high);
  for (; channels > 0; channels -= 8) {
    let from = weights;
    let end = weights + tileBytes;
    if (!ASC_FEATURE_RELAXED_SIMD) {
      from = spill + spillBytes;
      end = widen(weights, end, from);
    }
    const marked = sizeof<Y>() != 1 || rounding == Rounding.exact || isMarked(records);
    let p = panel;
    let y0 = y;
    for (let r = rows; r > 0; r -= 4) {
      let a0: v128, b0: v128, c0: v128, d0: v128;
      let a1: v128, b1: v128, c1: v128, d1: v128;
      a0 = b0 = c0 = d0 = v128.load(bias);
      a1 = b1 = c1 = d1 = v128.load(bias, 16);
      for (let w = from; w < end; w += 32, p += 16) {
        const low4 = v128.load(w);
        const high4 = v128.load(w, 16);
        let x = v128.load32_splat(p);
        a0 = plusDot(a0, low4, x);
        a1 = plusDot(a1, high4, x);
        x = v128.load32_splat(p, 4);
        b0 = plusDot(b0, low4, x);
        b1 = plusDot(b1, high4, x);
        x = v128.load32_splat(p, 8);
        c0 = plusDot(c0, low4, x);
        c1 = plusDot(c1, high4, x);
        x = v128.load32_splat(p, 12);
        d0 = plusDot(d0, low4, x);
        d1 = plusDot(d1, high4, x);
      }
      if (marked) {
        v128.store(spill, a0);
        v128.store(spill, a1, 16);
        v128.store(spill, b0, 32);
        v128.store(spill, b1, 48);
        v128.store(spill, c0, 64);
        v128.store(spill, c1, 80);
        v128.store(spill, d0, 96);
        v128.store(spill, d1, 112);
        finishMarked<Y>(spill, min(r, 4), records, y0, rowBytes, min(channels, 8), zero, low, high, rounding);
        y0 += rowBytes << 2;
        continue;
      }
      const place = v128.load(spill, placeAt);
      if (form == Form.plain) {
        let factor = v128.load(records);
        a0 = plain4(a0, factor, place);
        b0 = plain4(b0, factor, place);
        c0 = plain4(c0, factor, place);
        d0 = plain4(d0, factor, place);
        factor = v128.load(records, 16);
        a1 = plain4(a1, factor, place);
        b1 = plain4(b1, factor, place);
        c1 = plain4(c1, factor, place);
        d1 = plain4(d1, factor, place);
      } else if (form == Form.moved) {
        let factor = v128.load(records);
        let offset = v128.load(records, 32);
        a0 = moved4(a0, factor, offset, place);
        b0 = moved4(b0, factor, offset, place);
        c0 = moved4(c0, factor, offset, place);
        d0 = moved4(d0, factor, offset, place);
        factor = v128.load(records, 16);
        offset = v128.load(records, 48);
        a1 = moved4(a1, factor, offset, place);
        b1 = moved4(b1, factor, offset, place);
        c1 = moved4(c1, factor, offset, place);
        d1 = moved4(d1, factor, offset, place);
      } else {
        const signs = v128.load(spill, signsAt);
        let factor = v128.load(records);
        let offset = v128.load(records, 32);
        a0 = signed4(a0, factor, offset, place, signs);
        b0 = signed4(b0, factor, offset, place, signs);
        c0 = signed4(c0, factor, offset, place, signs);
        d0 = signed4(d0, factor, offset, place, signs);
        factor = v128.load(records, 16);
        offset = v128.load(records, 48);
        a1 = signed4(a1, factor, offset, place, signs);
        b1 = signed4(b1, factor, offset, place, signs);
        c1 = signed4(c1, factor, offset, place, signs);
        d1 = signed4(d1, factor, offset, place, signs);
      }
      const bits = v128.load(spill, bitsAt);
      const lowest = v128.load(spill, lowestAt);
      const highest = v128.load(spill, highestAt);
      const ab = narrowed<Y>(
        i16x8.narrow_i32x4_s(i32x4.sub(a0, bits), i32x4.sub(a1, bits)),
        i16x8.narrow_i32x4_s(i32x4.sub(b0, bits), i32x4.sub(b1, bits)),
        lowest,
        highest,
      );
      const cd = narrowed<Y>(
        i16x8.narrow_i32x4_s(i32x4.sub(c0, bits), i32x4.sub(c1, bits)),
        i16x8.narrow_i32x4_s(i32x4.sub(d0, bits), i32x4.sub(d1, bits)),
        lowest,
        highest,
      );
      const y1 = y0 + rowBytes;
      const y2 = y1 + rowBytes;
      const y3 = y2 + rowBytes;
      if (r > 3 && channels >= 8) {
        v128.store64_lane(y0, ab, 0);
        v128.store64_lane(y1, ab, 1);
        v128.store64_lane(y2, cd, 0);
        v128.store64_lane(y3, cd, 1);
      } else {
        storeSome(y0, i64x2.extract_lane(ab, 0), channels);
        if (r > 1) storeSome(y1, i64x2.extract_lane(ab, 1), channels);
        if (r > 2) storeSome(y2, i64x2.extract_lane(cd, 0), channels);
        if (r > 3) storeSome(y3, i64x2.extract_lane(cd, 1), channels);
      }
      y0 = y3 + rowBytes;
    }
    weights += tileBytes;
    bias += 32;
    records += recordBytes(form);
    y += 8 * sizeof<Y>();
  }
}

/** The same for one row, packed alone. */
export function multiplyOne<Y>(
  panel: usize,
  quads: i32,
  weights: usize,
  bias: usize,
  records: usize,
  channels: i32,
  y: usize,
  spill: usize,
  zero: i32,
  centre: i32,
  low: i32,
  high: i32,
  rounding: i32,
  form: i32,
): void {
  const tileBytes = <usize>quads << 5;
  storeConstants(spill, zero + centre, low, high);
  for (; channels > 0; channels -= 8) {
    const end = weights + tileBytes;
    let low4: v128, high4: v128;
    let p = panel;
    if (ASC_FEATURE_RELAXED_SIMD) {
      let a0 = v128.load(bias);
      let a1 = v128.load(bias, 16);
      let b0 = i32x4.splat(0);
      let b1 = i32x4.splat(0);
      let w = weights;
      for (; w < end - 32; w += 64, p += 8) {
        let x = v128.load32_splat(p);
        a0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(w), x, a0);
        a1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(w, 16), x, a1);
        x = v128.load32_splat(p, 4);
        b0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(w, 32), x, b0);
        b1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(w, 48), x, b1);
      }
      if (w < end) {
        const x = v128.load32_splat(p);
        a0 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(w), x, a0);
        a1 = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(w, 16), x, a1);
      }
      low4 = i32x4.add(a0, b0);
      high4 = i32x4.add(a1, b1);
    } else {
      let a0 = i32x4.splat(0);
      let a1 = a0;
      let b0 = a0;
      let b1 = a0;
      for (let w = weights; w < end; w += 32, p += 8) {
        const x = v128.load64_splat(p);
        a0 = i32x4.add(a0, i32x4.dot_i16x8_s(v128.load8x8_s(w), x));
        a1 = i32x4.add(a1, i32x4.dot_i16x8_s(v128.load8x8_s(w, 8), x));
        b0 = i32x4.add(b0, i32x4.dot_i16x8_s(v128.load8x8_s(w, 16), x));
        b1 = i32x4.add(b1, i32x4.dot_i16x8_s(v128.load8x8_s(w, 24), x));
      }
      low4 = i32x4.add(v128.load(bias), joined(a0, a1));
      high4 = i32x4.add(v128.load(bias, 16), joined(b0, b1));
    }
    if (sizeof<Y>() != 1 || rounding == Rounding.exact || isMarked(records)) {
      v128.store(spill, low4);
      v128.store(spill, high4, 16);
      finishMarked<Y>(spill, 1, records, y, 0, min(channels, 8), zero, low, high, rounding);
    } else {
      const place = v128.load(spill, placeAt);
      if (form == Form.plain) {
        low4 = plain4(low4, v128.load(records), place);
        high4 = plain4(high4, v128.load(records, 16), place);
      } else if (form == Form.moved) {
        low4 = moved4(low4, v128.load(records), v128.load(records, 32), place);
        high4 = moved4(high4, v128.load(records, 16), v128.load(records, 48), place);
      } else {
        const signs = v128.load(spill, signsAt);
        low4 = signed4(low4, v128.load(records), v128.load(records, 32), place, signs);
        high4 = signed4(high4, v128.load(records, 16), v128.load(records, 48), place, signs);
      }
      const bits = v128.load(spill, bitsAt);
      const row = i16x8.narrow_i32x4_s(i32x4.sub(low4, bits), i32x4.sub(high4, bits));
      const bytes = narrowed<Y>(row, row, v128.load(spill, lowestAt), v128.load(spill, highestAt));
      if (channels >= 8) v128.store64_lane(y, bytes, 0);
      else storeSome(y, i64x2.extract_lane(bytes, 0), channels);
    }
    weights = end;
    bias += 32;
    records += recordBytes(form);
    y += 8 * sizeof<Y>();
  }
}

@inline
function storeConstants(spill: usize, zero: i32, low: i32, high: i32): void {
  v128.store(spill, f32x4.splat(integerPlace), placeAt);
  v128.store(spill, placeBits(zero), bitsAt);
  v128.store(spill, i32x4.splat(i32.MIN_VALUE), signsAt);
  v128.store(spill, i8x16.splat(<i8>low), lowestAt);
  v128.store(spill, i8x16.splat(<i8>high), highestAt);
}

/** `acc` and the products of a unit with the weights of four channels. */
@inline
function plusDot(acc: v128, weights: v128, unit: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_dot_i8x16_i7x16_add_s(weights, unit, acc);
  return i32x4.add(acc, i32x4.dot_i16x8_s(weights, unit));
}

/** The quads of a tile as pairs of 16 bits, as many bytes again. Gives their end. */
function widen(from: usize, end: usize, to: usize): usize {
  for (; from < end; from += 32, to += 64) {
    let first = v128.load8x8_s(from);
    let second = v128.load8x8_s(from, 8);
    v128.store(to, v128.shuffle<i32>(first, second, 0, 2, 4, 6));
    v128.store(to, v128.shuffle<i32>(first, second, 1, 3, 5, 7), 32);
    first = v128.load8x8_s(from, 16);
    second = v128.load8x8_s(from, 24);
    v128.store(to, v128.shuffle<i32>(first, second, 0, 2, 4, 6), 16);
    v128.store(to, v128.shuffle<i32>(first, second, 1, 3, 5, 7), 48);
  }
  return to;
}

/** The sums of neighbours. */
@inline
function joined(first: v128, second: v128): v128 {
  return i32x4.add(v128.shuffle<i32>(first, second, 0, 2, 4, 6), v128.shuffle<i32>(first, second, 1, 3, 5, 7));
}

@inline
function narrowed<Y>(first: v128, second: v128, low: v128, high: v128): v128 {
  if (isSigned<Y>()) return i8x16.max_s(i8x16.min_s(i8x16.narrow_i16x8_s(first, second), high), low);
  return i8x16.max_u(i8x16.min_u(i8x16.narrow_i16x8_u(first, second), high), low);
}

/** The first `count` of eight bytes, all if there are more. */
function storeSome(to: usize, bytes: i64, count: i32): void {
  if (count >= 8) {
    store<i64>(to, bytes);
    return;
  }
  if (count & 4) {
    store<i32>(to, <i32>bytes);
    bytes >>= 32;
    to += 4;
  }
  if (count & 2) {
    store<i16>(to, <i16>bytes);
    bytes >>= 16;
    to += 2;
  }
  if (count & 1) store<i8>(to, <i8>bytes);
}
