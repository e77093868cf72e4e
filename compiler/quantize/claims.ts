import { type Claim, type Request, type Site, type SiteKey, siteKey } from "../ir/annotations.ts";
import type { Value } from "../ir/graph.ts";
import type { GraphView } from "../ir/graph-view.ts";
import { printQuantizer, sameQuantizer } from "../ir/quantizer.ts";
import type { RankedClaim } from "./requests.ts";

/** A site, everything that was asked for it, and what came of that. */
export interface SiteClaims {
  readonly site: Site;
  readonly asked: RankedClaim[];
  /** The group of sites that share its scale. */
  group: number | undefined;
  winner: RankedClaim | undefined;
  /** Of an edge: the value that it reads serves it as it is. */
  isServed: boolean;
}

/** What is asked for, by site. */
export type Claims = Map<SiteKey, SiteClaims>;

/** The claims of a site, which has an entry from now on. */
export function siteClaims(claims: Claims, site: Site): SiteClaims {
  const key = siteKey(site);
  const known = claims.get(key);
  if (known) return known;
  const added: SiteClaims = {
    site,
    asked: [],
    group: undefined,
    winner: undefined,
    isServed: false,
  };
  claims.set(key, added);
  return added;
}

/** The value that is quantized at a site; none for constants, which have a site at every use. */
export function valueAt(site: Site, view: GraphView): Value | undefined {
  if (site.kind === "value") return site.value;
  return site.kind === "edge" ? view.node(site.node).operands[site.operand] : undefined;
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
  if (claims.length < 2) return claims;
  const distinct: RankedClaim[] = [];
  for (const one of claims) {
    const { request } = one.claim;
    if (!distinct.some(({ claim }) => sameRequest(claim.request, request))) distinct.push(one);
  }
  return distinct;
}

/** The first claim of each rule and request. */
export function distinctClaims(claims: readonly Claim[]): readonly Claim[] {
  if (claims.length < 2) return claims;
  const distinct = new Map<string, Claim>();
  for (const claim of claims) {
    const key = `${claim.rule} ${printRequest(claim.request)}`;
    if (!distinct.has(key)) distinct.set(key, claim);
  }
  return [...distinct.values()];
}

/** The request as a diagnostic shows it. */
export function printRequest(request: Request): string {
  return typeof request === "string" ? `\`${request}\`` : `\`${printQuantizer(request)}\``;
}
