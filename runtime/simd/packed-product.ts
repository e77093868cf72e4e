// The product of rows of activations (`packed-rows.ts`) and packed weights: tiles of eight channels, for each quad of four
// inputs two vectors, the weights of channels 0 to 3 and those of 4 to 7. All packed layers end here.
//
// A row of a product is several runs of units: those of a fully connected layer are one run, those of a convolution one for each
// row of its kernel. So windows are multiplied where they are, and nothing is gathered. Runs end with whole quads of weights;
// what is behind the last number of a run is multiplied with 0.
import {
  bitsAt, finishMarked, Form, highestAt, isMarked, lowestAt, magicAt, moved4, plain4, recordBytes, signed4,
  signsAt, storeConstants, twoRows,
} from "./packed-scaling";
import { Rounding } from "./requantize";

/**
 * Rows that are multiplied at a time. Of 16 registers one is the engine's own; six rows of eight sums take twelve, a unit and
 * two vectors of weights the rest. As many sums are in flight as the two multipliers have stages, and a half more. Products of
 * the baseline family need registers of their own, and are summed by other units.
 */
@inline
export function tileRows(): i32 {
  return ASC_FEATURE_RELAXED_SIMD ? 6 : 4;
}

/** Bytes of the sums of a tile on their long way, behind which are the constants of the layer. */
const sumBytes: i32 = 192;

/** Bytes of scratch memory for both. */
export const spillBytes: i32 = 272;

/**
 * `y = limit(requantize(bias + rows · weights) + zero)` for `rows` rows, in tiles.
 *
 * `places` has for each row an offset (i32), as many as fill the last tile; `runs` to `runsEnd` an address (i32) for each run, to
 * which the offsets are added. A run has `quads` quads of weights. `bias` has 8 int32 numbers a tile of channels, `records` a record
 * (`packed-scaling.ts`), both padded; `channels` are those that are stored. A row of y has `rowBytes`. `Y` is of 8 bits, or int16
 * or int32 if all records are marked. `spill` has 16 bytes aligned room for sums on their long way, and behind it for the widened
 * weights of a tile.
 */
export function multiplyRows<Y>(
  places: usize,
  rows: i32,
  runs: usize,
  runsEnd: usize,
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
  const tileBytes = ((runsEnd - runs) >> 2) * (<usize>quads << 5);
  const runBytes = <usize>quads * (32 * unitsOfQuad());
  const constants = spill + sumBytes;
  storeConstants(constants, zero + centre, low, high);
  for (; channels > 0; channels -= 8) {
    let from = weights;
    if (!ASC_FEATURE_RELAXED_SIMD) {
      from = spill + spillBytes;
      widen(weights, weights + tileBytes, from);
    }
    const marked = sizeof<Y>() != 1 || rounding == Rounding.exact || isMarked(records);
    let place = places;
    let y0 = y;
    for (let r = rows; r > 0; r -= tileRows()) {
      let a0: v128, b0: v128, c0: v128, d0: v128, e0: v128, f0: v128;
      let a1: v128, b1: v128, c1: v128, d1: v128, e1: v128, f1: v128;
      a0 = b0 = c0 = d0 = e0 = f0 = v128.load(bias);
      a1 = b1 = c1 = d1 = e1 = f1 = v128.load(bias, 16);
      let w = from;
      for (let run = runs; run < runsEnd; run += 4) {
        const start = load<usize>(run);
        let a = start + load<usize>(place);
        let b = start + load<usize>(place, 4);
        let c = start + load<usize>(place, 8);
        let d = start + load<usize>(place, 12);
        let e = ASC_FEATURE_RELAXED_SIMD ? start + load<usize>(place, 16) : 0;
        let f = ASC_FEATURE_RELAXED_SIMD ? start + load<usize>(place, 20) : 0;
        for (const end = w + runBytes; w < end; w += 32) {
          const low4 = v128.load(w);
          const high4 = v128.load(w, 16);
          let x = v128.load32_splat(a);
          a0 = plusDot(a0, low4, x);
          a1 = plusDot(a1, high4, x);
          x = v128.load32_splat(b);
          b0 = plusDot(b0, low4, x);
          b1 = plusDot(b1, high4, x);
          x = v128.load32_splat(c);
          c0 = plusDot(c0, low4, x);
          c1 = plusDot(c1, high4, x);
          x = v128.load32_splat(d);
          d0 = plusDot(d0, low4, x);
          d1 = plusDot(d1, high4, x);
          if (ASC_FEATURE_RELAXED_SIMD) {
            x = v128.load32_splat(e);
            e0 = plusDot(e0, low4, x);
            e1 = plusDot(e1, high4, x);
            x = v128.load32_splat(f);
            f0 = plusDot(f0, low4, x);
            f1 = plusDot(f1, high4, x);
            e += 4;
            f += 4;
          }
          a += 4;
          b += 4;
          c += 4;
          d += 4;
        }
      }
      place += tileRows() << 2;
      if (marked) {
        v128.store(spill, a0);
        v128.store(spill, a1, 16);
        v128.store(spill, b0, 32);
        v128.store(spill, b1, 48);
        v128.store(spill, c0, 64);
        v128.store(spill, c1, 80);
        v128.store(spill, d0, 96);
        v128.store(spill, d1, 112);
        if (ASC_FEATURE_RELAXED_SIMD) {
          v128.store(spill, e0, 128);
          v128.store(spill, e1, 144);
          v128.store(spill, f0, 160);
          v128.store(spill, f1, 176);
        }
        finishMarked<Y>(
          spill, min(r, tileRows()), records, y0, rowBytes, min(channels, 8), zero, low, high, rounding,
        );
        y0 += rowBytes * tileRows();
        continue;
      }
      const magic = v128.load(constants, magicAt);
      if (form == Form.plain) {
        let factor = v128.load(records);
        a0 = plain4(a0, factor, magic);
        b0 = plain4(b0, factor, magic);
        c0 = plain4(c0, factor, magic);
        d0 = plain4(d0, factor, magic);
        if (ASC_FEATURE_RELAXED_SIMD) {
          e0 = plain4(e0, factor, magic);
          f0 = plain4(f0, factor, magic);
        }
        factor = v128.load(records, 16);
        a1 = plain4(a1, factor, magic);
        b1 = plain4(b1, factor, magic);
        c1 = plain4(c1, factor, magic);
        d1 = plain4(d1, factor, magic);
        if (ASC_FEATURE_RELAXED_SIMD) {
          e1 = plain4(e1, factor, magic);
          f1 = plain4(f1, factor, magic);
        }
      } else if (form == Form.moved) {
        let factor = v128.load(records);
        let offset = v128.load(records, 32);
        a0 = moved4(a0, factor, offset, magic);
        b0 = moved4(b0, factor, offset, magic);
        c0 = moved4(c0, factor, offset, magic);
        d0 = moved4(d0, factor, offset, magic);
        if (ASC_FEATURE_RELAXED_SIMD) {
          e0 = moved4(e0, factor, offset, magic);
          f0 = moved4(f0, factor, offset, magic);
        }
        factor = v128.load(records, 16);
        offset = v128.load(records, 48);
        a1 = moved4(a1, factor, offset, magic);
        b1 = moved4(b1, factor, offset, magic);
        c1 = moved4(c1, factor, offset, magic);
        d1 = moved4(d1, factor, offset, magic);
        if (ASC_FEATURE_RELAXED_SIMD) {
          e1 = moved4(e1, factor, offset, magic);
          f1 = moved4(f1, factor, offset, magic);
        }
      } else {
        const signs = v128.load(constants, signsAt);
        let factor = v128.load(records);
        let offset = v128.load(records, 32);
        a0 = signed4(a0, factor, offset, magic, signs);
        b0 = signed4(b0, factor, offset, magic, signs);
        c0 = signed4(c0, factor, offset, magic, signs);
        d0 = signed4(d0, factor, offset, magic, signs);
        if (ASC_FEATURE_RELAXED_SIMD) {
          e0 = signed4(e0, factor, offset, magic, signs);
          f0 = signed4(f0, factor, offset, magic, signs);
        }
        factor = v128.load(records, 16);
        offset = v128.load(records, 48);
        a1 = signed4(a1, factor, offset, magic, signs);
        b1 = signed4(b1, factor, offset, magic, signs);
        c1 = signed4(c1, factor, offset, magic, signs);
        d1 = signed4(d1, factor, offset, magic, signs);
        if (ASC_FEATURE_RELAXED_SIMD) {
          e1 = signed4(e1, factor, offset, magic, signs);
          f1 = signed4(f1, factor, offset, magic, signs);
        }
      }
      const bits = v128.load(constants, bitsAt);
      const lowest = v128.load(constants, lowestAt);
      const highest = v128.load(constants, highestAt);
      const ab = twoRows<Y>(a0, a1, b0, b1, bits, lowest, highest);
      const cd = twoRows<Y>(c0, c1, d0, d1, bits, lowest, highest);
      const ef = ASC_FEATURE_RELAXED_SIMD ? twoRows<Y>(e0, e1, f0, f1, bits, lowest, highest) : cd;
      const y1 = y0 + rowBytes;
      const y2 = y1 + rowBytes;
      const y3 = y2 + rowBytes;
      const y4 = y3 + rowBytes;
      const y5 = y4 + rowBytes;
      if (r >= tileRows() && channels >= 8) {
        v128.store64_lane(y0, ab, 0);
        v128.store64_lane(y1, ab, 1);
        v128.store64_lane(y2, cd, 0);
        v128.store64_lane(y3, cd, 1);
        if (ASC_FEATURE_RELAXED_SIMD) {
          v128.store64_lane(y4, ef, 0);
          v128.store64_lane(y5, ef, 1);
        }
      } else {
        storeSome(y0, i64x2.extract_lane(ab, 0), channels);
        if (r > 1) storeSome(y1, i64x2.extract_lane(ab, 1), channels);
        if (r > 2) storeSome(y2, i64x2.extract_lane(cd, 0), channels);
        if (r > 3) storeSome(y3, i64x2.extract_lane(cd, 1), channels);
        if (ASC_FEATURE_RELAXED_SIMD) {
          if (r > 4) storeSome(y4, i64x2.extract_lane(ef, 0), channels);
          if (r > 5) storeSome(y5, i64x2.extract_lane(ef, 1), channels);
        }
      }
      y0 += rowBytes * tileRows();
    }
    weights += tileBytes;
    bias += 32;
    records += recordBytes(form);
    y += 8 * sizeof<Y>();
  }
}

/** Units of a quad of numbers: one quad, or two pairs. */
@inline
function unitsOfQuad(): i32 {
  return ASC_FEATURE_RELAXED_SIMD ? 1 : 2;
}

/** The same for one row of one run at `row`. */
export function multiplyOne<Y>(
  row: usize,
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
  const constants = spill + sumBytes;
  storeConstants(constants, zero + centre, low, high);
  for (; channels > 0; channels -= 8) {
    const end = weights + tileBytes;
    let low4: v128, high4: v128;
    let p = row;
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
      const magic = v128.load(constants, magicAt);
      if (form == Form.plain) {
        low4 = plain4(low4, v128.load(records), magic);
        high4 = plain4(high4, v128.load(records, 16), magic);
      } else if (form == Form.moved) {
        low4 = moved4(low4, v128.load(records), v128.load(records, 32), magic);
        high4 = moved4(high4, v128.load(records, 16), v128.load(records, 48), magic);
      } else {
        const signs = v128.load(constants, signsAt);
        low4 = signed4(low4, v128.load(records), v128.load(records, 32), magic, signs);
        high4 = signed4(high4, v128.load(records, 16), v128.load(records, 48), magic, signs);
      }
      const bits = v128.load(constants, bitsAt);
      const lowest = v128.load(constants, lowestAt);
      const highest = v128.load(constants, highestAt);
      const bytes = twoRows<Y>(low4, high4, low4, high4, bits, lowest, highest);
      if (channels >= 8) v128.store64_lane(y, bytes, 0);
      else storeSome(y, i64x2.extract_lane(bytes, 0), channels);
    }
    weights = end;
    bias += 32;
    records += recordBytes(form);
    y += 8 * sizeof<Y>();
  }
}

/** `acc` and the products of a unit with the weights of four channels. */
@inline
function plusDot(acc: v128, weights: v128, unit: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i32x4.relaxed_dot_i8x16_i7x16_add_s(weights, unit, acc);
  return i32x4.add(acc, i32x4.dot_i16x8_s(weights, unit));
}

/** The quads of a tile as pairs of 16 bits, as many bytes again. */
function widen(from: usize, end: usize, to: usize): void {
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
}

/** The sums of neighbours. */
@inline
function joined(first: v128, second: v128): v128 {
  return i32x4.add(v128.shuffle<i32>(first, second, 0, 2, 4, 6), v128.shuffle<i32>(first, second, 1, 3, 5, 7));
}

/** The first `count` of eight bytes, all if there are more. */
export function storeSome(to: usize, bytes: i64, count: i32): void {
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
