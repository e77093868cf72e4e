import { type Claim, type Site, type SiteKey, siteKey, valueKey } from "../ir/annotations.ts";
import { sameValue, type Value } from "../ir/graph.ts";
import type { GraphView } from "../ir/graph-view.ts";
import {
  type Claims,
  distinctRequests,
  type SiteClaims,
  sameRequest,
  siteClaims,
  strongest,
  valueAt,
} from "./claims.ts";
import type { RankedClaim } from "./requests.ts";
import type { TieGroups } from "./tie-groups.ts";

/** Edges by the key of the value that they read. */
export type Readers = ReadonlyMap<SiteKey, readonly SiteClaims[]>;

/** The edges for which something is asked. */
export function readersByValue(view: GraphView, claims: Claims): Readers {
  const readers = new Map<SiteKey, SiteClaims[]>();
  for (const claim of claims.values()) {
    if (claim.site.kind !== "edge" || claim.asked.length === 0) continue;
    const key = valueKey(valueAt(claim.site, view)!);
    const known = readers.get(key);
    if (known) known.push(claim);
    else readers.set(key, [claim]);
  }
  return readers;
}

/**
 * A value for which nobody asks gets the quantizer that all of its readers ask for. A group of tied values for which nobody
 * asks gets what those readers agree on that ask for something: what is asked for one of a group is asked for all.
 */
export function adoptFromReaders(
  view: GraphView,
  claims: Map<SiteKey, SiteClaims>,
  readers: Readers,
  groups: TieGroups,
): void {
  const seen = new Set<SiteKey>();
  const isAskedFor = (key: SiteKey) => (claims.get(key)?.asked.length ?? 0) > 0;
  for (const [key, edges] of readers) {
    const number = groups.of.get(key);
    const group = number === undefined ? undefined : groups.members[number];
    if (seen.has(key)) continue;
    if (group) for (const member of group) seen.add(member);
    if (group ? group.some(isAskedFor) : isAskedFor(key)) continue;
    const asked = group ? group.flatMap((member) => readers.get(member) ?? []) : edges;
    const wanted = distinctRequests(asked.flatMap((edge) => strongest(edge.asked)));
    if (wanted.length > 1 || typeof wanted[0]!.claim.request === "string") continue;
    const value = valueAt(edges[0]!.site, view)!;
    if (group || isReadOnlyBy(value, new Set(asked.map(({ site }) => siteKey(site))), view))
      siteClaims(claims, { kind: "value", value }).asked.push(wanted[0]!);
  }
}

/**
 * Tied edges whose value nobody asks for, and whose value only tied edges use: the value is tied in their place and takes over
 * what is asked for them, as its own integers serve them all. Gives the value of each such edge, by the edge's key.
 */
export function liftTiedEdges(
  view: GraphView,
  tied: readonly Site[],
  claims: Map<SiteKey, SiteClaims>,
): ReadonlyMap<SiteKey, Value> {
  const edges = new Map(
    tied.filter(({ kind }) => kind === "edge").map((site) => [siteKey(site), valueAt(site, view)!]),
  );
  const keys = new Set(edges.keys());
  const isAskedFor = (value: Value) => claims.get(valueKey(value))?.asked.length;
  const lifted = [...edges].filter(
    ([, value]) => !isAskedFor(value) && isReadOnlyBy(value, keys, view),
  );
  for (const [key, value] of lifted) {
    const asked = claims.get(key)?.asked ?? [];
    siteClaims(claims, { kind: "value", value }).asked.push(...asked);
    claims.delete(key);
  }
  return new Map(lifted);
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
 * The edges that need no quantizer of their own, as the value has the same one, or one that was asked for more strongly; and for each
 * value what such readers ask for and do not get. Edges that share their scale with something else keep it.
 */
export function servedReaders(
  readers: Readers,
  winners: ReadonlyMap<SiteKey, RankedClaim>,
  groups: TieGroups,
) {
  const served = new Set<SiteKey>();
  const refused = new Map<SiteKey, Claim[]>();
  for (const [value, edges] of readers) {
    const winner = winners.get(value);
    if (winner === undefined) continue;
    for (const { site } of edges) {
      const edge = siteKey(site);
      const asked = winners.get(edge)!;
      const group = groups.of.get(edge);
      const isTied = group !== undefined && group !== groups.of.get(value);
      if (isTied || !serves(winner, asked)) continue;
      served.add(edge);
      if (sameRequest(winner.claim.request, asked.claim.request)) continue;
      const known = refused.get(value);
      if (known) known.push(asked.claim);
      else refused.set(value, [asked.claim]);
    }
  }
  return { served, refused };
}

function serves({ rank, claim: { request } }: RankedClaim, reader: RankedClaim): boolean {
  if (typeof request === "string") return false;
  return rank < reader.rank || sameRequest(request, reader.claim.request);
}
