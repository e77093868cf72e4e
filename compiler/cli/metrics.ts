import { type Shape, sizeOf, type Tensor, type TypedArray } from "../ir/types.ts";
import { reject } from "./data/diagnostics.ts";
import { type NpyArray, numbersOf } from "./data/npy.ts";
import { labelOutOfRange, labelsMismatch } from "./diagnostics.ts";
import type { ModelPort } from "./runnable.ts";

export const metricNames = ["accuracy", "perplexity"] as const;
export type MetricName = (typeof metricNames)[number];

/** Judges outputs sample by sample. */
export interface Metric {
  /** @param values the output of one sample, integers as they are; @param sample its index in the labels */
  readonly add: (values: TypedArray, sample: number) => void;
  readonly score: () => Score;
}

export interface Score {
  /** What `eval --json` prints. */
  readonly values: Readonly<Record<string, number>>;
  readonly text: string;
  /** Samples whose output has NaN or infinities where a number was needed. */
  readonly notFinite: number;
}

/** What labels are judged against. */
interface Judged {
  readonly labels: NpyArray;
  /** Of the data. */
  readonly samples: number;
  readonly output: ModelPort;
  /** Samples in one run: the output has as many parts. */
  readonly batch: number;
}

/** Prepares a metric; rejects labels that do not fit the data or the output. */
export function metricOf(name: MetricName, judged: Judged): Metric {
  return name === "accuracy" ? accuracy(judged) : perplexity(judged);
}

/**
 * The share of samples whose greatest output, the first of equal ones, is the label's. Integers are compared as they
 * are: a positive scale keeps the order. Labels `[n]` or `[n, 1]`.
 */
function accuracy({ labels, samples, output, batch }: Judged): Metric {
  const classes = sizeOf(output.shape) / batch;
  const expected = labelsOf(labels, samples, 1, `\`[${samples}]\`, a class for each sample`);
  if (!(classes > 1)) {
    const found = `the output \`${output.name}\` has ${classes} value for each sample`;
    reject(labelsMismatch(labels.file, found, "one for each class"));
  }
  let seen = 0;
  let correct = 0;
  let notFinite = 0;
  return {
    add(values, sample) {
      const label = labelAt(labels, expected, sample, sample, classes);
      seen++;
      if (!values.every(Number.isFinite)) notFinite++;
      else if (indexOfGreatest(values) === label) correct++;
    },
    score() {
      const share = correct / seen;
      const text = `accuracy ${(100 * share).toFixed(2)} % (${correct} of ${seen})`;
      return { values: { accuracy: share, correct, samples: seen }, text, notFinite };
    },
  };
}

/**
 * `exp` of the mean negative log likelihood of the labels. Outputs are logits `[…, T, V]`, quantized ones as the reals
 * that they stand for; log-softmax in float64. Labels `[n, T]`.
 */
function perplexity({ labels, samples, output, batch }: Judged): Metric {
  const [length, classes] = sequenceOf(output.shape, batch);
  const expected = labelsOf(
    labels,
    samples,
    length,
    `\`[${samples}, ${length}]\`, a class for each place`,
  );
  const { scale = [1], zeroPoint = [0] } = output.quant ?? {};
  let seen = 0;
  let total = 0;
  let notFinite = 0;
  return {
    add(values, sample) {
      const reals = Float64Array.from(values, (q) => scale[0]! * (q - zeroPoint[0]!));
      let sum = 0;
      for (let t = 0; t < length; t++) {
        const label = labelAt(labels, expected, sample * length + t, sample, classes);
        sum += negativeLogLikelihood(reals.subarray(t * classes, (t + 1) * classes), label);
      }
      if (!Number.isFinite(sum)) notFinite++;
      seen++;
      total += sum;
    },
    score() {
      const value = Math.exp(total / (seen * length));
      const text = `perplexity ${value.toFixed(4)} (${seen} samples of ${length})`;
      return {
        values: { perplexity: value, samples: seen, tokens: seen * length },
        text,
        notFinite,
      };
    },
  };
}

/** The labels as numbers; `perSample` of them for each sample. */
function labelsOf(
  labels: NpyArray,
  samples: number,
  perSample: number,
  expected: string,
): ArrayLike<number> {
  const [count, ...rest] = labels.shape;
  if (count !== samples || sizeOf(rest) !== perSample) {
    const found = `their shape is \`[${labels.shape.join(", ")}]\``;
    reject(labelsMismatch(labels.file, found, expected));
  }
  return numbersOf(labels);
}

function labelAt(
  { file }: NpyArray,
  labels: ArrayLike<number>,
  index: number,
  sample: number,
  classes: number,
): number {
  const label = labels[index]!;
  const isClass = Number.isInteger(label) && 0 <= label && label < classes;
  return isClass ? label : reject(labelOutOfRange(file, sample, label, classes));
}

/** Places and classes of an output of logits. */
function sequenceOf(shape: Shape, batch: number): readonly [number, number] {
  const classes = shape.at(-1) ?? 1;
  return [sizeOf(shape) / (batch * classes), classes];
}

function indexOfGreatest(values: TypedArray): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

function negativeLogLikelihood(logits: Float64Array, label: number): number {
  let greatest = Number.NEGATIVE_INFINITY;
  for (const x of logits) if (x > greatest) greatest = x;
  let sum = 0;
  for (const x of logits) sum += Math.exp(x - greatest);
  return greatest + Math.log(sum) - logits[label]!;
}

/** The part of an output that belongs to one sample of a run. */
export function partOf({ data }: Tensor, index: number, batch: number): TypedArray {
  const size = data.length / batch;
  return data.subarray(index * size, (index + 1) * size);
}
