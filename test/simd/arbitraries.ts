import fc from "fast-check";
import type { TypedArray } from "../../compiler/ir/types.ts";
import type { ViewName } from "./families.ts";

/** Any float32 numbers: also NaN, ±∞, −0 and subnormal ones. */
export const float32Array = (length: number): fc.Arbitrary<Float32Array> =>
  fc.float32Array({ minLength: length, maxLength: length });

const integers = {
  int8: fc.int8Array,
  uint8: fc.uint8Array,
  int16: fc.int16Array,
  uint16: fc.uint16Array,
  int32: fc.int32Array,
} as const;

/** The integer types, and all types. */
export const integerViews = Object.keys(integers) as readonly (keyof typeof integers)[];
export const views: readonly ViewName[] = ["float32", ...integerViews];

/** The least and the largest number of each integer type. */
export const integerRanges = {
  int8: { min: -128, max: 127 },
  uint8: { min: 0, max: 255 },
  int16: { min: -32768, max: 32767 },
  uint16: { min: 0, max: 65535 },
  int32: { min: -(2 ** 31), max: 2 ** 31 - 1 },
} as const;

/** Any elements of a type. */
export function elements(view: ViewName, length: number): fc.Arbitrary<TypedArray> {
  if (view === "float32") return float32Array(length);
  return integers[view]({ minLength: length, maxLength: length });
}

/** float32 numbers of all kinds: anything at all, everyday ones, and multiples of a half. */
export const mixedFloat32Array = (length: number): fc.Arbitrary<Float32Array> => {
  const sizes = { minLength: length, maxLength: length };
  const number = fc.oneof(
    fc.float(),
    fc.float({ min: -8, max: 8 }),
    fc.float({ min: -120, max: 120 }),
    fc.integer({ min: -20, max: 20 }).map((n) => n / 2),
  );
  return fc.array(number, sizes).map((values) => Float32Array.from(values));
};

/** Elements that meet each other: mixed reals; integers that are small or anywhere. */
export function mixedElements(view: ViewName, length: number): fc.Arbitrary<TypedArray> {
  if (view === "float32") return mixedFloat32Array(length);
  const { min } = integerRanges[view];
  const small = { min: Math.max(min, -3), max: 3, minLength: length, maxLength: length };
  return fc.oneof(elements(view, length), integers[view](small));
}
