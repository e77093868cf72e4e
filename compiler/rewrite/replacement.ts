import type { NewNode, NewOperand, ReplacementChain } from "../../grammar/ast.ts";
import type { NewNode as EditedNode, GraphEditor } from "../ir/edit.ts";
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
  /** For a node that carries over nothing: the name that it gets. */
  readonly target: Node;
  /** Of a node that carries over from `origin`; without, of one that stands for all that was matched. */
  readonly provenance: (what: "node" | "constant", origin?: Node) => Provenance;
  /** Called for every node that is added, constants included. */
  readonly added: (id: NodeId) => void;
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
  const last = before ?? absent;
  if (isValueTerm(last)) return last.value;
  if (isAbsent(last)) return unmet(() => "the replacement is an absent operand");
  return constantOf(last, `${site.target.name}/value`, site);
}

function isSameAsAbsent({ same }: NewNode, { scope }: BuildSite): boolean {
  return same !== undefined && capturedNode(same.text, scope) === undefined;
}

/** Operands and attributes that a new node has been given so far. */
interface Draft {
  readonly op: OpDef;
  /** As a node has them. */
  carried: readonly (Value | undefined)[];
  /** By the place of their slot; these come in the place of carried ones. */
  readonly given: (Term | undefined)[];
  attributes: Attributes;
}

function buildNode(step: NewNode, before: Term | undefined, site: BuildSite): Term {
  const { scope } = site;
  const same = step.same && capturedNode(step.same.text, scope);
  // As in a pattern: where an optional node is absent the value passes through.
  if (step.same && !same) return before ?? nothingToBuildAgain(step.same.text);
  const op = same ? opOf(site.ops, same) : site.ops.get(step.op!.text)!;
  const given = new Array<Term | undefined>(op.operands.length);
  const draft: Draft = { op, carried: none, given, attributes: noAttributes };
  let origin = same;
  if (same) carryAll(draft, same);
  for (const { text } of step.from) {
    const node = capturedNode(text, scope);
    if (node === undefined) continue;
    origin ??= node;
    carryOver(draft, node, site);
  }
  placeOperands(draft, step.operands ?? [], before, site);
  for (const { name, value } of step.fields) {
    setField(draft, name.text, evaluateExpression(value, scope), site);
  }
  return addNode(draft, origin, site);
}

const none: readonly undefined[] = [];
const noAttributes: Attributes = {};

function nothingToBuildAgain(name: string): never {
  return unmet(() => `there is no \`${name}\` to build again`);
}

function capturedNode(name: string, scope: Scope): Node | undefined {
  const term = scope.lookup(name);
  return term !== undefined && isValueTerm(term) ? scope.graph.node(term.value.node) : undefined;
}

/** From a node of the same op: everything. */
function carryAll(draft: Draft, { attributes, operands }: Node): void {
  const isFirst = draft.carried.length === 0 && isEmpty(draft.attributes);
  draft.attributes = isFirst ? attributes : { ...draft.attributes, ...attributes };
  draft.carried = operands;
  draft.given.fill(undefined);
}

function isEmpty(attributes: Attributes): boolean {
  for (const _ in attributes) return false;
  return true;
}

/**
 * From a node of the same op: everything. From another op: what both have under one name; but an integer form takes
 * from a `Quantize` the parameters of its result and nothing else.
 */
function carryOver(draft: Draft, node: Node, site: BuildSite): void {
  const { op } = draft;
  const from = opOf(site.ops, node);
  if (from === op) {
    carryAll(draft, node);
    return;
  }
  const quantizes = node.op === "Quantize" && op.lowerInteger !== undefined;
  const shared = quantizes
    ? integerAttributes
    : { ...op.attributes, ...(op.lowerInteger && integerAttributes) };
  const taken = Object.entries(node.attributes).filter(([name]) => Object.hasOwn(shared, name));
  draft.attributes = { ...draft.attributes, ...Object.fromEntries(taken) };
  if (quantizes) return;
  for (const [i, { name }] of op.operands.entries()) {
    if (from.operands.some((operand) => operand.name === name))
      draft.given[i] = operandTerm(site.editor, node, from, name);
  }
}

/** The chain gives the first operand; listed ones follow it, or all stand in the list. */
function placeOperands(
  { op, given }: Draft,
  listed: readonly NewOperand[],
  before: Term | undefined,
  site: BuildSite,
): void {
  const named: { readonly at: number; readonly term: Term }[] = [];
  let next = 0;
  let rest: Term[] | undefined;
  const place = (term: Term): void => {
    if (rest) {
      rest.push(term);
    } else if (op.operands[next]?.variadic) {
      rest = [term];
      given[next] = rest;
    } else if (next < op.operands.length) {
      given[next++] = term;
    }
  };
  if (before !== undefined) place(before);
  for (const { slot, spread, value } of listed) {
    const term = chainTerm(value, site);
    if (slot) named.push({ at: placeOf(op, slot.text), term });
    else if (spread && isList(term)) term.forEach(place);
    else place(term);
  }
  for (const { at, term } of named) if (at >= 0) given[at] = term;
}

function placeOf(op: OpDef, slot: string): number {
  return op.operands.findIndex(({ name }) => name === slot);
}

function chainTerm(chain: ReplacementChain, site: BuildSite): Term {
  const [only] = chain.steps;
  if (chain.steps.length === 1 && only!.kind === "value")
    return evaluateExpression(only!.value, site.scope);
  return { kind: "value", value: buildChain(chain, site) };
}

function setField(draft: Draft, name: string, term: Term, site: BuildSite): void {
  const { op, given } = draft;
  const at = placeOf(op, name);
  if (at >= 0) {
    given[at] = term;
    return;
  }
  const def = attributeOf(op, name);
  if (def === undefined) unmet(() => `\`${op.name}\` has no \`${name}\``);
  else draft.attributes = { ...draft.attributes, [name]: toAttribute(term, def, site) };
}

function addNode(draft: Draft, origin: Node | undefined, site: BuildSite): ValueTerm {
  const { op, attributes } = draft;
  const { editor, target } = site;
  const name = origin?.name ?? target.name;
  const operands = operandsOf(draft, name, origin, site);
  const provenance = site.provenance("node", origin);
  const node = added(editor, { op: op.name, operands, attributes, name, provenance });
  site.added(node.id);
  refuseUnlowerable(op, node);
  return { kind: "value", value: { node: node.id, output: 0 } };
}

/** Adds constants for those that are not values of the graph yet. */
function operandsOf(
  { op, carried, given }: Draft,
  name: string,
  origin: Node | undefined,
  site: BuildSite,
): readonly (Value | undefined)[] {
  const last = op.operands.at(-1);
  const single = last?.variadic ? op.operands.slice(0, -1) : op.operands;
  const values = single.map((def, i) => {
    const term = given[i];
    return term === undefined ? carried[i] : operandOf(term, name, def.name, origin, site);
  });
  if (last?.variadic) {
    const term = given[single.length];
    if (term === undefined) for (const value of carried.slice(single.length)) values.push(value);
    else
      for (const [j, item] of (isList(term) ? term : [term]).entries())
        values.push(operandOf(item, name, `${last.name}${j}`, undefined, site));
  }
  while (values.length > 0 && values.at(-1) === undefined) values.pop();
  return values;
}

function operandOf(
  term: Term,
  node: string,
  slot: string,
  origin: Node | undefined,
  site: BuildSite,
): Value | undefined {
  if (isAbsent(term)) return undefined;
  if (isValueTerm(term)) return term.value;
  return constantOf(term, constantName(node, slot, origin, site), site);
}

function constantOf(term: Term, name: string, site: BuildSite): Value {
  const { tensor } = asTensor(numeric(term, site.editor));
  const value = site.editor.constant(tensor, name, site.provenance("constant"), "wanted");
  site.added(value.node);
  return value;
}

function added(editor: GraphEditor, node: EditedNode): Node {
  try {
    return editor.add(node, "wanted");
  } catch (error) {
    if (error instanceof Error && !error.message.startsWith("internal:"))
      throw new Unbuildable(node.op, error);
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
  const at = origin ? placeOf(opOf(ops, origin), slot) : -1;
  const old = origin?.operands[at];
  const producer = old && editor.node(old.node);
  return producer?.op === "Constant" ? producer.name : `${node}/${slot}`;
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
