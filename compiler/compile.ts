/** The stages of `pipeline.ts` as one call: what `qcfg compile`, `qcfg export` and programs do with a model. */
import { type Checked, type Diagnostic, Rejected } from "../grammar/source/diagnostic.ts";
import { type LibraryFacts, libraryFacts } from "./analyses/library-facts.ts";
import { checkedSamples } from "./calibrate/check-samples.ts";
import type { Statistics } from "./calibrate/statistics.ts";
import { printStatistics } from "./calibrate/statistics-file.ts";
import type { TypeScriptSources } from "./config/check-typescript.ts";
import type { ModuleLoader } from "./config/modules.ts";
import { alreadyQuantized, rangesNeeded } from "./diagnostics.ts";
import type { SimdFamily } from "./emit/assemble.ts";
import type { EmittedFiles, Manifest, Preprocessing, Target } from "./emit/manifest.ts";
import type { SourceReader } from "./emit/runtime-sources.ts";
import { assumedStatistics } from "./explain/assumed.ts";
import { lockOutdated } from "./explain/diagnostics.ts";
import { explain } from "./explain/explain.ts";
import type { Explanation } from "./explain/explanation.ts";
import { recorder } from "./explain/history.ts";
import { type Finding, findingsOf } from "./explain/lints.ts";
import { type LockFile, lockedParameters, lockedSites, movedSites } from "./explain/lock-file.ts";
import { unmetRequirements } from "./explain/requirements.ts";
import { type Severities, strictReport, toldFindings } from "./explain/severities.ts";
import type { ImportedModel } from "./frontends/import-model.ts";
import { typeOf } from "./ir/graph.ts";
import type { Requantize } from "./ir/op.ts";
import type { Tensor } from "./ir/types.ts";
import { accept, asData, type Listener } from "./listener.ts";
import { checkTests } from "./literal/check-tests.ts";
import type { Summary } from "./lower/summary.ts";
import { ops } from "./ops/index.ts";
import {
  calibrate,
  emitModel,
  type LoweredModel,
  loadRules,
  lowerModel,
  type Observers,
  type PreparedModel,
  prepareModel,
  type QuantizedModel,
  quantizeModel,
  type RuleSet,
  type RuleUse,
} from "./pipeline.ts";
import type { PortTypes } from "./quantize/choose-io.ts";
import type { ResolveImport, RuleSource } from "./rewrite/load-rules.ts";

/** What a compilation takes from where it runs. `host` of `qcfg/node` takes it from the installed package. */
export interface Host {
  /** Finds the rule files that others import, the standard library (`std/…`) among them. */
  readonly resolveRules: ResolveImport;
  /** Loads what rule files import from TypeScript; without it, rules that use some are rejected. */
  readonly modules?: ModuleLoader;
  /** Reads the same, so that TypeScript checks how rules use it. */
  readonly sources?: TypeScriptSources;
  /** Reads the sources of the runtime, of which programs are made. */
  readonly readSource: SourceReader;
  /** The runtime of programs as the package has it ready; without, it is linked from its sources. */
  readonly loader?: () => string;
  /** The SIMD kernels of a family as the package has them ready; without, programs are assembled, and calibration runs on the reference kernels. */
  readonly kernelLibrary?: (family: SimdFamily) => Uint8Array;
  /** The digest of parts taken as one, in hex. */
  readonly sha256: (parts: Iterable<Uint8Array>) => string | Promise<string>;
}

/** For each sample a tensor of every input, by its name. */
export type Samples = Iterable<ReadonlyMap<string, Tensor>>;

export type StatisticsByName = ReadonlyMap<string, Statistics>;

/** How a model is quantized. One that is quantized already stays as it is: it needs neither rules nor ranges. */
export interface QuantizeOptions extends Observers {
  readonly host: Host;
  /** The default 8-bit scheme without. */
  readonly rules?: RuleSource | undefined;
  /** What ranges are measured on. */
  readonly samples?: Samples | undefined;
  /** Measured before, in place of samples; or a function that measures them for the prepared model. */
  readonly statistics?:
    | StatisticsByName
    | ((prepared: PreparedModel) => StatisticsByName)
    | undefined;
  /** The integers of every site, resolved before: in place of samples and statistics. */
  readonly lock?: NamedLock | undefined;
  /** Nothing is quantized. */
  readonly float?: boolean | undefined;
  /** Element types of inputs and outputs: float for a float model, its own for a quantized one, unless stated. */
  readonly io?: PortTypes | undefined;
}

/** What is required of the result. */
export interface LowerOptions extends QuantizeOptions, Severities {
  /** How integers are rounded: `tflite` for quantized TFLite models and `onnx` for all others, unless stated. */
  readonly requantize?: Requantize | undefined;
  /** The least share of the multiply-accumulates that is to be done in integers, 0 to 1; 1 means every op. */
  readonly minCoverage?: number | undefined;
}

/** A lock file, and its path for messages. */
export interface NamedLock {
  readonly file: string;
  readonly contents: LockFile;
}

export interface CompileOptions extends LowerOptions {
  /** What the program is; both compute the same bytes. WebAssembly unless stated. */
  readonly target?: Target | undefined;
  /** Recorded in `model.json`; samples are taken as they are. */
  readonly preprocessing?: Preprocessing | undefined;
}

/** A program, and what became of the model. */
export interface Compiled {
  /** Contents by file name. */
  readonly files: EmittedFiles;
  /** What `model.json` says. */
  readonly manifest: Manifest;
  readonly summary: Summary;
  /** The model with Q/DQ nodes: what `exportOnnx` takes. */
  readonly quantized: QuantizedModel;
  /** What happened to the model without anybody's asking. */
  readonly findings: readonly Finding[];
  /** Every decision of the quantization. */
  readonly lock: LockFile;
}

/**
 * Compiles an imported model to the files of a program. Reads and writes nothing itself. All that is wrong with the
 * model, the rules or the samples is a diagnostic; there is a value if none of them is an error.
 */
export function compile(model: ImportedModel, options: CompileOptions): Promise<Checked<Compiled>> {
  return asData((listener) => compileImported(model, options, listener));
}

/** What becomes of a model under the rules, and why; also where the rules are at fault, which the diagnostics say. */
export function explainModel(
  model: ImportedModel,
  options: ExplainOptions,
): Promise<Checked<Explanation>> {
  return asData((listener) => explainImported(model, options, listener));
}

/** Every fault of a rule file and of all that it imports; those of its use of TypeScript, where `sources` are given. */
export function check(
  rules: RuleSource,
  resolveRules: ResolveImport,
  sources?: TypeScriptSources,
): readonly Diagnostic[] {
  return checkLibrary(rules, resolveRules, sources).diagnostics;
}

/** `check`, with what is known of the rules of the file together; there is a value if nothing is an error. */
export function checkLibrary(
  rules: RuleSource,
  resolveRules: ResolveImport,
  sources?: TypeScriptSources,
  { hasModel = false }: RuleUse = {},
): Checked<LibraryFacts> {
  try {
    const { value, diagnostics } = loadRules(rules, resolveRules, { sources, hasModel });
    if (value === undefined) return { diagnostics };
    const [root] = value.scheme.files;
    const found = [...diagnostics, ...(root ? checkTests(root, ops) : [])];
    return { value: libraryFacts(value.analysis), diagnostics: found };
  } catch (error) {
    if (error instanceof Rejected) return { diagnostics: error.diagnostics };
    throw error;
  }
}

/** `compile` for whoever listens meanwhile. Throws `Rejected`. */
export async function compileImported(
  model: ImportedModel,
  options: CompileOptions,
  listener: Listener,
): Promise<Compiled> {
  const { host, target = defaultTarget, preprocessing = {} } = options;
  const { quantized, lowered, findings, lock } = await lowerImported(model, options, listener);
  const origin = {
    model: model.name,
    modelDigest: lock.digests.model,
    rulesDigest: lock.digests.rules,
    rules: lowered.summary.fired,
    floatNodes: lowered.summary.integerNodes > 0 ? lowered.summary.floatNodes : [],
    preprocessing,
  };
  const { readSource, kernelLibrary, loader } = host;
  const ready = { kernelLibrary, loader };
  const files = await emitModel(lowered, { origin, target, readSource, ready });
  const manifest: Manifest = JSON.parse(files.get("model.json") as string);
  return { files, manifest, summary: lowered.summary, quantized, findings, lock };
}

/** A model in integer form that is what was required of it. */
export interface Lowered {
  readonly quantized: QuantizedModel;
  readonly lowered: LoweredModel;
  readonly findings: readonly Finding[];
  readonly lock: LockFile;
}

/** The part of `compileImported` that does not depend on what the model is compiled to. Throws `Rejected`. */
export async function lowerImported(
  model: ImportedModel,
  options: LowerOptions,
  listener: Listener,
): Promise<Lowered> {
  const { requantize = defaultRequantize(model), observe, trace, float = false } = options;
  const report = strictReport(listener.report, options);
  const strict: Listener = { ...listener, report };
  const quantized = quantizeImported(model, options, strict);
  const { prepared } = quantized;
  const lowered = accept(lowerModel(quantized, { requantize, observe, trace }), strict);
  const findings = findingsOf(prepared, lowered, ops);
  report(toldFindings(findings, options));
  const requirements = float ? [] : prepared.rules.scheme.requirements;
  const unmet = unmetRequirements(model.name, lowered.summary, requirements, options.minCoverage);
  if (unmet.length > 0) throw new Rejected(unmet);
  const lock = await lockOf(quantized, options);
  if (options.lock) report(changesSince(options.lock, lock));
  return { quantized, lowered, findings, lock };
}

async function lockOf(
  quantized: QuantizedModel,
  { host, lock }: Pick<QuantizeOptions, "host" | "lock">,
): Promise<LockFile> {
  const { prepared, statistics } = quantized;
  const used = [...prepared.names]
    .sort()
    .flatMap((name): readonly (readonly [string, Statistics])[] => {
      const seen = statistics.get(name);
      return seen ? [[name, seen]] : [];
    });
  const measured = new TextEncoder().encode(printStatistics(new Map(used)));
  return {
    digests: {
      model: await host.sha256(prepared.model.sources),
      rules: await host.sha256(ruleTexts(prepared.rules)),
      data: lock ? lock.contents.digests.data : await host.sha256([measured]),
    },
    sites: lockedSites(quantized, ops),
  };
}

/** What is new since a lock file was written, where it fits all the same. */
function changesSince({ file, contents }: NamedLock, now: LockFile): readonly Diagnostic[] {
  const changed = (["model", "rules"] as const)
    .filter((name) => contents.digests[name] !== now.digests[name])
    .map((name) => `the ${name} changed`);
  const moved = movedSites(now.sites, contents);
  const [first] = moved;
  const all =
    first === undefined
      ? changed
      : [
          ...changed,
          `other integers for \`${first}\`${moved.length > 1 ? ` and ${moved.length - 1} more constants` : ""}`,
        ];
  return all.length === 0 ? [] : [lockOutdated(file, all)];
}

/** From an imported model to Q/DQ nodes. Throws `Rejected`. */
export function quantizeImported(
  model: ImportedModel,
  options: QuantizeOptions,
  listener: Listener,
): QuantizedModel {
  const { host, float = false, observe, trace } = options;
  if (float && model.quantized) throw new Rejected([alreadyQuantized(model.name)]);
  const rules = accept(loadRules(options.rules, host.resolveRules, host), listener);
  const prepared = accept(prepareModel(model, rules, { float, observe, trace }), listener);
  const { lock } = options;
  const parameters =
    lock && prepared.annotations && lockedParameters(prepared, lock.contents, lock.file, ops);
  const isMeasured = prepared.annotations !== undefined && parameters === undefined;
  const statistics = isMeasured ? statisticsFor(prepared, options, listener) : new Map();
  const io = float ? "same" : (options.io ?? (model.quantized ? "same" : "float"));
  return accept(quantizeModel(prepared, statistics, { io, parameters, observe }), listener);
}

/** How a model is explained. Without samples and statistics every value counts as one of [−1, 1]. */
export interface ExplainOptions extends QuantizeOptions {
  readonly requantize?: Requantize | undefined;
}

/** What becomes of a model under the rules, and why; also where the rules are at fault, which is reported. Throws `Rejected`. */
export function explainImported(
  model: ImportedModel,
  options: ExplainOptions,
  listener: Listener,
): Explanation {
  const { host, float = false, requantize = defaultRequantize(model) } = options;
  const { trace, steps } = recorder();
  const rules = accept(loadRules(options.rules, host.resolveRules, host), listener);
  const found = prepareModel(model, rules, { float, tolerant: true, trace });
  if (found.value === undefined) throw new Rejected(found.diagnostics);
  listener.report(found.diagnostics);
  const prepared = found.value;
  const ranges = rangesFor(prepared, options);
  const parameters =
    ranges === "locked"
      ? lockedParameters(prepared, options.lock!.contents, options.lock!.file, ops)
      : undefined;
  const statistics = {
    assumed: () => assumedStatistics(prepared),
    measured: () => statisticsFor(prepared, options, listener),
    locked: () => new Map(),
    none: () => new Map(),
  }[ranges]();
  const io = float ? "same" : (options.io ?? (model.quantized ? "same" : "float"));
  const quantized = accept(quantizeModel(prepared, statistics, { io, parameters }), listener);
  const lowered = accept(lowerModel(quantized, { requantize, trace }), listener);
  return explain({ quantized, lowered, steps, ranges }, ops);
}

function rangesFor(
  { annotations }: PreparedModel,
  { samples, statistics, lock }: QuantizeOptions,
): Explanation["ranges"] {
  if (annotations === undefined) return "none";
  if (lock !== undefined) return "locked";
  return samples === undefined && statistics === undefined ? "assumed" : "measured";
}

/** What a model is compiled to unless stated. */
export const defaultTarget: Target = "wasm";

/** How integers are requantized unless stated: a quantized model from TensorFlow Lite as there. */
export function defaultRequantize({ quantized, format }: ImportedModel): Requantize {
  return quantized && format === "tflite" ? "tflite" : "onnx";
}

function statisticsFor(
  prepared: PreparedModel,
  { host, samples, statistics }: QuantizeOptions,
  listener: Listener,
): StatisticsByName {
  if (statistics !== undefined) {
    return typeof statistics === "function" ? statistics(prepared) : statistics;
  }
  const { graph, model } = prepared;
  if (samples !== undefined) {
    const inputs = new Map(graph.inputs.map(({ name, value }) => [name, typeOf(graph, value)]));
    const checked = checkedSamples(samples, inputs, model.name);
    const module = host.kernelLibrary?.("baseline");
    const calibrated = calibrate(prepared, checked, { module });
    return accept(calibrated, listener);
  }
  const { size } = prepared.names;
  if (size > 0) throw new Rejected([rangesNeeded(model.name, size)]);
  return new Map();
}

/** The texts of all rule files in the order of their distance, each after its length; not where they are. */
function* ruleTexts({ scheme, integer }: RuleSet): Iterable<Uint8Array> {
  const encoder = new TextEncoder();
  for (const { file } of [...scheme.files, ...integer.files]) {
    const text = encoder.encode(file.text);
    yield encoder.encode(`${text.length}\n`);
    yield text;
  }
}
