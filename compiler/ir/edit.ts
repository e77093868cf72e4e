import type { Attributes, Graph, Node, NodeId, Port, Provenance, Value } from "./graph.ts";
import { sameValue } from "./graph.ts";
import { completeAttributes, inferTypes } from "./infer.ts";
import { NodeNames } from "./node-names.ts";
import { NodeTable } from "./node-table.ts";
import type { OpTable } from "./op.ts";
import { sameType, type Tensor, type TensorType } from "./types.ts";
import { Uses } from "./uses.ts";

export interface NewNode {
  readonly op: string;
  readonly operands: readonly (Value | undefined)[];
  readonly attributes?: Attributes;
  readonly name?: string;
  readonly provenance?: Provenance;
}

/** When a new node gets a name that no other has: at once, or by `settleName`. Until then it bears the one that it wants. */
export type Naming = "unique" | "wanted";

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
const noAttributes: Attributes = {};

/**
 * A graph under construction or change: the one place where graphs are edited in place. A pass opens an
 * editor, changes what it must, and closes it with `finish`; the graph that it started from is untouched.
 *
 * Invariant: the users of every node are known at every moment, so replacing a value costs its uses. A wide node is made anew
 * only when somebody asks for it.
 */
export class GraphEditor {
  readonly #ops: OpTable;
  readonly #start: Graph;
  /** By id; ids are dense. */
  readonly #nodes: (Node | undefined)[];
  readonly #uses: Uses;
  /** Wide nodes that have been changed. */
  readonly #wide = new Map<NodeId, WideOperands>();
  readonly #names = new NodeNames({
    all: () => this.#settledNodes(),
    nameOf: (id) => this.#nodes[id]?.name,
  });
  /** Nodes that bear the names that they want; few, as they are settled before others are built. */
  readonly #unsettled: NodeId[] = [];
  /** How many output ports give a result of a node. */
  readonly #outputCounts = new Map<NodeId, number>();
  #inputs: readonly Port[];
  #outputs: readonly Port[];
  readonly #firstNew: NodeId;
  #nextId: NodeId;

  constructor(ops: OpTable, start: Graph | string) {
    this.#ops = ops;
    this.#start =
      typeof start === "string"
        ? { name: start, inputs: [], outputs: [], nodes: new Map() }
        : start;
    const { nodes, inputs, outputs } = this.#start;
    this.#inputs = inputs;
    this.#outputs = outputs;
    for (const { value } of outputs) this.#countOutput(value, 1);
    this.#nodes = new Array(nodes.size);
    this.#uses = new Uses(nodes.size);
    let nextId = 0;
    // One walk: the nodes of a large graph are far from the processor.
    for (const node of nodes.values()) {
      this.#nodes[node.id] = node;
      this.#countUses(node);
      if (node.id >= nextId) nextId = node.id + 1;
    }
    this.#firstNew = nextId;
    this.#nextId = nextId;
  }

  get outputs(): readonly Port[] {
    return this.#outputs;
  }

  get inputs(): readonly Port[] {
    return this.#inputs;
  }

  /** In the order of the graph, then in that in which they were added. */
  *nodes(): IterableIterator<Node> {
    for (const id of this.#start.nodes.keys()) if (this.has(id)) yield this.node(id);
    for (let id = this.#firstNew; id < this.#nextId; id++) if (this.has(id)) yield this.node(id);
  }

  has(id: NodeId): boolean {
    return this.#nodes[id] !== undefined;
  }

  /** The node as it is now: later edits do not change it. */
  node(id: NodeId): Node {
    const node = this.#stored(id);
    const wide = this.#wide.size === 0 ? undefined : this.#wide.get(id);
    if (!wide?.isAhead) return node;
    const current = { ...node, operands: [...wide.operands] };
    this.#nodes[id] = current;
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
    return this.#uses.users(id);
  }

  /** The same one by one, for whoever may not need them all; edits end it. */
  eachUser(id: NodeId): Iterable<NodeId> {
    return this.#uses.eachUser(id);
  }

  /** Calls `visit` with each user, with some more than once. */
  visitUsers(id: NodeId, visit: (user: NodeId) => void): void {
    this.#uses.visitUsers(id, visit);
  }

  /** How often results of `id` are used, by nodes and as outputs of the graph. */
  useCount(id: NodeId): number {
    return this.#uses.count(id) + (this.#outputCounts.get(id) ?? 0);
  }

  /** Whether every use of `id` is by one of `nodes`; looks at no more users than there are `nodes`. */
  usedOnlyBy(id: NodeId, nodes: readonly NodeId[]): boolean {
    return !this.isOutput(id) && this.#uses.isOnlyBy(id, nodes);
  }

  isOutput(id: NodeId): boolean {
    return (this.#outputCounts.get(id) ?? 0) > 0;
  }

  /** Adds a node with its types inferred. Throws `InferenceError`. */
  add(
    { op, operands, attributes = noAttributes, name = op, provenance = unknown }: NewNode,
    naming: Naming = "unique",
  ): Node {
    const def = this.#ops.get(op);
    if (def === undefined) throw new Error(`internal: no op ${op}`);
    const complete = completeAttributes(def, attributes);
    const types = this.#sharedTypes(
      inferTypes(
        def,
        operands.map((v) => v && this.typeOf(v)),
        complete,
      ),
      operands[0],
    );
    const id = this.#nextId++;
    const unique = this.#nameFor(id, name, naming);
    return this.#insert({
      id,
      op,
      operands,
      attributes: complete,
      types,
      name: unique,
      provenance,
    });
  }

  /** The first result of a new node. */
  value(node: NewNode): Value {
    return { node: this.add(node).id, output: 0 };
  }

  constant(
    value: Tensor,
    name = "constant",
    provenance = unknown,
    naming: Naming = "unique",
  ): Value {
    const { dtype, shape, quant } = value;
    const id = this.#nextId++;
    this.#insert({
      id,
      op: "Constant",
      operands: [],
      attributes: { value },
      types: [quant ? { dtype, shape, quant } : { dtype, shape }],
      name: this.#nameFor(id, name, naming),
      provenance,
    });
    return { node: id, output: 0 };
  }

  input(name: string, type: TensorType, wire?: string): Value {
    const value = { node: this.#nextId++, output: 0 };
    this.#insert({
      id: value.node,
      op: "Input",
      operands: [],
      attributes: {},
      types: [type],
      name: this.#names.take(name, value.node),
      provenance: { sources: [name], rules: [] },
    });
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
      if (keepsTypes) this.#replaceOperand(id, from, to);
      else this.#replaceOperandAndTypes(id, from, to);
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
      const from = node.operands[i];
      const to = operands[i];
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
    for (const from of node.operands.slice(operands.length)) if (from) this.#unuse(from, id);
    for (const { from, to } of changes) {
      if (from) this.#unuse(from, id);
      if (to) this.#use(to, node);
    }
    this.#nodes[id] = { ...node, operands, types };
    this.#wide.delete(id);
  }

  /** Removes a node that nothing uses. */
  remove(id: NodeId): void {
    const node = this.node(id);
    if (this.useCount(id) > 0) throw new Error(`internal: ${node.name} is removed but used`);
    for (const operand of node.operands) if (operand) this.#unuse(operand, id);
    this.#nodes[id] = undefined;
    this.#uses.forget(id);
    this.#wide.delete(id);
    const unsettled = this.#unsettled.indexOf(id);
    if (unsettled < 0) this.#names.release(node.name);
    else this.#unsettled.splice(unsettled, 1);
  }

  /** Gives a node that was added under the name that it wants that one, if it is free by now, or else a unique one. */
  settleName(id: NodeId): void {
    const unsettled = this.#unsettled.indexOf(id);
    if (unsettled < 0) return;
    const node = this.node(id);
    const name = this.#names.take(node.name, id);
    this.#unsettled.splice(unsettled, 1);
    if (name !== node.name) this.#nodes[id] = { ...node, name };
  }

  /** The graph: what the outputs need and all inputs, in topological order, ids kept. */
  finish(): Graph {
    return this.#isAsAtStart() ? this.#start : this.#ordered();
  }

  /** Whether nothing has been changed, and nothing was there that the outputs do not need: all nodes are used, and a graph has no circles. */
  #isAsAtStart(): boolean {
    const { nodes, inputs, outputs } = this.#start;
    if (this.#inputs !== inputs || this.#outputs !== outputs) return false;
    if (this.#nextId > this.#firstNew || this.#wide.size > 0) return false;
    for (let id = 0; id < this.#nextId; id++) {
      const node = this.#nodes[id];
      if (node !== nodes.get(id)) return false;
      if (node && this.useCount(id) === 0 && node.op !== "Input") return false;
    }
    return true;
  }

  #ordered(): Graph {
    const ordered: Node[] = [];
    const ids: NodeId[] = [];
    const byId = new Array<Node | undefined>(this.#nextId);
    const states = new Uint8Array(this.#nextId);
    const take = (id: NodeId) => {
      const node = this.node(id);
      ordered.push(node);
      ids.push(id);
      byId[id] = node;
      states[id] = visited.whole;
    };
    for (const { value } of this.#inputs)
      if (states[value.node] !== visited.whole) take(value.node);
    const stack: NodeId[] = [];
    for (const port of this.#outputs) {
      stack.push(port.value.node);
      while (stack.length > 0) {
        const id = stack[stack.length - 1]!;
        if (states[id] !== visited.not) {
          stack.pop();
          // Its operands are done: this is the second visit, or another user came first.
          if (states[id] === visited.begun) take(id);
          continue;
        }
        states[id] = visited.begun;
        const { operands } = this.node(id);
        for (let i = operands.length - 1; i >= 0; i--) {
          const operand = operands[i];
          if (operand && states[operand.node] !== visited.whole) stack.push(operand.node);
        }
      }
    }
    return {
      name: this.#start.name,
      inputs: this.#inputs,
      outputs: this.#outputs,
      nodes: new NodeTable(ordered, ids, byId),
    };
  }

  #replaceOperandAndTypes(id: NodeId, from: Value, to: Value): void {
    const { operands } = this.node(id);
    if (!operands.some((operand) => sameValue(operand, from))) return;
    this.replaceOperands(
      id,
      operands.map((operand) => (sameValue(operand, from) ? to : operand)),
    );
  }

  /** The same where both values have one type. */
  #replaceOperand(id: NodeId, from: Value, to: Value): void {
    const node = this.node(id);
    let operands: (Value | undefined)[] | undefined;
    for (let i = 0; i < node.operands.length; i++) {
      if (!sameValue(node.operands[i], from)) continue;
      operands ??= [...node.operands];
      operands[i] = to;
      this.#unuse(from, id);
      this.#use(to, node);
    }
    if (operands === undefined) return;
    this.#nodes[id] = { ...node, operands };
  }

  /** The list of the first operand where the types are the same, as of most element-wise nodes: large graphs are mostly types. */
  #sharedTypes(types: readonly TensorType[], first: Value | undefined): readonly TensorType[] {
    const known = first && this.#stored(first.node).types;
    const isShared = known?.length === 1 && types.length === 1 && sameType(known[0]!, types[0]!);
    return isShared ? known : types;
  }

  /** What is stored of a node: all of it but the operands of a wide one is as it is now. */
  #stored(id: NodeId): Node {
    const node = this.#nodes[id];
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
    if (moved.length === places.length) wide.positions.delete(from.node);
    else
      wide.positions.set(
        from.node,
        places.filter((i) => wide.operands[i]!.output !== from.output),
      );
    const known = wide.positions.get(to.node);
    if (known) for (const i of moved) known.push(i);
    else wide.positions.set(to.node, moved);
    const node = this.#stored(id);
    for (const i of moved) {
      wide.operands[i] = to;
      this.#unuse(from, id);
      this.#use(to, node);
    }
    wide.isAhead = true;
  }

  #nameFor(id: NodeId, wanted: string, naming: Naming): string {
    if (naming === "unique") return this.#names.take(wanted, id);
    this.#unsettled.push(id);
    return wanted;
  }

  *#settledNodes(): Generator<Node> {
    for (const node of this.#nodes) if (node && !this.#unsettled.includes(node.id)) yield node;
  }

  #insert(node: Node): Node {
    this.#countUses(node);
    this.#nodes[node.id] = node;
    return node;
  }

  #countUses(node: Node): void {
    for (const operand of node.operands) if (operand) this.#use(operand, node);
  }

  #use(operand: Value, user: Node): void {
    if (!this.has(operand.node))
      throw new Error(`internal: ${user.name} uses a node that is not there`);
    this.#uses.add(operand.node, user.id);
  }

  #unuse(operand: Value, user: NodeId): void {
    this.#uses.remove(operand.node, user);
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

/** How far `finish` is with a node. */
const visited = { not: 0, begun: 1, whole: 2 } as const;

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
