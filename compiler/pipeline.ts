import { type Checked, type Diagnostic, Rejected } from "../grammar/source/diagnostic.ts";
import { kernels } from "../runtime/reference/index.ts";
import { analyseRules, type RuleAnalysis } from "./analyses/analyse-rules.ts";
import { collectStatistics } from "./calibrate/collect.ts";
import type { Statistics } from "./calibrate/statistics.ts";
import { momentaOf } from "./calibrate/statistics.ts";
import {
  checkTypeScript,
  type TypedFile,
  type TypeScriptSources,
} from "./config/check-typescript.ts";
import type { ModuleLoader } from "./config/modules.ts";
import type { ReadyParts } from "./emit/emit-webassembly.ts";
import type { EmittedFiles, Origin, Target } from "./emit/manifest.ts";
import type { SourceReader } from "./emit/runtime-sources.ts";
import type { ImportedModel } from "./frontends/import-model.ts";
import type { Annotations, SiteKey } from "./ir/annotations.ts";
import { type Evaluation, prepare as prepareEvaluation } from "./ir/evaluate.ts";
import type { Form } from "./ir/forms.ts";
import type { Graph, NodeId } from "./ir/graph.ts";
import type { Requantize } from "./ir/op.ts";
import type { Tensor } from "./ir/types.ts";
import { verify } from "./ir/verify.ts";
import { coverageOf } from "./lower/coverage.ts";
import { type KernelModule, prepareScheduled } from "./lower/evaluate-schedule.ts";
import { joinInPlace } from "./lower/join-in-place.ts";
import { keptInFloat, requestedFloats } from "./lower/requested-floats.ts";
import { schedule } from "./lower/schedule.ts";
import { countNodes, type Summary } from "./lower/summary.ts";
import { ops } from "./ops/index.ts";
import { annotate } from "./quantize/annotate.ts";
import { chooseIo, type PortTypes } from "./quantize/choose-io.ts";
import { insertQuantize, type SiteParameters } from "./quantize/insert-quantize.ts";
import {
  namesToObserve,
  type RangedSite,
  rangedSites,
  siteParameters,
  valueName,
} from "./quantize/site-parameters.ts";
import { applyRules, type Firing, type Refusal } from "./rewrite/driver.ts";
import { illegalNodes } from "./rewrite/illegal-nodes.ts";
import {
  type Library,
  loadLibrary,
  type ResolveImport,
  type RuleSource,
} from "./rewrite/load-rules.ts";
import { checkFirings } from "./rewrite/near-miss.ts";
import { applyPhases } from "./rewrite/phases.ts";

/** Sees the graph after each pass; `--print-after` and `--time-passes` are observers. */
export type PassObserver = (pass: string, form: Form, graph: Graph) => void;

/** Sees each application of a rewrite rule, before the next one; `--trace-rules` is one. */
export type RuleObserver = (pass: string, firing: Firing) => void;

/** What a pass is seen by. */
export interface Observers {
  readonly observe?: PassObserver | undefined;
  readonly trace?: RuleObserver | undefined;
}

/** The rules of one compilation. */
export interface RuleSet {
  /** The user's rules, or the default scheme, with the libraries that make a graph canonical. */
  readonly scheme: Library;
  /** Q/DQ islands to integer ops. */
  readonly integer: Library;
  /** What the user's rules do to each other and to those that they work beside. */
  readonly analysis: RuleAnalysis;
}

/** A model in canonical form with what the rules ask of it. */
export interface PreparedModel {
  readonly model: ImportedModel;
  readonly rules: RuleSet;
  readonly graph: Graph;
  /** Absent when nothing is to be quantized: `float` was asked for, or the model is quantized already. */
  readonly annotations?: Annotations;
  /** Values and edges that need integers, in graph order. */
  readonly sites: readonly RangedSite[];
  /** Names of the values whose statistics are needed. */
  readonly names: ReadonlySet<string>;
  /** How often each rule has fired so far. */
  readonly fired: ReadonlyMap<string, number>;
  /** Places where a rewrite rule matched and could not be applied. */
  readonly refusals: readonly Refusal[];
}

/** A model with explicit Q/DQ nodes: what is simulated, exported and lowered. */
export interface QuantizedModel {
  readonly prepared: PreparedModel;
  readonly graph: Graph;
  /** What ranges were chosen from; empty where the integers were known before. */
  readonly statistics: ReadonlyMap<string, Statistics>;
  /** The integers of every ranged site. */
  readonly parameters: ReadonlyMap<SiteKey, SiteParameters>;
  /** Nodes that compute in float whatever they read: rules ask for it. */
  readonly keptInFloat: ReadonlySet<NodeId>;
}

/** A model in integer form. */
export interface LoweredModel {
  readonly graph: Graph;
  readonly requantize: Requantize;
  readonly summary: Summary;
  /** Places where an integer rule matched and could not be applied. */
  readonly refusals: readonly Refusal[];
}

/** The default scheme, as a rule file would say it. */
const defaultScheme: RuleSource = {
  path: "the default scheme",
  text: 'import "std/default8bit"\n',
};
/** What every scheme is loaded with. */
export const canonicalLibraries = ["std/canonical", "std/fold", "std/layout"] as const;
const integerScheme: RuleSource = { path: "the integer rules", text: 'import "std/integer"\n' };

/** What there is for the TypeScript of rules. */
export interface TypeScriptTools {
  /** Loads it; without, the rules are checked, and those that use some cannot be applied. */
  readonly modules?: ModuleLoader | undefined;
  /** Reads it, for the checks of types; without, these are left out. */
  readonly sources?: TypeScriptSources | undefined;
}

/** What rules are read for. */
export interface RuleUse {
  /** To be applied: what rules ask for together is seen on the model's own graph, and needs no other. True unless stated. */
  readonly hasModel?: boolean | undefined;
}

/** Reads the user's rule file (the default scheme without one) and the libraries that every compilation needs. */
export function loadRules(
  root: RuleSource | undefined,
  resolve: ResolveImport,
  { modules, sources, hasModel = true }: TypeScriptTools & RuleUse = {},
): Checked<RuleSet> {
  const options = { ops, resolve, modules, also: canonicalLibraries };
  const scheme = loadLibrary(root ?? defaultScheme, options);
  const integer = loadLibrary(integerScheme, { ops, resolve });
  const mistyped =
    scheme.value && sources ? checkTypeScript(typedFiles(scheme.value), ops, sources) : [];
  const analysis = scheme.value && analyseRules(scheme.value, ops, { hasModel });
  const analysed = analysis?.diagnostics ?? [];
  const diagnostics = [...scheme.diagnostics, ...integer.diagnostics, ...analysed, ...mistyped];
  if (!scheme.value || !integer.value || !analysis || hasErrors(diagnostics))
    return { diagnostics };
  return { value: { scheme: scheme.value, integer: integer.value, analysis }, diagnostics };
}

/** The files of a library, each with its rules as the checks of types see them. */
export function typedFiles({ files, rewrites, quantizes }: Library): readonly TypedFile[] {
  const rules = [...rewrites.filter((rule) => rule.kind === "rewrite"), ...quantizes];
  return files.map((file) => ({
    file,
    rules: rules
      .filter(({ item }) => item.span.file === file.file)
      .sort((a, b) => a.item.span.start - b.item.span.start)
      .map(({ item, pattern }) => ({ item, sets: pattern.sets })),
  }));
}

export interface PrepareOptions extends Observers {
  /** Nothing is quantized. */
  readonly float?: boolean;
  /** There is a value also where rules are at fault: for whoever explains what they do. */
  readonly tolerant?: boolean;
}

/** imported → canonical → annotated. */
export function prepareModel(
  model: ImportedModel,
  rules: RuleSet,
  options: PrepareOptions = {},
): Checked<PreparedModel> {
  try {
    return prepareOrReject(model, rules, options);
  } catch (error) {
    // TypeScript of the rules may fail anywhere.
    if (error instanceof Rejected) return { diagnostics: error.diagnostics };
    throw error;
  }
}

function prepareOrReject(
  model: ImportedModel,
  rules: RuleSet,
  options: PrepareOptions,
): Checked<PreparedModel> {
  const { float = false, tolerant = false, observe, trace } = options;
  checkForm(model.graph, "imported", "the frontend", observe);
  const tracing = tracingOf("canonicalize", trace);
  const canonical = applyPhases(model.graph, rules.scheme.phases, { ops, ...tracing });
  if (hasErrors(canonical.diagnostics) && !tolerant) return { diagnostics: canonical.diagnostics };
  const illegal = illegalNodes(canonical.graph, rules.scheme.rewrites, ops, model.name);
  if (illegal.length > 0) return { diagnostics: [...canonical.diagnostics, ...illegal] };
  checkForm(canonical.graph, "canonical", "canonicalize", observe);
  const { graph, fired, refusals } = canonical;
  if (float || model.quantized) {
    const value = { model, rules, graph, sites: [], names: new Set<string>(), fired, refusals };
    return { value, diagnostics: canonical.diagnostics };
  }
  const { annotations, diagnostics: found } = annotate(graph, rules.scheme.quantizes, { ops });
  const allFired = new Map<string, number>([...fired, ...annotations.fired]);
  const firings = { ...canonical, fired: allFired };
  const unkept = checkFirings(model.graph, rules.scheme, firings, ops);
  const diagnostics = [...canonical.diagnostics, ...found, ...unkept];
  if (hasErrors(diagnostics) && !tolerant) return { diagnostics };
  const sites = rangedSites(graph, annotations);
  const names = namesToObserve(graph, sites);
  return {
    value: { model, rules, graph, annotations, sites, names, fired: allFired, refusals },
    diagnostics,
  };
}

/**
 * annotated → calibrated: statistics of every value that needs a range, over the samples (inputs by name, one sample
 * each). With `everything`, of all float values: a file of those serves other rules too.
 */
export function calibrate(
  prepared: PreparedModel,
  samples: Iterable<ReadonlyMap<string, Tensor>>,
  options: {
    readonly everything?: boolean;
    readonly progress?: (done: number) => void;
    readonly module?: KernelModule | undefined;
  } = {},
): Checked<ReadonlyMap<string, Statistics>> {
  const { graph } = prepared;
  const names = options.everything ? floatValueNames(graph) : prepared.names;
  let observe: ((name: string, values: Float32Array) => void) | undefined;
  const run = prepareRun(graph, options.module, {
    observe(node, results) {
      for (const [output, { dtype, data }] of results.entries()) {
        const name = valueName(graph, { node: node.id, output });
        if (dtype === "float32" && names.has(name)) observe?.(name, data as Float32Array);
      }
    },
  });
  const evaluateSample = (sample: ReadonlyMap<string, Tensor>, to: typeof observe) => {
    observe = to;
    run(sample);
  };
  const { statistics, diagnostics } = collectStatistics(names, samples, evaluateSample, {
    momenta: momentaOf(prepared.sites.map((site) => site.quantizer)),
    placeOf: (path) => ({ model: graph.name, path }),
    ...(options.progress && { progress: options.progress }),
  });
  return hasErrors(diagnostics) ? { diagnostics } : { value: statistics, diagnostics };
}

export interface QuantizeModelOptions extends Pick<Observers, "observe"> {
  readonly io: PortTypes;
  /** The integers of every ranged site where they are known: no statistics are needed then. */
  readonly parameters?: ReadonlyMap<SiteKey, SiteParameters> | undefined;
}

/** calibrated → quantized: explicit Q/DQ nodes, integer constants, ports of the wanted type. */
export function quantizeModel(
  prepared: PreparedModel,
  statistics: ReadonlyMap<string, Statistics>,
  options: QuantizeModelOptions,
): Checked<QuantizedModel> {
  try {
    const { graph, annotations, sites } = prepared;
    const parameters = options.parameters ?? siteParameters(graph, sites, statistics);
    const inserted = annotations
      ? insertQuantize(graph, ops, annotations, parameters)
      : { graph, diagnostics: [] };
    const chosen = chooseIo(inserted.graph, ops, options.io);
    checkForm(chosen, "quantized", "quantize", options.observe);
    const kept = annotations ? keptInFloat(graph, annotations, ops) : new Set<NodeId>();
    const value = { prepared, graph: chosen, statistics, parameters, keptInFloat: kept };
    return { value, diagnostics: inserted.diagnostics };
  } catch (error) {
    if (error instanceof Rejected) return { diagnostics: error.diagnostics };
    throw error;
  }
}

/** quantized → integer, and what became of every node. */
export function lowerModel(
  { prepared, graph, keptInFloat }: QuantizedModel,
  options: { readonly requantize: Requantize } & Observers,
): Checked<LoweredModel> {
  const { requantize, observe, trace } = options;
  const tracing = tracingOf("integer rules", trace);
  const { rewrites } = prepared.rules.integer;
  const integer = applyRules(graph, rewrites, {
    ops,
    requantize,
    untouched: keptInFloat,
    ...tracing,
  });
  if (hasErrors(integer.diagnostics)) return { diagnostics: integer.diagnostics };
  checkForm(integer.graph, "integer", "integer rules", observe);
  const refused = integer.refusals.map(({ node, reason }) => [node, reason] as const);
  const { annotations } = prepared;
  const asked = annotations ? requestedFloats(prepared.graph, annotations) : [];
  const reasons = new Map([...refused, ...asked]);
  const fired = new Map([...prepared.fired, ...integer.fired]);
  const quantizes = annotations ? prepared.rules.scheme.quantizes : [];
  const summary: Summary = {
    ...countNodes(integer.graph, ops, reasons),
    coverage: coverageOf(integer.graph, ops, requantize),
    fired: Object.fromEntries(fired),
    unmatched: quantizes.map(({ name }) => name).filter((name) => !fired.get(name)),
  };
  const { refusals } = integer;
  return {
    value: { graph: integer.graph, requantize, summary, refusals },
    diagnostics: integer.diagnostics,
  };
}

/** integer → scheduled → emitted. Rejects what the target has no kernel for. */
export async function emitModel(
  { graph, requantize }: Pick<LoweredModel, "graph" | "requantize">,
  options: {
    readonly origin: Origin;
    readonly target: Target;
    readonly readSource: SourceReader;
    readonly ready?: ReadyParts | undefined;
  },
): Promise<EmittedFiles> {
  const { origin, target, readSource, ready } = options;
  const scheduled = joinInPlace(schedule(graph, ops, requantize));
  // Loaded when there is something to emit: what links JavaScript brings TypeScript with it.
  if (target === "js") {
    const { emitJavaScript } = await import("./emit/emit-javascript.ts");
    return emitJavaScript(scheduled, origin, readSource);
  }
  const { emitWebAssembly } = await import("./emit/emit-webassembly.ts");
  return emitWebAssembly(scheduled, origin, readSource, ready);
}

/**
 * Computes a graph sample by sample: a float graph in float, a quantized one node by node as its form says. To
 * simulate a quantized model is to evaluate its integer form: islands on the integers that they carry. The module of
 * kernels makes it faster and changes no byte.
 */
export function evaluator(
  graph: Graph,
  requantize: Requantize = "onnx",
  module?: KernelModule,
): (inputs: ReadonlyMap<string, Tensor>) => Map<string, Tensor> {
  return prepareRun(graph, module, { requantize });
}

/**
 * An imported graph without the transposes that can go, every value the same bit for bit: what is evaluated where no rule
 * may have a part in the result.
 */
export function withExactLayout(graph: Graph, rules: RuleSet): Graph {
  const exact = rules.scheme.phases.map((phase) => ({
    ...phase,
    rules: phase.rules.filter(({ contract }) => contract.kind === "bits"),
  }));
  return applyPhases(graph, exact, { ops }).graph;
}

/** On the module of SIMD kernels, where there is one; else, to the same bytes, on the reference kernels. */
function prepareRun(
  graph: Graph,
  module: KernelModule | undefined,
  how: Pick<Evaluation, "observe" | "requantize">,
) {
  const evaluation = { ops, kernels, ...how };
  const scheduled = module && prepareScheduled(graph, evaluation, module);
  return scheduled ?? prepareEvaluation(graph, evaluation);
}

function floatValueNames(graph: Graph): ReadonlySet<string> {
  const names = new Set<string>();
  for (const node of graph.nodes.values()) {
    if (node.op === "Constant") continue;
    for (const [output, { dtype }] of node.types.entries()) {
      if (dtype === "float32") names.add(valueName(graph, { node: node.id, output }));
    }
  }
  return names;
}

function tracingOf(pass: string, trace: RuleObserver | undefined) {
  return trace && { observe: (firing: Firing) => trace(pass, firing) };
}

function checkForm(
  graph: Graph,
  form: Form,
  culprit: string,
  observe: PassObserver | undefined,
): void {
  const violations = verify(graph, ops, form);
  if (violations.length > 0) throw new Error(`internal: ${culprit}: ${violations[0]}`);
  observe?.(culprit, form, graph);
}

function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === "error");
}
