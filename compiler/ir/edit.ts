import type { Attributes, Graph, Node, NodeId, Port, Provenance, Value } from "./graph.ts";
import { sameValue } from "./graph.ts";
import { completeAttributes, inferTypes } from "./infer.ts";
import type { OpTable } from "./op.ts";
import { sameType, type Tensor, type TensorType } from "./types.ts";
import { UniqueNames } from "./unique-names.ts";

export interface NewNode {
  readonly op: string;
  readonly operands: readonly (Value | undefined)[];
  readonly attributes?: Attributes;
  readonly name?: string;
  readonly provenance?: Provenance;
}

/** A node of more operands than this is wide: it may be changed very often, each time in one of them. */
const manyOperands = 64;

/** The operands of a wide node while they are replaced. */
interface WideOperands {
  readonly operands: (Value | undefined)[];
  /** For each node that is used, where. */
  readonly positions: Map<NodeId, number[]>;
  /** Whether they are newer than what the node says. */
  isAhead: boolean;
}

const unknown: Provenance = { sources: [], rules: [] };

/**
 * A graph under construction or change: the one place where graphs are edited in place. A pass opens an
 * editor, changes what it must, and closes it with `finish`; the graph that it started from is untouched.
 *
 * Invariant: the users of every node are known at every moment, so replacing a value costs its uses. A wide node is made anew
 * only when somebody asks for it.
 */
export class GraphEditor {
  readonly #ops: OpTable;
  readonly #name: string;
  readonly #nodes: Map<NodeId, Node>;
  /** For each node its users, with the number of uses. */
  readonly #users = new Map<NodeId, Map<NodeId, number>>();
  /** The keys of `#users`, where somebody has asked and they have not changed since. */
  readonly #userLists = new Map<NodeId, readonly NodeId[]>();
  /** The sum of `#users` for each node, so that asking costs the same for a node of many users. */
  readonly #useCounts = new Map<NodeId, number>();
  /** Wide nodes that have been changed. */
  readonly #wide = new Map<NodeId, WideOperands>();
  readonly #names = new UniqueNames();
  /** How many output ports give a result of a node. */
  readonly #outputCounts = new Map<NodeId, number>();
  #inputs: readonly Port[];
  #outputs: readonly Port[];
  #nextId = 0;

  constructor(ops: OpTable, start: Graph | string) {
    this.#ops = ops;
    const graph =
      typeof start === "string" ? { name: start, inputs: [], outputs: [], nodes: [] } : start;
    this.#name = graph.name;
    this.#inputs = graph.inputs;
    this.#outputs = graph.outputs;
    for (const { value } of graph.outputs) this.#countOutput(value, 1);
    this.#nodes = new Map(graph.nodes as Iterable<[NodeId, Node]>);
    for (const node of this.#nodes.values()) {
      this.#users.set(node.id, new Map());
      this.#names.take(node.name);
      this.#nextId = Math.max(this.#nextId, node.id + 1);
    }
    for (const node of this.#nodes.values()) this.#countUses(node, 1);
  }

  get outputs(): readonly Port[] {
    return this.#outputs;
  }

  get inputs(): readonly Port[] {
    return this.#inputs;
  }

  *nodes(): IterableIterator<Node> {
    for (const id of this.#nodes.keys()) yield this.node(id);
  }

  has(id: NodeId): boolean {
    return this.#nodes.has(id);
  }

  /** The node as it is now: later edits do not change it. */
  node(id: NodeId): Node {
    const node = this.#stored(id);
    const wide = this.#wide.get(id);
    if (!wide?.isAhead) return node;
    const current = { ...node, operands: [...wide.operands] };
    this.#nodes.set(id, current);
    wide.isAhead = false;
    return current;
  }

  /** How many operands a node has, absent ones included; costs the same for a wide node. */
  operandCount(id: NodeId): number {
    return this.#stored(id).operands.length;
  }

  typeOf(value: Value): TensorType {
    return this.#stored(value.node).types[value.output]!;
  }

  constantOf(value: Value | undefined): Tensor | undefined {
    if (value === undefined) return undefined;
    const node = this.node(value.node);
    return node.op === "Constant" ? (node.attributes.value as Tensor) : undefined;
  }

  /** Ids of the nodes that use a result of `id`, as they are now; later edits do not change the list. */
  users(id: NodeId): readonly NodeId[] {
    const known = this.#userLists.get(id);
    if (known) return known;
    const list = [...this.eachUser(id)];
    this.#userLists.set(id, list);
    return list;
  }

  /** The same one by one, for whoever may not need them all; edits end it. */
  eachUser(id: NodeId): Iterable<NodeId> {
    return this.#users.get(id)!.keys();
  }

  /** How often results of `id` are used, by nodes and as outputs of the graph. */
  useCount(id: NodeId): number {
    return (this.#outputCounts.get(id) ?? 0) + (this.#useCounts.get(id) ?? 0);
  }

  /** Whether every use of `id` is by one of `nodes`; looks at no more users than there are `nodes`. */
  usedOnlyBy(id: NodeId, nodes: ReadonlySet<NodeId>): boolean {
    const users = this.#users.get(id)!;
    if (users.size > nodes.size || this.isOutput(id)) return false;
    for (const user of users.keys()) if (!nodes.has(user)) return false;
    return true;
  }

  isOutput(id: NodeId): boolean {
    return (this.#outputCounts.get(id) ?? 0) > 0;
  }

  /** Adds a node with its types inferred; the name is made unique. Throws `InferenceError`. */
  add({ op, operands, attributes = {}, name = op, provenance = unknown }: NewNode): Node {
    const def = this.#ops.get(op);
    if (def === undefined) throw new Error(`internal: no op ${op}`);
    const complete = completeAttributes(def, attributes);
    const types = inferTypes(
      def,
      operands.map((v) => v && this.typeOf(v)),
      complete,
    );
    return this.#insert({ op, operands, attributes: complete, types, name, provenance });
  }

  /** The first result of a new node. */
  value(node: NewNode): Value {
    return { node: this.add(node).id, output: 0 };
  }

  constant(value: Tensor, name = "constant", provenance = unknown): Value {
    const type: TensorType = {
      dtype: value.dtype,
      shape: value.shape,
      ...(value.quant && { quant: value.quant }),
    };
    const node = this.#insert({
      op: "Constant",
      operands: [],
      attributes: { value },
      types: [type],
      name,
      provenance,
    });
    return { node: node.id, output: 0 };
  }

  input(name: string, type: TensorType, wire?: string): Value {
    const node = this.#insert({
      op: "Input",
      operands: [],
      attributes: {},
      types: [type],
      name,
      provenance: { sources: [name], rules: [] },
    });
    const value = { node: node.id, output: 0 };
    this.#inputs = [...this.#inputs, { name, value, ...(wire !== undefined && { wire }) }];
    return value;
  }

  output(port: Port): void {
    this.#outputs = [...this.#outputs, port];
    this.#countOutput(port.value, 1);
  }

  /** A fresh node of another type behind the input port `name`; the old one stays for whoever uses it until it is replaced. */
  retypeInput(name: string, type: TensorType): Value {
    const value = this.input(name, type);
    const { wire: _, ...port } = this.#inputs.at(-1)!;
    this.#inputs = this.#inputs.slice(0, -1).map((old) => (old.name === name ? port : old));
    return value;
  }

  /** The output port `name` gives another value; users of the old one are left alone. */
  redirectOutput(name: string, value: Value): void {
    this.#setOutputs((port) => (port.name === name ? { name, value } : port));
  }

  /** All uses of `from`, by nodes and as outputs of the graph, become uses of `to`; `except` keeps its operand. */
  replaceValue(from: Value, to: Value, except?: NodeId): void {
    const keepsTypes = sameType(this.typeOf(from), this.typeOf(to));
    for (const id of this.users(from.node)) {
      if (id === except) continue;
      if (keepsTypes && this.operandCount(id) > manyOperands) {
        this.#replaceInWide(id, from, to);
        continue;
      }
      const { operands } = this.node(id);
      if (operands.some((operand) => sameValue(operand, from)))
        this.replaceOperands(
          id,
          operands.map((operand) => (sameValue(operand, from) ? to : operand)),
        );
    }
    if (this.isOutput(from.node))
      this.#setOutputs((port) => (sameValue(port.value, from) ? { ...port, value: to } : port));
  }

  /**
   * The node keeps its id, name and attributes; its types are inferred anew where those of operands have changed. The
   * uses of unchanged operands are not counted again.
   */
  replaceOperands(id: NodeId, operands: readonly (Value | undefined)[]): void {
    const node = this.node(id);
    let types = node.types;
    const changes: { readonly from: Value | undefined; readonly to: Value | undefined }[] = [];
    for (let i = 0; i < operands.length; i++) {
      const [from, to] = [node.operands[i], operands[i]];
      if (from !== to && !sameValue(from, to)) changes.push({ from, to });
    }
    const keepsTypes =
      operands.length === node.operands.length &&
      changes.every(({ from, to }) => from && to && sameType(this.typeOf(from), this.typeOf(to)));
    if (!keepsTypes)
      types = inferTypes(
        this.#ops.get(node.op)!,
        operands.map((v) => v && this.typeOf(v)),
        node.attributes,
      );
    for (const from of node.operands.slice(operands.length)) this.#countUse(from, node, -1);
    for (const { from, to } of changes) {
      this.#countUse(from, node, -1);
      this.#countUse(to, node, 1);
    }
    this.#nodes.set(id, { ...node, operands, types });
    this.#wide.delete(id);
  }

  /** Removes a node that nothing uses. */
  remove(id: NodeId): void {
    const node = this.node(id);
    if (this.useCount(id) > 0) throw new Error(`internal: ${node.name} is removed but used`);
    this.#countUses(node, -1);
    this.#nodes.delete(id);
    this.#users.delete(id);
    this.#userLists.delete(id);
    this.#useCounts.delete(id);
    this.#wide.delete(id);
    this.#names.release(node.name);
  }

  /** Gives the node the name `wanted`, unless another node has it. */
  rename(id: NodeId, wanted: string): void {
    if (this.#names.has(wanted)) return;
    const node = this.node(id);
    this.#names.release(node.name);
    this.#nodes.set(id, { ...node, name: this.#names.take(wanted) });
  }

  /** The graph: what the outputs need and all inputs, in topological order, ids kept. */
  finish(): Graph {
    const ordered = new Map<NodeId, Node>();
    for (const port of this.#inputs) ordered.set(port.value.node, this.node(port.value.node));
    const open = new Set<NodeId>();
    const stack: NodeId[] = [];
    for (const port of this.#outputs) {
      stack.push(port.value.node);
      while (stack.length > 0) {
        const id = stack.at(-1)!;
        const node = this.node(id);
        if (ordered.has(id) || open.has(id)) {
          // Its operands are done: this is the second visit, or another user came first.
          stack.pop();
          ordered.set(id, node);
          continue;
        }
        open.add(id);
        for (let i = node.operands.length - 1; i >= 0; i--) {
          const operand = node.operands[i];
          if (operand && !ordered.has(operand.node)) stack.push(operand.node);
        }
      }
    }
    return { name: this.#name, inputs: this.#inputs, outputs: this.#outputs, nodes: ordered };
  }

  /** What is stored of a node: all of it but the operands of a wide one is as it is now. */
  #stored(id: NodeId): Node {
    const node = this.#nodes.get(id);
    if (node === undefined) throw new Error(`internal: no node ${id} to edit`);
    return node;
  }

  /** Costs the uses of `from` by the wide node `id`, but for the first time. */
  #replaceInWide(id: NodeId, from: Value, to: Value): void {
    const wide = this.#wide.get(id) ?? wideOperands(this.#stored(id));
    this.#wide.set(id, wide);
    const places = wide.positions.get(from.node) ?? [];
    const moved = places.filter((i) => wide.operands[i]!.output === from.output);
    if (moved.length === 0) return;
    wide.positions.set(
      from.node,
      places.filter((i) => wide.operands[i]!.output !== from.output),
    );
    const newPlaces = wide.positions.get(to.node) ?? [];
    wide.positions.set(to.node, newPlaces);
    const node = this.#stored(id);
    for (const i of moved) {
      newPlaces.push(i);
      wide.operands[i] = to;
      this.#countUse(from, node, -1);
      this.#countUse(to, node, 1);
    }
    wide.isAhead = true;
  }

  #insert(node: Omit<Node, "id">): Node {
    const inserted: Node = { ...node, id: this.#nextId++, name: this.#names.take(node.name) };
    this.#nodes.set(inserted.id, inserted);
    this.#users.set(inserted.id, new Map());
    this.#countUses(inserted, 1);
    return inserted;
  }

  #countUses(node: Node, by: 1 | -1): void {
    for (const operand of node.operands) this.#countUse(operand, node, by);
  }

  #countUse(operand: Value | undefined, node: Node, by: 1 | -1): void {
    if (operand === undefined) return;
    const users = this.#users.get(operand.node);
    if (users === undefined)
      throw new Error(`internal: ${node.name} uses a node that is not there`);
    const before = users.get(node.id) ?? 0;
    if (before + by === 0) users.delete(node.id);
    else users.set(node.id, before + by);
    if (before === 0 || before + by === 0) this.#userLists.delete(operand.node);
    this.#useCounts.set(operand.node, (this.#useCounts.get(operand.node) ?? 0) + by);
  }

  #countOutput({ node }: Value, by: 1 | -1): void {
    this.#outputCounts.set(node, (this.#outputCounts.get(node) ?? 0) + by);
  }

  #setOutputs(change: (port: Port) => Port): void {
    for (const { value } of this.#outputs) this.#countOutput(value, -1);
    this.#outputs = this.#outputs.map(change);
    for (const { value } of this.#outputs) this.#countOutput(value, 1);
  }
}

function wideOperands({ operands }: Node): WideOperands {
  const positions = new Map<NodeId, number[]>();
  for (const [i, operand] of operands.entries()) {
    if (operand === undefined) continue;
    const places = positions.get(operand.node);
    if (places) places.push(i);
    else positions.set(operand.node, [i]);
  }
  return { operands: [...operands], positions, isAhead: false };
}
