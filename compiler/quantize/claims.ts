import type { Claim, Request, Site } from "../ir/annotations.ts";
import type { Graph, Value } from "../ir/graph.ts";
import type { GraphView } from "../ir/graph-view.ts";
import { printQuantizer, sameQuantizer } from "../ir/quantizer.ts";
import type { RankedClaim } from "./requests.ts";

/** A site, everything that was asked for it, and what came of that. */
export interface SiteClaims {
  readonly site: Site;
  readonly asked: RankedClaim[];
  /** Of a value: the edges by which it is read, as far as something is asked for them. */
  readers: SiteClaims[] | undefined;
  /** The group of sites that share its scale. */
  group: number | undefined;
  winner: RankedClaim | undefined;
  /** Of an edge: the value that it reads serves it as it is. */
  isServed: boolean;
}

/** What is asked for. The results and operands of a graph have numbers, one after the other, by which their sites are found. */
export class Claims {
  /** In the order in which they came. */
  readonly all: SiteClaims[] = [];
  readonly #bySite: (SiteClaims | undefined)[];
  /** By node: the numbers of its first result and of its first operand. */
  readonly #results: number[] = [];
  readonly #operands: number[] = [];

  constructor({ nodes }: Graph) {
    let count = 0;
    for (const { id, types, operands } of nodes.values()) {
      this.#results[id] = count;
      this.#operands[id] = count + types.length;
      count += types.length + operands.length;
    }
    this.#bySite = new Array(count);
  }

  /** The claims of a site, which has an entry from now on. */
  at(site: Site): SiteClaims {
    const number = this.#numberOf(site);
    return this.#bySite[number] ?? this.#add(number, site, []);
  }

  ask(site: Site, claim: RankedClaim): void {
    const number = this.#numberOf(site);
    const known = this.#bySite[number];
    if (known) known.asked.push(claim);
    else this.#add(number, site, [claim]);
  }

  /** The entry of a site, if it has one. */
  known(site: Site): SiteClaims | undefined {
    return this.#bySite[this.#numberOf(site)];
  }

  /** A constant and an edge are never at one operand. */
  #numberOf(site: Site): number {
    if (site.kind === "value") return this.#results[site.value.node]! + site.value.output;
    return this.#operands[site.node]! + site.operand;
  }

  #add(number: number, site: Site, asked: RankedClaim[]): SiteClaims {
    const nothing = { readers: undefined, group: undefined, winner: undefined, isServed: false };
    const added: SiteClaims = { site, asked, ...nothing };
    this.#bySite[number] = added;
    this.all.push(added);
    return added;
  }
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
