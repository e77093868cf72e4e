// QC2250 to QC2279: calibration data and statistics. One function per code; it takes facts, not text.
import type { Diagnostic, ModelPlace } from "../../grammar/source/diagnostic.ts";
import type { Shape } from "../ir/types.ts";

/** Where a value of a data file is: its file, the input that it is for, and the sample. */
export interface SamplePlace {
  readonly file: string;
  readonly input: string;
  /** From 0, along the file's first axis; absent for the whole file. */
  readonly sample?: number;
}

function placeOf({ file, input, sample }: SamplePlace): ModelPlace {
  const path = sample === undefined ? `input \`${input}\`` : `sample ${sample}`;
  return { model: file, path };
}

function diagnostic(
  code: Diagnostic["code"],
  severity: Diagnostic["severity"],
  message: string,
  place: ModelPlace,
  text: string,
  help?: string,
): Diagnostic {
  const labels = [{ place, text }];
  return { code, severity, message, labels, ...(help === undefined ? {} : { help }) };
}

function shapeText(shape: Shape): string {
  return `\`[${shape.join(", ")}]\``;
}

export function nonFiniteSample(place: SamplePlace, value: number, element: number): Diagnostic {
  return diagnostic(
    "QC2250",
    "error",
    `the data for input \`${place.input}\` holds \`${value}\``,
    placeOf(place),
    `element ${element} of sample ${place.sample}; only finite numbers can be quantized`,
  );
}

export function wrongSampleShape(place: SamplePlace, shape: Shape, expected: Shape): Diagnostic {
  return diagnostic(
    "QC2251",
    "error",
    `samples for input \`${place.input}\` have the shape ${shapeText(shape)}, expected ${shapeText(expected)}`,
    placeOf(place),
    "the first axis of the file counts the samples",
  );
}

export function wrongSampleDType(
  place: SamplePlace,
  value: number,
  element: number,
  expected: string,
): Diagnostic {
  return diagnostic(
    "QC2252",
    "error",
    `input \`${place.input}\` takes \`${expected}\`, but the data holds \`${value}\``,
    placeOf(place),
    `element ${element} of sample ${place.sample}`,
  );
}

export function noSamples(place: SamplePlace): Diagnostic {
  return diagnostic(
    "QC2253",
    "error",
    `the data for input \`${place.input}\` holds no samples`,
    placeOf(place),
    "no element at all",
  );
}

export function constantData(
  place: SamplePlace,
  value: number,
  severity: "error" | "warning",
): Diagnostic {
  return diagnostic(
    "QC2254",
    severity,
    `all the data for input \`${place.input}\` is \`${value}\``,
    placeOf(place),
    "no range can be measured on a constant",
    "give data that is like what the network will see in use",
  );
}

export function identicalSamples(place: SamplePlace, count: number): Diagnostic {
  return diagnostic(
    "QC2255",
    "warning",
    `all ${count} samples for input \`${place.input}\` are the same`,
    placeOf(place),
    "calibration sees only one sample",
  );
}

export function fewSamples(place: SamplePlace, count: number, enough: number): Diagnostic {
  return diagnostic(
    "QC2256",
    "warning",
    `only ${count === 1 ? "1 sample" : `${count} samples`} to calibrate with`,
    placeOf(place),
    `ranges become reliable from about ${enough} samples on; 100 to 500 are usual`,
  );
}

export function rangeMismatch(
  place: SamplePlace,
  seen: { readonly min: number; readonly max: number },
  declared: { readonly min: number; readonly max: number },
): Diagnostic {
  const text = ({ min, max }: typeof seen) =>
    `[${Number(min.toPrecision(4))}, ${Number(max.toPrecision(4))}]`;
  return diagnostic(
    "QC2257",
    "warning",
    `the data for input \`${place.input}\` lies in ${text(seen)}, but the model's input holds ${text(declared)}`,
    placeOf(place),
    "much wider or narrower than the model's own quantization",
    "if the model expects other units, state them with `--scale`, `--mean` and `--std`",
  );
}

export function differentCounts(
  place: SamplePlace,
  count: number,
  other: SamplePlace,
  otherCount: number,
): Diagnostic {
  return {
    code: "QC2258",
    severity: "error",
    message: `input \`${place.input}\` has ${count} samples, but input \`${other.input}\` has ${otherCount}`,
    labels: [
      { place: placeOf(place), text: `${count} samples` },
      { place: placeOf(other), text: `${otherCount} samples` },
    ],
  };
}

/** A sample without what an input takes, or with more than the model has inputs. Types as `f32[1, 4]`. */
export function unfitSample(
  model: string,
  sample: number,
  input: string,
  found: string | undefined,
  expected: string | undefined,
): Diagnostic {
  const message =
    expected === undefined
      ? `the model has no input \`${input}\``
      : `input \`${input}\` takes a tensor of type \`${expected}\``;
  const text = found === undefined ? "the sample has none" : `the sample has \`${found}\``;
  return diagnostic("QC2259", "error", message, { model, path: `sample ${sample}` }, text);
}

/** Infinities are legal inside a network (masks); they cannot take part in a range. */
export function nonFiniteSite(
  site: ModelPlace,
  nonFinite: number,
  sample: number,
  samples: number,
): Diagnostic {
  const all = samples === 0;
  return diagnostic(
    "QC2260",
    all ? "error" : "warning",
    `\`${site.path}\` computed ${nonFinite} values that are NaN or infinite`,
    site,
    `first in sample ${sample}; ${all ? "no finite value was seen" : "left out of the range"}`,
    "keep the op in float, or find out why it overflows",
  );
}

export function momentumNotCollected(
  site: ModelPlace,
  momentum: number,
  collected: readonly number[],
): Diagnostic {
  return diagnostic(
    "QC2262",
    "error",
    `the statistics hold no moving average with momentum \`${momentum}\``,
    site,
    `collected: ${collected.map((other) => `\`${other}\``).join(", ")}`,
    "calibrate again with these rules, or use a collected momentum",
  );
}

export function malformedStatistics(file: string, path: string, expected: string): Diagnostic {
  return diagnostic(
    "QC2263",
    "error",
    "this is not a file of calibration statistics",
    { model: file, path },
    `expected ${expected}`,
    "write one with `--save-stats`",
  );
}

export function nonFiniteConstant(
  constant: ModelPlace,
  value: number,
  element: number,
): Diagnostic {
  return diagnostic(
    "QC2264",
    "error",
    `the constant \`${constant.path}\` holds \`${value}\``,
    constant,
    `element ${element}; only finite numbers can be quantized`,
    "keep the op in float, or repair the model",
  );
}

export function quantizerFails(name: string, reason: string): Diagnostic {
  return diagnostic(
    "QC2265",
    "error",
    `the quantizer \`${name}\` chooses no range: ${reason}`,
    { model: "statistics", path: "" },
    "for what was seen here",
    "`range` gives `{ min, max }`, or `{ scale, zeroPoint }`, for all that can be seen",
  );
}
