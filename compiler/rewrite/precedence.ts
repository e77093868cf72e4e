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
    const found = new Set(next.get(name));
    for (const other of found) for (const later of next.get(other) ?? []) found.add(later);
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
  return (rule) => {
    const known = found.get(rule) ?? allAhead(rule, ahead, places);
    found.set(rule, known);
    return known;
  };
}

const none: readonly PatternRule[] = [];

/** Circles have been told, and say nothing: of two rules in one the later is never ahead. */
function allAhead(
  rule: RewriteRule,
  ahead: ReadonlyMap<RewriteRule, readonly RewriteRule[]>,
  places: ReadonlyMap<RewriteRule, number>,
): readonly PatternRule[] {
  const found = new Set<RewriteRule>();
  const open = [rule];
  for (let next = open.pop(); next !== undefined; next = open.pop())
    for (const earlier of ahead.get(next) ?? []) {
      if (found.has(earlier) || places.get(earlier)! >= places.get(rule)!) continue;
      found.add(earlier);
      open.push(earlier);
    }
  const patterns = [...found].filter((earlier) => earlier.kind === "rewrite");
  return patterns.sort((a, b) => places.get(a)! - places.get(b)!);
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
