import type {
  ExpectItem,
  Expression,
  ImportItem,
  Name,
  PatternItem,
  RequirementItem,
  RuleFile,
} from "../../grammar/ast.ts";
import { check, orderDefinitions, parse } from "../../grammar/index.ts";
import { type Checked, type Diagnostic, Rejected } from "../../grammar/source/diagnostic.ts";
import type { ImportedNames } from "../../grammar/vocabulary.ts";
import { moduleNotFound } from "../config/diagnostics.ts";
import { loadModules, typeScriptImports } from "../config/load-modules.ts";
import { isTypeScript, type ModuleLoader } from "../config/modules.ts";
import type { OpTable } from "../ir/op.ts";
import { ambiguousNames } from "./ambiguous-names.ts";
import { compileQuantize, compileRewrite, type RuleScope } from "./compile-rule.ts";
import { importNotFound, orderIsCircular, ruleDefinedTwice } from "./diagnostics.ts";
import { traitSets } from "./op-sets.ts";
import { orderRules } from "./order.ts";
import { type OpSets, opsNamed } from "./pattern.ts";
import { type Phase, phasesOf } from "./phases.ts";
import type { CodeRule, PatternRule, QuantizeRule, RewriteRule } from "./rule.ts";
import { codeRules } from "./structural.ts";
import { standardModules, vocabularyOf } from "./vocabulary.ts";

/** A rule file before it is read. */
export interface RuleSource {
  /** Names the file in diagnostics; two sources of one path are one file. */
  readonly path: string;
  readonly text: string;
}

/** Finds what `import "…"` names: a library (`std/fold`), or a file relative to `importer`, the path of a source. */
export type ResolveImport = (specifier: string, importer: string) => RuleSource | undefined;

export interface LoadOptions {
  readonly ops: OpTable;
  readonly resolve: ResolveImport;
  /** Libraries that are loaded as if the root file imported them. */
  readonly also?: readonly string[];
  /** Loads what rule files import from TypeScript; without, the rules are checked and cannot be applied. */
  readonly modules?: ModuleLoader | undefined;
  /** Reads one text, or remembers it. */
  readonly parse?: typeof parse;
}

/** A rule file with all that it imports. */
export interface Library {
  /** Nearest to the root first. */
  readonly files: readonly RuleFile[];
  /** In the order in which they are tried. */
  readonly rewrites: readonly RewriteRule[];
  /** The same rules, in the phases in which they are applied. */
  readonly phases: readonly Phase[];
  readonly quantizes: readonly QuantizeRule[];
  /** The quantizers that the root file can name. */
  readonly quantizers: ReadonlyMap<string, Expression>;
  readonly expectations: readonly ExpectItem[];
  /** What any of the files requires of the compiled model. */
  readonly requirements: readonly RequirementItem[];
}

/** A file with those that it imports. */
export interface LoadedFile {
  readonly file: RuleFile;
  readonly distance: number;
  readonly imports: readonly LoadedFile[];
  /** What it imports by these names was found. */
  readonly resolved: ReadonlySet<string>;
}

/** A file whose imports are being read. */
interface OpenFile extends LoadedFile {
  readonly imports: LoadedFile[];
  readonly resolved: Set<string>;
}

/** Reads a rule file and its imports, each file once. There is a value if there are no errors. */
export function loadLibrary(root: RuleSource, options: LoadOptions): Checked<Library> {
  const diagnostics: Diagnostic[] = [];
  const files = loadFiles(root, options, diagnostics);
  const vocabulary = vocabularyOf(options.ops, modulesOf(files));
  for (const loaded of files) {
    const found = check(loaded.file, vocabulary, importedNames(loaded, options.ops));
    // One by one: a file of nothing but faults has more than a call takes as arguments.
    for (const diagnostic of found) diagnostics.push(diagnostic);
    diagnostics.push(...ambiguousNames(loaded));
  }
  if (hasErrors(diagnostics)) return { diagnostics };
  const foreign =
    options.modules &&
    loadModules(
      files.map(({ file }) => file),
      options.modules,
      diagnostics,
    );
  if (hasErrors(diagnostics)) return { diagnostics };
  const rewrites: PatternRule[] = [];
  const quantizes: QuantizeRule[] = [];
  for (const loaded of files) {
    const scope = { ...scopeOf(loaded, options.ops), foreign };
    for (const item of loaded.file.items) {
      if (item.kind !== "rewrite" && item.kind !== "quantize") continue;
      try {
        if (item.kind === "rewrite") rewrites.push(compileRewrite(item, scope));
        else quantizes.push(compileQuantize(item, scope));
      } catch (error) {
        if (!(error instanceof Rejected)) throw error;
        diagnostics.push(...error.diagnostics);
      }
    }
  }
  const nearest = nearestOfName(rewrites, diagnostics);
  diagnostics.push(...checkOrder(nearest));
  const rules = orderRules([...nearest, ...codeRulesOf(files)]).rules;
  const items = files.flatMap(({ file }) => file.items.filter((item) => item.kind === "phase"));
  const { phases, diagnostics: disordered } = phasesOf(items, rules);
  diagnostics.push(...disordered);
  const value: Library = {
    files: files.map(({ file }) => file),
    rewrites: rules,
    phases,
    quantizes,
    quantizers: scopeOf(files[0]!, options.ops).quantizers,
    expectations: files[0]!.file.items.filter((item) => item.kind === "expect"),
    requirements: files.flatMap(({ file }) =>
      file.items.filter((item) => item.kind === "requirement"),
    ),
  };
  return hasErrors(diagnostics) ? { diagnostics } : { value, diagnostics };
}

function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some(({ severity }) => severity === "error");
}

/** Names that can be imported: the standard ones, and those that were found by whoever resolves imports. */
export function modulesOf(files: readonly LoadedFile[]): readonly string[] {
  const found = files.flatMap(({ resolved }) => [...resolved]);
  return [...new Set([...standardModules, ...found])];
}

/** Rules in TypeScript of the libraries that are imported. */
function codeRulesOf(files: readonly LoadedFile[]): readonly CodeRule[] {
  const names = new Set(files.flatMap(({ resolved }) => [...resolved]));
  return [...new Set([...names].flatMap((name) => codeRules[name.replace(/\.qcfg$/, "")] ?? []))];
}

/** What a file gets from all files that it reaches. */
export function importedNames(loaded: LoadedFile, ops: OpTable): ImportedNames {
  const others = reachableFrom(loaded).filter((other) => other !== loaded);
  const items = others.flatMap(({ file }) => file.items);
  const named = (kind: "quantizer" | "ops") =>
    items.flatMap((item) => (item.kind === kind ? [item.name.text] : []));
  const { sets } = scopeOf(loaded, ops);
  return {
    quantizers: named("quantizer"),
    ops: named("ops").map((name) => ({ name, ops: [...(sets.get(name) ?? [])] })),
    rules: items.flatMap((item) =>
      item.kind === "quantize" || item.kind === "rewrite" ? [item.name.text] : [],
    ),
    patterns: items.filter((item) => item.kind === "pattern").toReversed(),
    phases: items.flatMap((item) => (item.kind === "phase" ? [item.name.text] : [])),
  };
}

/** All files that the root reaches, nearest first. */
export function loadFiles(
  root: RuleSource,
  { resolve, also = [], parse: read = parse }: LoadOptions,
  diagnostics: Diagnostic[],
): readonly LoadedFile[] {
  const loaded = new Map<string, OpenFile>();
  const order: OpenFile[] = [];
  const load = (source: RuleSource, distance: number): OpenFile => {
    const known = loaded.get(source.path);
    if (known) return known;
    const parsed = read(source.path, source.text);
    for (const diagnostic of parsed.diagnostics) diagnostics.push(diagnostic);
    const file = { file: parsed.value, distance, imports: [], resolved: new Set<string>() };
    loaded.set(source.path, file);
    order.push(file);
    return file;
  };
  load(root, 0);
  // Breadth first, so that every file is met at its least distance.
  for (const importer of order) {
    const { path } = importer.file.file;
    findModules(importer, resolve, diagnostics);
    for (const item of importsOf(importer.file)) {
      const source = resolveImport(item, path, resolve, diagnostics);
      if (source === undefined) continue;
      importer.imports.push(load(source, importer.distance + 1));
      importer.resolved.add(item.from.text);
    }
    for (const name of importer === order[0] ? also : []) {
      const source = resolve(name, path);
      if (source === undefined) continue;
      importer.imports.push(load(source, 1));
      importer.resolved.add(name);
    }
  }
  return order;
}

/** TypeScript is looked for, and not read: nothing of it is needed to check rules. */
function findModules(
  { file }: LoadedFile,
  resolve: ResolveImport,
  diagnostics: Diagnostic[],
): void {
  for (const { from } of typeScriptImports(file))
    if (resolve(from.text, file.file.path) === undefined) diagnostics.push(moduleNotFound(from));
}

function importsOf(file: RuleFile): readonly ImportItem[] {
  const imports = file.items.filter((item) => item.kind === "import");
  return imports.filter(({ from }) => !isTypeScript(from.text));
}

function resolveImport(
  { from }: ImportItem,
  importer: string,
  resolve: ResolveImport,
  diagnostics: Diagnostic[],
): RuleSource | undefined {
  const source = resolve(from.text, importer);
  // A library of an unknown name is the checker's to report, which knows the nearest name.
  const isChecked = !/^\.\.?\//.test(from.text) && !standardModules.includes(from.text);
  if (source === undefined && !isChecked) diagnostics.push(importNotFound(from));
  return source;
}

/**
 * Op sets and quantizers that a file can name: its own, then those of its imports, nearest first. Each stands for what it
 * stands for where it is defined, whatever the importing file calls by the same names.
 */
function scopeOf(loaded: LoadedFile, ops: OpTable): RuleScope {
  const sets = new Map(traitSets(ops));
  const quantizers = new Map<string, Expression>();
  const patterns = new Map<string, PatternItem>();
  const known = { ops: sets, quantizer: quantizers, pattern: patterns };
  // From the farthest to the nearest, so that the nearest definition stays.
  for (const { file } of reachableFrom(loaded).toReversed()) {
    for (const item of orderDefinitions(file.items, (kind, name) => known[kind].has(name))
      .ordered) {
      const { text } = item.name;
      if (item.kind === "ops") sets.set(text, unionOf(item.alternatives, ops, sets));
      else if (item.kind === "pattern") patterns.set(text, item);
      else quantizers.set(text, meaningOf(item.value, quantizers));
    }
  }
  return { ops, sets, quantizers, patterns, distance: loaded.distance };
}

/** What a name of another quantizer stands for; any other expression is what it is. */
function meaningOf(value: Expression, known: ReadonlyMap<string, Expression>): Expression {
  return (value.kind === "name" && known.get(value.name.text)) || value;
}

function reachableFrom(start: LoadedFile): readonly LoadedFile[] {
  const found = new Set([start]);
  for (const { imports } of found) for (const file of imports) found.add(file);
  return [...found];
}

function unionOf(names: readonly Name[], ops: OpTable, sets: OpSets): ReadonlySet<string> {
  return new Set(names.flatMap(({ text }) => [...(opsNamed(text, ops, sets) ?? [])]));
}

/** A rewrite rule of a nearer file takes the place of one of the same name that it imports. */
function nearestOfName(
  rules: readonly PatternRule[],
  diagnostics: Diagnostic[],
): readonly PatternRule[] {
  const byName = new Map<string, PatternRule>();
  for (const rule of rules) {
    const known = byName.get(rule.name);
    if (known === undefined) byName.set(rule.name, rule);
    else if (known.distance === rule.distance)
      diagnostics.push(ruleDefinedTwice(rule.item.name, known.item.name));
  }
  return [...byName.values()];
}

/** Orders that contradict each other. */
function checkOrder(rules: readonly PatternRule[]): readonly Diagnostic[] {
  const { circular } = orderRules(rules);
  return circular.length > 0 ? [orderIsCircular(circular)] : [];
}
