import { conjunctsOf, partsOf } from "../generate/checks.ts";
import type { PatternedRule } from "../generate/matching.ts";
import type { Condition } from "../rewrite/conditions.ts";
import {
  type NodePattern,
  type OperandSpec,
  orderChains,
  type Pattern,
  slotsIn,
  type ValuePattern,
} from "../rewrite/pattern.ts";
import type { QuantizeRule } from "../rewrite/rule.ts";
import type { Bound } from "./instance.ts";
import { nameConditionOf } from "./name-conditions.ts";
import { renamed } from "./rename.ts";
import type { TermId, Terms } from "./terms.ts";

/** A rule in one of the ways in which it can fit, at values of a graph. */
export interface PlacedRule {
  readonly rule: PatternedRule;
  readonly names: ReadonlyMap<string, Bound>;
  /** How its names are told from those of other rules. */
  readonly prefix: string;
}

/** The names of a rule as the merged one has them; what is no name of its own stays. */
export function renaming({ rule, prefix }: Pick<PlacedRule, "rule" | "prefix">) {
  const { slots } = rule.pattern;
  return (name: string): string => (slots.has(name) ? prefix + name : name);
}

/**
 * A rule that matches where all of some rules match, laid over each other in a certain way: its pattern is the graph that they have in
 * common. Conditions about names, about what is around it, about lists and in TypeScript are left out, so a graph that is generated for it is to be
 * tried with the rules themselves.
 */
export function mergedRule(terms: Terms, placed: readonly PlacedRule[]): QuantizeRule {
  const builder = new PatternBuilder(terms, placed);
  const [first] = placed;
  const pattern = builder.pattern();
  const conditions = placed.flatMap((one) =>
    one.rule.conditions.flatMap((condition) => keptOf(condition, one)),
  );
  return {
    ...(first!.rule as QuantizeRule),
    kind: "quantize",
    pattern,
    conditions,
    ...(pattern.chains[0]?.root.node?.ops && { roots: pattern.chains[0].root.node.ops }),
  };
}

/** What of a condition can be said of the values alone, with the names of the merged rule. */
function keptOf(condition: Condition, placed: PlacedRule): readonly Condition[] {
  const { names } = placed;
  if (condition.kind === "unless" || condition.kind === "every") return [];
  const rename = renaming(placed);
  const isPlain = (part: ReturnType<typeof partsOf>[number]) =>
    part.kind !== "typescript" && (part.kind !== "name" || !isUnplaced(names.get(part.name.text)));
  if (condition.kind === "let") {
    if (!partsOf(condition.value).every(isPlain)) return [];
    const { name } = condition;
    return [{ ...renamed(condition, rename), name: { ...name, text: rename(name.text) } }];
  }
  return conjunctsOf(condition.condition)
    .filter((part) => partsOf(part).every(isPlain) && !nameConditionOf(part))
    .map((part) => ({ ...condition, condition: renamed(part, rename) }));
}

function isUnplaced(bound: Bound | undefined): boolean {
  return bound !== undefined && typeof bound !== "number";
}

class PatternBuilder {
  readonly #terms: Terms;
  readonly #placed: readonly PlacedRule[];
  readonly #slots = new Map<string, number>();
  readonly #slotOf = new Map<TermId, number>();
  readonly #made = new Set<TermId>();
  #slotCount = 0;

  constructor(terms: Terms, placed: readonly PlacedRule[]) {
    this.#terms = terms;
    this.#placed = placed;
  }

  pattern(): Pattern {
    for (const { rule, names, prefix } of this.#placed)
      for (const name of rule.pattern.slots.keys()) {
        const bound = names.get(name);
        const slot = typeof bound === "number" ? this.#slot(bound) : this.#slotCount++;
        this.#slots.set(prefix + name, slot);
      }
    const chains = this.#tops().map((id) => ({ root: this.#value(id), below: [] }));
    return {
      slots: this.#slots,
      slotCount: this.#slotCount,
      // Parts that are not there have been left out.
      matchedCount: 0,
      sets: this.#placed[0]!.rule.pattern.sets,
      chains: orderChains(chains),
      shared: true,
      reach: { up: 0, down: 0 },
    };
  }

  #slot(id: TermId): number {
    const root = this.#terms.find(id);
    const slot = this.#slotOf.get(root) ?? this.#slotCount++;
    this.#slotOf.set(root, slot);
    return slot;
  }

  /** The values that no other one reads. */
  #tops(): readonly TermId[] {
    const roots = this.#terms.roots();
    const read = new Set(
      roots.flatMap((id) =>
        [...this.#terms.term(id).operands.values()].map((operand) => this.#terms.find(operand)),
      ),
    );
    const tops = roots.filter((id) => !read.has(id));
    const nodes = tops.filter((id) => this.#isNode(id));
    return nodes.length > 0 ? nodes : tops;
  }

  #isNode(id: TermId): boolean {
    const { ops, operands } = this.#terms.term(id);
    return ops !== undefined || operands.size > 0;
  }

  #value(id: TermId): ValuePattern {
    const root = this.#terms.find(id);
    const slots = [this.#slot(root)];
    if (this.#made.has(root)) return { kind: "value", slots, types: [] };
    this.#made.add(root);
    const { types } = this.#terms.term(root);
    const node = this.#isNode(root) ? this.#node(root) : undefined;
    return { kind: "value", slots, types, ...(node && { node }) };
  }

  #node(id: TermId): NodePattern {
    const { ops, operands, attributes } = this.#terms.term(id);
    const [name] = ops ?? [];
    const op = name === undefined ? undefined : this.#terms.ops.get(name);
    const listed = [...operands].sort(([a], [b]) => a - b);
    const isVariadic = op?.operands.at(-1)?.variadic === true;
    const specs = listed.map(([place, operand]): OperandSpec => {
      const slot = isVariadic ? undefined : op?.operands[place]?.name;
      const pattern = this.#value(operand);
      return {
        ...(slot !== undefined && { slot }),
        spread: false,
        optional: false,
        pattern,
        bound: [...slotsIn(pattern)],
      };
    });
    return {
      kind: "node",
      ...(ops && { ops }),
      optional: false,
      ordered: true,
      ...(specs.length > 0 && { operands: specs }),
      attributes,
    };
  }
}
