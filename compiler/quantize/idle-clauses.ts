import type { FuseClause, QuantizeItem, SiteReference } from "../../grammar/ast.ts";
import type { IdleClause } from "../ir/annotations.ts";
import type { QuantizeRule } from "../rewrite/rule.ts";
import type { Collected } from "./collect-effects.ts";

/** What the rules of the user's own file ask for and what stands for nothing, wherever they match. */
export function idleClauses(
  rules: readonly QuantizeRule[],
  { answered, matched }: Pick<Collected, "answered" | "matched">,
  effective: ReadonlySet<FuseClause>,
): readonly IdleClause[] {
  const own = rules.filter((rule) => rule.distance === 0 && !rule.optional && matched.has(rule));
  return own.flatMap(({ name: rule, item: { clauses } }) => [
    ...clauses
      .flatMap((clause) => (clause.kind === "fuse" && !effective.has(clause) ? clause : []))
      .map(({ span }): IdleClause => ({ rule, what: "unit", span })),
    ...clauses
      .flatMap(askedSites)
      .filter((site) => !answered.has(site))
      .map(({ span }): IdleClause => ({ rule, what: "site", span })),
  ]);
}

function askedSites(clause: QuantizeItem["clauses"][number]): readonly SiteReference[] {
  if (clause.kind === "set" || clause.kind === "tie") return clause.sites;
  return clause.kind === "derive" ? [clause.site] : [];
}
