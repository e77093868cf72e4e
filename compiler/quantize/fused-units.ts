import type { FuseClause } from "../../grammar/ast.ts";
import { type SiteKey, valueKey } from "../ir/annotations.ts";
import type { NodeId, Value } from "../ir/graph.ts";
import type { GraphView } from "../ir/graph-view.ts";
import type { Fused } from "./requests.ts";

/** What groups of fused nodes hide. */
export interface FusedUnits {
  /** For each value inside of a group the value that stands for it: the group's last. */
  readonly standsFor: ReadonlyMap<SiteKey, Value>;
  /** The clauses by which something is inside. */
  readonly effective: ReadonlySet<FuseClause>;
}

/** A value with users outside of its group is visible there, so it stays a site. */
export function fusedUnits(fused: readonly Fused[], view: GraphView): FusedUnits {
  const lasts = new Map<SiteKey, Value>();
  const effective = new Set<FuseClause>();
  for (const { nodes, clause } of fused) {
    const group = new Set(nodes);
    const last = onlyLast(group, view);
    if (last === undefined) continue;
    const value: Value = { node: last, output: 0 };
    for (const node of group) {
      if (node === last || !view.usedOnlyBy(node, nodes)) continue;
      effective.add(clause);
      lasts.set(valueKey({ node, output: 0 }), value);
    }
  }
  return { standsFor: resolved(lasts), effective };
}

/** The one member whose result no other member uses. */
function onlyLast(group: ReadonlySet<NodeId>, view: GraphView): NodeId | undefined {
  let last: NodeId | undefined;
  for (const id of group) {
    if (isUsedWithin(group, id, view)) continue;
    if (last !== undefined) return undefined;
    last = id;
  }
  return last;
}

function isUsedWithin(group: ReadonlySet<NodeId>, id: NodeId, view: GraphView): boolean {
  for (const user of view.eachUser(id)) if (group.has(user)) return true;
  return false;
}

/** Groups may overlap: the last value of one can be inside another. */
function resolved(lasts: ReadonlyMap<SiteKey, Value>): ReadonlyMap<SiteKey, Value> {
  const isInside = (value: Value) => lasts.has(valueKey(value));
  if (![...lasts.values()].some(isInside)) return lasts;
  const ends = new Map<SiteKey, Value>();
  for (const [key, last] of lasts) {
    if (ends.has(key)) continue;
    ends.set(key, last);
    if (isInside(last)) follow(key, lasts, ends);
  }
  return ends;
}

/** A value that is resolved ends the way of all before it. */
function follow(
  start: SiteKey,
  lasts: ReadonlyMap<SiteKey, Value>,
  ends: Map<SiteKey, Value>,
): void {
  const way = new Set([start]);
  let end = lasts.get(start)!;
  for (let at = valueKey(end); lasts.has(at) && !way.has(at); at = valueKey(end)) {
    way.add(at);
    end = ends.get(at) ?? lasts.get(at)!;
  }
  for (const passed of way) ends.set(passed, end);
}
