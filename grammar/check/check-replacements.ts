import type { Name, NewNode, ReplacementChain } from "../ast.ts";
import * as report from "../diagnostics.ts";
import type { OpWord } from "../vocabulary.ts";
import { attributesNamed } from "./bindings.ts";
import { checkAttributeValue, expectKind, kindOf } from "./check-expressions.ts";
import { isVariadic, mostOperands } from "./check-patterns.ts";
import { closest } from "./closest.ts";
import { type RuleScope, resolveBinding, unknownOp } from "./scope.ts";

/** Ops, operands and fields of what a `replace` builds. */
export function checkReplacement(scope: RuleScope, { steps }: ReplacementChain): void {
  for (const [i, step] of steps.entries()) {
    if (step.kind === "new") checkNewNode(scope, step, i > 0);
    else expectKind(scope, step.value, "tensor");
  }
}

/** The name of a captured node, and its ops if they are known. */
export function expectNode(scope: RuleScope, name: Name): readonly OpWord[] | undefined {
  const binding = resolveBinding(scope, name);
  if (binding === undefined || binding.what === "node") return binding?.ops;
  scope.found.push(report.wrongCapture(name, "node", binding.name));
  return undefined;
}

/** The name of one captured node: a list of them can neither be replaced nor rebuilt. */
export function expectOneNode(scope: RuleScope, name: Name): readonly OpWord[] | undefined {
  const binding = scope.bindings.get(name.text);
  if (binding?.isList) scope.found.push(report.listOfNodes(name, binding.name));
  return expectNode(scope, name);
}

function checkNewNode(scope: RuleScope, node: NewNode, isChained: boolean): void {
  const ops = node.op ? opToBuild(scope, node.op) : expectOneNode(scope, node.same!);
  for (const capture of node.from) expectOneNode(scope, capture);
  for (const { value } of node.operands ?? []) checkReplacement(scope, value);
  const name = node.op ?? node.same!;
  if (ops === undefined) for (const { value } of node.fields) kindOf(scope, value);
  else {
    checkNewOperands(scope, node, name, ops);
    for (const { name: field, value } of node.fields) checkField(scope, field, value, name, ops);
    if (node.op !== undefined && node.from.length === 0)
      checkComplete(scope, node, node.op, ops[0]!, isChained);
  }
}

/** One op: a set of ops cannot be built. */
function opToBuild(scope: RuleScope, name: Name): readonly [OpWord] | undefined {
  const op = scope.ops.get(name.text);
  if (op !== undefined) return [op];
  if (scope.opSets.has(name.text))
    scope.found.push(report.wrongType(name.span, "an op to build", "a set of ops"));
  else if (!scope.forgiven.has(name.text)) scope.found.push(unknownOp(name, scope));
  return undefined;
}

function checkNewOperands(
  scope: RuleScope,
  { operands = [] }: NewNode,
  name: Name,
  ops: readonly OpWord[],
): void {
  const known = new Set(ops.flatMap((op) => op.operands.map((o) => o.name)));
  const most = Math.max(...ops.map(mostOperands));
  const surplus = operands.filter(({ slot, spread }) => !slot && !spread)[most];
  if (surplus !== undefined)
    scope.found.push(report.tooManyOperands(name, surplus.span, [...known]));
  for (const { slot, spread, span } of operands) {
    if (slot !== undefined && !known.has(slot.text))
      scope.found.push(report.unknownSlot(slot, name.text, [...known], closest(slot.text, known)));
    if (spread && !ops.some(isVariadic)) scope.found.push(report.notVariadic(name, span));
  }
}

/** A field gives an operand or an attribute. */
function checkField(
  scope: RuleScope,
  field: Name,
  value: Parameters<typeof kindOf>[1],
  owner: Name,
  ops: readonly OpWord[],
): void {
  if (ops.some(({ operands }) => operands.some(({ name }) => name === field.text))) {
    expectKind(scope, value, "tensor");
    return;
  }
  const attributes = attributesNamed(ops, field.text);
  if (attributes.length > 0) {
    checkAttributeValue(scope, attributes, value);
    return;
  }
  kindOf(scope, value);
  const known = new Set(
    ops.flatMap((op) => [...op.operands, ...op.attributes].map(({ name }) => name)),
  );
  const listed = ops.length === 1 ? [...known] : [];
  const similar = closest(field.text, known);
  scope.found.push(report.unknownAttribute(field, owner.text, listed, similar));
}

/** Every operand that the op needs comes from the chain, from the parentheses or from a field. */
function checkComplete(
  scope: RuleScope,
  { operands = [], fields }: NewNode,
  name: Name,
  op: OpWord,
  isChained: boolean,
): void {
  if (operands.some(({ spread }) => spread)) return;
  const positional = operands.filter(({ slot }) => slot === undefined).length;
  const named = [...operands.flatMap(({ slot }) => slot ?? []), ...fields.map((f) => f.name)];
  const given = new Set(named.map(({ text }) => text));
  const missing = op.operands
    .slice(positional + (isChained ? 1 : 0))
    .find((operand) => !operand.optional && !operand.variadic && !given.has(operand.name));
  if (missing !== undefined) scope.found.push(report.missingOperand(name, missing.name));
}
