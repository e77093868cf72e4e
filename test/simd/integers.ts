import fc from "fast-check";
import { type TypedArray, tensor } from "../../compiler/ir/types.ts";
import { fixedPoint } from "../../compiler/ops/requantization.ts";
import { Rounding } from "../../runtime/reference/requantize.ts";
import type { ViewName } from "./families.ts";

/** The element types of quantized values. */
export const quantizedViews = ["int8", "uint8", "int16", "uint16"] as const;

const ranges: Readonly<Record<string, readonly [number, number]>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int32: [-(2 ** 31), 2 ** 31 - 1],
};

/** `[least, largest]` of an integer type. */
export function rangeOf(view: ViewName): readonly [number, number] {
  return ranges[view]!;
}

/**
 * Any elements of a type, made from one number: faster than choosing each where a call has thousands. Some arrays hold
 * the limits of the type alone, some few different values, so that there are equal ones.
 */
export function noise(view: ViewName, length: number): fc.Arbitrary<TypedArray> {
  return fc.tuple(fc.integer(), fc.constantFrom(32, 32, 32, 1, 2)).map(([seed, bits]) => {
    const words = new Int32Array(length);
    for (let i = 0, state = seed | 1; i < length; i++) {
      // Xorshift, Marsaglia 2003; its high bits are the better ones.
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      words[i] = bits === 1 ? (state >> 31) ^ 0x7f7f7f7f : state >> (32 - bits);
    }
    if (view === "float32")
      return Float32Array.from(words, (word) => (word % 61 === 0 ? Number.NaN : (word % 9) / 4));
    return new arrays[view](words);
  });
}

const arrays = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
};

/** An integer of the type: a zero point, mostly, or a limit, or 0. */
export function integer(view: ViewName): fc.Arbitrary<number> {
  const [min, max] = ranges[view]!;
  return fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max, 0));
}

/** `[low, high]`: the range of the type, or narrower. */
export function limits(view: ViewName): fc.Arbitrary<readonly [number, number]> {
  const narrow = fc
    .tuple(integer(view), integer(view))
    .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
  return fc.oneof(fc.constant(ranges[view]!), narrow);
}

/** Positive factors, as between scales: mostly below 1, some powers of 2, which make ties. */
export const factors = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: -12, max: 1.5, noNaN: true }).map((e) => 2 ** e) },
  { weight: 2, arbitrary: fc.integer({ min: -12, max: 3 }).map((e) => 2 ** e) },
  { weight: 1, arbitrary: fc.double({ min: -45, max: 45, noNaN: true }).map((e) => 2 ** e) },
);

/** A way to round, and factors as kernels take them under it. */
export interface Scaling {
  readonly rounding: number;
  readonly multiplier: Float32Array | Int32Array;
  readonly shift: Int32Array;
}

/** `count` factors in float32, to be rounded to even, or in fixed point; all the same where a tensor has one scale. */
export function scalings(count: number, real: boolean): fc.Arbitrary<Scaling> {
  const some = fc.oneof(
    fc.array(factors, { minLength: count, maxLength: count }),
    factors.map((factor) => new Array<number>(count).fill(factor)),
  );
  if (real)
    return some.map((each) => ({
      rounding: Rounding.halfEven,
      multiplier: Float32Array.from(each),
      shift: new Int32Array(count),
    }));
  return fc.tuple(some, fc.constantFrom(Rounding.fixedTwice, Rounding.fixedOnce)).map(
    ([each, rounding]): Scaling => ({
      rounding,
      multiplier: tensor(
        "int32",
        [count],
        each.map((f) => fixedPoint(f).multiplier),
      ).data as Int32Array,
      shift: Int32Array.from(each.map((f) => fixedPoint(f).shift)),
    }),
  );
}
