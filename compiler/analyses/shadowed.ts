import type { Request } from "../ir/annotations.ts";
import type { OpTable } from "../ir/op.ts";
import { sameRequest } from "../quantize/claims.ts";
import { rankOf } from "../quantize/requests.ts";
import type { QuantizeRule } from "../rewrite/rule.ts";
import { type Asked, requestOf, requestsOf } from "./asked.ts";
import type { IsOwn } from "./own-rules.ts";
import { type Wish, winnersOver } from "./winners-over.ts";

/** A `quantize` rule all of whose requests lose, wherever it matches. */
export interface ShadowedRule {
  readonly rule: QuantizeRule;
  /** What is asked for in its stead, one request for each stronger rule. */
  readonly winners: readonly Asked[];
  /** What no other rule takes from it: nodes that it makes one unit, sites that it gives one scale. */
  readonly keeps: readonly ("fuse" | "tie")[];
}

/** Pairs of requests of which it is found out whether one covers the other. */
const mostCompared = 4000;

/**
 * Rules that can never win: for each node whose slot they ask something for there is a stronger rule that matches there too and asks
 * for the same slot, or for one that is tied to it. Proved of the patterns; what is not found may be there. A rule that only agrees with
 * all stronger ones is none.
 *
 * What a config asks for (`using`) is code, which no check runs. So a rule with one is found where everything that it could ask of its
 * nodes is taken, and it is never itself what takes a place: it may ask for nothing.
 */
export function shadowedRules(
  rules: readonly QuantizeRule[],
  ops: OpTable,
  isOwn: IsOwn,
): readonly ShadowedRule[] {
  const requests = rules.flatMap(requestsOf).sort((a, b) => rankOf(a.rule) - rankOf(b.rule));
  const search = { ops, left: mostCompared };
  return rules.filter(isOwn).flatMap((rule): readonly ShadowedRule[] => {
    const wishes = wishesOf(rule);
    if (wishes.length === 0) return [];
    const winners: (Asked & { readonly differs: boolean })[] = [];
    for (const wish of wishes) {
      const found = winnersOver(wish, requests, search);
      if (found === undefined) return [];
      for (const one of found) winners.push({ ...one, differs: differs(wish.request, one) });
    }
    const different = winners.filter((one) => one.differs);
    if (different.length === 0) return [];
    const byRule = Map.groupBy(different, (one) => one.rule);
    return [{ rule, winners: [...byRule.values()].map(([first]) => first!), keeps: keptBy(rule) }];
  });
}

function differs(request: Request | undefined, winner: Asked): boolean {
  return request === undefined || !sameRequest(request, winner.request);
}

function keptBy({ item }: QuantizeRule): ShadowedRule["keeps"] {
  return (["fuse", "tie"] as const).filter((one) => item.clauses.some(({ kind }) => kind === one));
}

/** What a rule asks for; of a config that is anything, at every slot of its nodes. */
function wishesOf(rule: QuantizeRule): readonly Wish[] {
  const { clauses, using } = rule.item;
  const ofConfig = using
    ? [...(rule.pattern.typescript?.layers ?? [])].map((text): Wish => {
        const { span } = using;
        return { rule, request: undefined, site: { capture: { text, span }, span } };
      })
    : [];
  const written = clauses.flatMap((clause): readonly Wish[] => {
    if (clause.kind === "derive") return [{ rule, site: clause.site, request: "derived" }];
    if (clause.kind !== "set" && clause.kind !== "tie") return [];
    const request = requestOf(clause.value, rule);
    // A tie without a quantizer asks for nothing.
    if (request === "none" || (clause.kind === "tie" && !clause.value)) return [];
    return clause.sites.map((site) => ({ rule, site, request }));
  });
  return [...ofConfig, ...written];
}
