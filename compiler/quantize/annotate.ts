import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import {
  type Annotations,
  type Claim,
  type Site,
  type SiteAnnotation,
  type SiteKey,
  siteKey,
  valueKey,
} from "../ir/annotations.ts";
import type { Graph } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { ruleNeverFires } from "../rewrite/diagnostics.ts";
import { nearestMiss } from "../rewrite/near-miss.ts";
import type { QuantizeRule } from "../rewrite/rule.ts";
import { checkChannels, checkGroups } from "./check-groups.ts";
import {
  type Claims,
  distinctClaims,
  type SiteClaims,
  sameRequest,
  siteClaims,
  strongest,
  valueAt,
} from "./claims.ts";
import { collectEffects } from "./collect-effects.ts";
import { Conflicts } from "./conflicts.ts";
import { deriveBiases } from "./derive-biases.ts";
import { fusedUnits } from "./fused-units.ts";
import { idleClauses } from "./idle-clauses.ts";
import { adoptFromReaders, liftTiedEdges, readersByValue, servedReaders } from "./readers.ts";
import type { RankedClaim, SiteRequest } from "./requests.ts";
import { type TieGroups, tieGroups } from "./tie-groups.ts";

export interface Annotated {
  readonly annotations: Annotations;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * What the `quantize` rules ask for on a graph. Rules do not see each other: their requests are collected and joined, so
 * their order means nothing. At each site the strongest request wins; two unequal ones of one strength are an error.
 */
export function annotate(
  graph: Graph,
  rules: readonly QuantizeRule[],
  { ops }: { readonly ops: OpTable },
): Annotated {
  const collected = collectEffects(graph, rules, ops);
  const { view, requests, ties } = collected;
  const { standsFor, effective } = fusedUnits(collected.fused, view);
  /** What is asked for inside of a fused group is asked for the value that stands for it. */
  const outside = (site: Site): Site => {
    const read = standsFor.size === 0 ? undefined : valueAt(site, view);
    const value = read && standsFor.get(valueKey(read));
    return value ? { kind: "value", value } : site;
  };
  const claims = joinClaims(requests, outside);
  const tied = ties.flatMap(({ sites }) => sites.map(outside));
  const lifted = liftTiedEdges(view, tied, claims);
  const place = (site: Site): Site => {
    const placed = outside(site);
    const value = lifted.get(siteKey(placed));
    return value ? { kind: "value", value } : placed;
  };
  const groups = tieGroups(ties, place, claims);
  const readers = readersByValue(view, claims);
  adoptFromReaders(view, claims, readers, groups);
  const conflicts = new Conflicts(graph);
  const { winners, decided } = decide(claims, groups, conflicts);
  const { served, refused } = servedReaders(readers, winners, groups);
  const sites = new Map<SiteKey, SiteAnnotation>();
  for (const [key, winner] of winners)
    if (!served.has(key))
      sites.set(key, annotationOf(claims.get(key)!, winner, groups.of.get(key), refused.get(key)));
  deriveBiases(graph, view, ops, sites);
  return {
    annotations: {
      sites,
      groups: new Map([...decided].map((group) => [group, groups.members[group]!])),
      tiedBy: groups.tiedBy,
      interior: new Set(standsFor.keys()),
      fired: collected.fired,
      idle: idleClauses(rules, collected, effective),
    },
    diagnostics: [
      ...collected.diagnostics,
      ...conflicts.diagnostics,
      ...checkGroups(graph, ops, sites),
      ...checkChannels(graph, sites),
      ...unmatched(graph, rules, collected.matched, ops),
    ],
  };
}

function joinClaims(
  requests: readonly SiteRequest[],
  place: (site: Site) => Site,
): Map<SiteKey, SiteClaims> {
  const claims = new Map<SiteKey, SiteClaims>();
  for (const { site, claim } of requests) siteClaims(claims, place(site)).asked.push(claim);
  return claims;
}

/** The strongest request for each site that has one; the members of a group, which get the same, one after the other. */
function decide(claims: Claims, groups: TieGroups, conflicts: Conflicts) {
  const winners = new Map<SiteKey, RankedClaim>();
  const decided = new Set<number>();
  for (const [key, own] of claims) {
    const group = groups.of.get(key);
    if (group === undefined) {
      const winner = winnerOf(own.asked, () => [own]);
      if (winner) winners.set(key, winner);
    } else if (!decided.has(group)) {
      decided.add(group);
      const keys = groups.members[group]!;
      const members = keys.map((member) => claims.get(member)!);
      const winner = winnerOf(
        members.flatMap(({ asked }) => asked),
        () => members,
      );
      if (winner) for (const member of keys) winners.set(member, winner);
    }
  }
  return { winners, decided };

  function winnerOf(asked: readonly RankedClaim[], members: () => readonly SiteClaims[]) {
    const rivals = strongest(asked);
    if (rivals.length > 1) conflicts.add(members(), rivals);
    return rivals[0];
  }
}

/** @param refused what readers ask for and do not get, as the value that they read has other integers */
function annotationOf(
  { site, asked }: SiteClaims,
  { claim: winner }: RankedClaim,
  group: number | undefined,
  refused: readonly Claim[] = none,
): SiteAnnotation {
  const losers = [...losersTo(winner, asked), ...refused];
  const annotation = { site, winner, losers: losers.length > 0 ? distinctClaims(losers) : none };
  return group === undefined ? annotation : { ...annotation, group };
}

const none: readonly never[] = [];

function losersTo(winner: Claim, asked: readonly RankedClaim[]): readonly Claim[] {
  const lost = ({ claim }: RankedClaim) => !sameRequest(claim.request, winner.request);
  return asked.some(lost) ? asked.filter(lost).map(({ claim }) => claim) : none;
}

/** The user's own rules that matched nothing, each with the nearest miss. */
function unmatched(
  graph: Graph,
  rules: readonly QuantizeRule[],
  matched: ReadonlySet<QuantizeRule>,
  ops: OpTable,
): readonly Diagnostic[] {
  return rules
    .filter((rule) => rule.distance === 0 && !rule.optional && !matched.has(rule))
    .map((rule) => ruleNeverFires(rule, { model: graph.name, ...nearestMiss(graph, rule, ops) }));
}
