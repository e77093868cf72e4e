import type { Elements } from "./elements.ts";
import { rowCount, rowLength, rowStart, rowStep, type View } from "./view.ts";

// Every kernel here is `y[i] = f(a[i], b[i])` with broadcasting: `view` has the operands `a` and `b`. A float32
// result is the exact one, rounded once; integers wrap, as in the formats' own kernels.

function broadcast(
  f: (a: number, b: number) => number,
  a: Elements,
  b: Elements,
  y: Elements,
  view: View,
): void {
  const rows = rowCount(view);
  const length = rowLength(view);
  const aStep = rowStep(view, 0);
  const bStep = rowStep(view, 1);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    let p = rowStart(view, 0, row);
    let q = rowStart(view, 1, row);
    for (let i = 0; i < length; i++, p += aStep, q += bStep) y[at++] = f(a[p]!, b[q]!);
  }
}

/** `y = a + b`. */
export function add(a: Elements, b: Elements, y: Elements, view: View): void {
  broadcast(plus, a, b, y, view);
}

function plus(a: number, b: number): number {
  return a + b;
}

/** `y = a − b`. */
export function subtract(a: Elements, b: Elements, y: Elements, view: View): void {
  broadcast(minus, a, b, y, view);
}

function minus(a: number, b: number): number {
  return a - b;
}

/** `y = a · b`, for every dtype but int32. */
export function multiply(a: Elements, b: Elements, y: Elements, view: View): void {
  broadcast(times, a, b, y, view);
}

function times(a: number, b: number): number {
  return a * b;
}

/** `y = a · b` modulo 2³². */
export function multiplyInt32(a: Int32Array, b: Int32Array, y: Int32Array, view: View): void {
  broadcast(timesInt32, a, b, y, view);
}

function timesInt32(a: number, b: number): number {
  return Math.imul(a, b);
}

/** `y = a / b` in float32. */
export function divide(a: Float32Array, b: Float32Array, y: Float32Array, view: View): void {
  broadcast(quotient, a, b, y, view);
}

function quotient(a: number, b: number): number {
  return a / b;
}

/** `y = a / b` of integers, rounded towards zero; 0 where `b` is 0. */
export function divideInteger(a: Elements, b: Elements, y: Elements, view: View): void {
  broadcast(integerQuotient, a, b, y, view);
}

function integerQuotient(a: number, b: number): number {
  return b === 0 ? 0 : Math.trunc(a / b);
}

/** `y = ⌊a / b⌋`, the quotient rounded to float32 first. */
export function floorDivide(a: Float32Array, b: Float32Array, y: Float32Array, view: View): void {
  broadcast(flooredQuotient, a, b, y, view);
}

function flooredQuotient(a: number, b: number): number {
  return Math.floor(Math.fround(a / b));
}

/** `y = ⌊a / b⌋` of integers; 0 where `b` is 0. */
export function floorDivideInteger(a: Elements, b: Elements, y: Elements, view: View): void {
  broadcast(flooredIntegerQuotient, a, b, y, view);
}

function flooredIntegerQuotient(a: number, b: number): number {
  return b === 0 ? 0 : Math.floor(a / b);
}

/** The remainder with the sign of `b` (`a − ⌊a / b⌋ · b`); integers give 0 where `b` is 0. */
export function floorModulo(a: Elements, b: Elements, y: Elements, view: View): void {
  broadcast(flooredRemainder, a, b, y, view);
}

function flooredRemainder(a: number, b: number): number {
  const remainder = a % b;
  return remainder !== 0 && remainder < 0 !== b < 0 ? remainder + b : remainder;
}

/** The remainder with the sign of `a`, as C's `fmod`; integers give 0 where `b` is 0. */
export function truncatedModulo(a: Elements, b: Elements, y: Elements, view: View): void {
  broadcast(truncatedRemainder, a, b, y, view);
}

function truncatedRemainder(a: number, b: number): number {
  return a % b;
}

/** `y = (a − b)²`; the difference is rounded to float32 first. */
export function squaredDifference(a: Elements, b: Elements, y: Elements, view: View): void {
  broadcast(differenceSquared, a, b, y, view);
}

function differenceSquared(a: number, b: number): number {
  const difference = Math.fround(a - b);
  return difference * difference;
}

/** `y = min(a, b)`, `b` of equal ones (0 and −0 are); NaN if one of them is. */
export function minimum(a: Elements, b: Elements, y: Elements, view: View): void {
  broadcast(smaller, a, b, y, view);
}

function smaller(a: number, b: number): number {
  return a < b || Number.isNaN(a) ? a : b;
}

/** `y = max(a, b)`, `b` of equal ones (0 and −0 are); NaN if one of them is. */
export function maximum(a: Elements, b: Elements, y: Elements, view: View): void {
  broadcast(larger, a, b, y, view);
}

function larger(a: number, b: number): number {
  return a > b || Number.isNaN(a) ? a : b;
}

/** `y = 1` where `a = b`, else 0. */
export function equal(a: Elements, b: Elements, y: Uint8Array, view: View): void {
  broadcast(isEqual, a, b, y, view);
}

function isEqual(a: number, b: number): number {
  return a === b ? 1 : 0;
}

/** `y = 1` where `a ≠ b`, else 0. */
export function notEqual(a: Elements, b: Elements, y: Uint8Array, view: View): void {
  broadcast(isNotEqual, a, b, y, view);
}

function isNotEqual(a: number, b: number): number {
  return a !== b ? 1 : 0;
}

/** `y = 1` where `a < b`, else 0. */
export function less(a: Elements, b: Elements, y: Uint8Array, view: View): void {
  broadcast(isLess, a, b, y, view);
}

function isLess(a: number, b: number): number {
  return a < b ? 1 : 0;
}

/** `y = 1` where `a ≤ b`, else 0. */
export function lessEqual(a: Elements, b: Elements, y: Uint8Array, view: View): void {
  broadcast(isLessOrEqual, a, b, y, view);
}

function isLessOrEqual(a: number, b: number): number {
  return a <= b ? 1 : 0;
}

/** Logical and of 0 and 1. */
export function and(a: Uint8Array, b: Uint8Array, y: Uint8Array, view: View): void {
  broadcast(both, a, b, y, view);
}

function both(a: number, b: number): number {
  return a & b;
}

/** Logical or of 0 and 1. */
export function or(a: Uint8Array, b: Uint8Array, y: Uint8Array, view: View): void {
  broadcast(either, a, b, y, view);
}

function either(a: number, b: number): number {
  return a | b;
}

/** Exclusive or of 0 and 1. */
export function xor(a: Uint8Array, b: Uint8Array, y: Uint8Array, view: View): void {
  broadcast(oneOf, a, b, y, view);
}

function oneOf(a: number, b: number): number {
  return a ^ b;
}

/** `y = x ≥ 0 ? x : alpha · x`, with `alpha` broadcast. */
export function prelu(x: Float32Array, alpha: Float32Array, y: Float32Array, view: View): void {
  broadcast(leaky, x, alpha, y, view);
}

function leaky(x: number, alpha: number): number {
  return x < 0 ? alpha * x : x;
}

/** `y = condition ? a : b`, all three broadcast: operands 0, 1 and 2 of `view`. */
export function select(
  condition: Uint8Array,
  a: Elements,
  b: Elements,
  y: Elements,
  view: View,
): void {
  const rows = rowCount(view);
  const length = rowLength(view);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    const c = rowStart(view, 0, row);
    const p = rowStart(view, 1, row);
    const q = rowStart(view, 2, row);
    for (let i = 0; i < length; i++) {
      const chosen = condition[c + i * rowStep(view, 0)];
      y[at++] = chosen ? a[p + i * rowStep(view, 1)]! : b[q + i * rowStep(view, 2)]!;
    }
  }
}
