import { Pointer } from "./memory";
import { roundHalfEven, saturateInt32 } from "./requantize";

// Softmax of 8-bit integers, see the reference. Rows are short: scalars.

@inline
function maximum<T>(x: Pointer<T>, first: i32, end: i32, step: i32): i32 {
  let largest = <i32>x[first];
  for (let at = first + step; at < end; at += step) largest = max(largest, <i32>x[at]);
  return largest;
}

/** See the reference. */
export function softmaxTable<X, Y>(
  x: Pointer<X>,
  table: Pointer<f32>,
  y: Pointer<Y>,
  outer: i32,
  size: i32,
  inner: i32,
  inverse: f32,
  yZero: i32,
  low: i32,
  high: i32,
): void {
  for (let a = 0; a < outer; a++) {
    for (let i = 0; i < inner; i++) {
      const first = a * size * inner + i;
      const end = first + size * inner;
      const entries = table.from(255 - maximum<X>(x, first, end, inner));
      let sum: f32 = 0;
      for (let at = first; at < end; at += inner) sum += entries[<i32>x[at]];
      for (let at = first; at < end; at += inner) {
        const steps = (entries[<i32>x[at]] * inverse) / sum;
        const q = roundHalfEven(<f64>steps) + <f64>yZero;
        y[at] = <Y>(<i32>min<f64>(<f64>high, max<f64>(<f64>low, q)));
      }
    }
  }
}

/** See the reference. All numbers fit 32 bits, their products 64. */
export function softmaxFixedPoint<X, Y>(
  x: Pointer<X>,
  y: Pointer<Y>,
  outer: i32,
  size: i32,
  inner: i32,
  multiplier: i32,
  shift: i32,
  least: i32,
  low: i32,
): void {
  for (let a = 0; a < outer; a++) {
    for (let i = 0; i < inner; i++) {
      const first = a * size * inner + i;
      const end = first + size * inner;
      const largest = maximum<X>(x, first, end, inner);
      let sum: i64 = 0;
      for (let at = first; at < end; at += inner) {
        const difference = <i32>x[at] - largest;
        if (difference >= least)
          sum += shiftRounding(expFixed(<i64>difference << shift, multiplier), 12);
      }
      const zeros = <i32>clz<u32>(<u32>sum);
      const inverse = inverseFixed((sum << zeros) - 0x80000000);
      for (let at = first; at < end; at += inner) {
        const difference = <i32>x[at] - largest;
        const e = difference >= least ? expFixed(<i64>difference << shift, multiplier) : 0;
        const q = shiftRounding(product(inverse, e), 12 - zeros + 31 - 8) + low;
        y[at] = <Y>(<i32>min<i64>(low + 255, max<i64>(low, q)));
      }
    }
  }
}

/** The Q31 product of Q31 numbers, ties towards +∞. */
@inline
function product(a: i64, b: i64): i64 {
  return (a * b + 0x40000000) >> 31;
}

/** `x / 2^bits`, ties away from zero. */
@inline
function shiftRounding(x: i64, bits: i32): i64 {
  const half = (<i64>1 << bits) >> 1;
  return x < 0 ? -((half - x) >> bits) : (x + half) >> bits;
}

/** `exp` in Q31 of the negative Q5.26 number `product(difference, multiplier)`. */
function expFixed(difference: i64, multiplier: i32): i64 {
  const x = <i32>product(difference, multiplier);
  if (x == 0) return i32.MAX_VALUE;
  const quarter = 1 << 24;
  const rest = (x & (quarter - 1)) - quarter;
  const below = rest - x;
  let y = expQuarter(<i64>rest << 5);
  if (below & quarter) y = product(y, 1672461947);
  if (below & (quarter << 1)) y = product(y, 1302514674);
  if (below & (quarter << 2)) y = product(y, 790015084);
  if (below & (quarter << 3)) y = product(y, 290630308);
  if (below & (quarter << 4)) y = product(y, 39332535);
  if (below & (quarter << 5)) y = product(y, 720401);
  if (below & (quarter << 6)) y = product(y, 242);
  return y;
}

/** `exp` in Q31 of a Q31 number in [−¼, 0): the Taylor polynomial around −⅛. */
function expQuarter(a: i64): i64 {
  const constant: i64 = 1895147668;
  const x = a + (1 << 28);
  const x2 = product(x, x);
  const x3 = product(x2, x);
  const x4 = product(x2, x2);
  const cubic = product(shiftRounding(x4, 2) + x3, 715827883);
  return constant + product(constant, x + shiftRounding(cubic + x2, 1));
}

/** `1 / (1 + x)` in Q31 of a Q31 number in [0, 1): three steps of Newton's method in Q2.29. */
function inverseFixed(x: i64): i64 {
  const halfDenominator = (x + 0x80000000) >> 1;
  let y: i64 = 1515870810 + product(halfDenominator, -1010580540);
  for (let step = 0; step < 3; step++) {
    const error = (1 << 29) - product(halfDenominator, y);
    y += saturateInt32(product(y, error) << 2);
  }
  return saturateInt32(y << 1);
}
