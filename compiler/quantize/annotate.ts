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
  Claims,
  distinctClaims,
  type SiteClaims,
  sameRequest,
  strongest,
  valueAt,
} from "./claims.ts";
import { collectEffects } from "./collect-effects.ts";
import { Conflicts } from "./conflicts.ts";
import { deriveBiases } from "./derive-biases.ts";
import { fusedUnits } from "./fused-units.ts";
import { idleClauses } from "./idle-clauses.ts";
import { adoptFromReaders, findReaders, liftTiedEdges, serveReaders } from "./readers.ts";
import type { RankedClaim } from "./requests.ts";
import { rulesOfGroups, tieGroups, tyingClauses } from "./tie-groups.ts";

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
  const claims = new Claims(graph);
  for (const { site, claim } of requests) claims.ask(outside(site), claim);
  const tied = ties.flatMap(({ sites }) => sites.map(outside));
  const lifted = liftTiedEdges(view, tied, claims);
  const place = (site: Site): Site => {
    const placed = outside(site);
    const value = lifted.get(siteKey(placed));
    return value ? { kind: "value", value } : placed;
  };
  const groups = tieGroups(ties, place, claims);
  findReaders(view, claims);
  adoptFromReaders(view, claims, groups);
  const tying = tyingClauses(ties, place, claims);
  const conflicts = new Conflicts(graph, tying);
  const decided = decide(claims, groups, conflicts);
  const refused = serveReaders(claims);
  const sites = new Map<SiteKey, SiteAnnotation>();
  for (const one of decided)
    if (one.winner && !one.isServed)
      sites.set(siteKey(one.site), annotationOf(one, one.winner, refused.get(one)));
  deriveBiases(graph, view, ops, sites);
  return {
    annotations: {
      sites,
      groups: keysByGroup(decided),
      tiedBy: rulesOfGroups(tying),
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

/**
 * Finds the strongest request for each site, one for all members of a group, and gives the sites in the order in which they came, the
 * members of a group one after the other.
 */
function decide(
  claims: Claims,
  groups: readonly (readonly SiteClaims[])[],
  conflicts: Conflicts,
): readonly SiteClaims[] {
  const decided: SiteClaims[] = [];
  const seen = new Set<number>();
  for (const one of claims.all) {
    const { group } = one;
    if (group !== undefined && seen.has(group)) continue;
    if (group !== undefined) seen.add(group);
    const members = group === undefined ? [one] : groups[group]!;
    const asked = group === undefined ? one.asked : members.flatMap((member) => member.asked);
    const rivals = strongest(asked);
    if (rivals.length > 1) conflicts.add(members, rivals);
    for (const member of members) {
      member.winner = rivals[0];
      decided.push(member);
    }
  }
  return decided;
}

function keysByGroup(decided: readonly SiteClaims[]): ReadonlyMap<number, readonly SiteKey[]> {
  const groups = new Map<number, SiteKey[]>();
  for (const { site, group } of decided) {
    if (group === undefined) continue;
    const known = groups.get(group);
    if (known) known.push(siteKey(site));
    else groups.set(group, [siteKey(site)]);
  }
  return groups;
}

/** @param refused what readers ask for and do not get, as the value that they read has other integers */
function annotationOf(
  { site, asked, group }: SiteClaims,
  { claim: winner }: RankedClaim,
  refused: readonly Claim[] = none,
): SiteAnnotation {
  const lost = losersTo(winner, asked);
  const losers = lost === none && refused === none ? none : distinctClaims([...lost, ...refused]);
  return group === undefined ? { site, winner, losers } : { site, winner, losers, group };
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
