import { type Site, type SiteKey, siteKey } from "../ir/annotations.ts";
import { type SiteClaims, siteClaims, strongest } from "./claims.ts";
import type { Tie } from "./requests.ts";
import { Ties } from "./ties.ts";

/** Sites that share one scale. */
export interface TieGroups {
  readonly members: readonly (readonly SiteKey[])[];
  /** The group of each such site, by its number. */
  readonly of: ReadonlyMap<SiteKey, number>;
  /** For each group the names of the rules that tie some of it. */
  readonly tiedBy: ReadonlyMap<number, readonly string[]>;
}

/** @param claims every tied site gets an entry */
export function tieGroups(
  ties: readonly Tie[],
  place: (site: Site) => Site,
  claims: Map<SiteKey, SiteClaims>,
): TieGroups {
  const sets = new Ties();
  for (const { sites } of ties) {
    const keys = sites.map((site) => {
      const placed = place(site);
      siteClaims(claims, placed);
      return siteKey(placed);
    });
    for (const key of keys) sets.tie(keys[0]!, key);
  }
  const members = sets
    .groups()
    .map((keys) => keys.filter((key) => !staysInFloat(claims.get(key)!)))
    .filter((keys) => keys.length > 1);
  const of = new Map<SiteKey, number>();
  for (const [group, keys] of members.entries()) for (const key of keys) of.set(key, group);
  return { members, of, tiedBy: rulesOfGroups(ties, place, of) };
}

/** Whether the strongest request for a site is `float`: it has no scale to share, and takes none from the others. */
function staysInFloat({ asked }: SiteClaims): boolean {
  const [one, ...others] = strongest(asked);
  return one?.claim.request === "float" && others.length === 0;
}

function rulesOfGroups(
  ties: readonly Tie[],
  place: (site: Site) => Site,
  groupOf: ReadonlyMap<SiteKey, number>,
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
