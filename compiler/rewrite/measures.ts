import type { NodeId } from "../ir/graph.ts";
import { evaluateExpression } from "./expression.ts";
import type { Search } from "./match.ts";
import type { PatternRule } from "./rule.ts";
import { unmet } from "./term.ts";

/**
 * The measures of `decreases` at the nodes that rules have built: a rule that matches what came of its own work, also by
 * way of other rules, must find a smaller one there. Natural numbers cannot become smaller for ever.
 */
export class Measures {
  readonly #of = new Map<NodeId, ReadonlyMap<string, number>>();

  /** What each rule must stay below at a match. */
  #limits(nodes: Iterable<NodeId>): ReadonlyMap<string, number> {
    const limits = new Map<string, number>();
    for (const id of nodes)
      for (const [rule, measure] of this.#of.get(id) ?? [])
        limits.set(rule, Math.min(measure, limits.get(rule) ?? measure));
    return limits;
  }

  /** The measure of a match, and the one that it had to stay below. Throws `Unmet` if it is no natural number. */
  at(
    rule: PatternRule,
    nodes: readonly NodeId[],
    search: Search,
  ): { readonly measure: number; readonly limit: number } | undefined {
    if (rule.measure === undefined) return undefined;
    const measure = evaluateExpression(rule.measure, search);
    if (typeof measure !== "number" || !Number.isInteger(measure) || measure < 0)
      return unmet(() => "what `decreases` is not a natural number here");
    return { measure, limit: this.#limits(nodes).get(rule.name) ?? Number.POSITIVE_INFINITY };
  }

  /** Notes that a rule built nodes out of others; `measure` is that of a rule that states one. */
  record(
    rule: string,
    nodes: readonly NodeId[],
    built: Iterable<NodeId>,
    measure: number | undefined,
  ): void {
    if (measure === undefined && this.#of.size === 0) return;
    const limits = new Map(this.#limits(nodes));
    if (measure !== undefined) limits.set(rule, measure);
    if (limits.size > 0) for (const id of built) this.#of.set(id, limits);
  }
}
