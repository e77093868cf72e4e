import type { AttributePattern, TensorTypePattern } from "../../grammar/ast.ts";
import type { RuleTypeScript } from "../config/modules.ts";
import { type Node, type NodeId, sameValue, type Value } from "../ir/graph.ts";
import type { GraphView } from "../ir/graph-view.ts";
import type { OpDef, OpTable } from "../ir/op.ts";
import { dtypeNotation, printType, type TensorType } from "../ir/types.ts";
import { compare } from "./arithmetic.ts";
import { evaluateExpression, type Scope } from "./expression.ts";
import {
  type ChainPattern,
  type ChoicePattern,
  type GroupPattern,
  type LocalPattern,
  layoutOperands,
  longestGroup,
  type NodePattern,
  type OperandLayout,
  opsNamed,
  type PathPattern,
  type Pattern,
  type RepeatPattern,
  type ValuePattern,
} from "./pattern.ts";
import {
  absent,
  ifMet,
  isValueTerm,
  opOf,
  printTerm,
  sameTerm,
  type Term,
  termOfAttribute,
} from "./term.ts";
import { weightSize } from "./weight-sizes.ts";

/** One way in which a pattern fits: what its names stand for, and the nodes that it covers, each once. */
export interface Match {
  readonly bindings: readonly (Term | undefined)[];
  readonly nodes: readonly NodeId[];
}

/** Called for each way in which a pattern fits; `true` ends the search. */
export type Found = (search: Search) => boolean;

/** Told where a pattern stops fitting: how many nodes fitted until then, and why the next part does not. */
export type Mismatch = (fitting: number, reason: () => string) => void;

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
  mismatch?: Mismatch,
): boolean {
  return new Search(pattern, graph, ops, mismatch).at(node, found);
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
  /** Of the pattern, or of the part with names of its own that is being matched. */
  #slots: ReadonlyMap<string, number>;
  #mismatch: Mismatch | undefined;
  /** Of the place that is being tried. */
  #found: Found = () => false;

  constructor(pattern: Pattern, graph: GraphView, ops: OpTable, mismatch?: Mismatch) {
    this.pattern = pattern;
    this.graph = graph;
    this.ops = ops;
    this.#mismatch = mismatch;
    this.#bindings = new Array(pattern.slotCount);
    this.#slots = pattern.slots;
  }

  lookup(name: string): Term | undefined {
    const slot = this.#slots.get(name);
    return slot === undefined ? undefined : this.#bindings[slot];
  }

  opsNamed(name: string): ReadonlySet<string> | undefined {
    return opsNamed(name, this.ops, this.pattern.sets);
  }

  get typescript(): RuleTypeScript | undefined {
    return this.pattern.typescript;
  }

  /** Binds a `let`. */
  define(name: string, term: Term): void {
    this.#bindings[this.pattern.slots.get(name)!] = term;
  }

  /** The nodes that the pattern's nodes stand for, each once. */
  nodes(): readonly NodeId[] {
    return distinct(this.#nodes);
  }

  snapshot(): Match {
    return { bindings: [...this.#bindings], nodes: this.nodes() };
  }

  /** Tries all chains of the pattern, the first one with its root at `node`; forgets what was found before. */
  at(node: NodeId, found: Found): boolean {
    const { chains } = this.pattern;
    const first = chains[0];
    if (first === undefined) return found(this);
    this.#bindings.fill(undefined);
    this.#trail.length = 0;
    this.#nodes.length = 0;
    this.#found = found;
    const others =
      chains.length === 1 ? this.#allBound : () => this.#each(chains, 1, this.#allBound);
    return this.#chainAt(first, { node, output: 0 }, others);
  }

  #each(chains: readonly ChainPattern[], index: number, done: Next): boolean {
    const chain = chains[index];
    if (chain === undefined) return done();
    const next = () => this.#each(chains, index + 1, done);
    for (const value of this.#rootsOf(chain)) if (this.#chainAt(chain, value, next)) return true;
    return false;
  }

  #chainAt(chain: ChainPattern, root: Value, next: Next): boolean {
    const below = chain.below.length === 0 ? next : () => this.#below(chain, 0, root, next);
    return this.#value(chain.root, root, below);
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
    if (start.kind === "bound") {
      const slot = start.slots.find((one) => this.#bindings[one] !== undefined);
      const root = slot === undefined ? undefined : this.#bindings[slot];
      if (root !== undefined && isValueTerm(root)) yield root.value;
      return;
    }
    const term = this.#bindings[start.slot];
    if (term === undefined || !isValueTerm(term)) return;
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
    if (pattern.slots.length === 0) return this.#typedValue(pattern, value, next);
    const mark = this.#trail.length;
    const term: Term = { kind: "value", value };
    if (this.#assignAll(pattern.slots, term) && this.#typedValue(pattern, value, next)) return true;
    this.#undo(mark);
    return false;
  }

  #typedValue(pattern: ValuePattern, value: Value, next: Next): boolean {
    if (pattern.types.length === 0) return this.#computed(pattern, value, next);
    const mark = this.#trail.length;
    if (this.#typesFit(pattern.types, value) && this.#computed(pattern, value, next)) return true;
    this.#undo(mark);
    return false;
  }

  #computed({ node, group }: ValuePattern, value: Value, next: Next): boolean {
    if (group) return this.#group(group, value, next);
    return node ? this.#node(node, value, next) : next();
  }

  #group(pattern: GroupPattern, value: Value, next: Next): boolean {
    switch (pattern.kind) {
      case "repeat":
        return this.#repeat(pattern, value, next);
      case "path":
        return this.#path(pattern, value, next);
      case "choice":
        return this.#choice(pattern, value, next);
    }
  }

  /** As often as it fits; where what comes before does not fit then, less often. */
  #repeat(pattern: RepeatPattern, value: Value, next: Next): boolean {
    const { body, bound, entry, least, most, input } = pattern;
    const counts: (readonly Times[])[] = [[{ flowsIn: value, slots: [], outside: [] }]];
    while (counts.length <= most) {
      const more = counts
        .at(-1)!
        .flatMap((times) => this.#onceMore(body, bound, times.flowsIn!, times, entry));
      if (more.length === 0) break;
      counts.push(onceEach(more));
    }
    let fits = false;
    const after = () => {
      fits = true;
      return next();
    };
    for (let count = counts.length - 1; count >= least && !fits; count--)
      for (const times of counts[count]!) {
        const before = () => (input ? this.#value(input, times.flowsIn!, after) : after());
        if (this.#asLists(bound, times, true, before)) return true;
        // Nothing more tells them apart.
        if (fits && !input) break;
      }
    return false;
  }

  /**
   * The ways in which a repeated part fits once more, where it ends in `value`. Of ways that differ in names of its own alone, which become
   * lists, the first will do.
   */
  #onceMore(
    part: ValuePattern,
    own: readonly number[],
    value: Value,
    before: Times,
    entry?: number,
  ): readonly Times[] {
    const found: Times[] = [];
    const known = own.map((slot) => this.#bindings[slot]);
    for (const slot of own) this.#bindings[slot] = undefined;
    const mark = this.#trail.length;
    const covered = this.#nodes.length;
    this.#bindEach(before.slots, before.outside, () =>
      this.#value(part, value, () => {
        const slots = this.#trail.slice(mark).filter((slot) => !own.includes(slot));
        const term = entry === undefined ? undefined : this.#bindings[entry];
        found.push({
          before,
          terms: own.map((slot) => this.#bindings[slot] ?? absent),
          nodes: this.#nodes.slice(covered),
          slots,
          outside: slots.map((slot) => this.#bindings[slot]!),
          ...(term && isValueTerm(term) && { flowsIn: term.value }),
        });
        return false;
      }),
    );
    for (const [i, slot] of own.entries()) this.#bindings[slot] = known[i];
    return onceEach(found);
  }

  /** What the names of a repeated part stand for after all times. */
  #asLists(own: readonly number[], times: Times, isReversed: boolean, next: Next): boolean {
    const all: Times[] = [];
    for (let at: Times | undefined = times; at?.before; at = at.before) all.push(at);
    const items = isReversed ? all : all.toReversed();
    const covered = this.#nodes.length;
    for (const { nodes = [] } of all.toReversed()) this.#nodes.push(...nodes);
    const lists = own.map((_, i) => items.map(({ terms }) => terms![i]!));
    const ended = this.#bindEach(times.slots, times.outside, () =>
      this.#bindEach(own, lists, next),
    );
    this.#nodes.length = covered;
    return ended;
  }

  /** The shortest way first; each node is passed on one way only. */
  #path(pattern: PathPattern, value: Value, next: Next): boolean {
    interface Way {
      readonly value: Value;
      readonly length: number;
      readonly after?: Way;
    }
    const queue: Way[] = [{ value, length: 0 }];
    const seen = new Set<NodeId>();
    for (let way = queue.shift(); way !== undefined; way = queue.shift()) {
      const nodes: NodeId[] = [];
      for (let at = way.after; at !== undefined; at = at.after) nodes.push(at.value.node);
      if (this.#along(pattern, nodes, way.value, next)) return true;
      const node = this.graph.node(way.value.node);
      const isPassed = pattern.ops?.has(node.op) ?? !["Constant", "Input"].includes(node.op);
      if (!isPassed || way.length === longestGroup || seen.has(node.id)) continue;
      seen.add(node.id);
      for (const operand of node.operands)
        if (operand) queue.push({ value: operand, length: way.length + 1, after: way });
    }
    return false;
  }

  /** `nodes` lie on the way from `value`, inputs first. */
  #along(pattern: PathPattern, nodes: readonly NodeId[], value: Value, next: Next): boolean {
    const terms = nodes.map((node): Term => ({ kind: "value", value: { node, output: 0 } }));
    const before = this.#nodes.length;
    this.#nodes.push(...nodes);
    const ended = this.#bind(pattern.slot, terms, () => this.#value(pattern.input, value, next));
    this.#nodes.length = before;
    return ended;
  }

  #choice(pattern: ChoicePattern, value: Value, next: Next): boolean {
    for (const { tag, pattern: alternative } of pattern.alternatives) {
      let fits = false;
      const ended = this.#bind(tag === undefined ? undefined : pattern.slot, tag ?? "", () =>
        this.#value(alternative, value, () => {
          fits = true;
          return next();
        }),
      );
      if (ended) return true;
      if (fits) return false;
    }
    return false;
  }

  /** Names of parts that are not there, of other alternatives or of optional nodes, stand for nothing. */
  readonly #allBound: Next = () => {
    const mark = this.#trail.length;
    for (let slot = 0; slot < this.pattern.matchedCount; slot++)
      if (this.#bindings[slot] === undefined) this.#assign(slot, absent);
    if (this.#found(this)) return true;
    this.#undo(mark);
    return false;
  };

  /** Whether further chains fit too, the first one with its root at `root` if that is given. Leaves no binding behind. */
  fits({ chains, slots }: LocalPattern, root?: Value): boolean {
    const mark = this.#trail.length;
    const before = this.#nodes.length;
    const mismatch = this.#mismatch;
    this.#mismatch = undefined;
    this.#slots = slots;
    const [first] = chains;
    // The user's TypeScript may throw in the middle.
    try {
      return root
        ? first !== undefined && this.#chainAt(first, root, () => true)
        : this.#each(chains, 0, () => true);
    } finally {
      this.#slots = this.pattern.slots;
      this.#mismatch = mismatch;
      this.#undo(mark);
      this.#nodes.length = before;
    }
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
    if (pattern.ops ? !pattern.ops.has(node.op) : node.op === "Constant")
      return this.#missesOp(pattern, node);
    this.#nodes.push(node.id);
    const mark = this.#trail.length;
    const ended =
      (pattern.slot === undefined || this.#assign(pattern.slot, { kind: "value", value })) &&
      this.#attributesFit(pattern, node) &&
      this.#operands(pattern, opOf(this.ops, node), node.operands, next);
    if (!ended) this.#undo(mark);
    this.#nodes.pop();
    return ended;
  }

  #missesOp({ ops }: NodePattern, { name, op }: Node): false {
    const wanted = () => (ops ? [...ops].join(" | ") : "not a constant");
    return this.#misses(() => `\`${name}\` is ${op}, wanted is ${wanted()}`);
  }

  #operands(
    pattern: NodePattern,
    op: OpDef,
    operands: readonly (Value | undefined)[],
    next: Next,
  ): boolean {
    if (pattern.input === undefined && pattern.operands === undefined) return next();
    const layout = layoutOf(pattern, op);
    if (layout === undefined)
      return this.#misses(() => `\`${op.name}\` has no such operands as the pattern lists`);
    if (layout.exactly !== undefined && operands.length !== layout.exactly)
      return this.#misses(() => `it has ${operands.length} operands, not ${layout.exactly}`);
    if (this.#input(pattern, layout, operands, next)) return true;
    if (pattern.ordered || !op.traits.includes("commutative")) return false;
    const [first, second, ...rest] = operands;
    return this.#input(pattern, layout, [second, first, ...rest], next);
  }

  #input(
    pattern: NodePattern,
    layout: OperandLayout,
    operands: readonly (Value | undefined)[],
    next: Next,
  ): boolean {
    if (pattern.input === undefined) return this.#fixed(layout, 0, operands, next);
    const first = operands[0];
    if (first === undefined) return false;
    const isLast = layout.fixed.length === 0 && layout.spread === undefined;
    const listed = isLast ? next : () => this.#fixed(layout, 0, operands, next);
    return this.#value(pattern.input, first, listed);
  }

  #fixed(
    layout: OperandLayout,
    index: number,
    operands: readonly (Value | undefined)[],
    next: Next,
  ): boolean {
    const entry = layout.fixed[index];
    if (entry === undefined) return this.#spread(layout, operands, next);
    const isLast = index === layout.fixed.length - 1 && layout.spread === undefined;
    const after = isLast ? next : () => this.#fixed(layout, index + 1, operands, next);
    const value = operands.at(entry.at);
    if (value !== undefined) return this.#value(entry.spec.pattern, value, after);
    return entry.spec.optional && this.#bindAll(entry.spec.bound, absent, after);
  }

  #spread(layout: OperandLayout, operands: readonly (Value | undefined)[], next: Next): boolean {
    if (layout.spread === undefined) return next();
    const { from, behind, spec } = layout.spread;
    const last = operands.length - behind;
    if (last < from) return this.#misses(() => `it has ${operands.length} operands`);
    let all: readonly Times[] = [{ slots: [], outside: [] }];
    for (const value of operands.slice(from, last)) {
      if (value === undefined) return false;
      all = onceEach(
        all.flatMap((times) => this.#onceMore(spec.pattern, spec.bound, value, times)),
      );
    }
    return all.some((times) => this.#asLists(spec.bound, times, false, next));
  }

  /** Binds the names that attributes are given. */
  #attributesFit({ attributes: wanted }: NodePattern, node: Node): boolean {
    for (const one of wanted) if (!this.#attributeFits(one, node)) return false;
    return true;
  }

  #attributeFits(wanted: AttributePattern, node: Node): boolean {
    const name = wanted.name.text;
    const actual = Object.hasOwn(node.attributes, name)
      ? node.attributes[name]
      : weightSize(name, node, opOf(this.ops, node), this.graph);
    if (actual === undefined) return this.#misses(() => `it has no attribute \`${name}\``);
    const term = termOfAttribute(actual);
    const slot = wanted.value.kind === "name" && this.#slots.get(wanted.value.name.text);
    if (typeof slot === "number" && !wanted.comparison && !wanted.most)
      return this.#assign(slot, term);
    if (isWithin(term, wanted, this)) return true;
    const { file, start, end } = wanted.span;
    return this.#misses(
      () => `\`${file.text.slice(start, end)}\`: \`${name}\` is ${printTerm(term, this.graph)}`,
    );
  }

  /** Binds the variables of shapes. */
  #typesFit(types: readonly TensorTypePattern[], value: Value): boolean {
    const actual = this.graph.node(value.node).types[value.output]!;
    for (const type of types) {
      if (type.dtype && !isDType(type.dtype.text, actual))
        return this.#misses(() => `its type is ${printType(actual)}, not ${type.dtype!.text}`);
      if (!this.#dimensionsFit(type, actual)) return false;
    }
    return true;
  }

  #dimensionsFit({ dimensions }: TensorTypePattern, { shape }: TensorType): boolean {
    if (dimensions === undefined) return true;
    const rest = dimensions.findIndex(({ kind }) => kind === "rest");
    const behind = rest < 0 ? 0 : dimensions.length - rest - 1;
    if (rest < 0 ? shape.length !== dimensions.length : shape.length < dimensions.length - 1)
      return this.#misses(() => `its rank is ${shape.length}`);
    const sizes = dimensions.map((_, i) =>
      rest >= 0 && i > rest ? shape[shape.length - behind + (i - rest - 1)]! : shape[i]!,
    );
    for (const [i, dimension] of dimensions.entries()) {
      if (dimension.kind === "size" && dimension.value !== sizes[i])
        return this.#misses(() => `a dimension is ${sizes[i]}, not ${dimension.value}`);
    }
    return dimensions.every(
      (dimension, i) =>
        dimension.kind !== "variable" ||
        this.#assign(this.#slots.get(dimension.name.text)!, sizes[i]!),
    );
  }

  #bindValue(slots: readonly number[], value: Value, next: Next): boolean {
    return slots.length === 0 ? next() : this.#bindAll(slots, { kind: "value", value }, next);
  }

  #bind(slot: number | undefined, term: Term, next: Next): boolean {
    if (slot === undefined) return next();
    const mark = this.#trail.length;
    if (this.#assign(slot, term) && next()) return true;
    this.#undo(mark);
    return false;
  }

  #bindAll(slots: readonly number[], term: Term, next: Next): boolean {
    const mark = this.#trail.length;
    if (this.#assignAll(slots, term) && next()) return true;
    this.#undo(mark);
    return false;
  }

  #bindEach(slots: readonly number[], terms: readonly Term[], next: Next): boolean {
    const mark = this.#trail.length;
    if (slots.every((slot, i) => this.#assign(slot, terms[i]!)) && next()) return true;
    this.#undo(mark);
    return false;
  }

  #assignAll(slots: readonly number[], term: Term): boolean {
    for (const slot of slots) if (!this.#assign(slot, term)) return false;
    return true;
  }

  /** A name that is bound already must stand for the same. */
  #assign(slot: number, term: Term): boolean {
    const known = this.#bindings[slot];
    if (known !== undefined) return sameTerm(known, term);
    this.#bindings[slot] = term;
    this.#trail.push(slot);
    return true;
  }

  #misses(reason: () => string): false {
    this.#mismatch?.(this.#nodes.length, reason);
    return false;
  }

  #undo(mark: number): void {
    while (this.#trail.length > mark) this.#bindings[this.#trail.pop()!] = undefined;
  }
}

/** A copy without what is there already; matches have few nodes, and hardly ever one of them twice. */
function distinct(ids: readonly NodeId[]): readonly NodeId[] {
  const isDistinct = ids.length <= fewNodes && ids.every((id, i) => ids.indexOf(id, i + 1) < 0);
  return isDistinct ? ids.slice() : [...new Set(ids)];
}

/** Among so many a search one by one is the fastest. */
const fewNodes = 32;

/** How a repeated part fitted so many times: a list from the last time to the first, which stands for none. */
interface Times {
  readonly before?: Times;
  /** What the part's own names stand for, this time. */
  readonly terms?: readonly Term[];
  readonly nodes?: readonly NodeId[];
  /** What flows into a repetition. */
  readonly flowsIn?: Value;
  /** Names of the outside that have been bound until then. */
  readonly slots: readonly number[];
  readonly outside: readonly Term[];
}

/** Those that can be told apart from outside. */
function onceEach(all: readonly Times[]): readonly Times[] {
  if (all.length < 2) return all;
  const isLike = (a: Times, b: Times) =>
    sameValue(a.flowsIn, b.flowsIn) && sameTerm(a.slots, b.slots) && sameTerm(a.outside, b.outside);
  return all.filter((times, i) => !all.slice(0, i).some((other) => isLike(other, times)));
}

/** Whether an attribute is what a pattern asks of it. */
function isWithin(
  term: Term,
  { value, comparison, most }: AttributePattern,
  scope: Scope,
): boolean {
  const holds = ifMet(() => {
    const bound = evaluateExpression(value, scope);
    if (most !== undefined) {
      const high = evaluateExpression(most, scope);
      return compare(">=", term, bound, scope.graph) && compare("<=", term, high, scope.graph);
    }
    if (comparison === undefined || comparison === "==") return sameTerm(term, bound);
    return comparison === "!="
      ? !sameTerm(term, bound)
      : compare(comparison, term, bound, scope.graph);
  });
  return holds === true;
}

function* usersOf(graph: GraphView, nodes: Iterable<NodeId>): Generator<NodeId> {
  for (const id of nodes) yield* graph.eachUser(id);
}

/** `f32`, `i8` …: the notation of types; the names of the graph's dtypes are understood too. */
function isDType(notation: string, { dtype }: TensorType): boolean {
  return notation === dtypeNotation[dtype] || notation === dtype;
}

const layouts = new WeakMap<NodePattern, Map<OpDef, OperandLayout | undefined>>();

function layoutOf(pattern: NodePattern, op: OpDef): OperandLayout | undefined {
  const known = layouts.get(pattern) ?? new Map<OpDef, OperandLayout | undefined>();
  if (known.size === 0) layouts.set(pattern, known);
  if (!known.has(op)) known.set(op, layoutOperands(pattern, op));
  return known.get(op);
}
