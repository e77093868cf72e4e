import type { Attributes, AttributeValue, Node, Value } from "../ir/graph.ts";
import { isTensor, sameValue } from "../ir/graph.ts";
import type { GraphView } from "../ir/graph-view.ts";
import type { OpDef, OperandDef, OpTable } from "../ir/op.ts";
import { sameType, type Tensor } from "../ir/types.ts";

/** What a name or an expression of a rule stands for. */
export type Term =
  | number
  | string
  | boolean
  | TensorTerm
  | ValueTerm
  | OpsTerm
  | AbsentTerm
  | readonly Term[];

/** A tensor known at compile time. */
export interface TensorTerm {
  readonly kind: "tensor";
  readonly tensor: Tensor;
  /** The axis along which a 1-D operand of an arithmetic operator is spread. */
  readonly channelAxis?: number;
}

/** A value of the graph. A captured node stands for the result by which it was reached. */
export interface ValueTerm {
  readonly kind: "value";
  readonly value: Value;
  readonly channelAxis?: number;
}

/** What the name of an op or of a set of ops stands for. */
export interface OpsTerm {
  readonly kind: "ops";
  readonly names: ReadonlySet<string>;
}

/** An optional node or operand that is not there; reads as 0 in arithmetic. */
export interface AbsentTerm {
  readonly kind: "absent";
}

export const absent: AbsentTerm = { kind: "absent" };

/** A clause that does not hold, or cannot be evaluated, at this place: the rule does not apply here. */
export class Unmet {
  readonly reason: () => string;

  constructor(reason: () => string) {
    this.reason = reason;
  }
}

/** Ends the evaluation of a clause. Not an `Error`: no stack is recorded, since rules fail all the time. */
export function unmet(reason: () => string): never {
  throw new Unmet(reason);
}

/** What `find` gives; `undefined` where it has no value at this place. */
export function ifMet<Found>(find: () => Found): Found | undefined {
  try {
    return find();
  } catch (error) {
    if (error instanceof Unmet) return undefined;
    throw error;
  }
}

export function isList(term: Term): term is readonly Term[] {
  return Array.isArray(term);
}

export function isTensorTerm(term: Term): term is TensorTerm {
  return typeof term === "object" && !isList(term) && term.kind === "tensor";
}

export function isValueTerm(term: Term): term is ValueTerm {
  return typeof term === "object" && !isList(term) && term.kind === "value";
}

export function isOpsTerm(term: Term): term is OpsTerm {
  return typeof term === "object" && !isList(term) && term.kind === "ops";
}

export function isAbsent(term: Term): term is AbsentTerm {
  return typeof term === "object" && !isList(term) && term.kind === "absent";
}

/** An attribute as rules see it: tensors are terms of their own kind. */
export function termOfAttribute(value: AttributeValue): Term {
  return typeof value === "object" && isTensor(value) ? { kind: "tensor", tensor: value } : value;
}

/** An operand slot of a node, with its channel axis counted from the front; `undefined` where the op has no slot of that name. */
export function operandTerm(
  graph: GraphView,
  node: Node,
  op: OpDef,
  slot: string,
): Term | undefined {
  for (let position = 0; position < op.operands.length; position++) {
    const def = op.operands[position]!;
    if (def.name !== slot) continue;
    if (!def.variadic) return termOfOperand(graph, node.operands[position], def);
    return variadicTerm(graph, node.operands.slice(position), def);
  }
  return undefined;
}

function variadicTerm(
  graph: GraphView,
  values: readonly (Value | undefined)[],
  def: OperandDef,
): Term {
  return values.map((value) => termOfOperand(graph, value, def));
}

function termOfOperand(graph: GraphView, value: Value | undefined, def: OperandDef): Term {
  if (value === undefined) return absent;
  if (def.channelAxis === undefined) return { kind: "value", value };
  const rank = graph.node(value.node).types[value.output]!.shape.length;
  const channelAxis = def.channelAxis < 0 ? def.channelAxis + rank : def.channelAxis;
  return { kind: "value", value, channelAxis };
}

/** Whether two bindings of one name agree. */
export function sameTerm(a: Term, b: Term): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object") return false;
  if (isList(a) || isList(b)) return isList(a) && isList(b) && sameList(a, b);
  if (a.kind === "value" && b.kind === "value") return sameValue(a.value, b.value);
  if (a.kind === "tensor" && b.kind === "tensor") return sameTensor(a.tensor, b.tensor);
  if (a.kind === "ops" && b.kind === "ops") return sameNames(a.names, b.names);
  return a.kind === b.kind && a.kind === "absent";
}

function sameNames(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((name) => b.has(name));
}

function sameList(a: readonly Term[], b: readonly Term[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!sameTerm(a[i]!, b[i]!)) return false;
  return true;
}

function sameTensor(a: Tensor, b: Tensor): boolean {
  return a === b || (sameType(a, b) && a.data.every((x, i) => Object.is(x, b.data[i])));
}

/** Whether both have the same names with equal values, tensors by their elements. */
export function sameAttributes(a: Attributes, b: Attributes): boolean {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length && names.every((name) => sameAttribute(a[name], b[name]))
  );
}

function sameAttribute(a: AttributeValue | undefined, b: AttributeValue | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return sameTerm(termOfAttribute(a), termOfAttribute(b));
}

/** The definition of a node’s op. A node without one is our bug. */
export function opOf(ops: OpTable, node: Node): OpDef {
  const op = ops.get(node.op);
  if (op === undefined) throw new Error(`internal: no op ${node.op}`);
  return op;
}

/** A term as a message shows it. */
export function printTerm(term: Term, graph: GraphView): string {
  if (typeof term === "string") return `"${term}"`;
  if (typeof term !== "object") return String(term);
  if (isList(term)) return `[${term.map((item) => printTerm(item, graph)).join(", ")}]`;
  switch (term.kind) {
    case "absent":
      return "nothing";
    case "ops":
      return [...term.names].join(" | ");
    case "value": {
      const { op, name, attributes } = graph.node(term.value.node);
      const constant = op === "Constant" ? (attributes.value as Tensor) : undefined;
      return constant?.data.length === 1 ? printTensor(constant) : `\`${name}\``;
    }
    case "tensor":
      return printTensor(term.tensor);
  }
}

function printTensor({ data, shape }: Tensor): string {
  return data.length === 1 ? String(data[0]) : `a tensor of shape [${shape.join(", ")}]`;
}
