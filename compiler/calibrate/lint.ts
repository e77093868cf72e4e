import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import { type DType, type QuantParams, quantRange, type Shape, sameShape } from "../ir/types.ts";
import {
  constantData,
  differentCounts,
  fewSamples,
  identicalSamples,
  nonFiniteSample,
  noSamples,
  rangeMismatch,
  type SamplePlace,
  wrongSampleDType,
  wrongSampleShape,
} from "./diagnostics.ts";

/** Below this, calibration says that the samples are few. */
const enoughSamples = 10;

/** The samples for one input of a model, as they go into it. */
export interface SampleSource {
  readonly file: string;
  readonly input: string;
  readonly count: number;
  /** Of one sample. */
  readonly shape: Shape;
  readonly sample: (index: number) => ArrayLike<number>;
}

export interface ExpectedInput {
  readonly dtype: DType;
  readonly shape: Shape;
  /** The model's own quantization of the input, where the samples are real values for it. */
  readonly quant?: QuantParams;
}

/**
 * What is wrong with calibration data, found before anything runs: errors for data that cannot be used,
 * warnings for data that is unlikely to be what was meant. One finding of a kind per input, at the
 * first sample that shows it. Reads each sample once.
 * @param inputs what the model expects, by input name; inputs without it are checked for values alone
 */
export function lintSamples(
  sources: readonly SampleSource[],
  inputs: ReadonlyMap<string, ExpectedInput>,
): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const first = sources[0];
  for (const source of sources) {
    if (source.count !== first!.count) {
      found.push(differentCounts(placeOf(source), source.count, placeOf(first!), first!.count));
    }
    found.push(...lintSource(source, inputs.get(source.input), sources.length === 1));
  }
  if (first !== undefined && 0 < first.count && first.count < enoughSamples) {
    found.push(fewSamples(placeOf(first), first.count, enoughSamples));
  }
  return found;
}

function placeOf({ file, input }: SampleSource, sample?: number): SamplePlace {
  return { file, input, ...(sample === undefined ? {} : { sample }) };
}

function lintSource(
  source: SampleSource,
  expected: ExpectedInput | undefined,
  isOnly: boolean,
): readonly Diagnostic[] {
  const place = placeOf(source);
  if (expected !== undefined && !sameShape(source.shape, expected.shape)) {
    return [wrongSampleShape(place, source.shape, expected.shape)];
  }
  if (source.count === 0 || source.shape.includes(0)) return [noSamples(place)];
  const seen = scan(source, expected);
  if ("code" in seen) return [seen];
  const { min, max } = seen;
  if (min === max) return [constantData(place, min, isOnly ? "error" : "warning")];
  const found: Diagnostic[] = [];
  if (seen.allSame && source.count > 1) found.push(identicalSamples(place, source.count));
  const declared = expected && declaredRange(expected);
  if (declared && isMismatch(seen, declared)) found.push(rangeMismatch(place, seen, declared));
  return found;
}

interface Seen {
  readonly min: number;
  readonly max: number;
  readonly allSame: boolean;
}

/** One pass over all values; the first unusable one ends it. */
function scan(source: SampleSource, expected: ExpectedInput | undefined): Seen | Diagnostic {
  const integers = expected && integersOf(expected);
  const first = Float64Array.from(source.sample(0));
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let allSame = true;
  for (let sample = 0; sample < source.count; sample++) {
    const values = source.sample(sample);
    for (let i = 0; i < values.length; i++) {
      const x = values[i]!;
      if (!Number.isFinite(x)) return nonFiniteSample(placeOf(source, sample), x, i);
      if (integers && !(Number.isInteger(x) && integers[0] <= x && x <= integers[1])) {
        return wrongSampleDType(placeOf(source, sample), x, i, expected.dtype);
      }
      if (x < min) min = x;
      if (x > max) max = x;
      if (x !== first[i]) allSame = false;
    }
  }
  return { min, max, allSame };
}

/** The integers that an input takes; `undefined` when it takes real values. */
function integersOf({ dtype, quant }: ExpectedInput): readonly [number, number] | undefined {
  if (dtype === "float32" || quant !== undefined) return undefined;
  return dtype === "bool" ? [0, 1] : quantRange[dtype];
}

/** The real values that an input's integers stand for. */
function declaredRange({ dtype, quant }: ExpectedInput): Pick<Seen, "min" | "max"> | undefined {
  if (quant === undefined || !(dtype in quantRange)) return undefined;
  const [lowest, highest] = quantRange[dtype as keyof typeof quantRange];
  const scale = quant.scale[0]!;
  const zeroPoint = quant.zeroPoint[0]!;
  return { min: scale * (lowest - zeroPoint), max: scale * (highest - zeroPoint) };
}

/** Sixteen times too narrow, or reaching twice as far as the integers do. */
function isMismatch(seen: Pick<Seen, "min" | "max">, declared: Pick<Seen, "min" | "max">): boolean {
  const reach = (range: Pick<Seen, "min" | "max">) => Math.max(-range.min, range.max);
  const span = seen.max - seen.min;
  const isNarrow = span * 16 < declared.max - declared.min;
  return isNarrow || reach(seen) > 2 * reach(declared);
}
