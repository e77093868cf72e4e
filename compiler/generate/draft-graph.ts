import type { Attributes, AttributeValue, Graph, Node, NodeId, Port, Value } from "../ir/graph.ts";
import type { GraphView } from "../ir/graph-view.ts";
import { attributeOf, completeAttributes, inferTypes } from "../ir/infer.ts";
import { type AttributeDef, InferenceError, type OpTable } from "../ir/op.ts";
import type { Tensor, TensorType } from "../ir/types.ts";
import { typeFault } from "../ir/verify.ts";

/**
 * A small graph while it grows: nodes are only added at its end and taken back from there, so that a search can undo what it
 * tried. Operands always come before their users.
 */
export class DraftGraph implements GraphView {
  readonly ops: OpTable;
  readonly #nodes: Node[] = [];
  readonly #outputs: Value[] = [];

  constructor(ops: OpTable) {
    this.ops = ops;
  }

  get size(): number {
    return this.#nodes.length;
  }

  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /** Takes back all nodes from `size` on. */
  undo(size: number): void {
    this.#nodes.length = size;
    while (this.#outputs.length > 0 && this.#outputs.at(-1)!.node >= size) this.#outputs.pop();
  }

  input(type: TensorType, name?: string): Value {
    return this.#push({ op: "Input", operands: [], attributes: {}, types: [type], name });
  }

  constant(value: Tensor): Value {
    const { dtype, shape, quant } = value;
    const types = [{ dtype, shape, ...(quant && { quant }) }];
    return this.#push({ op: "Constant", operands: [], attributes: { value }, types });
  }

  /** The first result of a new node, or `undefined` where operands and attributes do not fit. */
  add(
    op: string,
    operands: readonly (Value | undefined)[],
    attributes: Attributes,
    name?: string,
  ): Value | undefined {
    const def = this.ops.get(op)!;
    try {
      if (name !== undefined && this.#nodes.some((node) => node.name === name)) return undefined;
      const complete = completeAttributes(def, attributes);
      if (!Object.entries(complete).every(([key, word]) => isWord(word, attributeOf(def, key))))
        return undefined;
      const types = inferTypes(
        def,
        operands.map((value) => value && this.typeOf(value)),
        complete,
      );
      if (!types.every((type) => isSmall(type) && typeFault(type) === undefined)) return undefined;
      const present = operands.slice(0, operands.findLastIndex((value) => value !== undefined) + 1);
      return this.#push({ op, operands: present, attributes: complete, types, name });
    } catch (error) {
      if (error instanceof InferenceError) return undefined;
      throw error;
    }
  }

  /** Makes a value an output of the graph. */
  output(value: Value): void {
    this.#outputs.push(value);
  }

  /** No value is an output any more. */
  withoutOutputs(): void {
    this.#outputs.length = 0;
  }

  typeOf({ node, output }: Value): TensorType {
    return this.#nodes[node]!.types[output]!;
  }

  node(id: NodeId): Node {
    return this.#nodes[id]!;
  }

  users(id: NodeId): readonly NodeId[] {
    return this.#nodes.flatMap((node) =>
      node.operands.some((operand) => operand?.node === id) ? [node.id] : [],
    );
  }

  eachUser(id: NodeId): Iterable<NodeId> {
    return this.users(id);
  }

  useCount(id: NodeId): number {
    let uses = this.#outputs.filter(({ node }) => node === id).length;
    for (const { operands } of this.#nodes)
      for (const operand of operands) if (operand?.node === id) uses++;
    return uses;
  }

  usedOnlyBy(id: NodeId, nodes: readonly NodeId[]): boolean {
    return !this.isOutput(id) && this.users(id).every((user) => nodes.includes(user));
  }

  isOutput(id: NodeId): boolean {
    return this.#outputs.some(({ node }) => node === id);
  }

  /** The graph: what the outputs need, and its inputs in the order in which they were made. */
  finish(): Graph {
    const needed = this.#needed();
    const nodes = this.#nodes.filter(({ id }) => needed.has(id));
    const inputs = nodes.flatMap(({ id, op, name }): readonly Port[] =>
      op === "Input" ? [{ name, value: { node: id, output: 0 } }] : [],
    );
    const outputs = this.#outputs.map((value, i) => ({ name: `y${i}`, value }));
    return { name: "generated", inputs, outputs, nodes: new Map(nodes.map((n) => [n.id, n])) };
  }

  #needed(): ReadonlySet<NodeId> {
    const needed = new Set(this.#outputs.map(({ node }) => node));
    for (const id of needed)
      for (const operand of this.#nodes[id]!.operands) if (operand) needed.add(operand.node);
    return needed;
  }

  #push(node: Omit<Node, "id" | "name" | "provenance"> & { name?: string | undefined }): Value {
    const id = this.#nodes.length;
    const name = node.name ?? `${node.op.toLowerCase()}_${id}`;
    this.#nodes.push({ ...node, id, name, provenance: { sources: [name], rules: [] } });
    return { node: id, output: 0 };
  }
}

/** Whether a word is one of those that an attribute has. */
function isWord(value: AttributeValue, def: AttributeDef | undefined): boolean {
  return typeof value !== "string" || def?.oneOf === undefined || def.oneOf.includes(value);
}

/** Larger values cost time and show nothing more. */
const mostElements = 20_000;

/** Whether a generated graph may have such a value. */
export function isSmall({ shape }: TensorType): boolean {
  return shape.length <= 6 && shape.reduce((size, extent) => size * extent, 1) <= mostElements;
}
