import type { Span } from "../../grammar/source/source-file.ts";
import type { NodeId, Value } from "./graph.ts";
import type { Quantizer } from "./quantizer.ts";

/**
 * A place where a quantizer can be requested: a constant operand (`kernel`, `bias`), a value (`output`), or an
 * edge (`input[i]` where it differs from what the producer's output has).
 */
export type Site =
  | { readonly kind: "constant"; readonly node: NodeId; readonly operand: number }
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "edge"; readonly node: NodeId; readonly operand: number };

/** `float`: stays in float, by request. `derived`: int32, its scale the product of others. */
export type Request = Quantizer | "float" | "derived";

/** Who asked. */
export interface Claim {
  readonly request: Request;
  readonly rule: string;
  readonly span?: Span;
}

/** What a site got and who else had asked. */
export interface SiteAnnotation {
  readonly site: Site;
  readonly winner: Claim;
  readonly losers: readonly Claim[];
  /** Sites of one group share one range and so one scale; absent outside of groups. */
  readonly group?: number;
}

/** The result of all `quantize` rules on one graph: pure data, by `siteKey`. */
export interface Annotations {
  readonly sites: ReadonlyMap<SiteKey, SiteAnnotation>;
  /** For each tie group the keys of its sites. */
  readonly groups: ReadonlyMap<number, readonly SiteKey[]>;
  /** For each tie group the names of the rules that tied its sites. */
  readonly tiedBy: ReadonlyMap<number, readonly string[]>;
  /** Values inside a fused group: not sites, never quantized. */
  readonly interior: ReadonlySet<SiteKey>;
  /** How often each quantize rule matched, by name. */
  readonly fired: ReadonlyMap<string, number>;
  /** Clauses of the user's own rules that ask for nothing, wherever the rule matches. */
  readonly idle: readonly IdleClause[];
}

/** A reference to sites that stands for none, or a unit with nothing inside. */
export interface IdleClause {
  readonly rule: string;
  readonly what: "site" | "unit";
  readonly span: Span;
}

/** Stands for a site in maps. */
export type SiteKey = number;

/** A number that two sites share if and only if they are the same site. */
export function siteKey(site: Site): SiteKey {
  switch (site.kind) {
    case "value":
      return valueKey(site.value);
    case "constant":
      return key(1, site.node, site.operand);
    case "edge":
      return key(2, site.node, site.operand);
  }
}

/** The key of a value as a site. */
export function valueKey({ node, output }: Value): SiteKey {
  return key(0, node, output);
}

/** Operands and results from the 16th on come last, so that nearly all keys are small integers, which cost no allocation. */
function key(kind: 0 | 1 | 2, node: NodeId, index: number): SiteKey {
  const near = 64 * node + 4 * (index & 15) + kind;
  return index < 16 ? near : near + (index >> 4) * 2 ** 34;
}
