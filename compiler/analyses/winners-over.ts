import type { SiteReference } from "../../grammar/ast.ts";
import type { Request } from "../ir/annotations.ts";
import type { OpTable } from "../ir/op.ts";
import { rankOf } from "../quantize/requests.ts";
import { type Asked, isSameSlot, slotOf } from "./asked.ts";
import { type AskedSite, covers } from "./covers.ts";
import { type Bound, type Instance, instancesOf } from "./instance.ts";
import { TiedSites } from "./tied-sites.ts";

/** A request, whose value TypeScript may make. */
export interface Wish extends AskedSite {
  readonly request: Request | undefined;
}

/** What is known while winners are looked for. */
export interface WinnerSearch {
  readonly ops: OpTable;
  /** Pairs of requests that may still be compared. */
  left: number;
}

/**
 * The requests of stronger rules that take the place of a wish: together they are there in every way in which its rule fits.
 * `undefined` if there is a way without one, or if that is not known.
 *
 * @param requests the strongest first
 */
export function winnersOver(
  wish: Wish,
  requests: readonly Asked[],
  search: WinnerSearch,
): readonly Asked[] | undefined {
  const rank = rankOf(wish.rule);
  const weaker = requests.findIndex(({ rule }) => rankOf(rule) >= rank);
  const stronger = weaker < 0 ? requests : requests.slice(0, weaker);
  if (stronger.length === 0) return undefined;
  const { results, isComplete } = instancesOf(wish.rule.pattern, search.ops);
  if (!isComplete) return undefined;
  const winners: Asked[] = [];
  for (const instance of results) {
    if (instance.names.get(wish.site.capture.text) === "absent") continue;
    const found =
      winnersOfTied(wish, instance, stronger, search) ??
      winnersAt(wish, instance, stronger, search);
    if (found === undefined) return undefined;
    winners.push(...found);
  }
  return winners.length === 0 ? undefined : winners;
}

/**
 * What the group of a tied site takes from another one of it. Only what ops with an integer form give is counted, which are
 * reals: other values are no sites. A member that is to stay in float takes no part.
 */
function winnersOfTied(
  { rule, site, request }: Wish,
  instance: Instance,
  stronger: readonly Asked[],
  search: WinnerSearch,
): readonly Asked[] | undefined {
  if (request === undefined || request === "float") return undefined;
  for (const mate of new TiedSites(rule).mates(site)) {
    if (slotOf(mate) !== "output") continue;
    const mayLeave = stronger.some(
      (other) => other.request === "float" && ["*", "output"].includes(slotOf(other.site)),
    );
    const ops = opsOf(instance.names.get(mate.capture.text), instance);
    if (mayLeave || !ops?.every((op) => op && search.ops.get(op)?.lowerInteger)) continue;
    const found = winnersAt({ rule, site: mate }, instance, stronger, search);
    if (found) return found;
  }
  return undefined;
}

/** The strongest request for a site itself, for each op that its node may have in this way of fitting. */
function winnersAt(
  wish: AskedSite,
  instance: Instance,
  stronger: readonly Asked[],
  search: WinnerSearch,
): readonly Asked[] | undefined {
  const at = instance.names.get(wish.site.capture.text);
  const isNode = wish.rule.pattern.typescript?.layers.has(wish.site.capture.text) === true;
  const ops = opsOf(at, instance);
  // The slots of a constant are those of its readers, and any node may be the producer of a value.
  if (typeof at !== "number" || !isNode || !ops || ops.includes("Constant")) return undefined;
  const strongest = (site: SiteReference, op: string | undefined) =>
    stronger.find(
      (rival) =>
        isLike(rival.site, site) &&
        search.left-- > 0 &&
        covers(rival, { rule: wish.rule, site }, { instance, at, op }, search.ops),
    );
  const winners: Asked[] = [];
  for (const op of ops) {
    const whole = strongest(wish.site, op);
    const found = whole ? [whole] : slotsOf(wish.site, op, search.ops).map((s) => strongest(s, op));
    if (found.length === 0) return undefined;
    for (const one of found) {
      if (one === undefined) return undefined;
      winners.push(one);
    }
  }
  return winners;
}

function isLike(rival: SiteReference, site: SiteReference): boolean {
  return rival.slot === undefined || isSameSlot(rival, site);
}

/** What `*` stands for at an op; nothing where that depends on how many operands there are. */
function slotsOf(site: SiteReference, op: string | undefined, ops: OpTable): SiteReference[] {
  const def = op === undefined ? undefined : ops.get(op);
  if (site.slot !== undefined || !def || def.operands.some(({ variadic }) => variadic)) return [];
  const names = def.operands.flatMap(({ name, role }) => (role === "parameter" ? [] : [name]));
  return [...names, "output"].map((text) => ({ ...site, slot: { text, span: site.span } }));
}

function opsOf(bound: Bound | undefined, { terms }: Instance) {
  return typeof bound === "number" ? [...(terms.term(bound).ops ?? [undefined])] : undefined;
}
