import type { Chain, PatternItem, QuantizeItem, RewriteItem } from "../../grammar/ast.ts";
import { bindChains, bindPattern } from "../../grammar/check/bindings.ts";
import { expansionOf, type FileScope, type RuleScope } from "../../grammar/check/scope.ts";
import { expandRule } from "../../grammar/index.ts";
import type { OpWord } from "../../grammar/vocabulary.ts";
import { type Analysis, onDemand } from "./analysis.ts";

/** What is bound in a rule, with the kinds that the checker gives it. Says nothing of faults: the checker has. */
export function bindingsOf(
  analysis: Analysis,
  item: PatternItem | QuantizeItem | RewriteItem,
): RuleScope["bindings"] {
  const scope: FileScope = { ...analysis.scope(), found: [] };
  if (item.kind === "pattern") return bindPattern(scope, [item.chain], true).bindings;
  const { clauses }: QuantizeItem | RewriteItem = expandRule<QuantizeItem | RewriteItem>(
    item,
    expansionOf(scope),
  );
  const chainsOf = (kind: "match" | "unless"): readonly Chain[] =>
    [...clauses].flatMap((clause) => (clause.kind === kind ? clause.chains : []));
  const bound = bindPattern(scope, chainsOf("match"), true);
  bindChains(bound, chainsOf("unless"));
  for (const clause of clauses)
    if (clause.kind === "let")
      bound.bindings.set(clause.name.text, { name: clause.name, what: "let", kind: "any" });
  return bound.bindings;
}

/** For each captured node of a rule, the ops that it can be; none for what is no node. */
export function opsCaptured(
  analysis: Analysis,
  item: PatternItem | QuantizeItem | RewriteItem,
): (name: string) => readonly OpWord[] {
  const bindings = onDemand(() => bindingsOf(analysis, item));
  return (name) => [...new Set(bindings().get(name)?.ops ?? [])];
}
