// QC2501 to QC2519, but for those of ../diagnostics.ts: the command line and the files it opens. One function per code; it takes facts, not text.
import type { Diagnostic } from "../../grammar/source/diagnostic.ts";

type Facts = Omit<Diagnostic, "labels" | "help"> & {
  readonly file: string;
  readonly path?: string;
  readonly text?: string;
  readonly help?: string | undefined;
};

function about({ file, path = "", text = "", help, ...facts }: Facts): Diagnostic {
  const labels = [{ place: { model: file, path }, text }];
  return { ...facts, labels, ...(help === undefined ? {} : { help }) };
}

const quoted = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");

/** An option that has no effect on this model. */
export function optionUnused(option: string, file: string, reason: string): Diagnostic {
  return about({
    code: "QC2501",
    severity: "warning",
    file,
    message: `\`${option}\` is not used`,
    text: reason,
  });
}

/** The output folder has other things in it. `others`: some of their names. */
export function folderInUse(folder: string, others: readonly string[]): Diagnostic {
  return about({
    code: "QC2503",
    severity: "error",
    file: folder,
    message: "the output folder has other things in it",
    text: `${quoted(others)}, and no \`model.json\` of qcfg`,
    help: "name a folder that does not exist yet, or is empty",
  });
}

/** Files of a new project that are there already. */
export function wouldOverwrite(folder: string, files: readonly string[]): Diagnostic {
  return about({
    code: "QC2549",
    severity: "error",
    file: folder,
    message: "the folder has files that would be overwritten",
    text: quoted(files),
    help: "name another folder: `qcfg init DIR`",
  });
}

export function notCompiled(folder: string, reason: string): Diagnostic {
  return about({
    code: "QC2504",
    severity: "error",
    file: folder,
    message: "this is not a folder that `qcfg compile` wrote",
    text: reason,
    help: /\.(onnx|tflite)$/i.test(folder)
      ? `compile the model first: \`qcfg compile ${folder} --calib DATA.npy -o DIR\`, then name \`DIR\``
      : "compile a model into one with `qcfg compile MODEL --calib DATA.npy -o DIR`",
  });
}

/** A folder where a model is expected. */
export function folderForModel(folder: string, isCompiled: boolean): Diagnostic {
  return about({
    code: "QC2515",
    severity: "error",
    file: folder,
    message: "this is a folder, and a model file is needed",
    text: isCompiled ? "a compiled program" : "expected an `.onnx` or `.tflite` file",
    help: isCompiled
      ? `name the model that it was compiled from; \`run\`, \`eval\`, \`bench\` and \`inspect\` take the folder itself`
      : "name the file in it",
  });
}

/** Bytes that are no text where rules are expected. */
export function notRules(file: string): Diagnostic {
  return about({
    code: "QC2516",
    severity: "error",
    file,
    message: "this is not a rule file",
    text: "its bytes are not UTF-8 text",
    help: /\.(onnx|tflite)$/i.test(file)
      ? `it is named as a model, which \`qcfg inspect ${file}\` shows`
      : "rule files are text, as `qcfg fmt` writes them",
  });
}

/** `model.js` does not load. */
export function cannotLoad(folder: string, reason: string): Diagnostic {
  return about({
    code: "QC2505",
    severity: "error",
    file: folder,
    path: "model.js",
    message: "the compiled program cannot be loaded",
    text: reason,
    help: "compile the model again: the files of a folder belong together",
  });
}

/** The engine that runs us lacks what the program needs. */
export function simdMissing(folder: string, reason: string): Diagnostic {
  return about({
    code: "QC2517",
    severity: "error",
    file: folder,
    message: "Node cannot run this program on this machine",
    text: reason,
    help: "`--simd baseline` needs less; `qcfg compile --target js` needs no WebAssembly",
  });
}

/** `--layers` on a program that cannot be run in parts. */
export function noParts(folder: string): Diagnostic {
  return about({
    code: "QC2518",
    severity: "error",
    file: folder,
    message: "the layers of this program cannot be measured",
    text: "compiled to JavaScript, which is run as a whole",
    help: "compile the model with `--target wasm`",
  });
}

export function preprocessingDiffers(folder: string, recorded: string): Diagnostic {
  return about({
    code: "QC2506",
    severity: "error",
    file: folder,
    path: "model.json",
    message: "the model was compiled for other preprocessing",
    text: `recorded: \`${recorded}\``,
    help: "leave the options out: what is recorded is applied",
  });
}

export function labelsMismatch(file: string, found: string, expected: string): Diagnostic {
  return about({
    code: "QC2507",
    severity: "error",
    file,
    message: `the labels do not fit: ${found}`,
    text: `expected ${expected}`,
  });
}

/** `classes`: labels are 0 … classes − 1. */
export function labelOutOfRange(
  file: string,
  sample: number,
  label: number,
  classes: number,
): Diagnostic {
  return about({
    code: "QC2508",
    severity: "error",
    file,
    path: `sample ${sample}`,
    message: `the label ${label} is not one of the model's ${classes} classes`,
    text: `labels are 0 … ${classes - 1}`,
  });
}

export function notFiniteOutputs(file: string, samples: number): Diagnostic {
  return about({
    code: "QC2509",
    severity: "warning",
    file,
    message: `the output of ${samples} sample${samples === 1 ? "" : "s"} is not finite`,
    text: "NaN or infinite; counted as wrong",
  });
}

export function unknownOutput(file: string, name: string, outputs: readonly string[]): Diagnostic {
  return about({
    code: "QC2510",
    severity: "error",
    file,
    message: `the model has no output \`${name}\``,
    text: `outputs: ${quoted(outputs)}`,
  });
}

export function severalOutputs(file: string, outputs: readonly string[]): Diagnostic {
  return about({
    code: "QC2511",
    severity: "error",
    file,
    message: `one file is named for ${outputs.length} outputs`,
    text: `outputs: ${quoted(outputs)}`,
    help: "name a file for each: `--output name=FILE.npy`",
  });
}

export function notFormatted(file: string): Diagnostic {
  return about({
    code: "QC2512",
    severity: "error",
    file,
    message: "the file is not in canonical form",
    help: `\`qcfg fmt ${file}\` puts it there`,
  });
}

export function typesOutdated(file: string): Diagnostic {
  return about({
    code: "QC2548",
    severity: "error",
    file,
    message: "the types are not those of the rules",
    help: `\`qcfg types ${file.replace(/\.d\.ts$/, "")}\` writes them`,
  });
}

export function noSamplesToRun(file: string): Diagnostic {
  return about({
    code: "QC2513",
    severity: "error",
    file,
    message: "there are no samples",
    text: "the first axis has size 0",
  });
}

export function notExplained(code: string): Diagnostic {
  return about({
    code: "QC2514",
    severity: "error",
    file: code,
    message: `there is no long form of \`${code}\``,
    text: "codes are printed in brackets: `QC1204`",
  });
}
