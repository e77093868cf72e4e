import type { NodeId } from "../ir/graph.ts";
import type { GraphView } from "../ir/graph-view.ts";
import type { PatternRule, RewriteRule } from "./rule.ts";

/** Users of a value that has more than this are not looked at: going through all of them at each would be their square. */
const manyUsers = 64;

/** For a name of a rule those of the rules that come after it, as its `before` says or that of others which do. */
export function laterRules(rules: readonly RewriteRule[]): (name: string) => ReadonlySet<string> {
  const next = new Map(rules.map(({ name, before }) => [name, before]));
  const known = new Map<string, ReadonlySet<string>>();
  return (name) => {
    const all = known.get(name);
    if (all) return all;
    const found = reachable(name, next);
    known.set(name, found);
    return found;
  };
}

/**
 * For a rule the ones that `before` puts ahead of it, directly or by way of others, in the order in which rules are tried.
 *
 * @param rules in that order
 */
export function precedenceOf(
  rules: readonly RewriteRule[],
): (rule: RewriteRule) => readonly PatternRule[] {
  if (rules.every(({ before }) => before.length === 0)) return () => none;
  const byName = new Map(rules.map((rule) => [rule.name, rule]));
  const places = new Map(rules.map((rule, place) => [rule, place]));
  const ahead = new Map<RewriteRule, RewriteRule[]>();
  for (const rule of rules)
    for (const name of rule.before) {
      const later = byName.get(name);
      const known = later && ahead.get(later);
      if (known) known.push(rule);
      else if (later) ahead.set(later, [rule]);
    }
  const found = new Map<RewriteRule, readonly PatternRule[]>();
  const closures = new Map<RewriteRule, ReadonlySet<RewriteRule>>();
  const allAhead = (rule: RewriteRule) => {
    const known = closures.get(rule) ?? reachable(rule, ahead);
    closures.set(rule, known);
    return known;
  };
  return (rule) => {
    const known = found.get(rule);
    if (known) return known;
    // A circle has been told, and says nothing: of two rules in one none is ahead.
    const patterns = [...allAhead(rule)]
      .filter((earlier) => earlier.kind === "rewrite")
      .filter((earlier) => !allAhead(earlier).has(rule))
      .sort((a, b) => places.get(a)! - places.get(b)!);
    found.set(rule, patterns);
    return patterns;
  };
}

const none: readonly PatternRule[] = [];

/** All to which `next` leads from `start`, in one step or more. */
function reachable<Item>(start: Item, next: ReadonlyMap<Item, Iterable<Item>>): ReadonlySet<Item> {
  const found = new Set(next.get(start));
  for (const one of found) for (const other of next.get(one) ?? []) found.add(other);
  return found;
}

/** Nodes that only one rule can have: constants and inputs are anybody's. */
export function ownNodes(nodes: Iterable<NodeId>, graph: GraphView): ReadonlySet<NodeId> {
  const own = new Set<NodeId>();
  for (const id of nodes) {
    const { op } = graph.node(id);
    if (op !== "Constant" && op !== "Input") own.add(id);
  }
  return own;
}

/** The nodes at which a pattern of some reach may begin that is to contain one of `nodes`, the nearest first. */
export function rootsAround(
  nodes: ReadonlySet<NodeId>,
  { up, down }: PatternRule["pattern"]["reach"],
  graph: GraphView,
): Iterable<NodeId> {
  const tops = within(nodes, down, (id) =>
    graph.node(id).operands.flatMap((operand) => (operand ? [operand.node] : [])),
  );
  return within(tops, up, (id) => (graph.useCount(id) > manyUsers ? [] : graph.users(id)));
}

function within(
  start: ReadonlySet<NodeId>,
  edges: number,
  neighbours: (id: NodeId) => readonly NodeId[],
): ReadonlySet<NodeId> {
  const found = new Set(start);
  let level: Iterable<NodeId> = start;
  for (let i = 0; i < edges; i++) {
    const next: NodeId[] = [];
    for (const id of level)
      for (const neighbour of neighbours(id)) {
        if (found.has(neighbour)) continue;
        found.add(neighbour);
        next.push(neighbour);
      }
    if (next.length === 0) break;
    level = next;
  }
  return found;
}
