import type { Expression, ReplacementChain } from "../../grammar/ast.ts";
import { expressionParts } from "../../grammar/index.ts";
import { builtins } from "./builtins.ts";
import type { RewriteRule, Sight } from "./rule.ts";

/** Members that tell something of a node itself; others may be its operands. */
const ownMembers: ReadonlySet<string> = new Set([
  ...["name", "path", "op", "output", "value"],
  ...["shape", "rank", "dtype", "scale", "zeroPoint"],
]);

const everything: Sight = { edges: Number.POSITIVE_INFINITY, isAround: true };

/** How far a rule looks: a pattern up to its last node, and as far as its clauses go from there; at everything where these look at users, at the whole graph or at what TypeScript can see. */
export function sightOf(rule: RewriteRule): Sight {
  if (rule.kind === "code") return rule.sight;
  if (rule.pattern.reach.down > 0) return everything;
  const hops = new Map<string, number>();
  const of = (expression: Expression) => hopsOf(expression, hops);
  let most = 0;
  for (const clause of rule.item.clauses) {
    if (clause.kind === "let") hops.set(clause.name.text, of(clause.value));
    if (clause.kind === "require") most = Math.max(most, of(clause.condition));
    if (clause.kind === "decreases") most = Math.max(most, of(clause.measure));
    if (clause.kind === "replace")
      most = Math.max(most, ...[...expressionsIn(clause.with)].map(of));
  }
  const edges = rule.pattern.reach.up + Math.max(most, ...hops.values());
  return edges === Number.POSITIVE_INFINITY ? everything : { edges, isAround: false };
}

/** From how many operands to their operands an expression goes; infinite where it looks around. */
function hopsOf(e: Expression, names: ReadonlyMap<string, number>): number {
  const most = (parts: readonly Expression[]) =>
    Math.max(0, ...parts.map((part) => hopsOf(part, names)));
  switch (e.kind) {
    case "name":
      return names.get(e.name.text) ?? 0;
    case "member":
      return most(expressionParts(e)) + (ownMembers.has(e.name.text) ? 0 : 1);
    case "call":
      return looksAround(e.callee.text) ? Number.POSITIVE_INFINITY : most(expressionParts(e));
    case "typescript":
      return Number.POSITIVE_INFINITY;
    default:
      return most(expressionParts(e));
  }
}

function looksAround(callee: string): boolean {
  return !Object.hasOwn(builtins, callee) || builtins[callee]!.looksAround === true;
}

function* expressionsIn({ steps }: ReplacementChain): Generator<Expression> {
  for (const step of steps) {
    if (step.kind === "value") {
      yield step.value;
      continue;
    }
    for (const { value } of step.fields) yield value;
    for (const { value } of step.operands ?? []) yield* expressionsIn(value);
  }
}
