import { describe, expect, it } from "vitest";
import * as own from "../../runtime/reference/transcendental.ts";

const single = new Float32Array(1);
const bits = new Int32Array(single.buffer);

/** The distance of neighbouring float32 numbers around `x`. */
function ulp(x: number): number {
  const a = Math.abs(Math.fround(x));
  if (!Number.isFinite(a)) return Number.POSITIVE_INFINITY;
  single[0] = a;
  bits[0] = bits[0]! + 1;
  return single[0]! - a;
}

/** The largest error of `f` against `exact` in ulp of float32, over `count` float32 numbers of [from, to]. */
function largestError(
  f: (x: number) => number,
  exact: (x: number) => number,
  [from, to]: readonly [number, number],
  count = 500_000,
): number {
  let largest = 0;
  for (let i = 0; i <= count; i++) {
    const x = Math.fround(from + ((to - from) * i) / count);
    const want = exact(x);
    const error = Math.abs(f(x) - want) / ulp(want);
    if (!(error <= largest)) largest = error;
  }
  return largest;
}

/** The error function by its power series, for |x| up to 4. */
function erfSeries(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; n < 80; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

describe("transcendental functions are within 0.52 ulp of float32", () => {
  it.each([
    ["exp", own.exp, Math.exp, [-103, 88.7]],
    ["exp", own.exp, Math.exp, [-1, 1]],
    ["expm1", own.expm1, Math.expm1, [-2, 2]],
    ["expm1", own.expm1, Math.expm1, [-20, 80]],
    ["log", own.log, Math.log, [1e-30, 4]],
    ["log", own.log, Math.log, [1e-45, 1e-38]],
    ["log", own.log, Math.log, [1, 3e38]],
    ["tanh", own.tanh, Math.tanh, [-1, 1]],
    ["tanh", own.tanh, Math.tanh, [-12, 12]],
    ["sigmoid", own.sigmoid, sigmoid, [-87, 30]],
    ["softplus", own.softplus, softplus, [-80, 80]],
    ["erf", own.erf, erfSeries, [-1.2, 1.2]],
    ["erf", own.erf, erfSeries, [-4, 4]],
    ["sin", own.sin, Math.sin, [-10, 10]],
    ["sin", own.sin, Math.sin, [-1e5, 1e6]],
    ["cos", own.cos, Math.cos, [-10, 10]],
    ["cos", own.cos, Math.cos, [-1e6, 1e5]],
    ["sin", own.sin, Math.sin, [1e6, 1e9]],
    ["sin", own.sin, Math.sin, [-3.4e38, 3.4e38]],
    ["cos", own.cos, Math.cos, [-1e22, 1e6]],
    ["x^2.5", (x: number) => own.pow(x, 2.5), (x: number) => x ** 2.5, [0, 1e6]],
    ["x^-3", (x: number) => own.pow(x, -3), (x: number) => x ** -3, [-9, 10]],
    [
      "1.7^x",
      (x: number) => own.pow(Math.fround(1.7), x),
      (x: number) => Math.fround(1.7) ** x,
      [-80, 80],
    ],
  ] as const)("%s", (_, f, exact, range) => {
    expect(largestError(f, exact, range)).toBeLessThan(0.52);
  });
});

it("special values are those of IEEE arithmetic and C", () => {
  const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
  for (const f of [
    own.exp,
    own.expm1,
    own.log,
    own.tanh,
    own.sigmoid,
    own.erf,
    own.softplus,
    own.sin,
  ]) {
    expect(f(nan)).toBeNaN();
  }
  expect([own.exp(inf), own.exp(-inf), own.exp(89), own.exp(-104), own.exp(0)]).toEqual([
    inf,
    0,
    inf,
    0,
    1,
  ]);
  expect([own.log(0), own.log(inf), own.log(1)]).toEqual([-inf, inf, 0]);
  expect(own.log(-1)).toBeNaN();
  expect([own.tanh(inf), own.tanh(-inf), own.sigmoid(-inf), own.sigmoid(inf)]).toEqual([
    1, -1, 0, 1,
  ]);
  expect([own.erf(inf), own.erf(-inf), own.erf(0), own.softplus(inf)]).toEqual([1, -1, 0, inf]);
  const exponents = [-inf, -3, -2.5, -2, -0.5, 0, 0.5, 2, 2.5, 3, inf];
  for (const x of [-inf, -2, -0.5, -0, 0, 0.5, 2, inf]) {
    for (const y of exponents) expect([x, y, own.pow(x, y)]).toEqual([x, y, Math.fround(x ** y)]);
  }
  expect([own.pow(1, inf), own.pow(-1, inf), own.pow(nan, 0), own.pow(1, nan)]).toEqual([
    1, 1, 1, 1,
  ]);
});

it("powers that are float32 numbers are exact", () => {
  for (let x = -20; x <= 20; x++) for (let y = 0; y <= 5; y++) expect(own.pow(x, y)).toBe(x ** y);
});
