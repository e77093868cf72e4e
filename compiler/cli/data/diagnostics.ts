// QC2520 to QC2549: data files and how they fit a model. One function per code; it takes facts, not text.
import { type Diagnostic, Rejected } from "../../../grammar/source/diagnostic.ts";
import type { Shape } from "../../ir/types.ts";

function atFile(
  code: Diagnostic["code"],
  severity: Diagnostic["severity"],
  file: string,
  message: string,
  text: string,
  { path = "", help }: { readonly path?: string; readonly help?: string | undefined } = {},
): Diagnostic {
  const labels = [{ place: { model: file, path }, text }];
  return { code, severity, message, labels, ...(help === undefined ? {} : { help }) };
}

/** Throws one diagnostic. */
export function reject(diagnostic: Diagnostic): never {
  throw new Rejected([diagnostic]);
}

function shapeText(shape: Shape): string {
  return `\`[${shape.join(", ")}]\``;
}

function namesText(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(", ");
}

/** What the system's words mean that people meet. */
const systemReasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EISDIR: "it is a folder, not a file",
  ELOOP: "its links lead to each other",
  EMFILE: "too many files are open",
  ENAMETOOLONG: "the name is too long",
  ENOENT: "not found",
  ENOSPC: "no space is left",
  ENOTDIR: "a part of the path is a file, not a folder",
  EPERM: "not permitted",
  EROFS: "the file system is read-only",
};

function reasonText(reason: string): string {
  return systemReasons[reason] ?? reason;
}

/** `reason`: the system's word for it, `ENOENT`, or ours. */
export function unreadableFile(file: string, reason: string): Diagnostic {
  const message =
    reason === "ENOENT" ? `there is no file \`${file}\`` : `\`${file}\` cannot be read`;
  return atFile("QC2520", "error", file, message, reasonText(reason));
}

/** `reason`: the system's word for it, `EACCES`, or ours. */
export function unwritableFile(file: string, reason: string): Diagnostic {
  const text = reason === "ENOENT" ? "no folder can be made there" : reasonText(reason);
  return atFile("QC2521", "error", file, `\`${file}\` cannot be written`, text);
}

const saveHelp = "write it with `numpy.save`";

export function malformedNpy(file: string, reason: string): Diagnostic {
  return atFile("QC2522", "error", file, "this is not a `.npy` file", reason, { help: saveHelp });
}

export function unsupportedNpyDType(file: string, dtype: string): Diagnostic {
  return atFile(
    "QC2523",
    "error",
    file,
    `arrays of dtype \`${dtype}\` are not supported`,
    "expected little-endian floats, integers or bools",
    { help: "convert it with `x.astype('float32')` before `numpy.save`" },
  );
}

export function truncatedNpy(
  file: string,
  shape: Shape,
  expected: number,
  found: number,
): Diagnostic {
  return atFile(
    "QC2524",
    "error",
    file,
    `the file ends before its data does`,
    `the shape ${shapeText(shape)} needs ${expected} bytes, but ${found} follow the header`,
  );
}

export function malformedNpz(file: string, reason: string): Diagnostic {
  const help = "write it with `numpy.savez`";
  return atFile("QC2525", "error", file, "this is not a `.npz` file", reason, { help });
}

export function noSampleAxis(file: string): Diagnostic {
  return atFile(
    "QC2526",
    "error",
    file,
    "the data is a single number",
    "expected an array whose first axis counts the samples",
  );
}

export function countsDiffer(
  file: string,
  count: number,
  otherFile: string,
  otherCount: number,
): Diagnostic {
  return {
    code: "QC2527",
    severity: "error",
    message: `the data files hold ${count} and ${otherCount} samples`,
    labels: [
      { place: { model: file, path: "" }, text: `${count} samples` },
      { place: { model: otherFile, path: "" }, text: `${otherCount} samples` },
    ],
  };
}

export function unknownInput(file: string, name: string, inputs: readonly string[]): Diagnostic {
  return atFile(
    "QC2528",
    "error",
    file,
    `the model has no input \`${name}\``,
    `inputs: ${namesText(inputs)}`,
  );
}

export function missingInput(name: string, file: string): Diagnostic {
  const help = `give it with \`${name}=FILE.npy\``;
  return atFile("QC2529", "error", file, `there is no data for input \`${name}\``, "", { help });
}

export function surplusData(file: string, inputs: readonly string[]): Diagnostic {
  const text = `inputs: ${namesText(inputs)}`;
  return atFile("QC2530", "error", file, "there is more data than the model has inputs", text);
}

export function shapeMismatch(
  file: string,
  input: string,
  sample: Shape,
  expected: Shape,
): Diagnostic {
  return atFile(
    "QC2531",
    "error",
    file,
    `samples of shape ${shapeText(sample)} do not fit input \`${input}\` of shape ${shapeText(expected)}`,
    "the first axis of the file counts the samples",
    {
      help: "sizes other than 1 must agree, in the same order or with the channels moved to the other end",
    },
  );
}

export function valueMismatch(
  file: string,
  input: string,
  dtype: string,
  sample: number,
  value: number,
): Diagnostic {
  return atFile(
    "QC2532",
    "error",
    file,
    `input \`${input}\` takes \`${dtype}\`, but the data holds \`${value}\``,
    "neither rounded nor saturated silently",
    { path: `sample ${sample}` },
  );
}

export function malformedOption(option: string, text: string, expected: string): Diagnostic {
  return atFile(
    "QC2533",
    "error",
    option,
    `\`${option} ${text}\` is not understood`,
    `expected ${expected}`,
  );
}

export function channelMismatch(file: string, channels: number, sample: Shape): Diagnostic {
  return atFile(
    "QC2534",
    "error",
    file,
    `\`--mean\` and \`--std\` are given for ${channels} channels, but samples have the shape ${shapeText(sample)}`,
    "neither the last nor the first axis of an image has this size",
  );
}

export function preprocessingUnused(file: string): Diagnostic {
  return atFile(
    "QC2535",
    "error",
    file,
    "`--scale`, `--mean` and `--std` need an input of real values",
    "all inputs of the model take plain integers",
  );
}

export function transposed(
  file: string,
  input: string,
  sample: Shape,
  expected: Shape,
): Diagnostic {
  return atFile(
    "QC2540",
    "note",
    file,
    `images of shape ${shapeText(sample)} are transposed for input \`${input}\` of shape ${shapeText(expected)}`,
    "the channels move to the other end",
  );
}

export function quantizedOnEntry(
  file: string,
  input: string,
  data: string,
  dtype: string,
): Diagnostic {
  return atFile(
    "QC2541",
    "note",
    file,
    `\`${data}\` data is quantized for input \`${input}\` with the model's own \`${dtype}\` parameters`,
    `taken as real values; \`${dtype}\` data would be taken as it is`,
  );
}
