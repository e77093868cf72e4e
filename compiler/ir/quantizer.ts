import type { DType } from "./types.ts";

type Bits = 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11 | 12 | 13 | 14 | 15 | 16;

/** What a quantizer can ask for: any width of 2 to 16 bits, signed or unsigned. */
export type QuantizerDType = `int${Bits}` | `uint${Bits}`;

/** How a range is chosen from what was seen. */
export const observerNames = [
  "LastValue",
  "MovingAverage",
  "AllValues",
  "Percentile",
  "Entropy",
  "MeanSquaredError",
  "Fixed",
] as const;

export type ObserverName = (typeof observerNames)[number];

/** What was seen at a site: of all samples, or of one constant or channel. There was at least one finite value. */
export interface Seen {
  readonly samples: number;
  /** Ranges of the first sample, of the last one, and of all. */
  readonly first: SeenRange;
  readonly last: SeenRange;
  readonly all: SeenRange;
  /** The exponential moving average of the samples' ranges, started from the first; of one of the momenta that are asked for. */
  average(momentum?: number): SeenRange;
  /** The range of so many percent of the values. */
  percentile(percent?: number): SeenRange;
}

export interface SeenRange {
  readonly min: number;
  readonly max: number;
}

/** A way of choosing ranges that is the user's own. */
export interface OwnObserver {
  readonly name: string;
  /** Its parameters as they are printed: two of one name with equal ones are the same. */
  readonly parameters: string;
  readonly range: (seen: Seen) => SeenRange;
}

/** What a rule requests for a site: a value, compared with `sameQuantizer`. */
export interface Quantizer {
  readonly observer: ObserverName | "Own";
  readonly dtype: QuantizerDType;
  /** A group is `group` successive elements along the input channels, the last axis, of one output channel: of weights alone. */
  readonly per: "tensor" | "channel" | { readonly group: number };
  /** Zero in the middle of the integers: zero point 0, or half of the range for unsigned dtypes. */
  readonly symmetric: boolean;
  /** Leaves the lowest integer unused: [−127, 127] for int8. */
  readonly narrow: boolean;
  /** Rounds the scale up to a power of two. */
  readonly powerOfTwo: boolean;
  /** Of `MovingAverage`, in [0, 1): the weight of the past. `defaultMomentum` when absent. Of `Own`: one that it asks for. */
  readonly momentum?: number;
  /** Of `Percentile`, in (0, 100]: the share of the values inside the range. `defaultPercentile` when absent. */
  readonly percentile?: number;
  /** Of `Fixed`: the range. Both are required there. */
  readonly min?: number;
  readonly max?: number;
  /** Of `Own`, and required there. */
  readonly own?: OwnObserver;
}

export const defaultMomentum = 0.9;
export const defaultPercentile = 99.99;

/** Equal requests: absent parameters count as their defaults, and those of other observers not at all. */
export function sameQuantizer(a: Quantizer, b: Quantizer): boolean {
  return a === b || printQuantizer(a) === printQuantizer(b);
}

const printed = new WeakMap<Quantizer, string>();

/** The one canonical spelling, in the syntax of rule files: `LastValue(int8, per: channel, symmetric, narrow)`. */
export function printQuantizer(quantizer: Quantizer): string {
  const known = printed.get(quantizer) ?? spelled(quantizer);
  printed.set(quantizer, known);
  return known;
}

function spelled(quantizer: Quantizer): string {
  const { observer, dtype, per, symmetric, narrow, powerOfTwo, own } = quantizer;
  const words = [
    ...(own && own.parameters !== "{}" ? [own.parameters] : []),
    ...parametersOf(quantizer).map(String),
    dtype,
    `per: ${typeof per === "string" ? per : `group(${per.group})`}`,
    symmetric ? "symmetric" : "affine",
    ...(narrow ? ["narrow"] : []),
    ...(powerOfTwo ? ["powerOfTwo"] : []),
  ];
  return `${own?.name ?? observer}(${words.join(", ")})`;
}

function parametersOf({ observer, momentum, percentile, min, max }: Quantizer): readonly number[] {
  switch (observer) {
    case "MovingAverage":
      return momentum === undefined || momentum === defaultMomentum ? [] : [momentum];
    case "Percentile":
      return percentile === undefined || percentile === defaultPercentile ? [] : [percentile];
    case "Fixed":
      return [min ?? Number.NaN, max ?? Number.NaN];
    default:
      return [];
  }
}

/** The number of bits of `int7` is 7. */
export function bitsOf(dtype: QuantizerDType): number {
  return Number(dtype.replace(/^u?int/, ""));
}

export function isSigned(dtype: QuantizerDType): boolean {
  return !dtype.startsWith("u");
}

/** The inclusive range of the integers that a quantizer may use. */
export function integersOf({
  dtype,
  narrow,
}: Pick<Quantizer, "dtype" | "narrow">): readonly [number, number] {
  const count = 2 ** bitsOf(dtype);
  const lowest = isSigned(dtype) ? -count / 2 : 0;
  return [lowest + (narrow ? 1 : 0), lowest + count - 1];
}

/** The narrowest dtype of the graph that holds a quantizer's integers. */
export function storageOf(dtype: QuantizerDType): DType {
  const bits = bitsOf(dtype);
  const width = bits <= 4 ? 4 : bits <= 8 ? 8 : 16;
  return isSigned(dtype) ? `int${width}` : `uint${width}`;
}
