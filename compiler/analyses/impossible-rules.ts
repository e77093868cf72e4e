import type { MatchClause } from "../../grammar/ast.ts";
import { cannotHold } from "../../grammar/diagnostics.ts";
import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import type { PatternedRule } from "../generate/matching.ts";
import type { OpTable } from "../ir/op.ts";
import type { EveryCondition, UnlessCondition } from "../rewrite/conditions.ts";
import { Embedding, follow, isOpenEnded, isPlain } from "./covers.ts";
import { type Instance, instancesOf } from "./instance.ts";
import type { TermId } from "./terms.ts";

/**
 * Rules that match nowhere, since their own pattern is what an `unless` excludes, or has a user or operand that `every` does not allow:
 * in each way in which the pattern can fit. What is not found may be there: of an `unless` of several chains nothing is said.
 */
export function impossibleRules(
  rules: readonly PatternedRule[],
  ops: OpTable,
): readonly Diagnostic[] {
  return rules.flatMap((rule) => {
    const conditions = rule.conditions.filter(
      (one) => one.kind === "unless" || one.kind === "every",
    );
    if (conditions.length === 0 || isOpenEnded(rule)) return [];
    const { results, isComplete } = instancesOf(rule.pattern, ops);
    if (!isComplete || results.length === 0) return [];
    const excludes = (condition: UnlessCondition | EveryCondition) =>
      results.every((instance) =>
        condition.kind === "unless"
          ? fitsAsWell(condition, rule, instance, ops)
          : hasAnother(condition, instance),
      );
    const matches = [...rule.item.clauses].filter(({ kind }) => kind === "match");
    return conditions
      .filter(excludes)
      .map(({ clause }) => cannotHold([...matches.map(({ span }) => span), clause.span]));
  });
}

/** Whether what is not to be there is a part of the pattern. */
function fitsAsWell(
  { clause, pattern: { slots, chains } }: UnlessCondition,
  rule: PatternedRule,
  instance: Instance,
  ops: OpTable,
): boolean {
  const match: MatchClause = {
    kind: "match",
    chains: clause.chains,
    shared: true,
    span: clause.span,
  };
  const excluded = {
    item: { ...rule.item, clauses: [match] } as PatternedRule["item"],
    pattern: { ...rule.pattern, slots, chains },
    conditions: [],
  };
  if (!isPlain(excluded)) return false;
  return instancesOf(excluded.pattern, ops).results.some((whole) => {
    const [root, ...others] = whole.roots;
    const fixed = sharedNames([...rule.pattern.slots.keys()], whole, instance);
    if (root === undefined || others.length > 0 || !fixed) return false;
    return instance.nodes.some((place) => {
      const embedding = new Embedding(whole, instance, { fixed }, ops);
      return embedding.maps(root, place) && follow(excluded, rule, embedding);
    });
  });
}

/** What names of the rule that the excluded chains speak of stand for in the pattern; `undefined` if that is no value. */
function sharedNames(
  names: readonly string[],
  whole: Instance,
  { names: bound, terms }: Instance,
): ReadonlyMap<TermId, TermId> | undefined {
  const fixed = new Map<TermId, TermId>();
  for (const name of names) {
    const [own, there] = [whole.names.get(name), bound.get(name)];
    if (own === undefined) continue;
    if (typeof own !== "number" || typeof there !== "number") return undefined;
    fixed.set(whole.terms.find(own), terms.find(there));
  }
  return fixed;
}

/** Whether the pattern has a user or an operand that is surely another one than is asked for. */
function hasAnother({ clause, pattern }: EveryCondition, { names, nodes, terms }: Instance) {
  const bound = names.get(clause.of.text);
  const allowed = pattern.chains[0]?.root.node?.ops;
  if (typeof bound !== "number" || !allowed) return false;
  const of = terms.find(bound);
  const reads = (id: TermId) => [...terms.term(id).operands.values()].map((one) => terms.find(one));
  const others =
    clause.who === "operand" ? reads(of) : nodes.filter((id) => reads(id).includes(of));
  return others.some((id) => {
    const { ops } = terms.term(id);
    return ops !== undefined && [...ops].every((op) => !allowed.has(op));
  });
}
