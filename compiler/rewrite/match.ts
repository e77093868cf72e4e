import type { TensorTypePattern } from "../../grammar/ast.ts";
import type { Node, NodeId, Value } from "../ir/graph.ts";
import type { GraphView } from "../ir/graph-view.ts";
import type { OpDef, OpTable } from "../ir/op.ts";
import { dtypeNotation, type TensorType } from "../ir/types.ts";
import { evaluateExpression, type Scope } from "./expression.ts";
import {
  type ChainPattern,
  layoutOperands,
  type NodePattern,
  type OperandLayout,
  type OperandSpec,
  type Pattern,
  type ValuePattern,
} from "./pattern.ts";
import {
  absent,
  isValueTerm,
  opOf,
  sameTerm,
  type Term,
  termOfAttribute,
  Unmet,
  type ValueTerm,
} from "./term.ts";

/** One way in which a pattern fits: what its names stand for, and the nodes that it covers. */
export interface Match {
  readonly bindings: readonly (Term | undefined)[];
  readonly nodes: ReadonlySet<NodeId>;
}

/** Called for each way in which a pattern fits; `true` ends the search. */
export type Found = (search: Search) => boolean;

/**
 * Tries a pattern with its root at `node`, every way until `found` is content. Backtracking is by continuations: each
 * step calls the next one and takes its own bindings back when that fails.
 */
export function matchAt(
  pattern: Pattern,
  node: NodeId,
  graph: GraphView,
  ops: OpTable,
  found: Found,
): boolean {
  if (!mayMatch(pattern, graph.node(node), graph)) return false;
  const search = new Search(pattern, graph, ops);
  const value: ValueTerm = { kind: "value", value: { node, output: 0 } };
  return search.chain(0, value, () => found(search));
}

/**
 * Whether the operands of `node` can be what the root of a pattern asks for, judged by their ops alone. Most attempts
 * end here, before anything is allocated.
 */
function mayMatch({ chains: [first] }: Pattern, node: Node, graph: GraphView): boolean {
  const root = first?.root.node;
  if (root === undefined) return true;
  if (root.ops && !root.ops.has(node.op)) return false;
  return operandOps(root).every((wanted) =>
    node.operands.some((operand) => operand && wanted.has(graph.node(operand.node).op)),
  );
}

const operandOpsOf = new WeakMap<NodePattern, readonly ReadonlySet<string>[]>();

/** The op sets of the nodes that must be among the operands. */
function operandOps(root: NodePattern): readonly ReadonlySet<string>[] {
  const known = operandOpsOf.get(root);
  if (known) return known;
  const listed =
    root.operands?.flatMap((spec) => (spec.spread || spec.optional ? [] : [spec.pattern])) ?? [];
  const wanted = [...(root.input ? [root.input] : []), ...listed].flatMap(({ node }) =>
    node?.ops && !node.optional ? [node.ops] : [],
  );
  operandOpsOf.set(root, wanted);
  return wanted;
}

type Next = () => boolean;

/** The bindings made so far, and the way back. */
export class Search implements Scope {
  readonly graph: GraphView;
  readonly ops: OpTable;
  readonly pattern: Pattern;
  readonly #bindings: (Term | undefined)[];
  readonly #trail: number[] = [];
  readonly #nodes: NodeId[] = [];

  constructor(pattern: Pattern, graph: GraphView, ops: OpTable) {
    this.pattern = pattern;
    this.graph = graph;
    this.ops = ops;
    this.#bindings = new Array(pattern.slotCount);
  }

  lookup(name: string): Term | undefined {
    const slot = this.pattern.slots.get(name);
    return slot === undefined ? undefined : this.#bindings[slot];
  }

  /** Binds a `let`. */
  define(name: string, term: Term): void {
    this.#bindings[this.pattern.slots.get(name)!] = term;
  }

  /** The nodes that the pattern's nodes stand for. */
  nodes(): ReadonlySet<NodeId> {
    return new Set(this.#nodes);
  }

  snapshot(): Match {
    return { bindings: [...this.#bindings], nodes: this.nodes() };
  }

  chain(index: number, root: ValueTerm | undefined, done: Next): boolean {
    const chain = this.pattern.chains[index];
    if (chain === undefined) return done();
    const next = () => this.chain(index + 1, undefined, done);
    if (root) return this.#chainAt(chain, root.value, next);
    for (const value of this.#rootsOf(chain)) if (this.#chainAt(chain, value, next)) return true;
    return false;
  }

  #chainAt(chain: ChainPattern, root: Value, next: Next): boolean {
    return this.#value(chain.root, root, () => this.#below(chain, 0, root, next));
  }

  /** Optional nodes after the root: each user that fits is a match of its own; if none fits, it is absent. */
  #below(chain: ChainPattern, index: number, value: Value, next: Next): boolean {
    const step = chain.below[index];
    if (step === undefined) return next();
    if (step.kind === "value") {
      return this.#value(step, value, () => this.#below(chain, index + 1, value, next));
    }
    let present = false;
    for (const user of this.graph.users(value.node)) {
      const result: Value = { node: user, output: 0 };
      const before: ValuePattern = step.input!;
      const ended = this.#bindValue(before.slots, value, () =>
        this.#presentNode(step, result, () => {
          present = true;
          return this.#below(chain, index + 1, result, next);
        }),
      );
      if (ended) return true;
    }
    if (present) return false;
    return this.#bind(step.slot, absent, () => this.#below(chain, index + 1, value, next));
  }

  /** One by one, as a value may have very many users of which the first fits. */
  *#rootsOf({ start }: ChainPattern): Generator<Value> {
    if (start.kind === "root") return;
    const term = this.#bindings[start.slot];
    if (term === undefined || !isValueTerm(term)) return;
    if (start.kind === "bound") {
      yield term.value;
      return;
    }
    const found = new Set<NodeId>();
    let level: Iterable<NodeId> = [term.value.node];
    for (let distance = 0; distance <= start.most; distance++) {
      const reached = new Set<NodeId>();
      for (const id of level) {
        if (distance < start.most) reached.add(id);
        if (distance < start.least || found.has(id)) continue;
        found.add(id);
        yield { node: id, output: 0 };
      }
      level = usersOf(this.graph, reached);
    }
  }

  #value(pattern: ValuePattern, value: Value, next: Next): boolean {
    return this.#bindValue(pattern.slots, value, () =>
      this.#types(pattern.types, 0, value, () =>
        pattern.node ? this.#node(pattern.node, value, next) : next(),
      ),
    );
  }

  #node(pattern: NodePattern, value: Value, next: Next): boolean {
    if (!pattern.optional) return this.#presentNode(pattern, value, next);
    let present = false;
    const ended = this.#presentNode(pattern, value, () => {
      present = true;
      return next();
    });
    if (ended || present) return ended;
    return this.#bind(pattern.slot, absent, () =>
      pattern.input ? this.#value(pattern.input, value, next) : next(),
    );
  }

  #presentNode(pattern: NodePattern, value: Value, next: Next): boolean {
    const node = this.graph.node(value.node);
    if (pattern.ops ? !pattern.ops.has(node.op) : node.op === "Constant") return false;
    const op = opOf(this.ops, node);
    this.#nodes.push(node.id);
    const term: Term = { kind: "value", value };
    const ended = this.#bind(pattern.slot, term, () =>
      this.#attributes(pattern, 0, value.node, () =>
        this.#operands(pattern, op, node.operands, next),
      ),
    );
    this.#nodes.pop();
    return ended;
  }

  #operands(
    pattern: NodePattern,
    op: OpDef,
    operands: readonly (Value | undefined)[],
    next: Next,
  ): boolean {
    if (pattern.input === undefined && pattern.operands === undefined) return next();
    const layout = layoutOf(pattern, op);
    if (layout === undefined) return false;
    if (layout.exactly !== undefined && operands.length !== layout.exactly) return false;
    const inOrder = () => this.#input(pattern, layout, operands, next);
    if (pattern.ordered || !op.traits.includes("commutative")) return inOrder();
    const [first, second, ...rest] = operands;
    return inOrder() || this.#input(pattern, layout, [second, first, ...rest], next);
  }

  #input(
    pattern: NodePattern,
    layout: OperandLayout,
    operands: readonly (Value | undefined)[],
    next: Next,
  ): boolean {
    const listed = () => this.#fixed(layout, 0, operands, next);
    if (pattern.input === undefined) return listed();
    const [first] = operands;
    return first !== undefined && this.#value(pattern.input, first, listed);
  }

  #fixed(
    layout: OperandLayout,
    index: number,
    operands: readonly (Value | undefined)[],
    next: Next,
  ): boolean {
    const entry = layout.fixed[index];
    if (entry === undefined) return this.#spread(layout, operands, next);
    const after = () => this.#fixed(layout, index + 1, operands, next);
    const value = operands.at(entry.at);
    if (value !== undefined) return this.#value(entry.spec.pattern, value, after);
    return entry.spec.optional && this.#bindAll(entry.spec.bound, absent, after);
  }

  #spread(layout: OperandLayout, operands: readonly (Value | undefined)[], next: Next): boolean {
    if (layout.spread === undefined) return next();
    const { from, behind, spec } = layout.spread;
    const last = operands.length - behind;
    if (last < from) return false;
    const items: (readonly Term[])[] = [];
    const nodes: NodeId[] = [];
    for (const value of operands.slice(from, last)) {
      const item = value && this.#spreadItem(spec, value, nodes);
      if (item === undefined) return false;
      items.push(item);
    }
    for (const id of nodes) this.#nodes.push(id);
    const lists = spec.bound.map((_, i) => items.map((item) => item[i]!));
    const ended = this.#bindEach(spec.bound, lists, next);
    this.#nodes.length -= nodes.length;
    return ended;
  }

  /** What the names of an element pattern stand for at one element; the nodes that it covers go to `nodes`. */
  #spreadItem(spec: OperandSpec, value: Value, nodes: NodeId[]): readonly Term[] | undefined {
    let item: readonly Term[] | undefined;
    const before = this.#nodes.length;
    this.#value(spec.pattern, value, () => {
      item = spec.bound.map((slot) => this.#bindings[slot] ?? absent);
      nodes.push(...this.#nodes.slice(before));
      return true;
    });
    // The search inside the element ended content, so its bindings are still there.
    for (const slot of spec.bound) this.#bindings[slot] = undefined;
    this.#nodes.length = before;
    return item;
  }

  #attributes(pattern: NodePattern, index: number, id: NodeId, next: Next): boolean {
    const wanted = pattern.attributes[index];
    if (wanted === undefined) return next();
    const { attributes } = this.graph.node(id);
    const name = wanted.name.text;
    const actual = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
    if (actual === undefined) return false;
    const term = termOfAttribute(actual);
    const after = () => this.#attributes(pattern, index + 1, id, next);
    if (wanted.value.kind === "name") {
      return this.#bind(this.pattern.slots.get(wanted.value.name.text), term, after);
    }
    const value = evaluated(() => evaluateExpression(wanted.value, this));
    return value !== undefined && sameTerm(term, value) && after();
  }

  #types(types: readonly TensorTypePattern[], index: number, value: Value, next: Next): boolean {
    const type = types[index];
    if (type === undefined) return next();
    const actual = this.graph.node(value.node).types[value.output]!;
    if (type.dtype && !isDType(type.dtype.text, actual)) return false;
    return this.#dimensions(type, actual, () => this.#types(types, index + 1, value, next));
  }

  #dimensions({ dimensions }: TensorTypePattern, { shape }: TensorType, next: Next): boolean {
    if (dimensions === undefined) return next();
    const rest = dimensions.findIndex(({ kind }) => kind === "rest");
    const behind = rest < 0 ? 0 : dimensions.length - rest - 1;
    if (rest < 0 ? shape.length !== dimensions.length : shape.length < dimensions.length - 1)
      return false;
    const slots: number[] = [];
    const sizes: number[] = [];
    for (const [i, dimension] of dimensions.entries()) {
      const size =
        rest >= 0 && i > rest ? shape[shape.length - behind + (i - rest - 1)]! : shape[i]!;
      if (dimension.kind === "size" && dimension.value !== size) return false;
      if (dimension.kind !== "variable") continue;
      slots.push(this.pattern.slots.get(dimension.name.text)!);
      sizes.push(size);
    }
    return this.#bindEach(slots, sizes, next);
  }

  #bindValue(slots: readonly number[], value: Value, next: Next): boolean {
    return slots.length === 0 ? next() : this.#bindAll(slots, { kind: "value", value }, next);
  }

  #bind(slot: number | undefined, term: Term, next: Next): boolean {
    return slot === undefined ? next() : this.#bindEach([slot], [term], next);
  }

  #bindAll(slots: readonly number[], term: Term, next: Next): boolean {
    return this.#bindEach(
      slots,
      slots.map(() => term),
      next,
    );
  }

  /** A name that is bound already must stand for the same. */
  #bindEach(slots: readonly number[], terms: readonly Term[], next: Next): boolean {
    const mark = this.#trail.length;
    const agree = slots.every((slot, i) => {
      const known = this.#bindings[slot];
      if (known !== undefined) return sameTerm(known, terms[i]!);
      this.#bindings[slot] = terms[i]!;
      this.#trail.push(slot);
      return true;
    });
    if (agree && next()) return true;
    while (this.#trail.length > mark) this.#bindings[this.#trail.pop()!] = undefined;
    return false;
  }
}

function* usersOf(graph: GraphView, nodes: Iterable<NodeId>): Generator<NodeId> {
  for (const id of nodes) yield* graph.eachUser(id);
}

/** `f32`, `i8` …: the notation of types; the names of the graph's dtypes are understood too. */
function isDType(notation: string, { dtype }: TensorType): boolean {
  return notation === dtypeNotation[dtype] || notation === dtype;
}

function evaluated(make: () => Term): Term | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof Unmet) return undefined;
    throw error;
  }
}

const layouts = new WeakMap<NodePattern, Map<OpDef, OperandLayout | undefined>>();

function layoutOf(pattern: NodePattern, op: OpDef): OperandLayout | undefined {
  const known = layouts.get(pattern) ?? new Map<OpDef, OperandLayout | undefined>();
  if (known.size === 0) layouts.set(pattern, known);
  if (!known.has(op)) known.set(op, layoutOperands(pattern, op));
  return known.get(op);
}
