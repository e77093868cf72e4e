import type { SiteReference } from "../../grammar/ast.ts";
import type { Request } from "../ir/annotations.ts";
import type { OpTable } from "../ir/op.ts";
import { sameRequest } from "../quantize/claims.ts";
import { rankOf } from "../quantize/requests.ts";
import type { QuantizeRule } from "../rewrite/rule.ts";
import { type Asked, requestOf, requestsOf } from "./asked.ts";
import { type AskedSite, casesOf, covers, type SiteCase } from "./covers.ts";
import type { IsOwn } from "./own-rules.ts";

/** A `quantize` rule all of whose requests lose, wherever it matches. */
export interface ShadowedRule {
  readonly rule: QuantizeRule;
  /** What is asked for in its stead, one request for each stronger rule. */
  readonly winners: readonly Asked[];
  /** The rule makes some nodes one unit, which no other rule takes from it. */
  readonly fuses: boolean;
}

/** Pairs of requests of which it is found out whether one covers the other. */
const mostCompared = 4000;

/**
 * Rules that can never win: for each node whose slot they ask something for there is a stronger rule that matches there too and asks
 * for the same slot. Proved of the patterns; what is not found may be there. A rule that only agrees with all stronger ones is none.
 */
export function shadowedRules(
  rules: readonly QuantizeRule[],
  ops: OpTable,
  isOwn: IsOwn,
): readonly ShadowedRule[] {
  const bySlot = Map.groupBy(rules.flatMap(requestsOf), ({ site }) => site.slot?.text ?? "*");
  const search = { ops, left: mostCompared };
  return rules.filter(isOwn).flatMap((rule): readonly ShadowedRule[] => {
    const wishes = wishesOf(rule);
    if (wishes.length === 0) return [];
    const winners: (Asked & { readonly differs: boolean })[] = [];
    for (const wish of wishes) {
      const slots = new Set([...slotsLike(wish.site), "*"]);
      const rivals = [...slots].flatMap((slot) => bySlot.get(slot) ?? []);
      const found = winnersOver(wish, rivals, search);
      if (found === undefined) return [];
      for (const one of found)
        winners.push({ ...one, differs: !wish.request || !sameRequest(wish.request, one.request) });
    }
    const different = winners.filter(({ differs }) => differs);
    if (different.length === 0) return [];
    const byRule = Map.groupBy(different, (one) => one.rule);
    const fuses = rule.item.clauses.some(({ kind }) => kind === "fuse");
    return [{ rule, winners: [...byRule.values()].map(([first]) => first!), fuses }];
  });
}

/** A request, whose value TypeScript may make. */
interface Wish extends AskedSite {
  readonly request: Request | undefined;
}

/** What a rule asks for; nothing if that is not written out, or has effects beside requests. */
function wishesOf(rule: QuantizeRule): readonly Wish[] {
  const { clauses, using } = rule.item;
  if (using || clauses.some(({ kind }) => kind === "tie")) return [];
  return clauses.flatMap((clause): readonly Wish[] => {
    if (clause.kind === "derive") return [{ rule, site: clause.site, request: "derived" }];
    if (clause.kind !== "set") return [];
    const request = requestOf(clause.value, rule);
    return request === "none" ? [] : clause.sites.map((site) => ({ rule, site, request }));
  });
}

function slotsLike({ slot }: SiteReference): readonly string[] {
  if (slot === undefined) return [];
  return ["activation", "output"].includes(slot.text) ? ["activation", "output"] : [slot.text];
}

/** The strongest request that covers each case of a wish; `undefined` if there is a case without one. */
function winnersOver(
  wish: Wish,
  rivals: readonly Asked[],
  search: { readonly ops: OpTable; left: number },
): readonly Asked[] | undefined {
  const stronger = rivals
    .filter(({ rule }) => rankOf(rule) < rankOf(wish.rule))
    .sort((a, b) => rankOf(a.rule) - rankOf(b.rule));
  if (stronger.length === 0) return undefined;
  const cases = casesOf(wish, search.ops);
  if (cases === undefined || cases.length === 0) return undefined;
  const found = cases.map((one: SiteCase) =>
    stronger.find((rival) => search.left-- > 0 && covers(rival, wish, one, search.ops)),
  );
  return found.some((one) => one === undefined) ? undefined : found.map((one) => one!);
}
