import type { Item, Name, PatternItem, RuleFile } from "../ast.ts";
import * as report from "../diagnostics.ts";
import type { Expansion } from "../expand-patterns.ts";
import type { Diagnostic } from "../source/diagnostic.ts";
import type { ImportedNames, Kind, OpSetWord, OpWord, Vocabulary } from "../vocabulary.ts";
import { closest } from "./closest.ts";
import { type Definition, orderDefinitions } from "./definitions.ts";
import type { Branch } from "./steps.ts";

/** The names that all rules of a file see. */
export interface FileScope {
  readonly vocabulary: Vocabulary;
  readonly ops: ReadonlyMap<string, OpWord>;
  readonly opSets: ReadonlyMap<string, readonly OpWord[]>;
  readonly quantizers: ReadonlySet<string>;
  readonly rules: ReadonlySet<string>;
  /** Those of the file that are `quantize` rules, which have no order. */
  readonly requesting: ReadonlySet<string>;
  readonly patterns: ReadonlyMap<string, PatternItem>;
  readonly phases: ReadonlySet<string>;
  /** Imported from TypeScript: functions or quantizers, nobody here knows. */
  readonly foreign: ReadonlySet<string>;
  /** Names in text that could not be read: not reported as unknown. */
  readonly forgiven: ReadonlySet<string>;
  readonly found: Diagnostic[];
}

/** What a name of a rule stands for. */
export interface Binding {
  readonly name: Name;
  readonly what: "node" | "value" | "shape" | "attribute" | "tag" | "let";
  readonly kind: Kind;
  /** Of a node: the ops that it can be; absent when that is not known. */
  readonly ops?: readonly OpWord[] | undefined;
  /** It stands for a list of nodes: it is bound in a repetition, a path or a spread operand. */
  readonly isList?: boolean;
  /** The alternatives in which it is bound, if not everywhere; see `Branch`. */
  readonly branch?: Branch | undefined;
  /** Said with a warning when the name is never used; absent for a name that need not be. */
  readonly unusedHelp?: string | "none";
}

export interface RuleScope extends FileScope {
  readonly bindings: Map<string, Binding>;
  readonly used: Set<string>;
  /** Names of the `let`s that come later. */
  readonly laterLets: Map<string, Name>;
  /** Unknown names that have been reported: once in a rule is enough. */
  readonly reported: Set<string>;
  /** Unbound names are not reported: the pattern could not be read. */
  readonly forgivesUnbound: boolean;
  /** The rule is one of those that change the graph. */
  readonly changesGraph: boolean;
}

/** A rule's scope before anything is bound. */
export function emptyScope(
  file: FileScope,
  forgivesUnbound = false,
  changesGraph = false,
): RuleScope {
  return {
    ...file,
    bindings: new Map(),
    used: new Set(),
    laterLets: new Map(),
    reported: new Set(),
    forgivesUnbound,
    changesGraph,
  };
}

/** The phase of all rules that no other phase lists. */
export const mainPhase = "main";

function phasesOf(items: readonly Item[]): readonly string[] {
  return items.flatMap((item) => (item.kind === "phase" ? [item.name.text] : []));
}

/** Words of the language that stand for a request. */
export const requestWords: readonly string[] = ["none", "float"];

/** For the named patterns in the rules of a file. */
export function expansionOf({ patterns, vocabulary, found }: FileScope): Expansion {
  return { patterns, words: new Set(vocabulary.dtypes), found, mentions: new Set() };
}

/** What the items of a file, its imports and the vocabulary define. */
export function fileScope(
  file: RuleFile,
  vocabulary: Vocabulary,
  imported: ImportedNames,
): FileScope {
  const items = itemsOf(file);
  const ops = new Map(vocabulary.ops.map((op) => [op.name, op]));
  const importedSets = [...vocabulary.opSets, ...imported.ops];
  const isImported = (kind: Definition["kind"], name: string) =>
    kind === "ops"
      ? importedSets.some((set) => set.name === name)
      : kind === "quantizer"
        ? imported.quantizers.includes(name)
        : imported.patterns.some((pattern) => pattern.name.text === name);
  const { ordered, circles } = orderDefinitions(items, isImported);
  const unread = (file.broken ?? []).filter(({ item }) => item === undefined);
  return {
    vocabulary,
    ops,
    opSets: opSetsOf(ordered, ops, importedSets),
    quantizers: new Set([...imported.quantizers, ...namesOf(items, "quantizer")]),
    requesting: new Set(namesOf(items, "quantize")),
    rules: new Set([
      ...imported.rules,
      ...namesOf(items, "quantize"),
      ...namesOf(items, "rewrite"),
    ]),
    patterns: new Map(
      [...imported.patterns, ...items.filter((item) => item.kind === "pattern")].map((item) => [
        item.name.text,
        item,
      ]),
    ),
    phases: new Set([mainPhase, ...imported.phases, ...phasesOf(items)]),
    foreign: new Set(
      items.flatMap((item) => (item.kind === "import" ? item.names.map(({ text }) => text) : [])),
    ),
    forgiven: new Set(unread.flatMap(({ mentions }) => [...mentions])),
    found: circles.map(report.circularDefinition),
  };
}

/** All items that could be read, at least in part. */
export function itemsOf({ items, broken = [] }: RuleFile): readonly Item[] {
  return [...items, ...broken.flatMap(({ item }) => item ?? [])];
}

function namesOf(items: readonly Item[], kind: Item["kind"]): readonly string[] {
  return items.flatMap((item) => (item.kind === kind && "name" in item ? [item.name.text] : []));
}

function opSetsOf(
  definitions: readonly Definition[],
  ops: ReadonlyMap<string, OpWord>,
  known: readonly OpSetWord[],
): ReadonlyMap<string, readonly OpWord[]> {
  const sets = new Map<string, readonly OpWord[]>();
  const members = (name: string): readonly OpWord[] => {
    const op = ops.get(name);
    return op === undefined ? (sets.get(name) ?? []) : [op];
  };
  for (const set of known) sets.set(set.name, set.ops.flatMap(members));
  for (const item of definitions)
    if (item.kind === "ops") {
      const parts = item.alternatives.map(({ text }) => members(text));
      // Of a set with an unknown member nobody can say what its nodes have.
      sets.set(
        item.name.text,
        parts.some(({ length }) => length === 0) ? [] : [...new Set(parts.flat())],
      );
    }
  return sets;
}

/** The report of a name that no op has, with the one that was probably meant: that of a model file's operator, or the nearest of `known`. */
export function unknownOp(
  name: Name,
  { ops }: Pick<FileScope, "ops">,
  known: Iterable<string> = ops.keys(),
): Diagnostic {
  const plain = (text: string) => text.replaceAll("_", "").toLowerCase();
  for (const same of [(text: string) => text, plain])
    for (const op of ops.values()) {
      const operator = op.operators?.find((one) => same(one) === same(name.text));
      if (operator !== undefined) return report.unknownOp(name, op.name, operator);
    }
  return report.unknownOp(name, closest(name.text, known));
}

/** The ops that a name stands for; reports a name that stands for none. */
export function resolveOps(scope: FileScope, name: Name): readonly OpWord[] | undefined {
  const op = scope.ops.get(name.text);
  if (op !== undefined) return [op];
  const set = scope.opSets.get(name.text);
  if (set === undefined && !scope.forgiven.has(name.text)) {
    if (scope.patterns.has(name.text)) scope.found.push(report.patternInTheWrongPlace(name));
    else {
      const known = [...scope.ops.keys(), ...scope.opSets.keys(), ...scope.patterns.keys()];
      scope.found.push(unknownOp(name, scope, known));
    }
  }
  // Its own definition has been reported.
  return set?.length === 0 ? undefined : set;
}

/** What a name of the rule stands for, and notes that it is used; reports one that stands for nothing. */
export function resolveBinding(scope: RuleScope, name: Name): Binding | undefined {
  const binding = scope.bindings.get(name.text);
  scope.used.add(name.text);
  if (binding !== undefined || scope.forgivesUnbound || scope.forgiven.has(name.text))
    return binding;
  if (scope.reported.has(name.text)) return undefined;
  scope.reported.add(name.text);
  const later = scope.laterLets.get(name.text);
  if (later !== undefined) {
    scope.found.push(report.usedBeforeLet(name, later));
    return undefined;
  }
  const lookalike = closest(name.text, scope.bindings.keys());
  scope.found.push(
    report.unboundName(
      name,
      lookalike === undefined ? undefined : scope.bindings.get(lookalike)!.name,
    ),
  );
  return undefined;
}
