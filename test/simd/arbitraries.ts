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
