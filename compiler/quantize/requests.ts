import type { FuseClause, QuantizeItem, SiteReference, UsingConfig } from "../../grammar/ast.ts";
import { type Diagnostic, Rejected } from "../../grammar/source/diagnostic.ts";
import type { Span } from "../../grammar/source/source-file.ts";
import { configRequests, type SlotRequest } from "../config/config-requests.ts";
import { configFails, notLoaded } from "../config/diagnostics.ts";
import { layerView } from "../config/layer.ts";
import { reasonOf } from "../config/modules.ts";
import type { QuantizeConfig } from "../config/quantize-config.ts";
import type { Claim, Request, Site } from "../ir/annotations.ts";
import type { Node, NodeId } from "../ir/graph.ts";
import { notDerivable } from "../rewrite/diagnostics.ts";
import type { Search } from "../rewrite/match.ts";
import type { QuantizeRule } from "../rewrite/rule.ts";
import { quantizerOf } from "./requests-quantizer.ts";
import { resolveSites, slotSites, valuesOf } from "./resolve-sites.ts";

/** What rules ask for at their matches, collected. */
export interface Effects {
  readonly requests: SiteRequest[];
  readonly ties: Tie[];
  readonly fused: Fused[];
  /** References to sites that stand for some. */
  readonly answered: Set<SiteReference>;
}

export interface SiteRequest {
  readonly site: Site;
  readonly claim: RankedClaim;
}

/** Sites that share one scale, at one match, and the rule that says so. */
export interface Tie {
  readonly sites: readonly Site[];
  readonly clause: TieClause;
}

/** Who ties sites, and where that is written. */
export interface TieClause {
  readonly rule: string;
  readonly span: Span;
}

/** The nodes that a clause makes one unit. */
export interface Fused {
  readonly nodes: readonly NodeId[];
  readonly clause: FuseClause;
}

/** A claim with its place in the order of precedence. A clause makes one for all of its matches. */
export interface RankedClaim {
  readonly claim: Claim;
  /** Less is stronger. */
  readonly rank: number;
  readonly quantizeRule: QuantizeRule;
}

/** Adds what a rule asks for at one match. */
export type Asking = (search: Search, effects: Effects) => void;

/** An `override` beats everything that is not one; then the file nearer to the root wins. */
export function rankOf({ override, distance }: QuantizeRule): number {
  return override ? distance : distance + 1e6;
}

/**
 * What a rule asks for, to be asked at each of its matches: what its clauses say of quantizers is the same everywhere. What can be
 * asked for nowhere goes to `report`, or is thrown as `Rejected`.
 */
export function askingOf(rule: QuantizeRule, report: (diagnostic: Diagnostic) => void): Asking {
  const { using, clauses } = rule.item;
  const all = [
    ...(using ? [configAsking(rule, using)] : []),
    ...clauses.flatMap((clause) => clauseAsking(rule, clause, report) ?? []),
  ];
  const [only] = all;
  if (all.length === 1) return only!;
  return (search, effects) => {
    for (const ask of all) ask(search, effects);
  };
}

type Clause = QuantizeItem["clauses"][number];

function clauseAsking(
  rule: QuantizeRule,
  clause: Clause,
  report: (diagnostic: Diagnostic) => void,
): Asking | undefined {
  switch (clause.kind) {
    case "set":
      return setAsking(rule, clause.sites, claimOf(rule, clause.value, clause.span));
    case "tie":
      return tieAsking(rule, clause);
    case "derive":
      if (isBiasOfLayer(clause.site, clause.factors))
        return setAsking(rule, [clause.site], ranked(rule, "derived", clause.span));
      report(notDerivable(rule, clause.span));
      return undefined;
    case "fuse":
      return fuseAsking(clause);
    default:
      return undefined;
  }
}

/** None where a clause writes no quantizer, or `none`. */
function claimOf(
  rule: QuantizeRule,
  value: Parameters<typeof quantizerOf>[0] | undefined,
  span: Span,
): RankedClaim | undefined {
  if (value === undefined) return undefined;
  const asked = quantizerOf(value, rule.quantizers, rule.pattern.typescript?.foreign);
  return asked === "none" ? undefined : ranked(rule, asked, span);
}

function ranked(rule: QuantizeRule, request: Request, span: Span): RankedClaim {
  return { claim: { request, rule: rule.name, span }, rank: rankOf(rule), quantizeRule: rule };
}

function setAsking(
  { item }: QuantizeRule,
  references: readonly SiteReference[],
  claim: RankedClaim | undefined,
): Asking {
  return (search, effects) => {
    for (const reference of references) sitesAsked(reference, item, claim, search, effects);
  };
}

/** The sites that a reference stands for at a match, for which a claim is noted. */
function sitesAsked(
  reference: SiteReference,
  item: QuantizeItem,
  claim: RankedClaim | undefined,
  search: Search,
  { requests, answered }: Effects,
): readonly Site[] {
  const sites = resolveSites(reference, item, search);
  if (sites.length > 0) answered.add(reference);
  if (claim) for (const site of sites) requests.push({ site, claim });
  return sites;
}

function tieAsking(rule: QuantizeRule, clause: Extract<Clause, { kind: "tie" }>): Asking {
  const claim = claimOf(rule, clause.value, clause.span);
  const written: TieClause = { rule: rule.name, span: clause.span };
  return (search, effects) => {
    const sites = clause.sites.flatMap((reference) =>
      sitesAsked(reference, rule.item, claim, search, effects),
    );
    effects.ties.push({ sites, clause: written });
  };
}

function fuseAsking(clause: FuseClause): Asking {
  return (search, { fused }) => {
    const nodes: NodeId[] = [];
    for (const { text } of clause.members)
      for (const { value } of valuesOf(search.lookup(text))) nodes.push(value.node);
    fused.push({ nodes, clause });
  };
}

/** What the config of a rule asks for the nodes that a match captured. */
function configAsking(rule: QuantizeRule, using: UsingConfig): Asking {
  const { config } = rule;
  const { layers = new Set<string>() } = rule.pattern.typescript ?? {};
  return (search, { requests }) => {
    if (config === undefined)
      throw new Rejected([notLoaded(`\`${using.config.text}\``, using.span)]);
    const asked = [...layers].flatMap((name) =>
      valuesOf(search.lookup(name)).flatMap(({ value }) => {
        const node = search.graph.node(value.node);
        return layerRequests(config, using, rule, node, name, search).flatMap(
          ({ slot, index, request }) => {
            const claim = ranked(rule, request, using.span);
            return slotSites(node, slot, index, search).map((site) => ({ site, claim }));
          },
        );
      }),
    );
    for (const request of asked) requests.push(request);
  };
}

function layerRequests(
  config: QuantizeConfig,
  using: UsingConfig,
  rule: QuantizeRule,
  node: Node,
  capture: string,
  { graph, ops }: Search,
): readonly SlotRequest[] {
  try {
    return configRequests(config, layerView(graph, ops, node, capture));
  } catch (error) {
    if (error instanceof Rejected) throw error;
    const facts = { rule: rule.name, config: using.config, node: node.name };
    throw new Rejected([configFails({ ...facts, reason: reasonOf(error) })]);
  }
}

/** `b.bias = a.input * a.kernel` in either order, all of one layer. */
export function isBiasOfLayer(site: SiteReference, factors: readonly SiteReference[]): boolean {
  const slots = factors.map(({ slot }) => slot?.text).sort();
  return (
    site.slot?.text === "bias" &&
    slots.join() === "input,kernel" &&
    factors.every(({ capture }) => capture.text === site.capture.text)
  );
}
