import { type Site, siteKey, valueKey } from "../ir/annotations.ts";
import type { Graph, Value } from "../ir/graph.ts";
import type { GraphView } from "../ir/graph-view.ts";
import {
  distinctRequests,
  type SiteClaims,
  sameRequest,
  siteClaims,
  strongest,
  valueAt,
} from "./claims.ts";
import type { RankedClaim } from "./requests.ts";

/** Edges by the key of the value that they read. */
export type Readers = ReadonlyMap<string, readonly SiteClaims[]>;

/** The edges for which something is asked. */
export function readersByValue(graph: Graph, claims: ReadonlyMap<string, SiteClaims>): Readers {
  const readers = new Map<string, SiteClaims[]>();
  for (const claim of claims.values()) {
    if (claim.site.kind !== "edge" || claim.asked.length === 0) continue;
    const key = valueKey(valueAt(claim.site, graph)!);
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
  graph: Graph,
  view: GraphView,
  claims: Map<string, SiteClaims>,
  readers: Readers,
  groupOf: (key: string) => readonly string[] | undefined,
): void {
  const seen = new Set<string>();
  for (const [key, edges] of readers) {
    if (seen.has(key)) continue;
    const group = groupOf(key);
    const members = group ?? [key];
    for (const member of members) seen.add(member);
    if (members.some((member) => claims.get(member)?.asked.length)) continue;
    const asked = members.flatMap((member) => readers.get(member) ?? []);
    const wanted = distinctRequests(asked.flatMap((edge) => strongest(edge.asked)));
    if (wanted.length > 1 || typeof wanted[0]!.request === "string") continue;
    const value = valueAt(edges[0]!.site, graph)!;
    if (group || isReadOnlyBy(value, new Set(asked.map(({ site }) => siteKey(site))), view))
      siteClaims(claims, { kind: "value", value }).asked.push(wanted[0]!);
  }
}

/**
 * Tied edges whose value nobody asks for, and whose value only tied edges use: the value is tied in their place and takes over
 * what is asked for them, as its own integers serve them all. Gives the value of each such edge, by the edge's key.
 */
export function liftTiedEdges(
  graph: Graph,
  view: GraphView,
  tied: readonly Site[],
  claims: Map<string, SiteClaims>,
): ReadonlyMap<string, Value> {
  const edges = new Map(
    tied
      .filter(({ kind }) => kind === "edge")
      .map((site) => [siteKey(site), valueAt(site, graph)!]),
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
function isReadOnlyBy(value: Value, edges: ReadonlySet<string>, view: GraphView): boolean {
  if (view.isOutput(value.node)) return false;
  const key = valueKey(value);
  return view.users(value.node).every((node) =>
    view.node(node).operands.every((operand, i) => {
      const isUse = operand !== undefined && valueKey(operand) === key;
      return !isUse || edges.has(siteKey({ kind: "edge", node, operand: i }));
    }),
  );
}

/** Whether a reader needs no quantizer of its own: the value has the same one, or one that was asked for more strongly. */
export function servesReader(value: RankedClaim, reader: RankedClaim): boolean {
  if (typeof value.request === "string") return false;
  return value.rank < reader.rank || sameRequest(value.request, reader.request);
}
