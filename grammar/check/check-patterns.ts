import type {
  Chain,
  Expression,
  NodeStep,
  OperandPattern,
  Step,
  TensorTypePattern,
} from "../ast.ts";
import * as report from "../diagnostics.ts";
import type { Span } from "../source/source-file.ts";
import type { AttributeWord, OpWord } from "../vocabulary.ts";
import { opsByName, readableNamed } from "./bindings.ts";
import { checkAttributeValue, describe, expectKind } from "./check-expressions.ts";
import { closest } from "./closest.ts";
import type { FileScope, RuleScope } from "./scope.ts";
import { stepsOf } from "./steps.ts";

/** Ops, operands, attributes and types of a pattern. */
export function checkChains(scope: RuleScope, chains: readonly Chain[]): void {
  for (const chain of chains) {
    for (const { step } of stepsOf(chain)) {
      if (step.type !== undefined) checkType(scope, step.type);
      if (step.kind === "node") checkNode(scope, step);
      for (const inner of innerChains(step)) checkEnd(scope, inner);
    }
    checkEnd(scope, chain);
  }
}

function innerChains(step: Step): readonly Chain[] {
  if (step.kind === "repeat") return [step.chain];
  if (step.kind === "choice") return step.alternatives.map(({ chain }) => chain);
  return step.kind === "node" ? (step.operands ?? []).map(({ pattern }) => pattern) : [];
}

/** What is matched from its end must end in something. */
function checkEnd({ found }: RuleScope, { steps }: Chain): void {
  const last = steps.findLast(({ kind }) => kind !== "value");
  if (last?.kind === "repeat" && last.least === 0) found.push(report.endsInNothing(last.span));
}

/** The element type of a type that is written out. */
export function checkType({ vocabulary, found }: FileScope, { dtype }: TensorTypePattern): void {
  if (dtype === undefined || vocabulary.dtypes.includes(dtype.text)) return;
  const similar = closest(dtype.text, vocabulary.dtypes);
  found.push(report.unknownWord("an element type", dtype, vocabulary.dtypes, similar));
}

/** One node of a pattern. */
export function checkNode(scope: RuleScope, step: NodeStep): void {
  const ops = opsByName(scope, step);
  if (ops.length === 0) return;
  const owner = ownerOf(step, ops);
  checkOperands(scope, step, ops, owner);
  for (const { name, value, comparison, most } of step.attributes) {
    const attributes = readableNamed(ops, name.text);
    if (attributes.length === 0) {
      const known = [...new Set(ops.flatMap((op) => op.attributes.map((a) => a.name)))];
      const listed = ops.length === 1 ? known : [];
      scope.found.push(report.unknownAttribute(name, owner, listed, closest(name.text, known)));
    }
    if (most !== undefined || (comparison !== undefined && /[<>]/.test(comparison))) {
      checkBounds(scope, attributes, most === undefined ? [value] : [value, most]);
      continue;
    }
    const binds = value.kind === "name" && scope.bindings.get(value.name.text)?.name === value.name;
    if (!binds) checkAttributeValue(scope, attributes, value);
  }
}

/** Numbers alone are ordered. */
function checkBounds(
  scope: RuleScope,
  attributes: readonly AttributeWord[],
  bounds: readonly Expression[],
): void {
  for (const bound of bounds) {
    const kind = expectKind(scope, bound, "number");
    const [first] = attributes;
    const isOrdered = attributes.some((word) => word.kind === "number" || word.kind === "any");
    if (kind === "number" && first && !isOrdered)
      scope.found.push(report.wrongType(bound.span, describe(first.kind), describe(kind)));
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
  checkSlots(scope, operands, longest);
}

/** One `...`, and each operand once: by its place or by its name. */
function checkSlots(scope: RuleScope, operands: readonly OperandPattern[], op: OpWord): void {
  const [first, ...others] = operands.filter(({ spread }) => spread);
  for (const { span } of others) scope.found.push(report.secondSpread(span, first!.span));
  const places = new Map<string, Span>();
  const listed = operands.filter(({ spread }) => !spread);
  for (const [i, { slot, span }] of listed.entries()) {
    const name = slot?.text ?? op.operands[i]?.name;
    if (name === undefined || op.operands.find((o) => o.name === name)?.variadic) continue;
    const known = places.get(name);
    if (known === undefined) places.set(name, span);
    else scope.found.push(report.repeatedArgument(span, name, known));
  }
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
export function checkConnected(
  scope: RuleScope,
  chains: readonly Chain[],
  known?: { readonly span: Span; readonly names: Set<string> },
): void {
  const parts: { readonly span: Span; readonly names: Set<string> }[] = known ? [known] : [];
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
    const name = step.kind === "value" ? step.name : "capture" in step ? step.capture : undefined;
    if (name !== undefined) names.add(name.text);
  }
  return names;
}
