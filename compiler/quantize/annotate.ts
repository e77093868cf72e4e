import type { FuseClause, QuantizeItem, SiteReference } from "../../grammar/ast.ts";
import { type Diagnostic, Rejected } from "../../grammar/source/diagnostic.ts";
import {
  type Annotations,
  type IdleClause,
  type Site,
  type SiteAnnotation,
  siteKey,
  valueKey,
} from "../ir/annotations.ts";
import type { Graph, Node, NodeId, Value } from "../ir/graph.ts";
import { type GraphView, viewOf } from "../ir/graph-view.ts";
import type { OpTable } from "../ir/op.ts";
import { requestsConflict, ruleNeverFires } from "../rewrite/diagnostics.ts";
import { type Guard, guardOf } from "../rewrite/guard.ts";
import { forEachMatch, nearestMiss } from "../rewrite/near-miss.ts";
import type { QuantizeRule } from "../rewrite/rule.ts";
import { rulesByOp } from "../rewrite/rule-index.ts";
import { checkChannels, checkGroups } from "./check-groups.ts";
import {
  distinctClaims,
  plain,
  printRequest,
  type SiteClaims,
  sameRequest,
  siteClaims,
  strongest,
  valueAt,
} from "./claims.ts";
import { adoptFromReaders, liftTiedEdges, readersByValue, servesReader } from "./readers.ts";
import { type Effects, effectsOf, type Fused, type RankedClaim, type Tie } from "./requests.ts";
import { Ties } from "./ties.ts";

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
  const { view, diagnostics } = collected;
  const interior = interiorValues(view, collected.fused);
  const outside = (site: Site) => outsideOfGroups(site, graph, interior);
  const claims = joinClaims(collected, outside);
  const tied = collected.ties.flatMap(({ sites }) => sites.map(outside));
  const lifted = liftTiedEdges(graph, view, tied, claims);
  const place = (site: Site): Site => {
    const placed = outside(site);
    const value = lifted.get(siteKey(placed));
    return value ? { kind: "value", value } : placed;
  };
  const groups = tieGroups(collected, place, claims);
  const sites = new Map<string, SiteAnnotation>();
  const winners = new Map<string, RankedClaim>();
  const conflicts = new Map<string, Conflict>();
  const groupOf = new Map(groups.flatMap((keys, i) => keys.map((key) => [key, i] as const)));
  const readers = readersByValue(graph, claims);
  adoptFromReaders(graph, view, claims, readers, (key) => {
    const group = groupOf.get(key);
    return group === undefined ? undefined : groups[group];
  });
  const decided = new Set<number>();
  for (const [key, { site, asked }] of claims) {
    const group = groupOf.get(key);
    if (group === undefined) {
      decide([{ site, asked }], undefined);
    } else if (!decided.has(group)) {
      decided.add(group);
      decide(
        groups[group]!.map((member) => claims.get(member)!),
        group,
      );
    }
  }
  for (const [value, edges] of readers) {
    const winner = winners.get(value);
    for (const { site } of edges) {
      const asked = winners.get(siteKey(site))!;
      const isTied =
        groupOf.has(siteKey(site)) && groupOf.get(siteKey(site)) !== groupOf.get(value);
      if (winner === undefined || isTied || !servesReader(winner, asked)) continue;
      sites.delete(siteKey(site));
      if (!sameRequest(winner.request, asked.request)) addLoser(sites, value, asked);
    }
  }
  deriveBiases(graph, ops, sites);
  return {
    annotations: {
      sites,
      groups: new Map([...decided].map((group) => [group, groups[group]!])),
      tiedBy: rulesOfGroups(collected.ties, place, groupOf),
      interior: new Set(interior.keys()),
      fired: collected.fired,
      idle: idleClauses(collected, rules),
    },
    diagnostics: [
      ...diagnostics,
      ...[...conflicts.values()].map((conflict) =>
        requestsConflict({ model: graph.name, ...conflict }),
      ),
      ...checkGroups(graph, ops, sites),
      ...checkChannels(graph, sites),
      ...unmatched(graph, rules, collected.matched, ops),
    ],
  };

  /** One request for all members: that of the strongest. */
  function decide(members: readonly SiteClaims[], group: number | undefined): void {
    const all = members.flatMap(({ asked }) => asked);
    if (all.length === 0) return;
    const rivals = strongest(all);
    if (rivals.length > 1) addConflict(conflicts, graph, members, rivals);
    const winner = rivals[0]!;
    for (const { site, asked } of members) {
      const losers = distinctClaims(
        asked.filter((claim) => !sameRequest(claim.request, winner.request)),
      );
      const key = siteKey(site);
      winners.set(key, winner);
      sites.set(key, {
        site,
        winner: plain(winner),
        losers: losers.map(plain),
        ...(group !== undefined && { group }),
      });
    }
  }
}

interface Collected extends Omit<Effects, "answered"> {
  readonly answered: ReadonlySet<SiteReference>;
  readonly view: GraphView;
  readonly fired: ReadonlyMap<string, number>;
  readonly matched: ReadonlySet<QuantizeRule>;
  readonly diagnostics: Diagnostic[];
}

/** All effects of all rules at all their matches. */
function collectEffects(graph: Graph, rules: readonly QuantizeRule[], ops: OpTable): Collected {
  const view = viewOf(graph);
  const candidates = guardedByOp(rules, ops);
  const requests: Effects["requests"][number][] = [];
  const ties: Tie[] = [];
  const fused: Fused[] = [];
  const answered = new Set<SiteReference>();
  const fired = new Map(rules.map(({ name }) => [name, 0]));
  const nearest = distances(rules);
  const matched = new Set<QuantizeRule>();
  const faults = new Map<string, Diagnostic>();
  const report = (diagnostic: Diagnostic) => {
    if (!faults.has(diagnostic.message)) faults.set(diagnostic.message, diagnostic);
  };
  for (const node of graph.nodes.values()) {
    for (const { rule, guard } of candidates(node.op)) {
      if (!guard(node, view)) continue;
      const places = new Set<string>();
      // Conditions can be the user's TypeScript, which may fail as what is asked for may.
      reporting(report, () =>
        forEachMatch(rule, node.id, view, ops, (search) => {
          places.add([...search.nodes()].sort((a, b) => a - b).join());
          reporting(report, () => {
            const effects = effectsOf(rule, search, report);
            for (const request of effects.requests) requests.push(request);
            for (const tie of effects.ties) ties.push(tie);
            for (const group of effects.fused) fused.push(group);
            for (const reference of effects.answered) answered.add(reference);
          });
        }),
      );
      if (places.size === 0) continue;
      matched.add(rule);
      // A name means the nearest rule of that name, also where it is counted.
      if (rule.distance > nearest.get(rule.name)!) continue;
      fired.set(rule.name, fired.get(rule.name)! + places.size);
    }
  }
  const diagnostics = [...faults.values()];
  return { view, requests, ties, fused, answered, fired, matched, diagnostics };
}

/** The rules that may start at a node of an op, each with what must hold there. */
function guardedByOp(rules: readonly QuantizeRule[], ops: OpTable) {
  const starting = rulesByOp(rules);
  const byOp = new Map<string, readonly { readonly rule: QuantizeRule; readonly guard: Guard }[]>();
  return (op: string) => {
    const known = byOp.get(op);
    if (known) return known;
    const found = starting(op).map((rule) => ({ rule, guard: guardOf(rule, op, ops) }));
    byOp.set(op, found);
    return found;
  };
}

/** How far from the root the nearest rule of each name is. */
function distances(rules: readonly QuantizeRule[]): ReadonlyMap<string, number> {
  const nearest = new Map<string, number>();
  for (const { name, distance } of rules)
    nearest.set(name, Math.min(distance, nearest.get(name) ?? distance));
  return nearest;
}

/** Does `work`; a rejection is reported. */
function reporting(report: (diagnostic: Diagnostic) => void, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Rejected)) throw error;
    error.diagnostics.forEach(report);
  }
}

/**
 * For each value inside a fused group the value that stands for it: the group's last. A value with users outside of the
 * group is visible there, so it stays a site.
 */
function interiorValues(view: GraphView, fused: Effects["fused"]): ReadonlyMap<string, Value> {
  const next = new Map<string, Value>();
  for (const { nodes } of fused) {
    const hidden = hiddenNodes(nodes, view);
    for (const id of hidden.nodes)
      next.set(valueKey({ node: id, output: 0 }), { node: hidden.last!, output: 0 });
  }
  // Groups may overlap: the last value of one can be inside another. A value that is resolved ends the way of all before it.
  const resolved = new Map<string, Value>();
  for (const key of next.keys()) {
    const way = new Set<string>();
    let at = key;
    while (next.has(at) && !resolved.has(at) && !way.has(at)) {
      way.add(at);
      at = valueKey(next.get(at)!);
    }
    const last = [...way].at(-1);
    const target = resolved.get(at) ?? (last === undefined ? undefined : next.get(last));
    if (target) for (const passed of way) resolved.set(passed, target);
  }
  return resolved;
}

/** The members of a unit whose results nothing outside of it uses, but for the one that is last. */
function hiddenNodes(members: readonly NodeId[], view: GraphView) {
  const group = new Set(members);
  const last = onlyLast(group, view);
  const isHidden = (id: NodeId) => id !== last && view.usedOnlyBy(id, members);
  return { last, nodes: last === undefined ? [] : [...group].filter(isHidden) };
}

/** The one member whose result no other member uses. */
function onlyLast(group: ReadonlySet<NodeId>, view: GraphView): NodeId | undefined {
  const last = [...group].filter((id) => !view.users(id).some((user) => group.has(user)));
  return last.length === 1 ? last[0] : undefined;
}

/** What is asked for inside of a fused group is asked for the value that stands for it. */
function outsideOfGroups(site: Site, graph: Graph, interior: ReadonlyMap<string, Value>): Site {
  const read = valueAt(site, graph);
  const value = read && interior.get(valueKey(read));
  return value ? { kind: "value", value } : site;
}

function joinClaims({ requests }: Collected, place: (site: Site) => Site): Map<string, SiteClaims> {
  const claims = new Map<string, SiteClaims>();
  for (const request of requests) siteClaims(claims, place(request.site)).asked.push(request.claim);
  return claims;
}

/** Keys of tied sites; every member gets an entry in `claims`. */
function tieGroups(
  { ties }: Collected,
  place: (site: Site) => Site,
  claims: Map<string, SiteClaims>,
): readonly (readonly string[])[] {
  const sets = new Ties();
  for (const { sites } of ties) {
    const keys = sites.map((site) => {
      const placed = place(site);
      siteClaims(claims, placed);
      return siteKey(placed);
    });
    for (const key of keys) sets.tie(keys[0]!, key);
  }
  const sharing = sets
    .groups()
    .map((keys) => keys.filter((key) => !staysInFloat(claims.get(key)!)));
  return sharing.filter((keys) => keys.length > 1);
}

/** Whether the strongest request for a site is `float`: it has no scale to share, and takes none from the others. */
function staysInFloat({ asked }: SiteClaims): boolean {
  const [request, ...others] = strongest(asked);
  return request?.request === "float" && others.length === 0;
}

/** For each group the names of the rules that tie some of it. */
function rulesOfGroups(
  ties: readonly Tie[],
  place: (site: Site) => Site,
  groupOf: ReadonlyMap<string, number>,
): ReadonlyMap<number, readonly string[]> {
  const rules = new Map<number, Set<string>>();
  for (const { sites, rule } of ties) {
    const [first] = sites;
    const group = first && groupOf.get(siteKey(place(first)));
    if (group === undefined) continue;
    const known = rules.get(group);
    if (known) known.add(rule);
    else rules.set(group, new Set([rule]));
  }
  return new Map([...rules].map(([group, names]) => [group, [...names]]));
}

/** What a reader asks for and does not get, as the value that it reads has other integers. */
function addLoser(sites: Map<string, SiteAnnotation>, value: string, asked: RankedClaim): void {
  const annotation = sites.get(value)!;
  const isKnown = annotation.losers.some(
    ({ rule, request }) => rule === asked.rule && sameRequest(request, asked.request),
  );
  if (!isKnown) sites.set(value, { ...annotation, losers: [...annotation.losers, plain(asked)] });
}

/** What some clauses want of the same sites, and cannot have together. */
type Conflict = Pick<Parameters<typeof requestsConflict>[0], "claims"> & {
  readonly places: { readonly node: string; readonly site: string }[];
};

/** One entry for the same clauses, with all their places. */
function addConflict(
  conflicts: Map<string, Conflict>,
  graph: Graph,
  members: readonly SiteClaims[],
  rivals: readonly RankedClaim[],
): void {
  const { site } = members.find(({ asked }) => asked.includes(rivals[1]!)) ?? members[0]!;
  const node = graph.nodes.get(site.kind === "value" ? site.value.node : site.node)!;
  const tied = members.length > 1 ? `the ${members.length} tied values around ` : "";
  const names = { value: "the output", constant: "a constant operand", edge: "an input" };
  const claims = rivals.map(({ quantizeRule: { name, distance, override }, span, request }) => ({
    name,
    distance,
    isOverride: override,
    ...(span && { span }),
    request: printRequest(request),
  }));
  const key = claims
    .map(({ name, span, request }) => `${name} ${span?.start} ${request}`)
    .sort()
    .join();
  const conflict = conflicts.get(key) ?? { claims, places: [] };
  conflicts.set(key, conflict);
  conflict.places.push({ node: node.name, site: tied + names[site.kind] });
}

/** A bias for which nobody asked is derived where its layer's weights are quantized. */
function deriveBiases(graph: Graph, ops: OpTable, sites: Map<string, SiteAnnotation>): void {
  for (const node of graph.nodes.values()) {
    const { operands } = ops.get(node.op)!;
    const bias = operands.findIndex(({ role }) => role === "bias");
    const weights = operands.findIndex(({ role }) => role === "weight");
    if (bias < 0 || weights < 0 || !isConstant(graph, node, bias)) continue;
    const site: Site = { kind: "constant", node: node.id, operand: bias };
    const kernel = sites.get(siteKey({ kind: "constant", node: node.id, operand: weights }));
    if (sites.has(siteKey(site)) || !kernel || typeof kernel.winner.request === "string") continue;
    sites.set(siteKey(site), {
      site,
      winner: { ...kernel.winner, request: "derived" },
      losers: [],
    });
  }
}

function isConstant(graph: Graph, node: Node, operand: number): boolean {
  const value = node.operands[operand];
  return value !== undefined && graph.nodes.get(value.node)!.op === "Constant";
}

/** What the rules of the user's own file ask for and what stands for nothing, wherever they match. */
function idleClauses(
  { view, fused, answered, matched }: Collected,
  rules: readonly QuantizeRule[],
): readonly IdleClause[] {
  const effective = new Set<FuseClause>();
  for (const { nodes, clause } of fused)
    if (!effective.has(clause) && hiddenNodes(nodes, view).nodes.length > 0) effective.add(clause);
  const own = rules.filter((rule) => rule.distance === 0 && !rule.optional && matched.has(rule));
  return own.flatMap(({ name: rule, item: { clauses } }) => [
    ...clauses
      .flatMap((clause) => (clause.kind === "fuse" && !effective.has(clause) ? clause : []))
      .map(({ span }): IdleClause => ({ rule, what: "unit", span })),
    ...clauses
      .flatMap(askedSites)
      .filter((site) => !answered.has(site))
      .map(({ span }): IdleClause => ({ rule, what: "site", span })),
  ]);
}

function askedSites(clause: QuantizeItem["clauses"][number]): readonly SiteReference[] {
  if (clause.kind === "set" || clause.kind === "tie") return clause.sites;
  return clause.kind === "derive" ? [clause.site] : [];
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
