import type { Graph, Node } from "../ir/graph.ts";
import { type GraphView, viewOf } from "../ir/graph-view.ts";
import type { OpTable } from "../ir/op.ts";
import type { Refusal } from "../rewrite/driver.ts";
import { missAt } from "../rewrite/near-miss.ts";
import type { PatternRule, QuantizeRule } from "../rewrite/rule.ts";
import { rulesByOp } from "../rewrite/rule-index.ts";
import type { NearMiss } from "./explanation.ts";
import { placed } from "./places.ts";

type MatchedRule = PatternRule | QuantizeRule;

/** Rules that are tried again on a graph that they have left as it is. */
export interface Attempt {
  readonly graph: Graph;
  readonly rules: readonly MatchedRule[];
  readonly refusals: readonly Refusal[];
}

/** The most near misses that are told of one node. */
const most = 16;

/** And of one rule. */
const mostOfRule = 8;

/** Why rules do not apply at the nodes of a graph. A miss is near where a clause fails, or where at least two nodes of the pattern fit. */
export function nearMissFinder(
  { graph, rules, refusals }: Attempt,
  ops: OpTable,
): (node: Node) => readonly NearMiss[] {
  const view = viewOf(graph);
  const rulesFor = rulesByOp(rules);
  const ruleNamed = new Map(rules.map((rule) => [rule.name, rule]));
  const refused = Map.groupBy(refusals, ({ node }) => node);
  return (node) => {
    if (!graph.nodes.has(node.id)) return [];
    const impossible = (refused.get(node.name) ?? []).map(
      ({ rule, reason }): NearMiss => ({
        rule,
        ...placed(ruleNamed.get(rule)?.span),
        reason,
        at: "kernel",
        node: node.name,
      }),
    );
    const missed = rulesFor(node.op).flatMap((rule) => missesOf(rule, node, view, ops));
    const near = missed.sort((a, b) => b.nearness - a.nearness).map(({ miss }) => miss);
    return [...impossible, ...near].slice(0, most);
  };
}

/** The places in some graphs where one rule comes nearest to apply and does not, the nearest first, each node once. */
export function nearestOfRule(
  rule: MatchedRule,
  graphs: readonly Graph[],
  ops: OpTable,
): readonly NearMiss[] {
  const found = graphs.flatMap((graph) => {
    const view = viewOf(graph);
    return [...graph.nodes.values()]
      .filter(({ op }) => rule.roots?.has(op) ?? true)
      .flatMap((node) => missesOf(rule, node, view, ops));
  });
  const nearest = found.sort((a, b) => b.nearness - a.nearness).map(({ miss }) => miss);
  const isFirst = ({ node }: NearMiss, i: number) =>
    nearest.findIndex((other) => other.node === node) === i;
  return nearest.filter(isFirst).slice(0, mostOfRule);
}

function missesOf(
  rule: MatchedRule,
  node: Node,
  view: GraphView,
  ops: OpTable,
): readonly { readonly miss: NearMiss; readonly nearness: number }[] {
  const found = missAt(rule, node.id, view, ops);
  if (found === undefined) return [];
  const { reason, clause, fitting } = found;
  const isOwn = rule.distance === 0;
  if (clause === undefined && fitting < 2 && !isOwn) return [];
  const miss: NearMiss = {
    rule: rule.name,
    ...placed(clause ?? rule.span),
    reason,
    at: clause ? "clause" : "pattern",
    node: node.name,
  };
  return [{ miss, nearness: (isOwn ? 1000 : 0) + (clause ? 100 : 0) + fitting }];
}
