/**
 * Elementary functions of float32 numbers, rounded to float32: only `+ − · /`, comparisons, `floor` and the
 * exponent bits of a float32, all in float64, so that every engine and every kernel family gives the same bits
 * (`Math.exp` and its like may differ between engines). `Math.sqrt` is exact in IEEE arithmetic and needs none.
 *
 * Unless stated, a result is at most 0.52 ulp of float32 from the true value: it is the rounded true value but
 * for about one argument in a hundred, where it is the other neighbour. NaN gives NaN, infinities their limits.
 */

const single = new Float32Array(1);
const bits = new Int32Array(single.buffer);

/** `2ⁿ` for integers n in [−126, 127]. */
function powerOfTwo(n: number): number {
  bits[0] = (n + 127) << 23;
  return single[0]!;
}

/** `eˣ`. Underflows to subnormals, then 0; overflows to infinity. */
export function exp(x: number): number {
  return Math.fround(expDouble(x));
}

/** `eˣ − 1`, precise near 0 too. */
export function expm1(x: number): number {
  return Math.fround(-0.5 < x && x < 0.5 ? x * expm1Quotient(x) : expDouble(x) - 1);
}

/** The natural logarithm; −∞ at 0, NaN below. */
export function log(x: number): number {
  return Math.fround(logDouble(x));
}

/** `log(1 + eˣ)`. */
export function softplus(x: number): number {
  const e = expDouble(x < 0 ? x : -x);
  const rest = e < 2 ** -20 ? e - 0.5 * e * e : logDouble(1 + e);
  return Math.fround(x > 0 ? x + rest : rest);
}

/** `1 / (1 + e⁻ˣ)`. */
export function sigmoid(x: number): number {
  return Math.fround(1 / (1 + expDouble(-x)));
}

/** The hyperbolic tangent: its continued fraction near 0, `1 − 2 / (e²ˣ + 1)` elsewhere. */
export function tanh(x: number): number {
  if (-0.6 < x && x < 0.6) {
    const s = x * x;
    const top = 135135 + s * (17325 + s * (378 + s));
    const bottom = 135135 + s * (62370 + s * (3150 + s * 28));
    return Math.fround(x * (top / bottom));
  }
  return Math.fround(1 - 2 / (expDouble(2 * x) + 1));
}

/**
 * The error function `2/√π ∫₀ˣ e^(−t²) dt`. The polynomials are Chebyshev fits of our own: `erf(x) / x` in x² on
 * [0, 1] (3·10⁻¹¹), `erf(x)` in x − 2.5 on [1, 4] (10⁻⁹); from 4 on the result is 1.
 */
export function erf(x: number): number {
  const a = x < 0 ? -x : x;
  if (a < 1) return Math.fround(x * erfQuotient(x * x));
  if (a < 4) return Math.fround(x < 0 ? -erfTail(a - 2.5) : erfTail(a - 2.5));
  return x < 0 ? -1 : a >= 4 ? 1 : Number.NaN;
}

function erfQuotient(s: number): number {
  let y = -9.667044571486996e-6;
  y = y * s + 0.00011265959025606609;
  y = y * s - 0.0008484080405535107;
  y = y * s + 0.005221031807858023;
  y = y * s - 0.026865430727670243;
  y = y * s + 0.11283782495236845;
  y = y * s - 0.3761263846802871;
  return y * s + 1.1283791670615435;
}

function erfTail(t: number): number {
  let y = -3.7010294586574444e-7;
  y = y * t + 8.934341108275976e-7;
  y = y * t + 3.621387266504205e-6;
  y = y * t - 1.574534023486969e-5;
  y = y * t + 7.220430687436052e-6;
  y = y * t + 8.118151327887046e-5;
  y = y * t - 0.00025250234594417607;
  y = y * t + 0.0002586050767933321;
  y = y * t + 0.0005436847523734309;
  y = y * t - 0.002797455525194225;
  y = y * t + 0.006116989049688108;
  y = y * t - 0.008622641810899187;
  y = y * t + 0.00835012806296286;
  y = y * t - 0.005445683317556121;
  y = y * t + 0.002178283553255515;
  return y * t + 0.9995930475079505;
}

/** `x` to the power `y`, with C's special cases: `x⁰ = 1ʸ = 1`, a negative base needs an integer exponent. */
export function pow(x: number, y: number): number {
  if (y === 0 || x === 1) return 1;
  const magnitude = powMagnitude(x < 0 ? -x : x, y);
  const negative = x < 0 || (x === 0 && 1 / x < 0);
  if (!negative) return magnitude;
  if (Math.floor(y) !== y) return x < 0 && x > -Infinity ? Number.NaN : magnitude;
  const half = y / 2;
  return Math.floor(half) === half ? magnitude : -magnitude;
}

function powMagnitude(x: number, y: number): number {
  if (x === 1) return 1;
  if (x === 0) return y > 0 ? 0 : y < 0 ? Number.POSITIVE_INFINITY : Number.NaN;
  return Math.fround(expDouble(y * logDouble(x)));
}

/** The sine. */
export function sin(x: number): number {
  return Math.fround(quarterWave(x, 0));
}

/** The cosine. */
export function cos(x: number): number {
  return Math.fround(quarterWave(x, 1));
}

/** `sin(x + turns · π/2)`. */
function quarterWave(x: number, turns: number): number {
  const r = x < -(2 ** 20) || 2 ** 20 < x ? manyTurns(x) : fewTurns(x);
  const n = whole[0]!;
  const quadrant = n + turns - 4 * Math.floor((n + turns) / 4);
  const s = r * r;
  const y = quadrant === 0 || quadrant === 2 ? r * sineQuotient(s) : cosine(s);
  return quadrant < 2 ? y : -y;
}

/** The quarter turns next to the angle that was reduced last, modulo 4. */
const whole = new Float64Array(1);

/** What an angle is beyond `whole[0]` quarter turns, in [−π/4, π/4]; for |x| up to 2²⁰. */
function fewTurns(x: number): number {
  const n = Math.floor(x * 0.6366197723675814 + 0.5);
  whole[0] = n;
  // π/2 in three parts of 33 bits, so that the first products are exact.
  return x - n * 1.5707963267341256 - n * 6.077100506303966e-11 - n * 2.0222662487959506e-21;
}

/** The digits of 2/π to the base 2²⁴. */
const twoByPi = Float64Array.from([
  10680707, 7228996, 1387004, 2578385, 16069853, 12639074, 9804092, 4427841, 16666979,
]);

/**
 * As `fewTurns`, from 2²⁰ on. With `x = m · 2ᵉ`, m an integer of 24 bits, the product of m and a digit is exact, and a whole
 * number of turns down to the digit `k`. From there three digits place the angle and two make it precise: no float32 is
 * nearer to a whole quarter turn than 2⁻³⁰.
 * @source Payne and Hanek 1983, "Radian reduction for trigonometric functions".
 */
function manyTurns(x: number): number {
  single[0] = x;
  const e = ((bits[0]! >> 23) & 255) - 150;
  const m = x * powerOfTwo(-e);
  const k = e < 26 ? 0 : Math.floor((e - 2) / 24);
  const unit = powerOfTwo(e - 24 * (k + 1));
  const a = (m * twoByPi[k]! * unit) % 4;
  const b = (m * twoByPi[k + 1]! * unit * 2 ** -24) % 4;
  const c = m * twoByPi[k + 2]! * unit * 2 ** -48;
  const n = Math.floor(a + b + c + 0.5);
  whole[0] = n;
  const rest = a - n + b + c + m * twoByPi[k + 3]! * unit * 2 ** -72;
  return (rest + m * twoByPi[k + 4]! * unit * 2 ** -96) * (Math.PI / 2);
}

function sineQuotient(s: number): number {
  let y = 1 / 6227020800;
  y = y * s - 1 / 39916800;
  y = y * s + 1 / 362880;
  y = y * s - 1 / 5040;
  y = y * s + 1 / 120;
  y = y * s - 1 / 6;
  return y * s + 1;
}

function cosine(s: number): number {
  let y = -1 / 87178291200;
  y = y * s + 1 / 479001600;
  y = y * s - 1 / 3628800;
  y = y * s + 1 / 40320;
  y = y * s - 1 / 720;
  y = y * s + 1 / 24;
  y = y * s - 1 / 2;
  return y * s + 1;
}

/** `eˣ` in float64 with a relative error below 10⁻¹¹, for x limited to [−150, 150]: beyond float32 both ways. */
function expDouble(x: number): number {
  const limited = x < -150 ? -150 : x > 150 ? 150 : x;
  const n = Math.floor(limited * Math.LOG2E + 0.5);
  const r = limited - n * Math.LN2;
  const half = Math.floor(n / 2);
  return (1 + r * expm1Quotient(r)) * powerOfTwo(half) * powerOfTwo(n - half);
}

/** `(eʳ − 1) / r` for |r| ≤ 0.5: the Taylor polynomial; what is left out is below 3·10⁻¹² of it. */
function expm1Quotient(r: number): number {
  let y = 1 / 3628800;
  y = y * r + 1 / 362880;
  y = y * r + 1 / 40320;
  y = y * r + 1 / 5040;
  y = y * r + 1 / 720;
  y = y * r + 1 / 120;
  y = y * r + 1 / 24;
  y = y * r + 1 / 6;
  y = y * r + 1 / 2;
  return y * r + 1;
}

/**
 * `log(x)` in float64, relative error below 10⁻¹³, for x in the range of float32: with `x = m · 2ᵉ`, m in
 * [√½, √2), and `s = (m − 1)/(m + 1)` it is `e · log 2 + 2(s + s³/3 + s⁵/5 + …)`.
 */
function logDouble(x: number): number {
  if (!(x > 0)) return x === 0 ? Number.NEGATIVE_INFINITY : Number.NaN;
  if (x === Number.POSITIVE_INFINITY) return x;
  if (x < 2 ** -126) return logDouble(x * 2 ** 24) - 24 * Math.LN2;
  single[0] = x;
  let e = (bits[0]! >> 23) - 127;
  const half = e >> 1;
  let m = x * powerOfTwo(-half) * powerOfTwo(half - e);
  if (m > Math.SQRT2) {
    m /= 2;
    e++;
  }
  const s = (m - 1) / (m + 1);
  const t = s * s;
  let y = 1 / 15;
  y = y * t + 1 / 13;
  y = y * t + 1 / 11;
  y = y * t + 1 / 9;
  y = y * t + 1 / 7;
  y = y * t + 1 / 5;
  y = y * t + 1 / 3;
  y = y * t + 1;
  return e * Math.LN2 + 2 * s * y;
}
