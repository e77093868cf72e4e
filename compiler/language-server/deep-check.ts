import { type Diagnostic, type Label, Rejected } from "../../grammar/source/diagnostic.ts";
import { SourceFile } from "../../grammar/source/source-file.ts";
import { checkLibrary } from "../compile.ts";
import type { TypeScriptSources } from "../config/check-typescript.ts";
import type { ModuleLoader } from "../config/modules.ts";
import type { NearMiss } from "../explain/explanation.ts";
import { nearestOfRule } from "../explain/near-misses.ts";
import type { ImportedModel } from "../frontends/import-model.ts";
import { ops } from "../ops/index.ts";
import { loadRules, type PreparedModel, prepareModel } from "../pipeline.ts";
import type { ResolveImport, RuleSource } from "../rewrite/load-rules.ts";
import { rulesReader } from "./analysis.ts";

/** What takes too long for every key that is pressed: all checks of `qcfg check`, and what rules do to a model. */
export interface DeepRequest {
  readonly rules: RuleSource;
  /** Texts that are open, and may differ from what is on the disk. */
  readonly open: readonly RuleSource[];
  /** A model file that the rules are for. */
  readonly model?: string | undefined;
}

/** Plain data: it may come from another thread. */
export interface DeepResult {
  readonly diagnostics: readonly Diagnostic[];
  /** Absent without a model, and where the rules have errors. */
  readonly firings?: Firings;
  /** The model cannot be read any more, so that what was known of it holds no longer. */
  readonly isModelLost?: true;
}

/** What the rules of the file do to a model. */
export interface Firings {
  readonly model: string;
  readonly rules: Readonly<Record<string, RuleFiring>>;
}

export interface RuleFiring {
  /** Applications or matches. */
  readonly fired: number;
  /** The places where it nearly applies, the nearest first. */
  readonly misses: readonly NearMiss[];
}

/** What there is around rule files. */
export interface DeepHost {
  readonly resolve: ResolveImport;
  readonly modules: ModuleLoader;
  readonly sources: TypeScriptSources;
  /** Throws `Rejected` where the file is no model. */
  readonly readModel: (path: string) => ImportedModel;
}

/** What can be said of a file with time, but for what its text says at once. */
export function deepCheck(request: DeepRequest, host: DeepHost): DeepResult {
  const result = checkAll(request, host);
  const analysis = rulesReader()(request.rules, host.resolve);
  const atOnce = new Set(analysis.diagnostics.map(keyOf));
  const diagnostics = result.diagnostics.filter((diagnostic) => !atOnce.has(keyOf(diagnostic)));
  return { ...result, diagnostics };
}

function keyOf({ code, message, labels: [first] }: Diagnostic): string {
  const place = first?.place;
  const at = place && "file" in place ? `${place.file.path} ${place.start}` : "";
  return `${code} ${at} ${message}`;
}

function checkAll({ rules, model }: DeepRequest, host: DeepHost): DeepResult {
  const { resolve, sources, modules } = host;
  const { diagnostics } = checkLibrary(rules, resolve, sources, { hasModel: model !== undefined });
  if (model === undefined || diagnostics.some(({ severity }) => severity === "error"))
    return { diagnostics };
  try {
    const loaded = loadRules(rules, resolve, { modules });
    if (loaded.value === undefined) return { diagnostics: loaded.diagnostics };
    const read = modelOf(host, model);
    if ("lost" in read) return { diagnostics: [...diagnostics, ...read.lost], isModelLost: true };
    const options = { tolerant: true };
    const { value, diagnostics: found } = prepareModel(read.model, loaded.value, options);
    const all = [...diagnostics, ...found];
    return value ? { diagnostics: all, firings: firingsOf(model, value) } : { diagnostics: all };
  } catch (error) {
    if (error instanceof Rejected) return { diagnostics: [...diagnostics, ...error.diagnostics] };
    throw error;
  }
}

function modelOf(
  { readModel }: DeepHost,
  path: string,
): { readonly model: ImportedModel } | { readonly lost: readonly Diagnostic[] } {
  try {
    return { model: readModel(path) };
  } catch (error) {
    if (error instanceof Rejected) return { lost: error.diagnostics };
    throw error;
  }
}

function firingsOf(model: string, prepared: PreparedModel): Firings {
  const { scheme } = prepared.rules;
  const own = [
    ...scheme.rewrites.filter((rule) => rule.kind === "rewrite"),
    ...scheme.quantizes,
  ].filter(({ distance }) => distance === 0);
  const rules = own.map((rule) => {
    // What a rewrite was meant for may be gone in the graph that the rewrites left.
    const graphs =
      rule.kind === "rewrite" ? [prepared.model.graph, prepared.graph] : [prepared.graph];
    const misses = nearestOfRule(rule, graphs, ops);
    return [rule.name, { fired: prepared.fired.get(rule.name) ?? 0, misses }] as const;
  });
  return { model, rules: Object.fromEntries(rules) };
}

/** A result as another thread sent it: its texts have lost what they can do. */
export function revived(result: DeepResult): DeepResult {
  const files = new Map<SourceFile, SourceFile>();
  const fileOf = (sent: SourceFile) => {
    const known = files.get(sent) ?? new SourceFile(sent.path, sent.text);
    files.set(sent, known);
    return known;
  };
  const labelOf = ({ place, text }: Label): Label =>
    "file" in place ? { place: { ...place, file: fileOf(place.file) }, text } : { place, text };
  const diagnostics = result.diagnostics.map((diagnostic) => ({
    ...diagnostic,
    labels: diagnostic.labels.map(labelOf),
    ...(diagnostic.fixes && {
      fixes: diagnostic.fixes.map(({ title, edits }) => ({
        title,
        edits: edits.map(({ place, text }) => ({
          place: { ...place, file: fileOf(place.file) },
          text,
        })),
      })),
    }),
  }));
  return { ...result, diagnostics };
}
