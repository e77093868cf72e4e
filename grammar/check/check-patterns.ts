import type { Chain, MatchClause, NodeStep, OperandPattern, TensorTypePattern } from "../ast.ts";
import * as report from "../diagnostics.ts";
import type { Span } from "../source/source-file.ts";
import type { OpWord } from "../vocabulary.ts";
import { attributesNamed, opsByName, stepsOf } from "./bindings.ts";
import { checkAttributeValue } from "./check-expressions.ts";
import { closest } from "./closest.ts";
import type { RuleScope } from "./scope.ts";

/** Ops, operands, attributes and types of a `match`, and that its chains hang together. */
export function checkPattern(scope: RuleScope, clause: MatchClause): void {
  for (const chain of clause.chains)
    for (const { step } of stepsOf(chain)) {
      if (step.type !== undefined) checkType(scope, step.type);
      if (step.kind === "node") checkNode(scope, step);
    }
  checkConnected(scope, clause);
}

function checkType({ vocabulary, found }: RuleScope, { dtype }: TensorTypePattern): void {
  if (dtype === undefined || vocabulary.dtypes.includes(dtype.text)) return;
  const similar = closest(dtype.text, vocabulary.dtypes);
  found.push(report.unknownWord("an element type", dtype, vocabulary.dtypes, similar));
}

function checkNode(scope: RuleScope, step: NodeStep): void {
  const ops = opsByName(scope, step);
  if (ops.length === 0) return;
  const owner = ownerOf(step, ops);
  checkOperands(scope, step, ops, owner);
  for (const { name, value } of step.attributes) {
    const attributes = attributesNamed(ops, name.text);
    if (attributes.length === 0) {
      const known = [...new Set(ops.flatMap((op) => op.attributes.map((a) => a.name)))];
      const listed = ops.length === 1 ? known : [];
      scope.found.push(report.unknownAttribute(name, owner, listed, closest(name.text, known)));
    }
    const binds = value.kind === "name" && scope.bindings.get(value.name.text)?.name === value.name;
    if (!binds) checkAttributeValue(scope, attributes, value);
  }
}

function ownerOf({ ops, capture }: NodeStep, words: readonly OpWord[]): string {
  if (words.length === 1) return words[0]!.name;
  return capture?.text ?? (ops === "any" ? "any" : ops.map(({ text }) => text).join(" | "));
}

/** At least one op of the alternative must be able to have these operands. */
function checkOperands(
  scope: RuleScope,
  step: NodeStep,
  ops: readonly OpWord[],
  owner: string,
): void {
  const operands = step.operands ?? [];
  const name = { text: owner, span: step.ops === "any" ? step.span : step.ops[0]!.span };
  const most = Math.max(...ops.map(mostOperands));
  const positional = operands.filter(({ slot, spread }) => slot === undefined && !spread);
  const surplus = positional[most];
  const longest = ops.find((op) => mostOperands(op) === most)!;
  if (surplus !== undefined)
    scope.found.push(
      report.tooManyOperands(
        name,
        surplus.span,
        longest.operands.map((o) => o.name),
      ),
    );
  for (const operand of operands) checkOperand(scope, operand, ops, name);
}

function checkOperand(
  scope: RuleScope,
  { slot, spread, span }: OperandPattern,
  ops: readonly OpWord[],
  owner: { readonly text: string; readonly span: Span },
): void {
  const known = [...new Set(ops.flatMap((op) => op.operands.map((o) => o.name)))];
  if (slot !== undefined && !known.includes(slot.text)) {
    const listed = ops.length === 1 ? known : [];
    scope.found.push(report.unknownSlot(slot, owner.text, listed, closest(slot.text, known)));
  }
  if (spread && !ops.some(isVariadic)) scope.found.push(report.notVariadic(owner, span));
}

export function isVariadic({ operands }: OpWord): boolean {
  return operands.at(-1)?.variadic === true;
}

/** How many operands an op takes at most. */
export function mostOperands(op: OpWord): number {
  return isVariadic(op) ? Number.POSITIVE_INFINITY : op.operands.length;
}

/** Chains that share no value and no node cannot be found together. */
function checkConnected(scope: RuleScope, { chains }: MatchClause): void {
  const parts: { readonly span: Span; readonly names: Set<string> }[] = [];
  for (const chain of chains) {
    const part = { span: chain.span, names: namesOf(chain) };
    const touching = parts.filter(({ names }) => [...part.names].some((name) => names.has(name)));
    const [first = part, ...others] = touching;
    if (first === part) parts.push(part);
    for (const other of [part, ...others]) for (const name of other.names) first.names.add(name);
    for (const other of others) parts.splice(parts.indexOf(other), 1);
  }
  for (const part of parts.slice(1))
    scope.found.push(report.disconnectedPattern(part.span, parts[0]!.span));
}

function namesOf(chain: Chain): Set<string> {
  const names = new Set<string>();
  for (const { step } of stepsOf(chain)) {
    const name = step.kind === "value" ? step.name : step.capture;
    if (name !== undefined) names.add(name.text);
  }
  return names;
}
