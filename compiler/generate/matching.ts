import { Rejected } from "../../grammar/source/diagnostic.ts";
import type { Graph, NodeId, Value } from "../ir/graph.ts";
import { type GraphView, viewOf } from "../ir/graph-view.ts";
import type { OpTable } from "../ir/op.ts";
import { requireAll, requireSingleUse } from "../rewrite/conditions.ts";
import { matchAt, type Search } from "../rewrite/match.ts";
import type { PatternRule, QuantizeRule } from "../rewrite/rule.ts";
import { isValueTerm, Unmet } from "../rewrite/term.ts";

/** A rule that states what it matches as a pattern. */
export type PatternedRule = PatternRule | QuantizeRule;

/** Where a rule matches. */
export interface Place {
  /** The node at which matching starts. */
  readonly root: NodeId;
  readonly nodes: ReadonlySet<NodeId>;
  /** The nodes that a rewrite rule replaces. */
  readonly targets: ReadonlySet<NodeId>;
}

/** The first way in which a rule matches at `root`, by the matcher that applies rules. */
export function placeAt(
  rule: PatternedRule,
  root: NodeId,
  view: GraphView,
  ops: OpTable,
): Place | undefined {
  let place: Place | undefined;
  matchAt(rule.pattern, root, view, ops, (search) => {
    place = holds(rule, search) ? { root, ...coveredBy(rule, search) } : undefined;
    return place !== undefined;
  });
  return place;
}

/** Where in a graph a rule matches, in the order of the nodes. */
export function placesOf(rule: PatternedRule, graph: Graph, ops: OpTable): readonly Place[] {
  const view = viewOf(graph);
  return [...graph.nodes.values()].flatMap(({ id, op }) => {
    if (rule.roots && !rule.roots.has(op)) return [];
    return placeAt(rule, id, view, ops) ?? [];
  });
}

function coveredBy(rule: PatternedRule, search: Search): Pick<Place, "nodes" | "targets"> {
  const targets = targetsOf(rule, search).flatMap((value) => (value ? [value.node] : []));
  return { nodes: new Set(search.nodes()), targets: new Set(targets) };
}

/** Whether the conditions hold at a match of the pattern; TypeScript that fails holds of nothing. */
function holds(rule: PatternedRule, search: Search): boolean {
  try {
    if (rule.kind === "rewrite" && !rule.pattern.shared)
      requireSingleUse(search.graph, search.nodes(), targetsOf(rule, search));
    requireAll(rule.conditions, search);
    return true;
  } catch (error) {
    if (error instanceof Unmet || error instanceof Rejected) return false;
    throw error;
  }
}

function targetsOf(rule: PatternedRule, search: Search): readonly (Value | undefined)[] {
  if (rule.kind === "quantize") return [];
  return rule.replaces.map(({ target }) => {
    const term = search.lookup(target.text);
    return term !== undefined && isValueTerm(term) ? term.value : undefined;
  });
}
