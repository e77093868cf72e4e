import type { LetClause, QuantizeClause, RewriteClause } from "../../ast.ts";
import type { FileScope } from "../scope.ts";
import { contradiction } from "./decide.ts";
import type { Fact } from "./fact.ts";
import { both, type Formula, formulaOf, formulaOfStep, isNatural } from "./formula.ts";
import { knownFacts } from "./known-facts.ts";
import { certainSteps, RuleMeanings } from "./meanings.ts";

/**
 * Clauses of a rule that cannot all hold, whatever the graph: what they say of one unknown contradicts itself. `undefined` if they can,
 * for all that is understood of them.
 */
export function unsatisfiable(
  clauses: readonly (QuantizeClause | RewriteClause)[],
  scope: FileScope,
): readonly Fact[] | undefined {
  const steps = certainSteps(
    clauses.flatMap((clause) => (clause.kind === "match" ? clause.chains : [])),
  );
  const lets = clauses.filter((clause): clause is LetClause => clause.kind === "let");
  const meanings = new RuleMeanings(steps, lets);
  let formula: Formula = [knownFacts(scope, steps)];
  for (const step of steps) formula = both(formula, formulaOfStep(step, meanings));
  for (const clause of clauses)
    if (clause.kind === "require")
      formula = both(formula, formulaOf(clause.condition, true, meanings));
  const cores = formula.map(contradictionIn);
  if (cores.includes(undefined)) return undefined;
  return distinct(cores.flatMap((core) => core!));
}

/** Facts about one unknown that contradict each other. */
export function contradictionIn(facts: readonly Fact[]): readonly Fact[] | undefined {
  const bySubject = Map.groupBy(withEqualities(facts), ({ subject }) => subject);
  for (const [subject, about] of bySubject) {
    const core = contradiction(about, { isNatural: isNatural(subject) });
    if (core) return core;
  }
  return undefined;
}

/** What is said of one of two equal unknowns is said of the other. */
function withEqualities(facts: readonly Fact[]): readonly Fact[] {
  const equal = facts.flatMap((fact) => {
    const pair = /^1 \* (.+) \+ -1 \* ([^+]+)$/.exec(fact.subject);
    const isEquality = fact.kind === "compare" && fact.comparison === "==" && fact.value === 0;
    return pair && isEquality ? [[pair[1]!, pair[2]!] as const] : [];
  });
  if (equal.length === 0) return facts;
  const names = new Map<string, string>();
  const find = (name: string): string => {
    let at = name;
    for (let next = names.get(at); next !== undefined; next = names.get(at)) at = next;
    return at;
  };
  for (const [a, b] of equal) {
    const [x, y] = [find(a), find(b)];
    if (x !== y) names.set(y, x);
  }
  return facts.map((fact) => ({ ...fact, subject: find(fact.subject) }));
}

function distinct(facts: readonly Fact[]): readonly Fact[] {
  const bySpan = new Map(facts.map((fact) => [`${fact.span.start} ${fact.span.end}`, fact]));
  return [...bySpan.values()];
}
