import type { AttributePattern, Chain, ChoiceStep, Name, NodeStep, PathStep } from "../ast.ts";
import * as report from "../diagnostics.ts";
import type { AttributeWord, OpWord } from "../vocabulary.ts";
import { type Binding, emptyScope, type FileScope, type RuleScope, resolveOps } from "./scope.ts";
import { type Branch, stepsOf } from "./steps.ts";

/**
 * The names that a pattern binds. A name for a node is bound once; a bare name is a value, the same value
 * wherever it stands; a name in the place of a dimension or of an attribute's value binds it, unless it is bound
 * already.
 */
export function bindPattern(
  file: FileScope,
  chains: readonly Chain[],
  forgivesUnbound: boolean,
  changesGraph = false,
): RuleScope {
  const scope = emptyScope(file, forgivesUnbound, changesGraph);
  bindChains(scope, chains);
  return scope;
}

/** Adds the names that chains bind to those that are bound already. */
export function bindChains(scope: RuleScope, chains: readonly Chain[]): void {
  const steps = chains.flatMap((chain) => [...stepsOf(chain)]);
  for (const { step, branch, isRepeated } of steps) {
    if (step.kind === "node" || step.kind === "path") bindNode(scope, step, branch, isRepeated);
    if (step.kind === "choice") bindTag(scope, step);
  }
  for (const { step, isHead } of steps) {
    if (step.kind === "value") bindValue(scope, step.name, isHead && step.type === undefined);
    for (const dimension of step.type?.dimensions ?? [])
      if (dimension.kind === "variable") bindDimension(scope, dimension.name);
  }
  for (const { step } of steps) if (step.kind === "node") bindAttributes(scope, step);
}

function bindNode(
  scope: RuleScope,
  step: NodeStep | PathStep,
  branch: Branch,
  isRepeated: boolean,
): void {
  const ops = opsOfStep(scope, step);
  if (step.capture === undefined) return;
  const { capture: name } = step;
  const first = scope.bindings.get(name.text);
  const isList = isRepeated || step.kind === "path";
  if (first === undefined)
    scope.bindings.set(name.text, { name, what: "node", kind: "node", ops, branch, isList });
  else if (first.what === "node" && areExclusive(first.branch ?? [], branch))
    scope.bindings.set(name.text, { ...first, ops: ops && first.ops?.concat(ops) });
  else scope.found.push(report.duplicateBinding(name, first.name));
}

/** Two alternatives of one choice are never there together: both may bind one name. */
function areExclusive(a: Branch, b: Branch): boolean {
  return a.some(({ choice, index }) =>
    b.some((other) => other.choice === choice && other.index !== index),
  );
}

function bindTag(scope: RuleScope, { as: name, alternatives }: ChoiceStep): void {
  const tags = alternatives.flatMap(({ tag }) => tag ?? []);
  for (const [i, tag] of tags.entries()) {
    const first = tags.slice(0, i).find(({ text }) => text === tag.text);
    if (first) scope.found.push(report.duplicateItem("alternative", tag, first));
  }
  if (name === undefined) return;
  const untagged = alternatives.find(({ tag }) => tag === undefined);
  if (untagged) scope.found.push(report.untaggedAlternative(untagged.span, name));
  const first = scope.bindings.get(name.text);
  if (first !== undefined) scope.found.push(report.duplicateBinding(name, first.name));
  else scope.bindings.set(name.text, { name, what: "tag", kind: "string" });
}

/** The ops of a step as words; absent when one of them is unknown, which is reported. */
function opsOfStep(scope: FileScope, { ops }: NodeStep | PathStep): readonly OpWord[] | undefined {
  if (ops === "any") return [...scope.ops.values()];
  const resolved = ops.map((name) => resolveOps(scope, name));
  return resolved.includes(undefined) ? undefined : resolved.flatMap((words) => words!);
}

function bindValue(scope: RuleScope, name: Name, isSuperfluous: boolean): void {
  if (scope.bindings.has(name.text)) scope.used.add(name.text);
  else {
    const unusedHelp = isSuperfluous ? {} : ({ unusedHelp: "none" } as const);
    scope.bindings.set(name.text, { name, what: "value", kind: "value", ...unusedHelp });
  }
}

function bindDimension(scope: RuleScope, name: Name): void {
  const first = scope.bindings.get(name.text);
  if (first === undefined) {
    const unusedHelp = "write `_` for a dimension of any size";
    scope.bindings.set(name.text, { name, what: "shape", kind: "number", unusedHelp });
  } else if (first.what === "shape") scope.used.add(name.text);
  else scope.found.push(report.duplicateBinding(name, first.name));
}

function bindAttributes(scope: RuleScope, step: NodeStep): void {
  for (const attribute of step.attributes) {
    const { name } = attribute;
    const bound = boundBy(scope, attribute);
    if (bound === undefined) continue;
    const words = readableNamed(opsByName(scope, step), name.text);
    const word = words.find(({ oneOf }) => oneOf?.includes(bound.text));
    const unusedHelp = word && `to ask for the word, write it in quotes: \`"${bound.text}"\``;
    scope.bindings.set(bound.text, {
      name: bound,
      what: "attribute",
      kind: words.length === 1 ? words[0]!.kind : "any",
      ...(unusedHelp === undefined ? {} : { unusedHelp }),
    } satisfies Binding);
  }
}

function boundBy(
  scope: RuleScope,
  { value, comparison, most }: AttributePattern,
): Name | undefined {
  if (comparison !== undefined || most !== undefined) return undefined;
  if (value.kind !== "name" || !/^[a-z_]/.test(value.name.text)) return undefined;
  const { text } = value.name;
  const isKnown = scope.bindings.has(text) || scope.vocabulary.dtypes.includes(text);
  return isKnown ? undefined : value.name;
}

/** The ops of a step, without reporting unknown ones again. */
export function opsByName(scope: FileScope, { ops }: NodeStep | PathStep): readonly OpWord[] {
  if (ops === "any") return [...scope.ops.values()];
  return ops.flatMap(({ text }) => scope.ops.get(text) ?? scope.opSets.get(text) ?? []);
}

/** The attributes of that name among those of the ops that a node may be; each op may have its own. */
export function attributesNamed(ops: readonly OpWord[], name: string): readonly AttributeWord[] {
  return ops.flatMap(({ attributes }) => attributes.filter((a) => a.name === name));
}

/** What a pattern can ask of nodes by a name: attributes, and sizes of their weights. */
export function readableNamed(ops: readonly OpWord[], name: string): readonly AttributeWord[] {
  return ops.flatMap(({ attributes, sizes = [] }) =>
    [...attributes, ...sizes].filter((word) => word.name === name),
  );
}
