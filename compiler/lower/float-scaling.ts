import { Rounding, requantize } from "../../runtime/reference/requantize.ts";

/** What becomes of the accumulators of one output channel. */
export interface ChannelScaling {
  /** As `requantize` takes them. */
  readonly multiplier: number;
  readonly shift: number;
  readonly rounding: number;
  /** The limits of the result, without the zero point. */
  readonly low: number;
  readonly high: number;
  /** What the accumulator can be. */
  readonly least: number;
  readonly most: number;
}

/**
 * `requantize` within the limits as float32 operations, each rounded to float32, the last to the nearest integer, ties to
 * even: `round((float32(acc + bias) + offset) · factor) + centre`. With `signed` the offset has the sign of the accumulator.
 */
export interface FloatScaling {
  /** An integer that the bias of the channel can take up. */
  readonly bias: number;
  readonly offset: number;
  readonly factor: number;
}

/** What the channels of a layer have in common, so that the kernel need not load it. */
export interface ScalingForm {
  /** Rounding twice is symmetric about 0; where only positive results are left after limiting, the sign is not needed. */
  readonly signed: boolean;
  /** An integer amid the results: float32 is finest around 0. */
  readonly centre: number;
}

/** The form for a layer with these limits, which are without the zero point. */
export function scalingForm(rounding: number, low: number, high: number): ScalingForm {
  const signed = rounding === Rounding.fixedTwice && low < 0;
  const isFree = rounding !== Rounding.halfEven && !signed;
  return { signed, centre: isFree ? (low + high) >> 1 : 0 };
}

/** Units in the last place up to which factors are tried. */
const farthestFactor = 8;

/** Offsets that are tried for a factor, spread over their interval evenly whatever their number. */
const pointsTried = 24;
const goldenSection = (Math.sqrt(5) - 1) / 2;

/** Below it, adding 1.5 · 2²³ rounds a float32 to an integer. */
const largestProduct = 2 ** 22;

/**
 * A float scaling that equals `requantize` for every accumulator that there can be, or `undefined` where none was found.
 *
 * Both are monotonic in the accumulator and take integers, so they are equal if they step from `v` to `v + 1` between
 * the same two accumulators, for each `v` within the limits: at most 255 comparisons for 8 bits, which are made here. Under
 * `halfEven` the two are the same operations. Else a factor near the exact one leaves an interval to the offset, in
 * which the steps are right up to the rounding of float32; where that spoils one, another point or factor often does not.
 */
export function floatScaling(channel: ChannelScaling, form: ScalingForm): FloatScaling | undefined {
  const { multiplier, shift, rounding, least, most } = channel;
  if (rounding === Rounding.exact) return undefined;
  const real = rounding === Rounding.halfEven ? multiplier : multiplier * 2 ** (shift - 31);
  if (Math.max(-least, most) * real >= largestProduct / 2) return undefined;
  if (rounding === Rounding.halfEven) return { bias: 0, offset: 0, factor: multiplier };
  const steps = stepsOf(channel, real);
  if (steps.firstAbove.length === 0) return constantScaling(channel, steps.lowest, form);
  const nearest = Math.fround(real);
  const ulp = 2 ** (Math.floor(Math.log2(nearest)) - 23);
  for (let i = 0; i <= 2 * farthestFactor; i++) {
    const factor = nearest + (i % 2 === 0 ? i : -i - 1) * 0.5 * ulp;
    const [from, to] = offsets(steps, factor, channel, form);
    const bias = form.signed ? 0 : Math.round((from + to) / 2);
    if (bias + least < -(2 ** 31) || 2 ** 31 <= bias + most) return undefined;
    for (let part = 0; part < pointsTried && from <= to; part++) {
      const inside = from + (to - from) * ((0.5 + part * goldenSection) % 1);
      const found = { bias, offset: Math.fround(inside - bias), factor };
      if (hitsAll(steps, found, channel, form)) return found;
    }
  }
  return undefined;
}

/** All results are one value: the accumulator, moved to 1 and above (or −1 and below), counts for less than half a step. */
function constantScaling(
  { least, most }: ChannelScaling,
  value: number,
  { signed, centre }: ScalingForm,
): FloatScaling {
  const factor = 2 ** -Math.ceil(Math.log2(4 * (most - least + 1)));
  const offset = (value - centre) / factor;
  if (signed && value < 0) return { bias: -1 - most, offset: -offset, factor };
  return { bias: 1 - least, offset, factor };
}

/** The results that there can be within the limits, and for each but the highest the first accumulator that gives more. */
interface Steps {
  readonly lowest: number;
  readonly highest: number;
  readonly firstAbove: Float64Array;
}

function stepsOf(channel: ChannelScaling, real: number): Steps {
  const { multiplier, shift, rounding, low, high, least, most } = channel;
  const exact = (acc: number) => requantize(acc, multiplier, shift, rounding);
  const limited = (acc: number) => Math.min(high, Math.max(low, exact(acc)));
  const [lowest, highest] = [limited(least), limited(most)];
  const firstAbove = Float64Array.from({ length: highest - lowest }, (_, i) => {
    let acc = Math.ceil((lowest + i + 0.5) / real);
    while (exact(acc) > lowest + i) acc--;
    while (exact(acc) <= lowest + i) acc++;
    return acc;
  });
  return { lowest, highest, firstAbove };
}

/** The offsets that give all steps in real numbers. */
function offsets(
  { lowest, highest, firstAbove }: Steps,
  factor: number,
  { least, most, low, high }: ChannelScaling,
  { signed, centre }: ScalingForm,
): readonly [number, number] {
  const tie = (value: number) => (value + 0.5 - centre) / factor;
  const isOpen = lowest === low;
  // An offset that takes a sign has none of its own; it must not reverse the order of accumulators.
  let from = signed ? 0 : isOpen ? Number.NEGATIVE_INFINITY : tie(lowest - 1) - least;
  let to = highest < high && !signed ? tie(highest) - most : Number.POSITIVE_INFINITY;
  for (const [i, acc] of firstAbove.entries()) {
    const value = lowest + i;
    // Below 0 the last accumulator of the lower result is the first one, counted from 0.
    const offset = signed && value < 0 ? acc - 1 - tie(value) : tie(value) - acc;
    from = Math.max(from, offset);
    to = Math.min(to, offset + 1);
  }
  if (Number.isFinite(from) && Number.isFinite(to)) return [from, to];
  // An open end leaves room for half a step of the result.
  const room = 0.5 / factor;
  if (Number.isFinite(from)) return [from, from + room];
  return Number.isFinite(to) ? [to - room, to] : [0, 0];
}

function hitsAll(
  { lowest, highest, firstAbove }: Steps,
  scaling: FloatScaling,
  { least, most, low, high }: ChannelScaling,
  form: ScalingForm,
): boolean {
  if (lowest > low && scaled(least, scaling, form) < lowest) return false;
  if (highest < high && scaled(most, scaling, form) > highest) return false;
  for (const [i, acc] of firstAbove.entries()) {
    if (scaled(acc, scaling, form) <= lowest + i) return false;
    if (scaled(acc - 1, scaling, form) > lowest + i) return false;
  }
  return true;
}

/** The operations of the kernels, one by one. */
export function scaled(
  acc: number,
  { bias, offset, factor }: FloatScaling,
  { signed, centre }: ScalingForm,
): number {
  const float = Math.fround(acc + bias);
  const moved = Math.fround(float + (signed && acc < 0 ? -offset : offset));
  return Math.fround(Math.fround(moved * factor) + integerPlace) - integerPlace + centre;
}

/** 1.5 · 2²³: a float32 added to it loses its fraction. */
const integerPlace = 1.5 * 2 ** 23;
