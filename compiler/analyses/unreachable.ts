import type { Choices } from "../generate/choices.ts";
import { generateMatch } from "../generate/generate-match.ts";
import type { OpTable } from "../ir/op.ts";
import { applyRules, type Firing } from "../rewrite/driver.ts";
import { laterRules } from "../rewrite/precedence.ts";
import type { PatternRule, RewriteRule } from "../rewrite/rule.ts";
import { type Effort, someInstances } from "./overlaps.ts";
import type { IsOwn } from "./own-rules.ts";
import { type Asked, areToldApart } from "./told-apart.ts";

/** A rule that others leave nothing for. */
export interface UnreachableRule {
  readonly rule: PatternRule;
  /** The rules that were applied at its places. */
  readonly takenBy: readonly PatternRule[];
  /** So many graphs were made in which it matches, and in so many of them it was not applied: in all. */
  readonly tried: number;
}

/** Seeds of the graphs that are made: many, as a pattern may fit some of which all are the special case of another rule. */
const draws: readonly Choices[] = Array.from({ length: 24 }, (_, seed) => [seed]);
/** Rules whose pattern is part of another one that are tried with it. */
const mostRivals = 16;

/**
 * Rules that are never applied, for all that was tried: graphs are made in which a rule matches, and rewritten by it and by those rules
 * whose whole pattern is inside of its own. Only rules with such rivals are looked at.
 */
export function unreachableRules(
  rules: readonly RewriteRule[],
  ops: OpTable,
  isOwn: IsOwn,
  effort: Effort,
): readonly UnreachableRule[] {
  const written = rules.filter((rule) => rule.kind === "rewrite");
  const patterns = statingAll(written);
  const asWritten = new Map(patterns.map((rule, i) => [rule, written[i]!]));
  const byOp = rulesByRootOp(patterns, ops);
  return patterns.filter(isOwn).flatMap((rule) => {
    const near = new Set(
      someInstances(rule, ops).flatMap(({ terms, nodes }) =>
        nodes.flatMap((id) => [...(terms.term(id).ops ?? [])].flatMap((op) => byOp.get(op) ?? [])),
      ),
    );
    near.delete(rule);
    const rivals = [...near].filter((other) => effort.overlays-- > 0 && isInside(other, rule, ops));
    if (rivals.length === 0) return [];
    return tried(rule, rivals.slice(0, mostRivals), ops, effort).map((one) => ({
      ...one,
      rule: asWritten.get(one.rule)!,
    }));
  });
}

/** The rules with all that come after them by way of others in their own `before`: a few of them are tried without the others. */
function statingAll(rules: readonly PatternRule[]): readonly PatternRule[] {
  const laterThan = laterRules(rules);
  return rules.map((rule) => ({ ...rule, before: [...laterThan(rule.name)] }));
}

function rulesByRootOp(
  rules: readonly PatternRule[],
  ops: OpTable,
): ReadonlyMap<string, readonly PatternRule[]> {
  const entries = rules.flatMap((rule) =>
    [...(rule.roots ?? ops.keys())].map((op) => ({ op, rule })),
  );
  const groups = Map.groupBy(entries, ({ op }) => op);
  return new Map([...groups].map(([op, some]) => [op, some.map(({ rule }) => rule)]));
}

/** Whether each way in which a rule can fit contains one in which the other one can. */
function isInside(small: PatternRule, large: PatternRule, ops: OpTable): boolean {
  const parts = someInstances(small, ops).filter(({ roots }) => roots.length === 1);
  return someInstances(large, ops).every((whole) =>
    whole.nodes.some((id) =>
      parts.some((instance) =>
        isPart(
          { rule: small, instance, id: instance.roots[0]! },
          { rule: large, instance: whole, id },
        ),
      ),
    ),
  );
}

/** Whether a value is as a pattern says, down to its operands. */
function isPart(part: Asked, whole: Asked): boolean {
  const asked = part.instance.terms.term(part.id);
  const there = whole.instance.terms.term(whole.id);
  if (asked.ops && !(there.ops && [...asked.ops].some((op) => there.ops!.has(op)))) return false;
  const given = [...asked.operands].map(([place, operand]) => ({
    operand,
    value: there.operands.get(place),
  }));
  const fits = given.every(({ operand, value }) => {
    const isOpen = part.instance.terms.term(operand).ops === undefined;
    if (value === undefined || isOpen) return isOpen;
    return isPart({ ...part, id: operand }, { ...whole, id: value });
  });
  return fits && !areToldApart(part, whole);
}

/** The rule, if it is not applied to any of the graphs that are made for it. */
function tried(
  rule: PatternRule,
  rivals: readonly PatternRule[],
  ops: OpTable,
  effort: Effort,
): readonly UnreachableRule[] {
  const takenBy = new Set<PatternRule>();
  let graphs = 0;
  for (const choices of draws) {
    if (effort.graphs-- <= 0) return [];
    const match = generateMatch(rule, choices, { ops, attempts: 4 });
    if (match === undefined) continue;
    const first = new Set<RewriteRule>();
    const observe = (firing: Firing) => {
      const isHere = firing.removed.some(({ id }) => match.place.nodes.has(id));
      if (isHere && first.size === 0) first.add(firing.rule);
    };
    const { fired } = applyRules(match.graph, [rule, ...rivals], { ops, observe, budget: 100 });
    if (fired.has(rule.name)) return [];
    graphs++;
    for (const one of first) if (one.kind === "rewrite") takenBy.add(one);
  }
  return graphs === 0 || takenBy.size === 0 ? [] : [{ rule, takenBy: [...takenBy], tried: graphs }];
}
