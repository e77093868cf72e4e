import type { Command } from "commander";
import { allocate, type Shape, sizeOf, type TypedArray } from "../../ir/types.ts";
import { openCompiled } from "../compiled-folder.ts";
import { readDataset } from "../data/dataset.ts";
import { reject } from "../data/diagnostics.ts";
import { type FittedDataset, fitDataset } from "../data/fit.ts";
import { encodeNpy } from "../data/npy.ts";
import { noSamplesToRun, severalOutputs, unknownOutput } from "../diagnostics.ts";
import { checkWritable, writeFileAtomically } from "../files.ts";
import { partOf } from "../metrics.ts";
import {
  collected,
  common,
  type PreprocessingOptions,
  preprocessingFrom,
  withPreprocessing,
} from "../options.ts";
import { recordedOrStated } from "../recorded.ts";
import type { ModelPort, Runnable } from "../runnable.ts";
import type { Terminal } from "../terminal.ts";
import { rowsText } from "../text.ts";

interface RunOptions extends PreprocessingOptions {
  readonly input: readonly string[];
  readonly output?: readonly string[];
}

/** All results of one output, sample after sample. */
interface Stacked {
  readonly name: string;
  readonly dtype: string;
  readonly shape: Shape;
  readonly data: TypedArray;
}

export function defineRun(bare: Command, terminal: Terminal): void {
  const command = bare
    .description("Runs each sample (first axis) through a compiled folder and stacks the results.")
    .argument("<folder>", "compiled folder")
    .requiredOption(
      "--input <data>",
      "samples (.npy, .npz, name=X.npy); may be repeated",
      collected,
    )
    .option("--output <file>", "where results go (.npy, name=Y.npy); may be repeated", collected);
  withPreprocessing(command);
  common(command, [
    "run build/model --input x.npy --output y.npy",
    "run build/pair --input left=a.npy --input right=b.npy --output score=s.npy --output mask=m.npy",
  ]).action(async (folder: string, options: RunOptions) => {
    const compiled = await openCompiled(folder);
    const files = outputFiles(folder, compiled.outputs, options.output);
    for (const file of files.values()) checkWritable(file);
    const stated = preprocessingFrom(options);
    const preprocessing = recordedOrStated(folder, compiled.preprocessing, stated);
    const data = fitDataset(readDataset(options.input), compiled.inputs, preprocessing);
    if (data.count === 0) reject(noSamplesToRun(options.input[0]!));
    terminal.report(data.notes);
    const results = runAll(compiled, data, terminal);
    for (const { name, data, shape } of results) {
      const file = files.get(name);
      if (file !== undefined) writeFileAtomically(file, encodeNpy(data, shape));
    }
    const outputs = results.map((result) => resultJson(result, files.get(result.name)));
    const json = { samples: data.count, outputs: Object.fromEntries(outputs) };
    terminal.result(json, () =>
      rowsText(results.map((result) => resultRow(result, files.get(result.name)))),
    );
  });
}

/** Which file each output goes to, by its name; an output without one is only shown. */
function outputFiles(
  folder: string,
  outputs: readonly ModelPort[],
  specifiers: readonly string[] = [],
): ReadonlyMap<string, string> {
  const names = outputs.map(({ name }) => name);
  return new Map(
    specifiers.map((specifier) => {
      const at = specifier.indexOf("=");
      const name = at < 1 ? undefined : specifier.slice(0, at);
      if (name !== undefined && names.includes(name)) return [name, specifier.slice(at + 1)];
      if (names.length > 1) reject(severalOutputs(folder, names));
      if (name !== undefined) reject(unknownOutput(folder, name, names));
      return [names[0]!, specifier];
    }),
  );
}

function runAll(
  { outputs, run }: Runnable,
  { runs, batch, count, run: inputsOf }: FittedDataset,
  terminal: Terminal,
): readonly Stacked[] {
  const stacked = outputs.map(({ name, dtype, shape }) => {
    const perSample = sampleShape(shape, batch);
    const data = allocate(dtype, count * sizeOf(perSample));
    return { name, dtype, shape: [count, ...perSample], data, size: sizeOf(perSample) };
  });
  const progress = terminal.progress("running", count);
  for (let index = 0; index < runs; index++) {
    const results = run(inputsOf(index));
    const end = Math.min(count, (index + 1) * batch);
    for (let sample = index * batch; sample < end; sample++) {
      for (const { name, data, size } of stacked) {
        data.set(partOf(results.get(name)!, sample - index * batch, batch), sample * size);
      }
    }
    progress(end);
  }
  return stacked;
}

/** The part of an output's shape that belongs to one sample: without the batch, where it comes first. */
function sampleShape(shape: Shape, batch: number): Shape {
  return shape[0] === batch ? shape.slice(1) : shape;
}

const mostShown = 8;

function resultRow({ name, dtype, shape, data }: Stacked, file: string | undefined) {
  const type = `${dtype} [${shape.join(", ")}]`;
  if (file !== undefined) return [name, `${type} → ${file}`] as const;
  const shown = Array.from(data.subarray(0, mostShown), (x) => `${Number(x.toPrecision(6))}`);
  return [name, `${type} ${shown.join(", ")}${data.length > mostShown ? ", …" : ""}`] as const;
}

function resultJson({ name, dtype, shape, data }: Stacked, file: string | undefined) {
  return [
    name,
    { dtype, shape, ...(file === undefined ? { values: [...data] } : { file }) },
  ] as const;
}
