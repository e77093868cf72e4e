import type { Chain, Expression, LetClause } from "../../grammar/ast.ts";
import type { Statements } from "../../grammar/check/constraints/implies.ts";
import { certainSteps } from "../../grammar/check/constraints/meanings.ts";
import type { PatternRule, QuantizeRule } from "../rewrite/rule.ts";

type Conditional = Pick<PatternRule | QuantizeRule, "item" | "conditions">;

/** The chains of a rule's pattern. */
export function chainsOf({ item: { clauses } }: Pick<Conditional, "item">): readonly Chain[] {
  return [...clauses].flatMap((clause) => (clause.kind === "match" ? clause.chains : []));
}

/** What a rule requires of its matches. */
export function conditionsOf({
  conditions,
}: Pick<Conditional, "conditions">): readonly Expression[] {
  return conditions.flatMap((one) => (one.kind === "require" ? one.condition : []));
}

/** All that holds wherever a rule matches, as far as its clauses state it. */
export function statementsOf(rule: Conditional): Statements {
  return {
    steps: certainSteps(chainsOf(rule)),
    lets: rule.conditions.filter((one): one is LetClause => one.kind === "let"),
    conditions: conditionsOf(rule),
  };
}
