import { high4, load8, loadStrided4, low4, store8, storeSome4 } from "./lanes";
import { Pointer } from "./memory";
import { sumPlaces } from "./place-sums";
import {
  integerPlace,
  requantize,
  requantize4,
  Rounding,
  saturate,
  scaleTwice,
  scaleTwice4,
} from "./requantize";
import { rowCount, rowLength, rowStart, rowStep } from "./view";

// Integer forms of binary ops, see the reference. A row of 8-bit integers goes eight at a time where each operand has its
// elements side by side, or has one for the row.

/** Whether operands of 8 bits, read in these steps, can be taken eight at a time. */
@inline
function inEights<A, B, Y>(aStep: i32, bStep: i32): bool {
  const bytes = sizeof<A>() == 1 && sizeof<B>() == 1 && sizeof<Y>() == 1;
  return bytes && <u32>aStep <= 1 && <u32>bStep <= 1;
}

/** Eight elements of 8 bits, or one eight times, as int16 lanes. */
@inline
function eight<T>(from: usize, step: i32): v128 {
  return step == 1 ? load8<T>(from) : i16x8.splat(<i16>load<T>(from));
}

/**
 * See the reference. Bytes are added in float32 where the sum is not next to a tie: what the roundings of fixed point and those
 * of float32 can do together is bounded by `doubt`, and a sum that is farther from all ties rounds alike in both.
 */
export function addFixed<A, B, Y>(
  a: Pointer<A>,
  b: Pointer<B>,
  y: Pointer<Y>,
  view: Pointer<i32>,
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
  const rows = rowCount(view);
  const length = rowLength(view);
  const aStep = rowStep(view, 0);
  const bStep = rowStep(view, 1);
  const eights = inEights<A, B, Y>(aStep, bStep);
  // Steps of the result in a unit of the sum, and in a step of each operand.
  const unit = factorOf(yMultiplier, yShift);
  const aFactor = factorOf(aMultiplier, aShift + left) * unit;
  const bFactor = factorOf(bMultiplier, bShift + left) * unit;
  const largest = 512 * (abs<f64>(aFactor) + abs<f64>(bFactor));
  // Operands are a unit off at most, and the sum's first rounding half of its own; float32 has 24 bits.
  const doubt = 2.5 * unit + factorOf(1 << 30, yShift) + largest * factorOf(1 << 30, -20);
  const isFast = eights && yShift < 0 && doubt < 1.0 / 64;
  const p4 = f32x4.splat(<f32>aFactor);
  const q4 = f32x4.splat(<f32>bFactor);
  const offset = f32x4.splat(<f32>(-(aFactor * aZero) - bFactor * bZero));
  const sure = f32x4.splat(<f32>(0.5 - doubt));
  // Constants that the engine would otherwise build anew for each use.
  const place = i32x4.splat(reinterpret<i32>(integerPlace) - yZero);
  const whole = i32x4.add(place, i32x4.splat(yZero));
  const lowest = i16x8.splat(<i16>low);
  const highest = i16x8.splat(<i16>high);
  let at = 0;
  for (let row = 0; row < rows; row++, at += length) {
    const p = a.from(rowStart(view, 0, row));
    const q = b.from(rowStart(view, 1, row));
    let i = 0;
    if (eights) {
      for (; i <= length - 8; i += 8) {
        const u = eight<A>(p.at(i * aStep), aStep);
        const v = eight<B>(q.at(i * bStep), bStep);
        if (isFast) {
          const first = f32x4.add(
            f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(low4(u)), p4), offset),
            f32x4.mul(f32x4.convert_i32x4_s(low4(v)), q4),
          );
          const second = f32x4.add(
            f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(high4(u)), p4), offset),
            f32x4.mul(f32x4.convert_i32x4_s(high4(v)), q4),
          );
          const firstWhole = f32x4.add(first, whole);
          const secondWhole = f32x4.add(second, whole);
          const farthest = f32x4.pmax(
            f32x4.abs(f32x4.sub(first, f32x4.sub(firstWhole, whole))),
            f32x4.abs(f32x4.sub(second, f32x4.sub(secondWhole, whole))),
          );
          if (!v128.any_true(f32x4.gt(farthest, sure))) {
            const sums = i16x8.narrow_i32x4_s(
              i32x4.sub(firstWhole, place),
              i32x4.sub(secondWhole, place),
            );
            store8<Y>(y.at(at + i), i16x8.max_s(i16x8.min_s(sums, highest), lowest));
            continue;
          }
        }
        const first = added4(
          low4(u), low4(v), left, aZero, aMultiplier, aShift, bZero, bMultiplier, bShift,
          yZero, yMultiplier, yShift, low, high,
        );
        const second = added4(
          high4(u), high4(v), left, aZero, aMultiplier, aShift, bZero, bMultiplier, bShift,
          yZero, yMultiplier, yShift, low, high,
        );
        store8<Y>(y.at(at + i), i16x8.narrow_i32x4_s(first, second));
      }
    }
    for (; i < length; i += 4) {
      const n = length - i;
      const sums = added4(
        loadStrided4<A>(p.from(i * aStep), aStep, n), loadStrided4<B>(q.from(i * bStep), bStep, n),
        left, aZero, aMultiplier, aShift, bZero, bMultiplier, bShift,
        yZero, yMultiplier, yShift, low, high,
      );
      storeSome4<Y>(y.at(at + i), sums, n);
    }
  }
}

/** `multiplier · 2^(shift − 31)` for exponents of normal numbers. */
@inline
function factorOf(multiplier: i32, shift: i32): f64 {
  return <f64>multiplier * reinterpret<f64>(<i64>(shift - 31 + 1023) << 52);
}

/** The sums of `addFixed`, in fixed point. */
@inline
function added4(
  a: v128,
  b: v128,
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
): v128 {
  const sign = bMultiplier < 0 ? -1 : 1;
  const u = scaled4(i32x4.sub(a, i32x4.splat(aZero)), left, aMultiplier, aShift);
  const v = scaled4(i32x4.sub(b, i32x4.splat(bZero)), left, sign * bMultiplier, bShift);
  const sum = i32x4.add(u, i32x4.mul(v, i32x4.splat(sign)));
  return requantize4<i32>(sum, yMultiplier, yShift, Rounding.fixedTwice, yZero, low, high);
}

/** An operand of `addFixed` in the scale of the sum. Its factor is not above ½, so that the shift is not positive. */
@inline
function scaled4(steps: v128, left: i32, multiplier: i32, shift: i32): v128 {
  return scaleTwice4(i32x4.shl(steps, left), i32x4.splat(multiplier), -shift);
}

/** See the reference. */
export function addReal<A, B, Y>(
  a: Pointer<A>,
  b: Pointer<B>,
  y: Pointer<Y>,
  view: Pointer<i32>,
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
  combineReal<A, B, Y, Sum>(
    a, b, y, view, aZero, aScale, bZero, bScale, yZero, yScale, lift, low, high,
  );
}

/** See the reference. */
export function multiplyReal<A, B, Y>(
  a: Pointer<A>,
  b: Pointer<B>,
  y: Pointer<Y>,
  view: Pointer<i32>,
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
  combineReal<A, B, Y, Product>(
    a, b, y, view, aZero, aScale, bZero, bScale, yZero, yScale, lift, low, high,
  );
}

@unmanaged @final
class Sum {
  @inline
  lanes(a: v128, b: v128): v128 {
    return f32x4.add(a, b);
  }
}

@unmanaged @final
class Product {
  @inline
  lanes(a: v128, b: v128): v128 {
    return f32x4.mul(a, b);
  }
}

/** Integers to reals, combined by `F`, to integers. */
@inline
function combineReal<A, B, Y, F>(
  a: Pointer<A>,
  b: Pointer<B>,
  y: Pointer<Y>,
  view: Pointer<i32>,
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
  const f = changetype<F>(0);
  const rows = rowCount(view);
  const length = rowLength(view);
  const aStep = rowStep(view, 0);
  const bStep = rowStep(view, 1);
  let at = 0;
  for (let row = 0; row < rows; row++, at += length) {
    const p = a.from(rowStart(view, 0, row));
    const q = b.from(rowStart(view, 1, row));
    let i = 0;
    if (inEights<A, B, Y>(aStep, bStep)) {
      for (; i <= length - 8; i += 8) {
        const u = i16x8.sub(eight<A>(p.at(i * aStep), aStep), i16x8.splat(<i16>aZero));
        const v = i16x8.sub(eight<B>(q.at(i * bStep), bStep), i16x8.splat(<i16>bZero));
        const first = f.lanes(real4(low4(u), aScale), real4(low4(v), bScale));
        const second = f.lanes(real4(high4(u), aScale), real4(high4(v), bScale));
        const integers = i16x8.narrow_i32x4_s(
          lifted4(first, yScale, yZero, lift, low, high),
          lifted4(second, yScale, yZero, lift, low, high),
        );
        store8<Y>(y.at(at + i), integers);
      }
    }
    for (; i < length; i += 4) {
      const n = length - i;
      const u = i32x4.sub(loadStrided4<A>(p.from(i * aStep), aStep, n), i32x4.splat(aZero));
      const v = i32x4.sub(loadStrided4<B>(q.from(i * bStep), bStep, n), i32x4.splat(bZero));
      const real = f.lanes(real4(u, aScale), real4(v, bScale));
      storeSome4<Y>(y.at(at + i), lifted4(real, yScale, yZero, lift, low, high), n);
    }
  }
}

@inline
function real4(steps: v128, scale: f32): v128 {
  return f32x4.mul(f32x4.convert_i32x4_s(steps), f32x4.splat(scale));
}

/** `saturate(round(real / scale + (zero + lift)) − lift)`. Limits are integers: limiting before rounding is as after it. */
@inline
function lifted4(real: v128, scale: f32, zero: i32, lift: i32, low: i32, high: i32): v128 {
  const steps = f32x4.div(real, f32x4.splat(scale));
  const code = f32x4.add(steps, f32x4.splat(<f32>(zero + lift)));
  const limited = f32x4.pmin(
    f32x4.pmax(code, f32x4.splat(<f32>(low + lift))),
    f32x4.splat(<f32>(high + lift)),
  );
  const place = i32x4.splat(reinterpret<i32>(integerPlace) + lift);
  return i32x4.sub(f32x4.add(limited, f32x4.splat(integerPlace)), place);
}

/** Whether elements less this zero point fit 16 bits. */
@inline
function fits16<T>(zero: i32): bool {
  return sizeof<T>() == 1 || (isSigned<T>() && zero == 0);
}

/** See the reference. Products of 16-bit integers less a zero point may need 33 bits. */
export function multiplyFixed<A, B, Y>(
  a: Pointer<A>,
  b: Pointer<B>,
  y: Pointer<Y>,
  view: Pointer<i32>,
  aZero: i32,
  bZero: i32,
  yZero: i32,
  multiplier: i32,
  shift: i32,
  low: i32,
  high: i32,
): void {
  const rows = rowCount(view);
  const length = rowLength(view);
  const aStep = rowStep(view, 0);
  const bStep = rowStep(view, 1);
  let at = 0;
  for (let row = 0; row < rows; row++, at += length) {
    const p = a.from(rowStart(view, 0, row));
    const q = b.from(rowStart(view, 1, row));
    let i = 0;
    if (inEights<A, B, Y>(aStep, bStep)) {
      for (; i <= length - 8; i += 8) {
        const u = i16x8.sub(eight<A>(p.at(i * aStep), aStep), i16x8.splat(<i16>aZero));
        const v = i16x8.sub(eight<B>(q.at(i * bStep), bStep), i16x8.splat(<i16>bZero));
        const first = i32x4.extmul_low_i16x8_s(u, v);
        const second = i32x4.extmul_high_i16x8_s(u, v);
        const products = i16x8.narrow_i32x4_s(
          requantize4<i32>(first, multiplier, shift, Rounding.fixedTwice, yZero, low, high),
          requantize4<i32>(second, multiplier, shift, Rounding.fixedTwice, yZero, low, high),
        );
        store8<Y>(y.at(at + i), products);
      }
    }
    if (fits16<A>(aZero) && fits16<B>(bZero)) {
      for (; i < length; i += 4) {
        const n = length - i;
        const u = i32x4.sub(loadStrided4<A>(p.from(i * aStep), aStep, n), i32x4.splat(aZero));
        const v = i32x4.sub(loadStrided4<B>(q.from(i * bStep), bStep, n), i32x4.splat(bZero));
        const products = requantize4<i32>(
          i32x4.mul(u, v), multiplier, shift, Rounding.fixedTwice, yZero, low, high,
        );
        storeSome4<Y>(y.at(at + i), products, n);
      }
    }
    for (; i < length; i++) {
      const product = <i64>(<i32>p[i * aStep] - aZero) * <i64>(<i32>q[i * bStep] - bZero);
      y[at + i] = <Y>saturate(scaleTwice(product, multiplier, shift) + yZero, low, high);
    }
  }
}

/** See the reference. Factors are float32 or Q31 numbers, as `rounding` says. */
export function preluInteger<X, A, Y>(
  x: Pointer<X>,
  alpha: Pointer<A>,
  y: Pointer<Y>,
  view: Pointer<i32>,
  xZero: i32,
  alphaZero: i32,
  yZero: i32,
  positive: f64,
  positiveShift: i32,
  negative: f64,
  negativeShift: i32,
  low: i32,
  high: i32,
  rounding: i32,
): void {
  const rows = rowCount(view);
  const length = rowLength(view);
  const xStep = rowStep(view, 0);
  const alphaStep = rowStep(view, 1);
  let at = 0;
  for (let row = 0; row < rows; row++, at += length) {
    const p = x.from(rowStart(view, 0, row));
    const q = alpha.from(rowStart(view, 1, row));
    let i = 0;
    if (inEights<X, A, Y>(xStep, alphaStep)) {
      for (; i <= length - 8; i += 8) {
        const u = i16x8.sub(eight<X>(p.at(i * xStep), xStep), i16x8.splat(<i16>xZero));
        const v = i16x8.sub(eight<A>(q.at(i * alphaStep), alphaStep), i16x8.splat(<i16>alphaZero));
        const above = requantized8(
          low4(u), high4(u), positive, positiveShift, rounding, yZero, low, high,
        );
        const below = requantized8(
          i32x4.extmul_low_i16x8_s(u, v), i32x4.extmul_high_i16x8_s(u, v),
          negative, negativeShift, rounding, yZero, low, high,
        );
        store8<Y>(y.at(at + i), v128.bitselect(below, above, i16x8.shr_s(u, 15)));
      }
    }
    for (; i < length; i++) {
      const steps = <i64>(<i32>p[i * xStep] - xZero);
      const slope = <i64>(<i32>q[i * alphaStep] - alphaZero);
      const value = steps >= 0
        ? requantizeBy(steps, positive, positiveShift, rounding)
        : requantizeBy(steps * slope, negative, negativeShift, rounding);
      y[at + i] = <Y>saturate(value + yZero, low, high);
    }
  }
}

function requantizeBy(acc: i64, factor: f64, shift: i32, rounding: i32): i64 {
  return rounding == Rounding.halfEven
    ? requantize<f32>(acc, <f32>factor, shift, rounding)
    : requantize<i32>(acc, <i32>factor, shift, rounding);
}

/** Eight accumulators as int16 lanes. */
function requantized8(
  first: v128,
  second: v128,
  factor: f64,
  shift: i32,
  rounding: i32,
  zero: i32,
  low: i32,
  high: i32,
): v128 {
  if (rounding == Rounding.halfEven) {
    const f = <f32>factor;
    return i16x8.narrow_i32x4_s(
      requantize4<f32>(first, f, shift, rounding, zero, low, high),
      requantize4<f32>(second, f, shift, rounding, zero, low, high),
    );
  }
  const m = <i32>factor;
  return i16x8.narrow_i32x4_s(
    requantize4<i32>(first, m, shift, rounding, zero, low, high),
    requantize4<i32>(second, m, shift, rounding, zero, low, high),
  );
}

/** See the reference. */
export function reduceSumQuantized<X, Y>(
  x: Pointer<X>,
  y: Pointer<Y>,
  outer: i32,
  length: i32,
  inner: i32,
  xZero: i32,
  multiplier: f64,
  shift: i32,
  yZero: i32,
  low: i32,
  high: i32,
  rounding: i32,
): void {
  if (rounding == Rounding.halfEven) {
    const m = <f32>multiplier;
    sumPlaces<X, f32, Y>(x, y, outer, length, inner, m, shift, xZero, yZero, low, high, rounding);
  } else {
    const m = <i32>multiplier;
    sumPlaces<X, i32, Y>(x, y, outer, length, inner, m, shift, xZero, yZero, low, high, rounding);
  }
}
