import type { Chain, Expression, MatchClause, Name, NodeStep, Step } from "../ast.ts";
import * as report from "../diagnostics.ts";
import type { AttributeWord, OpWord } from "../vocabulary.ts";
import { type Binding, emptyScope, type FileScope, type RuleScope, resolveOps } from "./scope.ts";

/** Every step of a pattern, operands included, with whether it begins a chain of several. */
export function* stepsOf(
  chain: Chain,
): Generator<{ readonly step: Step; readonly isHead: boolean }> {
  for (const [i, step] of chain.steps.entries()) {
    yield { step, isHead: i === 0 && chain.steps.length > 1 };
    if (step.kind !== "node") continue;
    for (const { pattern } of step.operands ?? []) yield* stepsOf(pattern);
  }
}

/**
 * The names that a pattern binds. A name for a node is bound once; a bare name is a value, the same value
 * wherever it stands; a name in the place of a dimension or of an attribute's value binds it, unless it is bound
 * already.
 */
export function bindPattern(
  file: FileScope,
  clauses: readonly MatchClause[],
  forgivesUnbound: boolean,
): RuleScope {
  const scope = emptyScope(file, forgivesUnbound);
  const steps = clauses.flatMap(({ chains }) => chains.flatMap((chain) => [...stepsOf(chain)]));
  for (const { step } of steps) if (step.kind === "node") bindNode(scope, step);
  for (const { step, isHead } of steps) {
    if (step.kind === "value") bindValue(scope, step.name, isHead && step.type === undefined);
    for (const dimension of step.type?.dimensions ?? [])
      if (dimension.kind === "variable") bindDimension(scope, dimension.name);
  }
  for (const { step } of steps) if (step.kind === "node") bindAttributes(scope, step);
  return scope;
}

function bindNode(scope: RuleScope, step: NodeStep): void {
  const ops = opsOfStep(scope, step);
  if (step.capture === undefined) return;
  const { capture: name } = step;
  const first = scope.bindings.get(name.text);
  if (first !== undefined) scope.found.push(report.duplicateBinding(name, first.name));
  else scope.bindings.set(name.text, { name, what: "node", kind: "node", ops });
}

/** The ops of a step as words; absent when one of them is unknown, which is reported. */
function opsOfStep(scope: FileScope, { ops }: NodeStep): readonly OpWord[] | undefined {
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
  for (const { name, value } of step.attributes) {
    const bound = boundBy(scope, value);
    if (bound === undefined) continue;
    const words = attributesNamed(opsByName(scope, step), name.text);
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

function boundBy(scope: RuleScope, value: Expression): Name | undefined {
  if (value.kind !== "name" || !/^[a-z_]/.test(value.name.text)) return undefined;
  const { text } = value.name;
  const isKnown = scope.bindings.has(text) || scope.vocabulary.dtypes.includes(text);
  return isKnown ? undefined : value.name;
}

/** The ops of a step, without reporting unknown ones again. */
export function opsByName(scope: FileScope, { ops }: NodeStep): readonly OpWord[] {
  if (ops === "any") return [...scope.ops.values()];
  return ops.flatMap(({ text }) => scope.ops.get(text) ?? scope.opSets.get(text) ?? []);
}

/** The attributes of that name among those of the ops that a node may be; each op may have its own. */
export function attributesNamed(ops: readonly OpWord[], name: string): readonly AttributeWord[] {
  return ops.flatMap(({ attributes }) => attributes.filter((a) => a.name === name));
}
