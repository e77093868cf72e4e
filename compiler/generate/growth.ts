import type { Expression, TensorTypePattern } from "../../grammar/ast.ts";
import type { NodeId, Value } from "../ir/graph.ts";
import { attributeOf } from "../ir/infer.ts";
import type { OpDef, OpTable } from "../ir/op.ts";
import type { Condition } from "../rewrite/conditions.ts";
import type { Scope } from "../rewrite/expression.ts";
import {
  type ChainPattern,
  type ChoicePattern,
  type GroupPattern,
  layoutOperands,
  type NodePattern,
  type OperandLayout,
  type OperandSpec,
  opsNamed,
  type PathPattern,
  type Pattern,
  type RepeatPattern,
  type ValuePattern,
} from "../rewrite/pattern.ts";
import { absent, isValueTerm, type Term, termOfAttribute } from "../rewrite/term.ts";
import { sizeNames } from "../rewrite/weight-sizes.ts";
import { type Check, checksOf, partsOf } from "./checks.ts";
import type { Draw } from "./choices.ts";
import { definitionsOf } from "./definitions.ts";
import type { DraftGraph } from "./draft-graph.ts";
import { type Failed, GrowingNames } from "./growing-names.ts";
import { operandCount, roleOf } from "./op-recipes.ts";
import type { Palette } from "./palette.ts";
import { bothRepairs, contradicts, type Repair, repairFor } from "./repair.ts";
import { axesByName, sizesByName } from "./type-pattern.ts";
import { type Operands, ValueMaker, type Want } from "./value-maker.ts";

type Next = (value: Value) => boolean;
type Wanted = () => Want;

/** Steps of one search; a graph that takes more is begun anew. */
const mostSteps = 240;

/**
 * Makes a place in a draft at which a pattern fits: the matcher the other way round. Parts are made from the operands
 * down, each in one of a few random ways; a way that types or a condition forbid is repaired or taken back. Conditions are looked
 * at as soon as their names are known.
 */
export class Growth implements Scope {
  readonly graph: DraftGraph;
  readonly ops: OpTable;
  readonly pattern: Pattern;
  /** What parts of the pattern were chosen, for coverage: `conv is Dense`, `act is absent`. */
  readonly chosen: string[] = [];
  /** The node that was made for each node of the pattern, the last one of a repeated part. */
  readonly nodeOf = new Map<NodePattern, NodeId>();
  readonly #draw: Draw;
  readonly #lets: ReadonlyMap<string, Expression>;
  readonly #values: ValueMaker;
  readonly #every: readonly { readonly of: string; readonly pattern: ValuePattern }[];
  readonly #definitions: ReadonlyMap<number, ValuePattern>;
  readonly #names: GrowingNames;
  readonly #making = new Set<ValuePattern>();

  /** @param given values that slots stand for from the start: nodes of the draft that are to be part of the place */
  constructor(
    rule: { readonly pattern: Pattern; readonly conditions: readonly Condition[] },
    draft: DraftGraph,
    draw: Draw,
    palette: Palette,
    given: ReadonlyMap<number, Value> = new Map(),
  ) {
    this.graph = draft;
    this.ops = draft.ops;
    this.pattern = rule.pattern;
    this.#draw = draw;
    const checks = checksOf(rule.pattern, rule.conditions);
    this.#lets = new Map(
      checks.flatMap((check) => (check.kind === "let" ? [[check.name, check.value] as const] : [])),
    );
    this.#every = rule.conditions.flatMap((condition) =>
      condition.kind === "every" && condition.clause.who === "operand"
        ? condition.pattern.chains.map(({ root }) => ({
            of: condition.clause.of.text,
            pattern: root,
          }))
        : [],
    );
    this.#definitions = definitionsOf(rule.pattern);
    const named = namedIn(checks).filter((name) => this.ops.has(name));
    this.#values = new ValueMaker(draft, draw, palette, this, named);
    this.#names = new GrowingNames(rule.pattern, checks, given);
  }

  lookup(name: string): Term | undefined {
    return this.#names.lookup(name);
  }

  opsNamed(name: string): ReadonlySet<string> | undefined {
    return opsNamed(name, this.ops, this.pattern.sets);
  }

  get typescript(): Pattern["typescript"] {
    return this.pattern.typescript;
  }

  /** Makes all chains; the root of the first, or `undefined` where that was not found within the steps of a search. */
  run(): Value | undefined {
    let root: Value | undefined;
    const grown = this.#chains(0, (value) => {
      root = value;
      return true;
    });
    return grown ? root : undefined;
  }

  #chains(index: number, done: Next, first?: Value): boolean {
    const chain = this.pattern.chains[index];
    if (chain === undefined) return done(first!);
    return this.#chain(chain, (root) => this.#chains(index + 1, done, first ?? root));
  }

  #chain(chain: ChainPattern, next: Next): boolean {
    return this.#value(
      chain.root,
      () => ({}),
      (root) => this.#below(chain, 0, root, () => next(root)),
    );
  }

  #below(chain: ChainPattern, index: number, value: Value, next: () => boolean): boolean {
    const step = chain.below[index];
    if (step === undefined) return next();
    const after = (result: Value) => this.#below(chain, index + 1, result, next);
    if (step.kind === "value") return this.#settled(value, step.slots, step.types, after);
    const without = () =>
      this.#bound(slotList(step.slot), absent, () =>
        this.#note(step, "absent", () => after(value)),
      );
    const present = () =>
      this.#bound(step.input!.slots, { kind: "value", value }, () =>
        this.#node(step, { ...hole, node: step }, () => ({}), after, value),
      );
    return this.#draw.chance(1, 2) ? present() || without() : without() || present();
  }

  #value(pattern: ValuePattern, want: Wanted, next: Next): boolean {
    const known = this.#knownValue(pattern);
    if (known) return this.#settled(known, slotsOf(pattern), pattern.types, next);
    if (pattern.group) {
      const { slots, types } = pattern;
      const { group } = pattern;
      return this.#guarded(pattern, () =>
        this.#group(group, want, (v) => this.#settled(v, slots, types, next)),
      );
    }
    if (pattern.node) return this.#guarded(pattern, () => this.#optional(pattern, want, next));
    const definition = pattern.slots
      .map((slot) => this.#definitions.get(slot))
      .find((found) => found !== undefined && !this.#making.has(found));
    if (definition)
      return this.#value(definition, want, (v) =>
        this.#settled(v, pattern.slots, pattern.types, next),
      );
    return this.#leaf(pattern, want, next);
  }

  #guarded(pattern: ValuePattern, make: () => boolean): boolean {
    this.#making.add(pattern);
    const made = make();
    this.#making.delete(pattern);
    return made;
  }

  #knownValue(pattern: ValuePattern): Value | undefined {
    for (const slot of slotsOf(pattern)) {
      const term = this.#names.of(slot);
      if (term !== undefined && isValueTerm(term)) return term.value;
    }
    return undefined;
  }

  #optional(pattern: ValuePattern, want: Wanted, next: Next): boolean {
    const node = pattern.node!;
    const present = () => this.#node(node, pattern, want, next);
    if (!node.optional) return present();
    const without = () =>
      this.#bound(slotList(node.slot), absent, () =>
        this.#note(node, "absent", () =>
          node.input
            ? this.#value(node.input, want, (v) =>
                this.#settled(v, pattern.slots, pattern.types, next),
              )
            : this.#leaf({ ...hole, slots: pattern.slots, types: pattern.types }, want, next),
        ),
      );
    return this.#draw.chance(1, 2) ? present() || without() : without() || present();
  }

  /** A node of one of the pattern's ops; `given` is its first operand where that is made already. */
  #node(node: NodePattern, value: ValuePattern, want: Wanted, next: Next, given?: Value): boolean {
    for (const name of this.#opsToTry(node)) {
      if (this.#values.steps > mostSteps) return false;
      const noted = () => this.#nodeOf(name, node, value, want, next, given);
      if (this.#note(node, name, noted)) return true;
    }
    return false;
  }

  #opsToTry(node: NodePattern): readonly string[] {
    const names = [...(node.ops ?? this.ops.keys())].filter((name) => {
      if (!node.ops && name === "Constant") return false;
      const op = this.ops.get(name)!;
      return node.attributes.every(
        ({ name }) => sizeNames.has(name.text) || attributeOf(op, name.text),
      );
    });
    return this.#draw.shuffled(names).slice(0, 6);
  }

  #nodeOf(
    name: string,
    node: NodePattern,
    value: ValuePattern,
    want: Wanted,
    next: Next,
    given?: Value,
  ): boolean {
    if (name === "Constant" || name === "Input") return this.#leaf(value, want, next, name);
    const op = this.ops.get(name)!;
    const layout = layoutOperands(node, op);
    if (layout === undefined) return false;
    const wanted = want();
    return this.#operands(op, node, layout, wanted, given, (operands) =>
      this.#make(op, node, value, wanted, operands, next),
    );
  }

  /** Makes the operands that the pattern lists, those that decide most first. */
  #operands(
    op: OpDef,
    node: NodePattern,
    layout: OperandLayout,
    want: Want,
    given: Value | undefined,
    next: (operands: Operands) => boolean,
  ): boolean {
    const { places, length } = this.#placesOf(op, node, layout, given);
    const operands: (Value | undefined)[] = new Array(length).fill(undefined);
    if (given) operands[0] = given;
    const omitted = new Set<number>();
    const swapped =
      op.traits.includes("commutative") && !node.ordered && length === 2 && this.#draw.chance(1, 2);
    const make = (index: number): boolean => {
      const place = places[index];
      if (place === undefined)
        return next({ values: swapped ? operands.toReversed() : [...operands], omitted });
      const { at, spec, pattern } = place;
      const present = () =>
        this.#value(
          pattern,
          () => this.#values.wantOf(op, at, operands, want),
          (v) => {
            operands[at] = v;
            return make(index + 1) || this.#forget(operands, at);
          },
        );
      if (!spec?.optional || !op.operands[at]?.optional) return present();
      const without = () => {
        omitted.add(at);
        const more = () => this.#noteOf(spec, () => make(index + 1));
        return this.#bound(spec.bound, absent, more) || !omitted.delete(at);
      };
      return this.#draw.chance(2, 3) ? present() || without() : without() || present();
    };
    return this.#spread(op, layout, operands, want, () => make(0));
  }

  #forget(operands: (Value | undefined)[], at: number): false {
    operands[at] = undefined;
    return false;
  }

  #placesOf(
    op: OpDef,
    node: NodePattern,
    layout: OperandLayout,
    given: Value | undefined,
  ): {
    readonly places: readonly {
      readonly at: number;
      readonly pattern: ValuePattern;
      readonly spec?: OperandSpec;
    }[];
    readonly length: number;
  } {
    const { spread, fixed, exactly } = layout;
    const behind = Math.max(0, ...fixed.map(({ at }) => at + 1));
    const least = node.input || given ? Math.max(1, behind) : behind;
    const items = spread ? 1 + this.#draw.below(3) : 0;
    const length =
      exactly ??
      (spread
        ? spread.from + items + spread.behind
        : Math.max(least, operandCount(op, this.#draw)));
    const input = node.input && !given ? [{ at: 0, pattern: node.input }] : [];
    const listed = fixed.map(({ at, spec }) => ({
      at: at < 0 ? at + length : at,
      spec,
      pattern: spec.pattern,
    }));
    const taken = new Set([...input, ...listed].map(({ at }) => at));
    const alike = this.#everyOperand(node);
    const others = (alike ? [...Array(length).keys()] : []).flatMap((at) =>
      taken.has(at) || roleOf(op, at) !== "activation" ? [] : [{ at, pattern: alike! }],
    );
    const places = [...input, ...listed, ...others].toSorted(
      (a, b) => weightOf(a.pattern) - weightOf(b.pattern),
    );
    return { places, length };
  }

  /** What `every operand of` asks for those that the pattern does not list; its names stand for nothing outside. */
  #everyOperand({ slot }: NodePattern): ValuePattern | undefined {
    const asked = this.#every.find(({ of }) => this.pattern.slots.get(of) === slot);
    const node = asked?.pattern.node;
    if (node === undefined) return undefined;
    const { slot: _, ...unnamed } = node;
    return { ...asked!.pattern, slots: [], node: unnamed };
  }

  /** The operands behind `...`: so many times its pattern, whose names become lists. */
  #spread(
    op: OpDef,
    { spread }: OperandLayout,
    operands: (Value | undefined)[],
    want: Want,
    next: () => boolean,
  ): boolean {
    if (spread === undefined) return next();
    const { from, behind, spec } = spread;
    const last = operands.length - behind;
    const items: (readonly Term[])[] = [];
    const make = (at: number): boolean => {
      if (at >= last) {
        const lists = spec.bound.map((_, i) => items.map((item) => item[i]!));
        return this.#asLists(spec.bound, lists, next);
      }
      const wanted = () => this.#values.wantOf(op, at, operands, want);
      return this.#value(spec.pattern, wanted, (v) => {
        operands[at] = v;
        items.push(spec.bound.map((slot) => this.#names.of(slot) ?? absent));
        const done = this.#without(spec.bound, () => make(at + 1));
        if (!done) items.pop();
        return done || this.#forget(operands, at);
      });
    };
    return this.#names.itemsOf(spec.bound, () => make(from));
  }

  /** The names of repeated parts as the lists that they are from now on. */
  #asLists(
    slots: readonly number[],
    lists: readonly (readonly Term[])[],
    next: () => boolean,
  ): boolean {
    return this.#names.listsOf(slots, () => this.#boundEach(slots, lists, next));
  }

  /** The node itself, on these operands; the missing ones are made up. */
  #make(
    op: OpDef,
    node: NodePattern,
    value: ValuePattern,
    want: Want,
    operands: Operands,
    next: Next,
  ): boolean {
    const tried = new Set<string>();
    return this.#tried(waysToMake(op, operands), slotsOf(value), value.types, tried, next, {
      node,
      make: (repair, i) => this.#values.add(op, node, i % 2 === 0 ? want : {}, operands, repair),
    });
  }

  /**
   * Makes a value, repairs what conditions do not allow of it, and goes on. Every way is gone once: where two conditions
   * contradict each other in what they make of it, the fault lies before.
   */
  #tried(
    times: number,
    slots: readonly number[],
    types: readonly TensorTypePattern[],
    tried: Set<string>,
    next: Next,
    {
      make,
      node,
    }: {
      make: (repair: Repair, time: number) => Value | undefined;
      node?: NodePattern | undefined;
    },
  ): boolean {
    const size = this.graph.size;
    for (let i = 0; i < times && this.#values.steps <= mostSteps; i++) {
      let repair: Repair | undefined = {};
      for (let round = 0; repair && round < 8; round++) {
        const mark = this.#names.mark();
        const made = make(repair, i);
        const failed = made ? this.#settle(made, slots, types, node) : {};
        if (made && node) this.nodeOf.set(node, made.node);
        if (made && !failed && !this.#isTried(made, tried) && next(made)) return true;
        const more: Repair | undefined = made && failed && this.#repair(failed, made, slots, types);
        this.#undo(mark, size);
        if (more && contradicts(repair, more)) return false;
        repair = more && bothRepairs(repair, more);
      }
    }
    return false;
  }

  /** Whether the same has been made before, but for the numbers in constants; now it has. */
  #isTried({ node }: Value, tried: Set<string>): boolean {
    const { op, attributes, types } = this.graph.node(node);
    const stated = op === "Constant" ? [] : Object.values(attributes);
    const key = `${op} ${types.map(({ dtype, shape }) => `${dtype}${shape}`)} ${stated.join(";")}`;
    if (tried.has(key)) return true;
    tried.add(key);
    return false;
  }

  /** A value of which the pattern says at most what type it has, or that it is a constant or an input. */
  #leaf(pattern: ValuePattern, want: Wanted, next: Next, kind?: "Constant" | "Input"): boolean {
    const tried = new Set<string>();
    for (let i = 0; i < 4 && this.#values.steps <= mostSteps; i++) {
      const wanted = this.#values.wantedOfLeaf(want(), kind, i);
      const type = this.#values.leafType(pattern.types, wanted);
      const make = (repair: Repair) => this.#values.makeLeaf(type, wanted, kind, repair);
      if (this.#tried(1, slotsOf(pattern), pattern.types, tried, next, { make })) return true;
    }
    return false;
  }

  #group(group: GroupPattern, want: Wanted, next: Next): boolean {
    switch (group.kind) {
      case "repeat":
        return this.#repeat(group, want, next);
      case "path":
        return this.#path(group, next);
      case "choice":
        return this.#choice(group, want, next);
    }
  }

  #repeat(group: RepeatPattern, want: Wanted, next: Next): boolean {
    const { least, most, body, entry, bound, input } = group;
    const count = least + this.#draw.below(Math.min(most, least + 2) - least + 1);
    const times: (readonly Term[])[] = [];
    const again = (value: Value): boolean => {
      if (times.length === count) {
        const lists = bound.map((_, i) => times.map((terms) => terms[i]!));
        return this.#asLists(bound, lists, () => next(value));
      }
      return this.#bound([entry], { kind: "value", value }, () =>
        this.#value(body, want, (result) => {
          times.push(bound.map((slot) => this.#names.of(slot) ?? absent));
          const done = this.#without([entry, ...bound], () => again(result));
          if (!done) times.pop();
          return done;
        }),
      );
    };
    const all = (value: Value) => this.#names.itemsOf(bound, () => again(value));
    return input ? this.#value(input, want, all) : this.#leaf(hole, want, all);
  }

  #path(group: PathPattern, next: Next): boolean {
    const length = this.#draw.below(3);
    const nodes: Term[] = [];
    const step: NodePattern = {
      kind: "node",
      ...(group.ops && { ops: group.ops }),
      optional: false,
      ordered: true,
      attributes: [],
    };
    const along = (value: Value): boolean => {
      if (nodes.length === length)
        return this.#bound(slotList(group.slot), [...nodes], () => next(value));
      return this.#node(
        step,
        hole,
        () => ({}),
        (result) => {
          nodes.push({ kind: "value", value: result });
          const done = along(result);
          if (!done) nodes.pop();
          return done;
        },
        value,
      );
    };
    return this.#value(group.input, () => ({}), along);
  }

  #choice(group: ChoicePattern, want: Wanted, next: Next): boolean {
    for (const alternative of this.#draw.shuffled(group.alternatives)) {
      const { tag, pattern, absent: others } = alternative;
      const free = others.filter((slot) => this.#names.of(slot) === undefined);
      const slots = tag === undefined ? [] : slotList(group.slot);
      this.chosen.push(alternativeName(group, alternative));
      const done = this.#bound(free, absent, () =>
        this.#bound(slots, tag ?? "", () => this.#value(pattern, want, next)),
      );
      if (done) return true;
      this.chosen.pop();
    }
    return false;
  }

  /** Binds a value that is there, and goes on if that agrees with everything. */
  #settled(
    value: Value,
    slots: readonly number[],
    types: readonly TensorTypePattern[],
    next: Next,
  ): boolean {
    const mark = this.#names.mark();
    if (this.#settle(value, slots, types) === undefined && next(value)) return true;
    this.#undo(mark, this.graph.size);
    return false;
  }

  /** Binds a value and looks at the conditions that this makes known: the one that fails, or `undefined`. */
  #settle(
    value: Value,
    slots: readonly number[],
    types: readonly TensorTypePattern[],
    node?: NodePattern,
  ): Failed | undefined {
    const mark = this.#names.mark();
    const term: Term = { kind: "value", value };
    if (!slots.every((slot) => this.#names.bind(slot, term))) return {};
    if (!types.every((type) => this.#bindDimensions(type, value))) return {};
    if (node && !this.#bindAttributes(node, value)) return {};
    return this.#names.firstFailure(mark, this);
  }

  #bindAttributes({ attributes: wanted }: NodePattern, value: Value): boolean {
    const { attributes } = this.graph.node(value.node);
    return wanted.every(({ name, value: bound, comparison, most }) => {
      const slot = bound.kind === "name" && this.pattern.slots.get(bound.name.text);
      if (typeof slot !== "number" || comparison || most || sizeNames.has(name.text)) return true;
      const actual = attributes[name.text];
      return actual !== undefined && this.#names.bind(slot, termOfAttribute(actual));
    });
  }

  #bindDimensions(type: TensorTypePattern, value: Value): boolean {
    const sizes = sizesByName(type, this.graph.typeOf(value));
    return (
      sizes?.every(([name, size]) => this.#names.bind(this.pattern.slots.get(name)!, size)) ?? false
    );
  }

  #repair(
    { condition }: Failed,
    value: Value,
    slots: readonly number[],
    patterns: readonly TensorTypePattern[],
  ): Repair | undefined {
    if (condition === undefined) return undefined;
    const { op, attributes, types } = this.graph.node(value.node);
    const names = [...this.pattern.slots].flatMap(([name, slot]) =>
      slots.includes(slot) ? [name] : [],
    );
    return repairFor(condition, {
      names: new Set(names),
      op: this.ops.get(op)!,
      attributes,
      type: types[0]!,
      dimensions: axesByName(patterns, types[0]!.shape.length),
      scope: this,
      lets: this.#lets,
      draw: this.#draw,
    });
  }

  #note(node: NodePattern, what: string, next: () => boolean): boolean {
    this.chosen.push(`${this.#nameOf(node)} ${what}`);
    const done = next();
    if (!done) this.chosen.pop();
    return done;
  }

  #noteOf({ pattern, slot }: OperandSpec, next: () => boolean): boolean {
    const name = slot ?? (pattern.node ? this.#nameOf(pattern.node) : "operand");
    this.chosen.push(`${name} absent`);
    const done = next();
    if (!done) this.chosen.pop();
    return done;
  }

  #nameOf({ slot }: NodePattern): string {
    return [...this.pattern.slots].find(([, s]) => s === slot)?.[0] ?? "node";
  }

  /** Runs `next` with these slots unbound, and binds them again if it fails. */
  #without(slots: readonly number[], next: () => boolean): boolean {
    const mark = this.#names.mark();
    this.#names.free(slots);
    if (next()) return true;
    this.#undo(mark, this.graph.size);
    return false;
  }

  #bound(slots: readonly number[], term: Term, next: () => boolean): boolean {
    return this.#boundEach(
      slots,
      slots.map(() => term),
      next,
    );
  }

  #boundEach(slots: readonly number[], terms: readonly Term[], next: () => boolean): boolean {
    const mark = this.#names.mark();
    const agree = slots.every((slot, i) => this.#names.bind(slot, terms[i]!));
    if (agree && this.#names.firstFailure(mark, this) === undefined && next()) return true;
    this.#undo(mark, this.graph.size);
    return false;
  }

  #undo(mark: number, size: number): void {
    this.#names.undo(mark);
    if (this.graph.size > size) this.graph.undo(size);
  }
}

/** How often a node is tried: attributes without a default have many values. */
function waysToMake({ attributes }: OpDef, { values, omitted }: Operands): number {
  const stated = Object.values(attributes);
  if (stated.length === 0 && values.every((value, i) => value || omitted.has(i))) return 1;
  return stated.some((def) => !("default" in def)) ? 8 : 4;
}

/** Any value. */
const hole: ValuePattern = { kind: "value", slots: [], types: [] };

function slotsOf({ slots, node }: ValuePattern): readonly number[] {
  return node?.slot === undefined ? slots : [...slots, node.slot];
}

function namedIn(checks: readonly Check[]): readonly string[] {
  return checks
    .flatMap((check) => partsOf(check.kind === "let" ? check.value : check.condition))
    .flatMap((part) => (part.kind === "string" ? [part.value] : []));
}

function slotList(slot: number | undefined): readonly number[] {
  return slot === undefined ? [] : [slot];
}

/** Parts of several nodes decide the types of the others, constants adapt to all. */
function weightOf({ node, group }: ValuePattern): number {
  if (group) return 0;
  if (node === undefined) return 1;
  return node.ops?.size === 1 && node.ops.has("Constant") ? 2 : 0;
}

function alternativeName(
  { alternatives }: ChoicePattern,
  alternative: ChoicePattern["alternatives"][number],
): string {
  return `alternative ${alternative.tag ?? alternatives.indexOf(alternative) + 1}`;
}
