import { type Request, type Site, siteKey } from "../ir/annotations.ts";
import type { Graph, Value } from "../ir/graph.ts";
import { printQuantizer, sameQuantizer } from "../ir/quantizer.ts";
import type { RankedClaim } from "./requests.ts";

/** A site and everything that was asked for it. */
export interface SiteClaims {
  readonly site: Site;
  readonly asked: RankedClaim[];
}

/** The claims of a site, which has an entry from now on. */
export function siteClaims(claims: Map<string, SiteClaims>, site: Site): SiteClaims {
  const key = siteKey(site);
  const known = claims.get(key) ?? { site, asked: [] };
  claims.set(key, known);
  return known;
}

/** The value that is quantized at a site; none for constants, which have a site at every use. */
export function valueAt(site: Site, graph: Graph): Value | undefined {
  if (site.kind === "value") return site.value;
  return site.kind === "edge" ? graph.nodes.get(site.node)!.operands[site.operand] : undefined;
}

/** Whether two requests ask for the same: quantizers compare by value. */
export function sameRequest(a: Request, b: Request): boolean {
  if (typeof a === "string" || typeof b === "string") return a === b;
  return sameQuantizer(a, b);
}

/** The unequal requests of the greatest strength; more than one of them is a conflict. */
export function strongest(claims: readonly RankedClaim[]): readonly RankedClaim[] {
  if (claims.length === 1) return claims;
  const rank = claims.reduce(
    (least, claim) => Math.min(least, claim.rank),
    Number.POSITIVE_INFINITY,
  );
  return distinctRequests(claims.filter((claim) => claim.rank === rank));
}

/** The first claim of each request that there is. */
export function distinctRequests(claims: readonly RankedClaim[]): readonly RankedClaim[] {
  const distinct: RankedClaim[] = [];
  for (const claim of claims) {
    if (!distinct.some(({ request }) => sameRequest(request, claim.request))) distinct.push(claim);
  }
  return distinct;
}

/** One claim for each rule and request. */
export function distinctClaims(claims: readonly RankedClaim[]): readonly RankedClaim[] {
  if (claims.length < 2) return claims;
  const seen = new Map(
    claims.map((claim) => [`${claim.rule} ${printRequest(claim.request)}`, claim]),
  );
  return [...seen.values()];
}

/** A claim without its place in the order of precedence. */
export function plain({ request, rule, span }: RankedClaim) {
  return { request, rule, ...(span && { span }) };
}

/** The request as a diagnostic shows it. */
export function printRequest(request: Request): string {
  return typeof request === "string" ? `\`${request}\`` : `\`${printQuantizer(request)}\``;
}
