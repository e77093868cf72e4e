import { product, whereNegative } from "./map";
import { Pointer } from "./memory";
import { groupLength, groupStep, rowCount, rowLength, rowStart, rowStep } from "./view";

// Every kernel here is `y[i] = f(a[i], b[i])` with broadcasting, see the reference. What is computed is a class without
// fields, as in `map.ts`: `lanes<T>(a, b)` of whole vectors, or `of<A, B, Y>(a, b)` of numbers.

/** Rows in vectors, where both operands lie as the result does or repeat one element. */
@inline
function broadcastLanes<F, T>(
  a: Pointer<T>,
  b: Pointer<T>,
  y: Pointer<T>,
  view: Pointer<i32>,
): void {
  const rows = rowCount(view);
  const length = rowLength(view);
  const aStep = rowStep(view, 0);
  const bStep = rowStep(view, 1);
  const group = groupLength(view);
  let to = y;
  for (let row = 0; row < rows; row += group) {
    let p = a.from(rowStart(view, 0, row));
    let q = b.from(rowStart(view, 1, row));
    for (let i = 0; i < group; i++) {
      rowOfLanes<F, T>(p, aStep, q, bStep, to, length);
      p = p.from(groupStep(view, 0));
      q = q.from(groupStep(view, 1));
      to = to.from(length);
    }
  }
}

function rowOfLanes<F, T>(
  a: Pointer<T>,
  aStep: i32,
  b: Pointer<T>,
  bStep: i32,
  y: Pointer<T>,
  length: i32,
): void {
  const f = changetype<F>(0);
  const whole = length - (length & (16 / sizeof<T>() - 1));
  let i = 0;
  if (aStep == 1 && bStep == 1) {
    for (; i < whole; i += 16 / sizeof<T>()) {
      v128.store(y.at(i), f.lanes<T>(v128.load(a.at(i)), v128.load(b.at(i))));
    }
  } else if (aStep == 1 && bStep == 0) {
    const right = v128.splat<T>(b[0]);
    for (; i < whole; i += 16 / sizeof<T>()) {
      v128.store(y.at(i), f.lanes<T>(v128.load(a.at(i)), right));
    }
  } else if (aStep == 0 && bStep == 1) {
    const left = v128.splat<T>(a[0]);
    for (; i < whole; i += 16 / sizeof<T>()) {
      v128.store(y.at(i), f.lanes<T>(left, v128.load(b.at(i))));
    }
  }
  for (; i < length; i++) {
    const lanes = f.lanes<T>(v128.splat<T>(a[i * aStep]), v128.splat<T>(b[i * bStep]));
    y[i] = v128.extract_lane<T>(lanes, 0);
  }
}

/** Element by element. */
@inline
export function broadcast<F, A, B, Y>(
  a: Pointer<A>,
  b: Pointer<B>,
  y: Pointer<Y>,
  view: Pointer<i32>,
): void {
  const f = changetype<F>(0);
  const rows = rowCount(view);
  const length = rowLength(view);
  const aStep = rowStep(view, 0);
  const bStep = rowStep(view, 1);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    let p = rowStart(view, 0, row);
    let q = rowStart(view, 1, row);
    for (let i = 0; i < length; i++, p += aStep, q += bStep) y[at++] = f.of<A, B, Y>(a[p], b[q]);
  }
}

@unmanaged @final
class Plus {
  @inline
  lanes<T>(a: v128, b: v128): v128 {
    return v128.add<T>(a, b);
  }
}

/** `y = a + b`. */
export function add<T>(a: Pointer<T>, b: Pointer<T>, y: Pointer<T>, view: Pointer<i32>): void {
  broadcastLanes<Plus, T>(a, b, y, view);
}

@unmanaged @final
class Minus {
  @inline
  lanes<T>(a: v128, b: v128): v128 {
    return v128.sub<T>(a, b);
  }
}

/** `y = a − b`. */
export function subtract<T>(a: Pointer<T>, b: Pointer<T>, y: Pointer<T>, view: Pointer<i32>): void {
  broadcastLanes<Minus, T>(a, b, y, view);
}

@unmanaged @final
class Times {
  @inline
  lanes<T>(a: v128, b: v128): v128 {
    return product<T>(a, b);
  }
}

/** `y = a · b`, for every dtype but int32. */
export function multiply<T>(a: Pointer<T>, b: Pointer<T>, y: Pointer<T>, view: Pointer<i32>): void {
  broadcastLanes<Times, T>(a, b, y, view);
}

/** `y = a · b` modulo 2³². */
export function multiplyInt32(
  a: Pointer<i32>,
  b: Pointer<i32>,
  y: Pointer<i32>,
  view: Pointer<i32>,
): void {
  broadcastLanes<Times, i32>(a, b, y, view);
}

@unmanaged @final
class Quotient {
  @inline
  lanes<T>(a: v128, b: v128): v128 {
    return f32x4.div(a, b);
  }
}

/** `y = a / b` in float32. */
export function divide(
  a: Pointer<f32>,
  b: Pointer<f32>,
  y: Pointer<f32>,
  view: Pointer<i32>,
): void {
  broadcastLanes<Quotient, f32>(a, b, y, view);
}

/** A quotient of integers, rounded towards zero; 0 where `b` is 0, and −2³¹ / −1 wraps. */
@inline
function divided(a: i32, b: i32): i32 {
  return b == 0 ? 0 : b == -1 ? -a : a / b;
}

@unmanaged @final
class IntegerQuotient {
  @inline
  of<A, B, Y>(a: A, b: B): Y {
    return <Y>divided(<i32>a, <i32>b);
  }
}

/** `y = a / b` of integers, rounded towards zero; 0 where `b` is 0. */
export function divideInteger<T>(
  a: Pointer<T>,
  b: Pointer<T>,
  y: Pointer<T>,
  view: Pointer<i32>,
): void {
  broadcast<IntegerQuotient, T, T, T>(a, b, y, view);
}

@unmanaged @final
class FlooredQuotient {
  @inline
  lanes<T>(a: v128, b: v128): v128 {
    return f32x4.floor(f32x4.div(a, b));
  }
}

/** `y = ⌊a / b⌋`, the quotient rounded to float32 first. */
export function floorDivide(
  a: Pointer<f32>,
  b: Pointer<f32>,
  y: Pointer<f32>,
  view: Pointer<i32>,
): void {
  broadcastLanes<FlooredQuotient, f32>(a, b, y, view);
}

@unmanaged @final
class FlooredIntegerQuotient {
  @inline
  of<A, B, Y>(a: A, b: B): Y {
    const left = <i32>a;
    const right = <i32>b;
    const quotient = divided(left, right);
    const isAbove = (left ^ right) < 0 && quotient * right != left;
    return <Y>(isAbove && right != 0 ? quotient - 1 : quotient);
  }
}

/** `y = ⌊a / b⌋` of integers; 0 where `b` is 0. */
export function floorDivideInteger<T>(
  a: Pointer<T>,
  b: Pointer<T>,
  y: Pointer<T>,
  view: Pointer<i32>,
): void {
  broadcast<FlooredIntegerQuotient, T, T, T>(a, b, y, view);
}

/** The remainder with the sign of `a`; of integers 0 where `b` is 0. */
@inline
function remainder<T>(a: T, b: T): T {
  if (isFloat<T>()) return a % b;
  return b == <T>0 ? <T>0 : <T>(<i32>a % <i32>b);
}

@unmanaged @final
class FlooredRemainder {
  @inline
  of<A, B, Y>(a: A, b: B): Y {
    const rest = remainder<A>(a, b);
    return rest != <A>0 && rest < <A>0 != b < <A>0 ? <Y>(rest + b) : <Y>rest;
  }
}

/** The remainder with the sign of `b` (`a − ⌊a / b⌋ · b`); integers give 0 where `b` is 0. */
export function floorModulo<T>(
  a: Pointer<T>,
  b: Pointer<T>,
  y: Pointer<T>,
  view: Pointer<i32>,
): void {
  broadcast<FlooredRemainder, T, T, T>(a, b, y, view);
}

@unmanaged @final
class TruncatedRemainder {
  @inline
  of<A, B, Y>(a: A, b: B): Y {
    return <Y>remainder<A>(a, b);
  }
}

/** The remainder with the sign of `a`, as C's `fmod`; integers give 0 where `b` is 0. */
export function truncatedModulo<T>(
  a: Pointer<T>,
  b: Pointer<T>,
  y: Pointer<T>,
  view: Pointer<i32>,
): void {
  broadcast<TruncatedRemainder, T, T, T>(a, b, y, view);
}

@unmanaged @final
class DifferenceSquared {
  @inline
  lanes<T>(a: v128, b: v128): v128 {
    const difference = v128.sub<T>(a, b);
    return v128.mul<T>(difference, difference);
  }

  /** The difference of integers is rounded to float32 too. */
  @inline
  of<A, B, Y>(a: A, b: B): Y {
    const difference = <i64>(<f32>(<i64>a - <i64>b));
    return <Y>(difference * difference);
  }
}

/** `y = (a − b)²`; the difference is rounded to float32 first. */
export function squaredDifference<T>(
  a: Pointer<T>,
  b: Pointer<T>,
  y: Pointer<T>,
  view: Pointer<i32>,
): void {
  if (isFloat<T>()) broadcastLanes<DifferenceSquared, T>(a, b, y, view);
  else broadcast<DifferenceSquared, T, T, T>(a, b, y, view);
}

@unmanaged @final
class Smaller {
  @inline
  lanes<T>(a: v128, b: v128): v128 {
    if (!isFloat<T>()) return v128.min<T>(a, b);
    return v128.bitselect(a, b, v128.or(f32x4.lt(a, b), f32x4.ne(a, a)));
  }
}

/** `y = min(a, b)`, `b` of equal ones; NaN if one of them is. */
export function minimum<T>(a: Pointer<T>, b: Pointer<T>, y: Pointer<T>, view: Pointer<i32>): void {
  broadcastLanes<Smaller, T>(a, b, y, view);
}

@unmanaged @final
class Larger {
  @inline
  lanes<T>(a: v128, b: v128): v128 {
    if (!isFloat<T>()) return v128.max<T>(a, b);
    return v128.bitselect(a, b, v128.or(f32x4.gt(a, b), f32x4.ne(a, a)));
  }
}

/** `y = max(a, b)`, `b` of equal ones; NaN if one of them is. */
export function maximum<T>(a: Pointer<T>, b: Pointer<T>, y: Pointer<T>, view: Pointer<i32>): void {
  broadcastLanes<Larger, T>(a, b, y, view);
}

@unmanaged @final
class Equal {
  @inline
  of<A, B, Y>(a: A, b: B): Y {
    return <Y>(a == b);
  }
}

/** `y = 1` where `a = b`, else 0. */
export function equal<T>(a: Pointer<T>, b: Pointer<T>, y: Pointer<u8>, view: Pointer<i32>): void {
  broadcast<Equal, T, T, u8>(a, b, y, view);
}

@unmanaged @final
class NotEqual {
  @inline
  of<A, B, Y>(a: A, b: B): Y {
    return <Y>(a != b);
  }
}

/** `y = 1` where `a ≠ b`, else 0. */
export function notEqual<T>(
  a: Pointer<T>,
  b: Pointer<T>,
  y: Pointer<u8>,
  view: Pointer<i32>,
): void {
  broadcast<NotEqual, T, T, u8>(a, b, y, view);
}

@unmanaged @final
class Less {
  @inline
  of<A, B, Y>(a: A, b: B): Y {
    return <Y>(a < b);
  }
}

/** `y = 1` where `a < b`, else 0. */
export function less<T>(a: Pointer<T>, b: Pointer<T>, y: Pointer<u8>, view: Pointer<i32>): void {
  broadcast<Less, T, T, u8>(a, b, y, view);
}

@unmanaged @final
class LessOrEqual {
  @inline
  of<A, B, Y>(a: A, b: B): Y {
    return <Y>(a <= b);
  }
}

/** `y = 1` where `a ≤ b`, else 0. */
export function lessEqual<T>(
  a: Pointer<T>,
  b: Pointer<T>,
  y: Pointer<u8>,
  view: Pointer<i32>,
): void {
  broadcast<LessOrEqual, T, T, u8>(a, b, y, view);
}

@unmanaged @final
class And {
  @inline
  lanes<T>(a: v128, b: v128): v128 {
    return v128.and(a, b);
  }
}

/** Logical and of 0 and 1. */
export function and(a: Pointer<u8>, b: Pointer<u8>, y: Pointer<u8>, view: Pointer<i32>): void {
  broadcastLanes<And, u8>(a, b, y, view);
}

@unmanaged @final
class Or {
  @inline
  lanes<T>(a: v128, b: v128): v128 {
    return v128.or(a, b);
  }
}

/** Logical or of 0 and 1. */
export function or(a: Pointer<u8>, b: Pointer<u8>, y: Pointer<u8>, view: Pointer<i32>): void {
  broadcastLanes<Or, u8>(a, b, y, view);
}

@unmanaged @final
class Xor {
  @inline
  lanes<T>(a: v128, b: v128): v128 {
    return v128.xor(a, b);
  }
}

/** Exclusive or of 0 and 1. */
export function xor(a: Pointer<u8>, b: Pointer<u8>, y: Pointer<u8>, view: Pointer<i32>): void {
  broadcastLanes<Xor, u8>(a, b, y, view);
}

@unmanaged @final
class Leaky {
  @inline
  lanes<T>(x: v128, alpha: v128): v128 {
    return whereNegative(x, f32x4.mul(alpha, x));
  }
}

/** `y = x ≥ 0 ? x : alpha · x`, with `alpha` broadcast. */
export function prelu(
  x: Pointer<f32>,
  alpha: Pointer<f32>,
  y: Pointer<f32>,
  view: Pointer<i32>,
): void {
  broadcastLanes<Leaky, f32>(x, alpha, y, view);
}

/** `y = condition ? a : b`, all three broadcast. */
export function select<T>(
  condition: Pointer<u8>,
  a: Pointer<T>,
  b: Pointer<T>,
  y: Pointer<T>,
  view: Pointer<i32>,
): void {
  const rows = rowCount(view);
  const length = rowLength(view);
  const cStep = rowStep(view, 0);
  const aStep = rowStep(view, 1);
  const bStep = rowStep(view, 2);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    let c = rowStart(view, 0, row);
    let p = rowStart(view, 1, row);
    let q = rowStart(view, 2, row);
    for (let i = 0; i < length; i++, c += cStep, p += aStep, q += bStep) {
      y[at++] = condition[c] ? a[p] : b[q];
    }
  }
}
