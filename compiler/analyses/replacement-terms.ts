import type { Expression, NewNode, ReplacementChain } from "../../grammar/ast.ts";
import type { OpDef } from "../ir/op.ts";
import type { PatternRule } from "../rewrite/rule.ts";
import type { Bound, Instance } from "./instance.ts";
import type { TermId, Terms } from "./terms.ts";
import { deadEnd } from "./ways.ts";

/** What a rewrite rule does in one way in which its pattern fits. */
export interface RewriteTerms extends Instance {
  readonly rule: PatternRule;
  /** Values that are replaced, and what takes their place. */
  readonly replaced: readonly { readonly target: TermId; readonly result: TermId }[];
  /** The nodes that are new, constants among them. */
  readonly built: ReadonlyMap<TermId, BuiltNode>;
}

/** How a new node is written. */
export interface BuiltNode {
  /** The node whose op it has, where the rule does not name one. */
  readonly same?: TermId;
  /** The nodes whose attributes it takes over; the later wins. */
  readonly carriers: readonly TermId[];
  /** The attributes that it is given. */
  readonly fields: ReadonlyMap<string, Expression>;
}

const constant: BuiltNode = { carriers: [], fields: new Map() };

/** Adds what a rule builds to a way in which its pattern fits. */
export function withReplacement(rule: PatternRule, instance: Instance): RewriteTerms {
  const builder = new ReplacementBuilder(rule, instance);
  const replaced = rule.replaces.map((clause) => {
    const target = instance.names.get(clause.target.text);
    // A node that is absent here is not replaced: the rule does not apply.
    if (typeof target !== "number") throw deadEnd;
    return { target, result: builder.chain(clause.with) };
  });
  return { ...instance, rule, replaced, built: builder.built };
}

class ReplacementBuilder {
  readonly built = new Map<TermId, BuiltNode>();
  readonly #terms: Terms;
  readonly #names: ReadonlyMap<string, Bound>;
  readonly #lets: ReadonlyMap<string, Expression>;

  constructor({ item }: PatternRule, { terms, names }: Instance) {
    this.#terms = terms;
    this.#names = names;
    this.#lets = new Map(
      item.clauses.flatMap((clause) =>
        clause.kind === "let" ? [[clause.name.text, clause.value] as const] : [],
      ),
    );
  }

  chain(chain: ReplacementChain): TermId {
    const value = this.#value(chain);
    if (typeof value !== "number") throw deadEnd;
    return value;
  }

  #value({ steps }: ReplacementChain): Bound {
    let before: Bound | undefined;
    for (const step of steps)
      before = step.kind === "value" ? this.#evaluate(step.value) : this.#node(step, before);
    return before!;
  }

  /** What an expression stands for: a value of the graph, or else a new constant. */
  #evaluate(expression: Expression): Bound {
    if (expression.kind === "name") {
      const { text } = expression.name;
      const bound = this.#names.get(text);
      if (bound !== undefined && bound !== "word") return bound;
      const meaning = this.#lets.get(text);
      return meaning ? this.#evaluate(meaning) : this.#constant();
    }
    if (expression.kind === "member")
      return this.#member(this.#evaluate(expression.object), expression.name.text);
    return this.#constant();
  }

  #member(object: Bound, name: string): Bound {
    if (object === "absent" || object === "word") return object;
    if (typeof object !== "number") return object.map((one) => this.#member(one, name));
    if (name === "output" || name === "value") return object;
    const op = this.#opOf(object);
    const place = op?.operands.findIndex((operand) => operand.name === name) ?? -1;
    if (place < 0) return this.#constant();
    if (!op!.operands[place]!.variadic) return this.#terms.operand(object, place);
    const { count = place + 1 } = this.#terms.term(object);
    return Array.from({ length: count - place }, (_, i) => this.#terms.operand(object, place + i));
  }

  #constant(): TermId {
    const id = this.#terms.add(new Set(["Constant"]));
    this.built.set(id, constant);
    return id;
  }

  #node(step: NewNode, before: Bound | undefined): TermId {
    const like = step.same && this.#names.get(step.same.text);
    // What is the same as an absent node is nothing of its own.
    if (step.same && typeof like !== "number") {
      if (typeof before === "number") return before;
      throw deadEnd;
    }
    const id = this.#terms.add(
      typeof like === "number" ? this.#terms.term(like).ops : new Set([step.op!.text]),
    );
    const carriers = [like, ...step.from.map(({ text }) => this.#names.get(text))].filter(
      (carrier) => typeof carrier === "number",
    );
    this.built.set(id, {
      ...(typeof like === "number" && { same: like }),
      carriers,
      fields: new Map(step.fields.map(({ name, value }) => [name.text, value])),
    });
    const op = this.#opOf(id);
    if (op === undefined) return id;
    const operands = this.#operandsOf(step, op, before, carriers);
    for (const [place, value] of operands) this.#terms.term(id).operands.set(place, value);
    const isWhole = op.operands.at(-1)?.variadic === true;
    if (isWhole) this.#terms.term(id).count = operands.size;
    return id;
  }

  #operandsOf(
    step: NewNode,
    op: OpDef,
    before: Bound | undefined,
    carriers: readonly TermId[],
  ): ReadonlyMap<number, TermId> {
    const given = new Map<string, Bound>();
    for (const carrier of carriers)
      for (const name of this.#sharedSlots(op, carrier))
        given.set(name, this.#member(carrier, name));
    const listed = (step.operands ?? []).map((operand) => ({
      operand,
      value: this.#value(operand.value),
    }));
    const positional = [
      ...(before === undefined ? [] : [before]),
      ...listed
        .filter(({ operand }) => operand.slot === undefined)
        .flatMap(({ operand, value }) => (operand.spread && isList(value) ? value : [value])),
    ];
    op.operands.forEach((def, i) => {
      if (i < positional.length)
        given.set(def.name, def.variadic ? positional.slice(i) : positional[i]!);
    });
    for (const { operand, value } of listed) if (operand.slot) given.set(operand.slot.text, value);
    for (const { name, value } of step.fields)
      if (op.operands.some((operand) => operand.name === name.text))
        given.set(name.text, this.#evaluate(value));
    return placed(op, given);
  }

  /** Operands that a node takes over from another; an integer form takes nothing but parameters from a `Quantize`. */
  #sharedSlots(op: OpDef, carrier: TermId): readonly string[] {
    const from = this.#opOf(carrier);
    if (from === undefined || (from.name === "Quantize" && op.name !== "Quantize")) return [];
    const names = new Set(from.operands.map(({ name }) => name));
    return op.operands.flatMap(({ name }) => (names.has(name) ? [name] : []));
  }

  /** An op that a node can have: those of one node take their operands at the same places. */
  #opOf(id: TermId): OpDef | undefined {
    const [name] = this.#terms.term(id).ops ?? [];
    return name === undefined ? undefined : this.#terms.ops.get(name);
  }
}

function placed(op: OpDef, given: ReadonlyMap<string, Bound>): ReadonlyMap<number, TermId> {
  const places = new Map<number, TermId>();
  op.operands.forEach(({ name }, i) => {
    const value = given.get(name);
    if (typeof value === "number") places.set(i, value);
    else if (value !== undefined && isList(value))
      value.forEach((one, j) => {
        if (typeof one === "number") places.set(i + j, one);
      });
  });
  return places;
}

function isList(value: Bound): value is readonly Bound[] {
  return Array.isArray(value);
}
