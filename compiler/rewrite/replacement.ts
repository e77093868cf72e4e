import type { NewNode, NewOperand, ReplacementChain } from "../../grammar/ast.ts";
import type { GraphEditor } from "../ir/edit.ts";
import type { Attributes, AttributeValue, Node, NodeId, Provenance, Value } from "../ir/graph.ts";
import { attributeOf, integerAttributes, isIntegerForm } from "../ir/infer.ts";
import type { AttributeDef, OpDef, OpTable } from "../ir/op.ts";
import { asTensor, numeric } from "./arithmetic.ts";
import { evaluateExpression, type Scope } from "./expression.ts";
import {
  absent,
  isAbsent,
  isList,
  isTensorTerm,
  isValueTerm,
  operandTerm,
  opOf,
  type Term,
  unmet,
  type ValueTerm,
} from "./term.ts";

/** Where new nodes are built. */
export interface BuildSite {
  readonly editor: GraphEditor;
  readonly ops: OpTable;
  readonly scope: Scope;
  /** For a node that carries over nothing: the name and the origin that it gets. */
  readonly target: Node;
  readonly sources: readonly string[];
  readonly provenance: (sources: readonly string[], older: readonly string[]) => Provenance;
  /** Called for every node that is added, constants included, with the name that it would like to have. */
  readonly added: (id: NodeId, name: string) => void;
}

/** A node that the op's own rules forbid; carries what `InferenceError` said. */
export class Unbuildable extends Error {
  readonly op: string;

  constructor(op: string, cause: Error) {
    super(cause.message, { cause });
    this.op = op;
  }
}

/** Builds what a replacement says: the value of its last step. */
export function buildChain(chain: ReplacementChain, site: BuildSite): Value {
  let before: Term | undefined;
  for (const step of chain.steps) {
    if (step.kind === "value") before = evaluateExpression(step.value, site.scope);
    // What is the same as a node that is not there lets the value through.
    else if (!isSameAsAbsent(step, site)) before = buildNode(step, before, site);
  }
  return (
    toOperand(before ?? absent, `${site.target.name}/value`, site) ??
    unmet(() => "the replacement is an absent operand")
  );
}

function isSameAsAbsent({ same }: NewNode, { scope }: BuildSite): boolean {
  return same !== undefined && capturedNode(scope.lookup(same.text) ?? absent, scope) === undefined;
}

/** Operands and attributes that a new node has been given so far. */
interface Draft {
  readonly op: OpDef;
  readonly operands: Map<string, Term>;
  readonly attributes: Map<string, AttributeValue>;
}

function buildNode(step: NewNode, before: Term | undefined, site: BuildSite): Term {
  const { scope } = site;
  const captured = (name: string) => capturedNode(scope.lookup(name) ?? absent, scope);
  const same = step.same && captured(step.same.text);
  // As in a pattern: where an optional node is absent the value passes through.
  if (step.same && !same)
    return before ?? unmet(() => `there is no \`${step.same!.text}\` to build again`);
  const op = same ? opOf(site.ops, same) : site.ops.get(step.op!.text)!;
  const carriers = [same, ...step.from.map(({ text }) => captured(text))].filter(
    (node) => node !== undefined,
  );
  const draft: Draft = { op, operands: new Map(), attributes: new Map() };
  for (const node of carriers) carryOver(draft, node, site);
  placeOperands(draft, step.operands ?? [], before, site);
  for (const { name, value } of step.fields) {
    setField(draft, name.text, evaluateExpression(value, scope), site);
  }
  const origin = carriers[0];
  return addNode(draft, origin, site);
}

function capturedNode(term: Term, scope: Scope): Node | undefined {
  return isValueTerm(term) ? scope.graph.node(term.value.node) : undefined;
}

/**
 * From a node of the same op: everything. From another op: what both have under one name; but an integer form takes
 * from a `Quantize` the parameters of its result and nothing else.
 */
function carryOver(draft: Draft, node: Node, site: BuildSite): void {
  const { op } = draft;
  const from = opOf(site.ops, node);
  const quantizes = node.op === "Quantize" && op.name !== "Quantize" && op.lowerInteger;
  const shared = quantizes
    ? integerAttributes
    : { ...op.attributes, ...(op.lowerInteger && integerAttributes) };
  for (const [name, value] of Object.entries(node.attributes)) {
    if (from === op || Object.hasOwn(shared, name)) draft.attributes.set(name, value);
  }
  if (quantizes) return;
  for (const { name } of op.operands) {
    if (from.operands.some((operand) => operand.name === name)) {
      draft.operands.set(name, operandTerm(site.editor, node, from, name));
    }
  }
}

/** The chain gives the first operand; listed ones follow it, or all stand in the list. */
function placeOperands(
  { op, operands }: Draft,
  listed: readonly NewOperand[],
  before: Term | undefined,
  site: BuildSite,
): void {
  const evaluated = listed.map((operand) => ({
    operand,
    term: chainTerm(operand.value, site),
  }));
  const positional = [
    ...(before === undefined ? [] : [before]),
    ...evaluated
      .filter(({ operand }) => operand.slot === undefined)
      .flatMap(({ operand, term }) => (operand.spread && isList(term) ? term : [term])),
  ];
  op.operands.forEach((def, i) => {
    if (i >= positional.length) return;
    operands.set(def.name, def.variadic ? positional.slice(i) : positional[i]!);
  });
  for (const { operand, term } of evaluated)
    if (operand.slot) operands.set(operand.slot.text, term);
}

function chainTerm(chain: ReplacementChain, site: BuildSite): Term {
  const [only] = chain.steps;
  if (chain.steps.length === 1 && only!.kind === "value")
    return evaluateExpression(only!.value, site.scope);
  return { kind: "value", value: buildChain(chain, site) };
}

function setField(
  { op, operands, attributes }: Draft,
  name: string,
  term: Term,
  site: BuildSite,
): void {
  if (op.operands.some((operand) => operand.name === name)) {
    operands.set(name, term);
    return;
  }
  const def = attributeOf(op, name);
  if (def === undefined) unmet(() => `\`${op.name}\` has no \`${name}\``);
  else attributes.set(name, toAttribute(term, def, site));
}

function addNode(
  { op, operands, attributes }: Draft,
  origin: Node | undefined,
  site: BuildSite,
): ValueTerm {
  const { editor, target } = site;
  const name = origin?.name ?? target.name;
  const values = op.operands.flatMap((def): readonly (Value | undefined)[] => {
    const term = operands.get(def.name) ?? absent;
    if (!def.variadic) return [toOperand(term, constantName(name, def.name, origin, site), site)];
    return (isList(term) ? term : [term]).map((item, i) =>
      toOperand(item, `${name}/${def.name}${i}`, site),
    );
  });
  while (values.length > 0 && values.at(-1) === undefined) values.pop();
  const provenance = site.provenance(
    origin?.provenance.sources ?? site.sources,
    (origin ?? target).provenance.rules,
  );
  const node = guarded(op.name, () =>
    editor.add({
      op: op.name,
      operands: values,
      attributes: Object.fromEntries(attributes) as Attributes,
      name,
      provenance,
    }),
  );
  site.added(node.id, name);
  refuseUnlowerable(op, node);
  return { kind: "value", value: { node: node.id, output: 0 } };
}

function guarded(op: string, add: () => Node): Node {
  try {
    return add();
  } catch (error) {
    if (error instanceof Error && !error.message.startsWith("internal:"))
      throw new Unbuildable(op, error);
    throw error;
  }
}

function refuseUnlowerable(op: OpDef, node: Node): void {
  if (!isIntegerForm(op, node.attributes)) return;
  const outputs = node.types[0]!.quant!;
  if (outputs.scale.length > 1) unmet(() => "its result has a scale per channel");
}

/** A new constant is called like the one whose place it takes. */
function constantName(
  node: string,
  slot: string,
  origin: Node | undefined,
  { editor, ops }: BuildSite,
): string {
  const at = origin ? opOf(ops, origin).operands.findIndex((operand) => operand.name === slot) : -1;
  const old = origin?.operands[at];
  const producer = old && editor.node(old.node);
  return producer?.op === "Constant" ? producer.name : `${node}/${slot}`;
}

function toOperand(term: Term, name: string, site: BuildSite): Value | undefined {
  if (isAbsent(term)) return undefined;
  if (isValueTerm(term)) return term.value;
  const { tensor } = asTensor(numeric(term, site.editor));
  const value = site.editor.constant(tensor, name, site.provenance(site.sources, []));
  site.added(value.node, name);
  return value;
}

function toAttribute(term: Term, { kind }: AttributeDef, site: BuildSite): AttributeValue {
  if (typeof term === "string" || typeof term === "boolean") return term;
  if (kind === "tensor") return asTensor(numeric(term, site.editor)).tensor;
  if (isList(term) && term.every((item) => typeof item === "string")) return term;
  const value = numeric(term, site.editor);
  const all =
    typeof value === "number"
      ? [value]
      : isTensorTerm(value)
        ? Array.from(value.tensor.data)
        : value;
  if (kind !== "number") return all;
  return all.length === 1 ? all[0]! : unmet(() => `${all.length} numbers where one is needed`);
}
