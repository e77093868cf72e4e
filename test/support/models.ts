import { existsSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { datasetOf, readArray } from "../../compiler/cli/data/dataset.ts";
import { type FittedDataset, fitDataset } from "../../compiler/cli/data/fit.ts";
import { readBytes } from "../../compiler/cli/files.ts";
import { kernelLibrary } from "../../compiler/cli/kernel-library.ts";
import { resolveRules } from "../../compiler/cli/rule-files.ts";
import { runtimeSources } from "../../compiler/cli/runtime-sources.ts";
import type { EmittedFiles, Manifest, Origin, Target } from "../../compiler/emit/manifest.ts";
import type { SourceReader } from "../../compiler/emit/runtime-sources.ts";
import { type ImportedModel, importModel } from "../../compiler/frontends/import-model.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import type { Requantize } from "../../compiler/ir/op.ts";
import type { Tensor } from "../../compiler/ir/types.ts";
import {
  calibrate,
  emitModel,
  type LoweredModel,
  loadRules,
  lowerModel,
  type PreparedModel,
  prepareModel,
  type QuantizedModel,
  quantizeModel,
  type RuleSet,
} from "../../compiler/pipeline.ts";
import type { PortTypes } from "../../compiler/quantize/choose-io.ts";
import { renderDiagnostic } from "../../grammar/index.ts";
import type { Checked } from "../../grammar/source/diagnostic.ts";
import type { WebAssemblyLoadOptions } from "../../runtime/load-webassembly.ts";
import type { Model } from "../../runtime/model.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const root = resolve(import.meta.dirname, "../..");
const shared = resolve(root, "../shared");

/** Real models and data are beside the project on some machines; what needs them is skipped elsewhere. */
export const hasShared = existsSync(join(shared, "models"));
if (!hasShared) console.log("skipped: tests on real models, whose folder ../shared is not here");

export type Samples = Pick<FittedDataset, "count" | "run">;

/** The value, or a failure that shows the diagnostics as a user would see them. */
export function accepted<T>({ value, diagnostics }: Checked<T>): T {
  if (value === undefined)
    throw new Error(diagnostics.map((d) => renderDiagnostic(d)).join("\n\n"));
  return value;
}

export function sharedPath(path: string): string {
  return join(shared, path);
}

export function importShared(name: string): ImportedModel {
  return accepted(importModel(readBytes(sharedPath(`models/${name}`)), { name }));
}

export function importDigits(): ImportedModel {
  return accepted(
    importModel(readBytes(join(root, "examples/digits/digits.onnx")), { name: "digits.onnx" }),
  );
}

export function arrayOf(path: string): ReturnType<typeof readArray> {
  return readArray(path.startsWith("examples/") ? join(root, path) : sharedPath(path));
}

/** A data file cut for the inputs of a graph. */
export function samplesOf(graph: Graph, path: string): FittedDataset {
  const inputs = graph.inputs.map(({ name, value }) => ({
    name,
    ...graph.nodes.get(value.node)!.types[0]!,
  }));
  return fitDataset(datasetOf([{ array: arrayOf(path) }]), inputs);
}

export function* take(
  samples: Samples,
  count = samples.count,
): Generator<ReadonlyMap<string, Tensor>> {
  for (let i = 0; i < Math.min(count, samples.count); i++) yield samples.run(i);
}

let standardRules: RuleSet | undefined;

export function defaultRules(): RuleSet {
  standardRules ??= accepted(loadRules(undefined, resolveRules));
  return standardRules;
}

export function prepared(
  model: ImportedModel,
  options: { readonly float?: boolean; readonly rules?: RuleSet } = {},
): PreparedModel {
  return accepted(prepareModel(model, options.rules ?? defaultRules(), options));
}

/** The default scheme and rules of our own. */
export function ownRules(text: string): RuleSet {
  const source = { path: "own", text: `import "std/default8bit"\n${text}` };
  return accepted(loadRules(source, resolveRules));
}

/** A float model calibrated on the first `count` samples of a file; a quantized model as it is. */
export function quantized(
  model: ImportedModel,
  calibration?: { readonly path: string; readonly count: number },
  io: PortTypes = model.quantized ? "same" : "float",
): QuantizedModel {
  const ready = prepared(model);
  const statistics = calibration
    ? accepted(
        calibrate(ready, take(samplesOf(ready.graph, calibration.path), calibration.count), {
          module: kernelLibrary("baseline"),
        }),
      )
    : new Map();
  return accepted(quantizeModel(ready, statistics, { io }));
}

export function lowered(model: QuantizedModel, requantize: Requantize): LoweredModel {
  return accepted(lowerModel(model, { requantize }));
}

/** What `model.json` says of where a program comes from, if that does not matter. */
export const noOrigin: Origin = {
  model: "test",
  modelDigest: "",
  rulesDigest: "",
  rules: {},
  floatNodes: [],
  preprocessing: {},
};

/** A compiled folder of its own. */
export interface Emitted {
  readonly files: EmittedFiles;
  readonly manifest: Manifest;
  load(options?: WebAssemblyLoadOptions): Promise<Model>;
}

export async function emitted(
  model: LoweredModel,
  target: Target = "js",
  readSource: SourceReader = runtimeSources,
): Promise<Emitted> {
  const folder = temporaryFolder();
  // Sources that are not the package's are assembled.
  const ready = readSource === runtimeSources ? { kernelLibrary } : {};
  const files = await emitModel(model, { origin: noOrigin, target, readSource, ready });
  for (const [file, content] of files) writeFileSync(join(folder, file), content);
  const { load } = (await import(pathToFileURL(join(folder, "model.js")).href)) as Emitted;
  return { files, manifest: JSON.parse(files.get("model.json") as string), load };
}

/** The emitted program, loaded. */
export async function loadEmitted(
  model: LoweredModel,
  target: Target = "js",
  options: WebAssemblyLoadOptions = {},
): Promise<Model> {
  return (await emitted(model, target)).load(options);
}

/** The data of a sample by input, as a program takes it. */
export function asArrays(sample: ReadonlyMap<string, Tensor>): Record<string, Tensor["data"]> {
  return Object.fromEntries([...sample].map(([name, { data }]) => [name, data]));
}

/** The place of the largest element; the first of equal ones. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** Top-1 accuracy over the first `count` samples, in percent. */
export function accuracy(
  run: (
    inputs: ReadonlyMap<string, Tensor>,
  ) => ReadonlyMap<string, { readonly data: ArrayLike<number> }>,
  samples: Samples,
  labels: ArrayLike<number | bigint>,
  count: number,
): number {
  let right = 0;
  let i = 0;
  for (const sample of take(samples, count)) {
    const [output] = run(sample).values();
    if (argmax(output!.data) === Number(labels[i++])) right++;
  }
  return (100 * right) / i;
}
