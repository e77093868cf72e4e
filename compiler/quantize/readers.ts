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
  claims: Claims,
  readers: Readers,
  groups: readonly (readonly SiteClaims[])[],
): void {
  const seen = new Set<number>();
  for (const edges of readers.values()) {
    const value = valueAt(edges[0]!.site, view)!;
    const known = claims.get(valueKey(value));
    const { group } = known ?? {};
    if (group !== undefined && seen.has(group)) continue;
    if (group !== undefined) seen.add(group);
    const members = group === undefined ? (known ? [known] : none) : groups[group]!;
    if (members.some(({ asked }) => asked.length > 0)) continue;
    const asked = group === undefined ? edges : members.flatMap((one) => readersOf(one, readers));
    const wanted = distinctRequests(asked.flatMap((edge) => strongest(edge.asked)));
    if (wanted.length > 1 || typeof wanted[0]!.claim.request === "string") continue;
    if (group !== undefined || isReadOnlyBy(value, keysOf(asked), view))
      siteClaims(claims, { kind: "value", value }).asked.push(wanted[0]!);
  }
}

const none: readonly never[] = [];

function readersOf({ site }: SiteClaims, readers: Readers): readonly SiteClaims[] {
  return (site.kind === "value" && readers.get(valueKey(site.value))) || none;
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
 * Finds the edges that need no quantizer of their own, as the value has the same one, or one that was asked for more strongly. Edges
 * that share their scale with something else keep it. Gives for each value what such readers ask for and do not get.
 */
export function serveReaders(
  readers: Readers,
  claims: Claims,
): ReadonlyMap<SiteClaims, readonly Claim[]> {
  const refused = new Map<SiteClaims, Claim[]>();
  for (const [key, edges] of readers) {
    const value = claims.get(key);
    if (value?.winner === undefined) continue;
    for (const edge of edges) {
      const isTied = edge.group !== undefined && edge.group !== value.group;
      if (isTied || !serves(value.winner, edge.winner!)) continue;
      edge.isServed = true;
      const { claim } = edge.winner!;
      if (sameRequest(value.winner.claim.request, claim.request)) continue;
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
