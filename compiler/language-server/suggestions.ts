import { itemsOf, requestWords } from "../../grammar/check/scope.ts";
import type {
  AttributeWord,
  OpWord,
  QuantizerArgument,
  QuantizerWord,
} from "../../grammar/vocabulary.ts";
import type { Analysis } from "./analysis.ts";
import type { Suggestion } from "./completion.ts";
import { keywordDocs } from "./keyword-docs.ts";
import {
  argumentDoc,
  attributeDoc,
  dtypeDoc,
  functionDoc,
  functionSignature,
  keywordDoc,
  memberDoc,
  opDoc,
  quantizerDoc,
} from "./word-docs.ts";

type Suggestions = readonly Suggestion[];

/** A name that a rule binds, where a suggestion is asked for. */
export interface Captured {
  readonly what: "node" | "value";
  readonly ops?: readonly OpWord[];
}

export type Captures = ReadonlyMap<string, Captured>;

/** Words with their documentation; of `user of` that of its first word. */
export function keywords(...words: readonly string[]): Suggestions {
  return words.map((label) => ({
    label,
    kind: "keyword",
    doc: keywordDoc(label.split(" ")[0]!),
  }));
}

const itemSnippets: Readonly<Record<string, string>> = {
  import: 'import "$1"',
  ops: "ops $1 = $2",
  pattern: "pattern $1($2) = $3",
  quantizer: "quantizer $1 = $2",
  quantize: "quantize $1 {\n  match $2: $3\n  set $2.$4 = $5\n}",
  rewrite: "rewrite $1 {\n  match $2 -> $3: $4\n  replace $3 with $5\n}",
  phase: "phase $1 {\n  driver $2\n  rules $3\n}",
  expect: "expect $1 fires >= $2",
  require: "require $1",
  test: 'test "$1" {\n  graph { $2 }\n  expect $3\n}',
};

/** What begins an item. */
export const itemWords: Suggestions = Object.entries(itemSnippets).map(([label, snippet]) => ({
  label,
  kind: "keyword",
  snippet,
  doc: keywordDoc(label),
}));

const bothClauses = ["match", "require", "unless", "every", "let"];
const clausesOf = {
  quantize: [...bothClauses, "set", "tie", "fuse", "derive"],
  rewrite: [...bothClauses, "replace", "preserve", "before", "decreases"],
} as const;

/** What begins a clause of a rule. */
export function clauseWords(rule: keyof typeof clausesOf): Suggestions {
  return keywords(...clausesOf[rule]).map((one) => ({
    ...one,
    detail: keywordDocs[one.label]!.form,
  }));
}

/** Words without documentation of their own. */
export function words(...labels: readonly string[]): Suggestions {
  return labels.map((label) => ({ label, kind: "word" }));
}

/** Ops and sets of ops: what expressions can name. */
export function onlyOps(analysis: Analysis): Suggestions {
  const { ops, opSets } = analysis.scope();
  return [
    ...[...ops.keys()].map((label): Suggestion => ({ label, kind: "op", doc: opDoc(label) })),
    ...[...opSets].map(
      ([label, members]): Suggestion => ({
        label,
        kind: "opSet",
        detail: members.map(({ name }) => name).join(" | "),
      }),
    ),
  ];
}

/** All that can stand for a node. */
export function opWords(analysis: Analysis): Suggestions {
  const patterns = [...analysis.scope().patterns].map(([label, { parameters, doc }]) => ({
    label,
    kind: "pattern" as const,
    detail: `(${parameters.map(({ text }) => text).join(", ")})`,
    doc,
  }));
  return [...onlyOps(analysis), ...patterns, ...keywords("any")];
}

/** Names that the rule binds: all, or nodes alone. */
export function captured(captures: Captures, only?: "node"): Suggestions {
  return [...captures]
    .filter(([, { what }]) => only === undefined || what === only)
    .map(([label, { what, ops }]) => ({
      label,
      kind: what === "node" ? "capture" : "value",
      ...(ops && { detail: namesOf(ops) }),
    }));
}

function namesOf(ops: readonly OpWord[]): string {
  const names = ops.slice(0, 6).map(({ name }) => name);
  return `${names.join(" | ")}${ops.length > 6 ? " | …" : ""}`;
}

/** Slots of a node, those of its own operands first; of a value, the one that it has. */
export function slots(ops: readonly OpWord[], also: readonly string[] = []): Suggestions {
  const names = ops.length === 0 ? ["output"] : unique(ops.flatMap((op) => op.slots));
  return [...names, ...also].map((label) => ({ label, kind: "slot" }));
}

/** All that can stand after a dot in an expression. */
export function members(analysis: Analysis, owner: Captured | undefined): Suggestions {
  const { nodeMembers, valueMembers } = analysis.vocabulary;
  const ops = owner?.ops ?? [];
  const owners = ops.map(({ name }) => name);
  const slot = (label: string): Suggestion => ({
    label,
    kind: "slot",
    doc: memberDoc(analysis, label, owners),
  });
  const ofNode = owner?.what === "node" ? nodeMembers.map(({ name }) => name) : ["output"];
  const names = [...ofNode, ...valueMembers.map(({ name }) => name)];
  const found = [
    ...readables(ops, new Set()).map(({ snippet: _, ...rest }) => rest),
    ...unique([...ops.flatMap((op) => op.slots), ...names]).map(slot),
  ];
  return found.filter(({ label }, i) => found.findIndex((other) => other.label === label) === i);
}

/** Attributes of the ops that are not given yet, each with its colon. */
export function attributes(ops: readonly OpWord[], given: ReadonlySet<string>): Suggestions {
  return fields(
    ops,
    ops.flatMap((op) => op.attributes),
    given,
  );
}

/** The same for patterns, which also ask for the sizes of weights. */
export function readables(ops: readonly OpWord[], given: ReadonlySet<string>): Suggestions {
  return fields(
    ops,
    ops.flatMap(({ attributes, sizes = [] }) => [...attributes, ...sizes]),
    given,
  );
}

function fields(
  ops: readonly OpWord[],
  words: readonly AttributeWord[],
  given: ReadonlySet<string>,
): Suggestions {
  const owners = ops.map(({ name }) => name);
  return unique(words.map(({ name }) => name))
    .filter((name) => !given.has(name))
    .map((label) => ({
      label,
      kind: "attribute",
      doc: attributeDoc(label, owners),
      snippet: `${label}: $1`,
    }));
}

/** Operands as fields of a new node. */
export function operandFields(ops: readonly OpWord[], given: ReadonlySet<string>): Suggestions {
  const names = unique(ops.flatMap(({ operands }) => operands.map(({ name }) => name)));
  return names
    .filter((name) => !given.has(name))
    .map((label) => ({ label, kind: "slot", snippet: `${label}: $1` }));
}

/** Operands by name, in parentheses. */
export function operandNames(ops: readonly OpWord[]): Suggestions {
  const names = unique(ops.flatMap(({ operands }) => operands.map(({ name }) => name)));
  return names.map((label) => ({ label, kind: "slot", snippet: `${label} = $1` }));
}

/** The values that an attribute takes, as far as there is a list. */
export function attributeValues(ops: readonly OpWord[], name: string): Suggestions {
  const found = ops.flatMap((op) => op.attributes.filter((attribute) => attribute.name === name));
  const quoted = unique(found.flatMap(({ oneOf = [] }) => oneOf)).map((word) => `"${word}"`);
  const isBoolean = found.some(({ kind }) => kind === "boolean");
  return words(...quoted, ...(isBoolean ? ["true", "false"] : []));
}

/** The same inside of quotes that are there already. */
export function attributeWords(ops: readonly OpWord[], name: string): Suggestions {
  return attributeValues(ops, name).filter(({ label }) => label.startsWith('"'));
}

/** What can be requested. */
export function quantizers(analysis: Analysis): Suggestions {
  const { quantizers: known, foreign: imported } = analysis.scope();
  const constructors = analysis.vocabulary.quantizers.map(
    ({ name }): Suggestion => ({
      label: name,
      kind: "observer",
      doc: quantizerDoc(analysis, name),
      snippet: name === "Fixed" ? "Fixed(int8, min: $1, max: $2)" : `${name}(int8$1)`,
    }),
  );
  return [
    ...[...known].map((label): Suggestion => quantizer(analysis, label)),
    ...keywords(...requestWords),
    ...constructors,
    ...foreign([...imported]),
  ];
}

function quantizer({ rules, imports }: Analysis, label: string): Suggestion {
  const items = [rules, ...imports].flatMap(itemsOf);
  const item = items.find((one) => one.kind === "quantizer" && one.name.text === label);
  if (item?.kind !== "quantizer") return { label, kind: "quantizer" };
  const { file, start, end } = item.value.span;
  return { label, kind: "quantizer", detail: file.text.slice(start, end), doc: item.doc };
}

/** Arguments of a quantizer, but for those that are given. */
export function quantizerArguments(
  analysis: Analysis,
  { name: quantizer, arguments: all }: QuantizerWord,
  given: ReadonlySet<string>,
): Suggestions {
  const isGiven = ({ name, words = [] }: QuantizerArgument) =>
    given.has(name) || words.some((word) => given.has(word));
  return all
    .filter((argument) => !isGiven(argument))
    .flatMap((argument): Suggestions => {
      const doc = argumentDoc(analysis, quantizer, argument.name);
      if (argument.isBare)
        return (argument.words ?? []).map((label) => ({ label, kind: "word", doc }));
      return [{ label: argument.name, kind: "argument", doc, snippet: `${argument.name}: $1` }];
    });
}

/** The values of one argument of a quantizer. */
export function argumentValues(
  analysis: Analysis,
  { name: quantizer, arguments: all }: QuantizerWord,
  named: string,
): Suggestions {
  const argument = all.find(({ name }) => name === named);
  const doc = argumentDoc(analysis, quantizer, named);
  return [
    ...(argument?.words ?? []).map((label): Suggestion => ({ label, kind: "word", doc })),
    ...(argument?.functions ?? []).map(
      (label): Suggestion => ({ label, kind: "function", doc, snippet: `${label}($1)` }),
    ),
  ];
}

/** Element types. */
export function dtypes({ vocabulary }: Analysis, also: readonly string[] = []): Suggestions {
  const all = vocabulary.dtypes.map(
    (label): Suggestion => ({ label, kind: "dtype", doc: dtypeDoc(label) }),
  );
  return [...all, ...words(...also)];
}

/** Functions of the language. */
export function functions({ vocabulary }: Analysis): Suggestions {
  return vocabulary.functions.map(({ name, parameters }) => ({
    label: name,
    kind: "function",
    detail: functionSignature(name) ?? "",
    doc: functionDoc(name),
    snippet: parameters.length === 0 ? `${name}()` : `${name}($1)`,
  }));
}

/** Names from TypeScript. */
export function foreign(names: readonly string[]): Suggestions {
  return names.map((label) => ({ label, kind: "foreign", detail: "TypeScript" }));
}

/** Rules of the file and of its imports: all, or those of one kind. */
export function rules({ rules: file, imports }: Analysis, only?: "rewrite"): Suggestions {
  const found = [file, ...imports].flatMap(itemsOf).flatMap((item): Suggestions => {
    if (item.kind !== "quantize" && item.kind !== "rewrite") return [];
    if (only !== undefined && item.kind !== only) return [];
    return [{ label: item.name.text, kind: "rule", detail: item.kind, doc: item.doc }];
  });
  const labels = found.map(({ label }) => label);
  return found.filter(({ label }, i) => label !== "" && labels.indexOf(label) === i);
}

/** Phases that are defined anywhere. */
export function phases(analysis: Analysis): Suggestions {
  return [...analysis.scope().phases].map((label) => ({ label, kind: "phase" }));
}

/** Libraries by name, and files around the importing one. */
export function modules(known: readonly string[], files: readonly string[]): Suggestions {
  const libraries = known.filter((name) => name.startsWith("std/"));
  return [
    ...libraries.map((name): Suggestion => ({ label: `"${name}"`, kind: "module" })),
    ...files.map(
      (name): Suggestion =>
        name.endsWith("/")
          ? { label: `"${name}`, kind: "folder" }
          : { label: `"${name}"`, kind: "module" },
    ),
  ];
}

function unique(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}
