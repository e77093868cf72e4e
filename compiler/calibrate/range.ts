import { bitsOf, type Quantizer } from "../ir/quantizer.ts";

/** Real values from `min` to `max`, both float32 numbers. Empty when `min > max`. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

export const emptyRange: Range = {
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
};

export function isEmpty({ min, max }: Range): boolean {
  return min > max;
}

/** The smallest range that holds all finite values; NaN and infinities are passed over. */
export function rangeOfValues(values: Float32Array): Range {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    if (x < min && x !== Number.NEGATIVE_INFINITY) min = x;
    if (x > max && x !== Number.POSITIVE_INFINITY) max = x;
  }
  // Without −0, which a file of statistics would not keep.
  return { min: min + 0, max: max + 0 };
}

/** The smallest range that holds both; an empty one adds nothing. */
export function union(a: Range, b: Range): Range {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}

/** The range with 0 in it, so that 0 has an integer; [0, 0] for an empty one. */
export function containZero({ min, max }: Range): Range {
  return { min: Math.min(min, 0), max: Math.max(max, 0) };
}

/**
 * The magnitude of the highest integer over that of the lowest, of a symmetric quantizer: 1 where
 * both are used alike (narrow), 127/128 for the whole of int8; `undefined` for an affine quantizer.
 * 16-bit integers count as narrow, as TensorFlow Lite's kernels want (scale = largest / 32767).
 */
export function mirrorOf({ dtype, symmetric, narrow }: Quantizer): number | undefined {
  if (!symmetric) return undefined;
  const bits = bitsOf(dtype);
  return narrow || bits === 16 ? 1 : mirrorOfBits(bits);
}

/** `mirrorOf` a symmetric quantizer of so many bits that is not narrow. */
export function mirrorOfBits(bits: number): number {
  return 1 - 2 ** (1 - bits);
}

/**
 * The range as a quantizer sees it: 0 in it, and for a symmetric one with `mirror` the smallest range
 * [−a, a · mirror] around it. In float32, the arithmetic of TFMOT's quantizers.
 * @source TensorFlow Model Optimization 0.8.1, `LastValueQuantize`
 */
export function widen(range: Range, mirror: number | undefined): Range {
  const { min, max } = containZero(range);
  if (mirror === undefined) return { min, max };
  // `0 −`, not `−`: that would make a −0.
  return {
    min: Math.min(min, Math.fround((0 - max) / mirror)),
    max: Math.max(max, Math.fround((0 - min) * mirror)),
  };
}
