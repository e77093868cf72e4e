import type { Span } from "../../grammar/source/source-file.ts";
import type { Tensor, TensorType } from "./types.ts";

export type NodeId = number;

/** One result of a node. */
export interface Value {
  readonly node: NodeId;
  readonly output: number;
}

export type AttributeValue =
  | number
  | string
  | boolean
  | readonly number[]
  | readonly string[]
  | Tensor;
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Where a node came from: always a thing of the source model, and the rules that made it what it is. */
export interface Provenance {
  /** Names of nodes or tensors of the source model. */
  readonly sources: readonly string[];
  /** Names of the rules and passes that built the node, oldest first. */
  readonly rules: readonly string[];
  /** The rule's place in its file, for the newest of `rules`. */
  readonly span?: Span;
}

/** Immutable. Two ops have no operands: `Input` and `Constant` (attribute `value`). */
export interface Node {
  readonly id: NodeId;
  readonly op: string;
  /** In the order of the op's definition; an absent optional operand is `undefined`. */
  readonly operands: readonly (Value | undefined)[];
  readonly attributes: Attributes;
  /** One type per result. */
  readonly types: readonly TensorType[];
  /** Unique in the graph, taken from the source model where it has one. */
  readonly name: string;
  readonly provenance: Provenance;
}

/** A named input or output of the model. */
export interface Port {
  readonly name: string;
  readonly value: Value;
  /** The element type in the source file where it differs from the graph's (`int64`, `float16` …). */
  readonly wire?: string;
}

/** A dataflow graph as a value. Passes take one and give another; nobody mutates it. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** In topological order: operands come before their users. */
  readonly nodes: ReadonlyMap<NodeId, Node>;
}

/** The node that gives a value. A value without one is our bug. */
export function nodeOf(graph: Graph, value: Value): Node {
  const node = graph.nodes.get(value.node);
  if (node === undefined) throw new Error(`internal: graph has no node ${value.node}`);
  return node;
}

/** The type of a value of the graph. */
export function typeOf(graph: Graph, value: Value): TensorType {
  return nodeOf(graph, value).types[value.output]!;
}

/** The tensor behind a value, if it is a constant. */
export function constantOf(graph: Graph, value: Value | undefined): Tensor | undefined {
  if (value === undefined) return undefined;
  const node = nodeOf(graph, value);
  return node.op === "Constant" ? (node.attributes.value as Tensor) : undefined;
}

/** Whether both are the same result of the same node, or both absent. */
export function sameValue(a: Value | undefined, b: Value | undefined): boolean {
  return a?.node === b?.node && a?.output === b?.output;
}

export function isTensor(value: AttributeValue): value is Tensor {
  return typeof value === "object" && "data" in value;
}

/** For each node the nodes that use one of its results, once per use, in graph order. */
export function usersOf(graph: Graph): ReadonlyMap<NodeId, readonly Node[]> {
  const users = new Map<NodeId, Node[]>();
  for (const id of graph.nodes.keys()) users.set(id, []);
  for (const node of graph.nodes.values()) {
    for (const operand of node.operands) if (operand) users.get(operand.node)!.push(node);
  }
  return users;
}
