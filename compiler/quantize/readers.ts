import { type Claim, type Site, type SiteKey, siteKey } from "../ir/annotations.ts";
import { sameValue, type Value } from "../ir/graph.ts";
import type { GraphView } from "../ir/graph-view.ts";
import {
  type Claims,
  distinctRequests,
  type SiteClaims,
  sameRequest,
  strongest,
  valueAt,
} from "./claims.ts";
import type { RankedClaim } from "./requests.ts";

/** Tells values of the edges that read them and for which something is asked. */
export function findReaders(view: GraphView, claims: Claims): void {
  for (const one of claims.all) {
    if (one.site.kind !== "edge" || one.asked.length === 0) continue;
    const value = valueAt(one.site, view)!;
    const read = claims.at({ kind: "value", value });
    if (read.readers) read.readers.push(one);
    else read.readers = [one];
  }
}

/**
 * A value for which nobody asks gets the quantizer that all of its readers ask for. A group of tied values for which nobody
 * asks gets what those readers agree on that ask for something: what is asked for one of a group is asked for all.
 */
export function adoptFromReaders(
  view: GraphView,
  claims: Claims,
  groups: readonly (readonly SiteClaims[])[],
): void {
  for (const one of claims.all)
    if (one.group === undefined && one.readers && one.asked.length === 0) adoptIn([one], view);
  for (const group of groups) adoptIn(group, view);
}

/** @param members a value, or sites of one group */
function adoptIn(members: readonly SiteClaims[], view: GraphView): void {
  if (members.some(({ asked }) => asked.length > 0)) return;
  const value = members.find(({ readers }) => readers);
  const readers = members.flatMap((member) => member.readers ?? []);
  const [wanted, ...others] = distinctRequests(readers.flatMap(({ asked }) => strongest(asked)));
  if (value === undefined || wanted === undefined || others.length > 0) return;
  if (typeof wanted.claim.request === "string") return;
  if (members.length > 1 || isReadOnlyBy(valueAt(value.site, view)!, keysOf(readers), view))
    value.asked.push(wanted);
}

function keysOf(claims: readonly SiteClaims[]): ReadonlySet<SiteKey> {
  return new Set(claims.map(({ site }) => siteKey(site)));
}

/**
 * Tied edges whose value nobody asks for, and whose value only tied edges use: the value is tied in their place and takes over
 * what is asked for them, as its own integers serve them all. Gives the value of each such edge, by the edge's key.
 */
export function liftTiedEdges(
  view: GraphView,
  tied: readonly Site[],
  claims: Claims,
): ReadonlyMap<SiteKey, Value> {
  const edges = tied.filter(({ kind }) => kind === "edge");
  const keys = new Set(edges.map(siteKey));
  const isFree = (edge: Site) => {
    const value = valueAt(edge, view)!;
    const isAskedFor = (claims.known({ kind: "value", value })?.asked.length ?? 0) > 0;
    return !isAskedFor && isReadOnlyBy(value, keys, view);
  };
  const lifted = new Map<SiteKey, Value>();
  for (const edge of edges.filter(isFree)) {
    const value = valueAt(edge, view)!;
    lifted.set(siteKey(edge), value);
    const asked = claims.known(edge)?.asked.splice(0) ?? [];
    claims.at({ kind: "value", value }).asked.push(...asked);
  }
  return lifted;
}

/** Whether every use of a value is one of some edges. */
function isReadOnlyBy(value: Value, edges: ReadonlySet<SiteKey>, view: GraphView): boolean {
  if (view.isOutput(value.node)) return false;
  return view.users(value.node).every((node) =>
    view.node(node).operands.every((operand, i) => {
      const isUse = operand !== undefined && sameValue(operand, value);
      return !isUse || edges.has(siteKey({ kind: "edge", node, operand: i }));
    }),
  );
}

/**
 * Finds the edges that need no quantizer of their own, as the value has the same one, or one that was asked for more strongly. Edges
 * that share their scale with something else keep it. Gives for each value what such readers ask for and do not get.
 */
export function serveReaders(claims: Claims): ReadonlyMap<SiteClaims, readonly Claim[]> {
  const refused = new Map<SiteClaims, Claim[]>();
  for (const value of claims.all) {
    const { winner, readers } = value;
    if (winner === undefined || readers === undefined) continue;
    for (const edge of readers) {
      const isTied = edge.group !== undefined && edge.group !== value.group;
      if (isTied || !serves(winner, edge.winner!)) continue;
      edge.isServed = true;
      const { claim } = edge.winner!;
      if (sameRequest(winner.claim.request, claim.request)) continue;
      const known = refused.get(value);
      if (known) known.push(claim);
      else refused.set(value, [claim]);
    }
  }
  return refused;
}

function serves({ rank, claim: { request } }: RankedClaim, reader: RankedClaim): boolean {
  if (typeof request === "string") return false;
  return rank < reader.rank || sameRequest(request, reader.claim.request);
}
