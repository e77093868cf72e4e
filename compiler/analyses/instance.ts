import type { OpTable } from "../ir/op.ts";
import {
  type ChoicePattern,
  type GroupPattern,
  layoutOperands,
  type NodePattern,
  type OperandLayout,
  type OperandSpec,
  type PathPattern,
  type Pattern,
  type RepeatPattern,
  type ValuePattern,
} from "../rewrite/pattern.ts";
import { type TermId, Terms } from "./terms.ts";
import { type Choose, deadEnd, eachWay, type Ways } from "./ways.ts";

/** What a name of a pattern stands for in one way of fitting. */
export type Bound = TermId | "absent" | "word" | readonly Bound[];

/** One way in which a pattern can fit: its optional parts there or not, its repetitions a few times, its alternatives chosen. */
export interface Instance {
  readonly terms: Terms;
  /** By name; shape variables and other words that stand for no value are left out. */
  readonly names: ReadonlyMap<string, Bound>;
  /** The nodes that the pattern speaks of. */
  readonly nodes: readonly TermId[];
  /** The last node of each chain, the one at which matching starts first. */
  readonly roots: readonly TermId[];
}

/** How many ways of one pattern are looked at. */
const mostInstances = 128;
/** How often a part is repeated beyond its least, and how many operands of any number there are. */
const mostRepeated = 2;

/** The ways in which a pattern can fit. */
export function instancesOf(pattern: Pattern, ops: OpTable): Ways<Instance> {
  return eachWay((choose) => instantiate(pattern, new Terms(ops), choose), mostInstances);
}

/** A way in which a pattern can fit, among values that are there already. */
export function instantiate(pattern: Pattern, terms: Terms, choose: Choose): Instance {
  const builder = new Builder(terms, choose);
  const roots = pattern.chains.map((chain) => {
    let value = builder.value(chain.root);
    const root = value;
    for (const step of chain.below) value = builder.below(step, value);
    return root;
  });
  if (!terms.isAcyclic()) throw deadEnd;
  const names = new Map<string, Bound>();
  for (const [name, slot] of pattern.slots) {
    const bound = builder.bound.get(slot);
    if (bound !== undefined) names.set(name, bound);
  }
  return { terms, names, nodes: builder.nodes, roots };
}

class Builder {
  readonly bound = new Map<number, Bound>();
  readonly nodes: TermId[] = [];
  readonly #terms: Terms;
  readonly #choose: Choose;

  constructor(terms: Terms, choose: Choose) {
    this.#terms = terms;
    this.#choose = choose;
  }

  value(pattern: ValuePattern): TermId {
    const { node, group, slots, types } = pattern;
    const known = slots
      .map((slot) => this.bound.get(slot))
      .find((bound) => typeof bound === "number");
    const id = group
      ? this.#group(group)
      : node
        ? this.#node(node)
        : ((known as TermId | undefined) ?? this.#terms.add());
    this.#terms.term(id).types.push(...types);
    for (const slot of slots) this.#bind(slot, id);
    return id;
  }

  /** A node or a name after the root of a chain. */
  below(step: NodePattern | ValuePattern, before: TermId): TermId {
    if (step.kind === "value") {
      for (const slot of step.slots) this.#bind(slot, before);
      return before;
    }
    for (const slot of step.input?.slots ?? []) this.#bind(slot, before);
    return this.#node(step);
  }

  #bind(slot: number, id: TermId): void {
    const known = this.bound.get(slot);
    if (known === undefined) this.bound.set(slot, id);
    else if (typeof known === "number") this.#terms.unify(known, id, this.#choose);
    else throw deadEnd;
  }

  #node(pattern: NodePattern): TermId {
    if (pattern.optional && this.#choose(2) === 1) {
      if (pattern.slot !== undefined) this.bound.set(pattern.slot, "absent");
      return pattern.input ? this.value(pattern.input) : this.#terms.add();
    }
    const { ops, layout } = this.#layout(pattern);
    const id = this.#terms.add(ops);
    this.nodes.push(id);
    this.#terms.term(id).attributes.push(...pattern.attributes);
    if (pattern.slot !== undefined) this.#bind(pattern.slot, id);
    if (pattern.input) this.#operand(id, 0, pattern.input);
    if (layout) this.#operands(id, layout);
    return id;
  }

  /** The ops of a pattern that take its operands at the same places. */
  #layout(pattern: NodePattern): { ops: ReadonlySet<string> | undefined; layout?: OperandLayout } {
    if (!pattern.input && !pattern.operands) return { ops: pattern.ops };
    const table = this.#terms.ops;
    const classes = new Map<string, { ops: Set<string>; layout: OperandLayout }>();
    for (const name of pattern.ops ?? table.keys()) {
      const op = table.get(name);
      if (op === undefined || op.operands.length === 0) continue;
      const layout = layoutOperands(pattern, op);
      if (layout === undefined) continue;
      const key = [
        layout.fixed.map(({ at }) => at),
        layout.spread?.from,
        layout.exactly,
        op.operands.map((operand) => operand.name),
      ].join(";");
      const known = classes.get(key);
      if (known) known.ops.add(name);
      else classes.set(key, { ops: new Set([name]), layout });
    }
    if (classes.size === 0) throw deadEnd;
    return [...classes.values()][this.#choose(classes.size)]!;
  }

  #operands(id: TermId, { fixed, spread, exactly }: OperandLayout): void {
    const term = this.#terms.term(id);
    if (exactly !== undefined) term.count = exactly;
    let count = term.count ?? 0;
    if (spread) {
      const times = this.#choose(mostRepeated) + 1;
      count = spread.from + times + spread.behind;
      this.#terms.term(id).count = count;
      this.#spread(id, spread.from, times, spread.spec);
    }
    for (const { at, spec } of fixed) {
      if (spec.optional && this.#choose(2) === 1)
        for (const slot of spec.bound) this.bound.set(slot, "absent");
      else this.#operand(id, at < 0 ? count + at : at, spec.pattern);
    }
  }

  #operand(id: TermId, place: number, pattern: ValuePattern): void {
    const value = this.value(pattern);
    const known = this.#terms.term(id).operands.get(place);
    if (known === undefined) this.#terms.term(id).operands.set(place, value);
    else this.#terms.unify(known, value, this.#choose);
  }

  #spread(id: TermId, from: number, times: number, { pattern, bound }: OperandSpec): void {
    const each = Array.from({ length: times }, (_, i) => {
      this.#operand(id, from + i, pattern);
      return this.#takeOut(bound);
    });
    this.#bindLists(bound, each);
  }

  /** What slots stand for in one repetition; they are free again for the next. */
  #takeOut(slots: readonly number[]): readonly Bound[] {
    const bound = slots.map((slot) => this.bound.get(slot) ?? "absent");
    for (const slot of slots) this.bound.delete(slot);
    return bound;
  }

  #bindLists(slots: readonly number[], each: readonly (readonly Bound[])[]): void {
    slots.forEach((slot, i) => {
      this.bound.set(
        slot,
        each.map((one) => one[i]!),
      );
    });
  }

  #group(pattern: GroupPattern): TermId {
    switch (pattern.kind) {
      case "repeat":
        return this.#repeat(pattern);
      case "path":
        return this.#path(pattern);
      case "choice":
        return this.#choice(pattern);
    }
  }

  #repeat({ body, entry, least, most, bound, input }: RepeatPattern): TermId {
    const times = least + this.#choose(Math.min(mostRepeated, most - least) + 1);
    let value = input ? this.value(input) : this.#terms.add();
    const each: (readonly Bound[])[] = [];
    for (let i = 0; i < times; i++) {
      this.bound.set(entry, value);
      value = this.value(body);
      each.push(this.#takeOut(bound));
      this.bound.delete(entry);
    }
    this.#bindLists(bound, each);
    return value;
  }

  #path({ slot, ops, input }: PathPattern): TermId {
    let value = this.value(input);
    const between: TermId[] = [];
    for (let left = this.#choose(mostRepeated + 1); left > 0; left--) {
      const node = this.#terms.add(ops ?? this.#inner());
      this.#terms.term(node).operands.set(0, value);
      between.push(node);
      this.nodes.push(node);
      value = node;
    }
    if (slot !== undefined) this.bound.set(slot, between);
    return value;
  }

  #inner(): ReadonlySet<string> {
    const names = [...this.#terms.ops.values()].filter(({ operands }) => operands.length > 0);
    return new Set(names.map(({ name }) => name));
  }

  #choice({ alternatives, slot }: ChoicePattern): TermId {
    const { pattern, absent } = alternatives[this.#choose(alternatives.length)]!;
    for (const other of absent) if (!this.bound.has(other)) this.bound.set(other, "absent");
    if (slot !== undefined) this.bound.set(slot, "word");
    return this.value(pattern);
  }
}
