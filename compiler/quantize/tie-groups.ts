import type { Site } from "../ir/annotations.ts";
import { type Claims, type SiteClaims, strongest } from "./claims.ts";
import type { Tie } from "./requests.ts";
import { Ties } from "./ties.ts";

/** Sites that share one scale, one group after the other; `group` of each is its number from now on. */
export function tieGroups(
  ties: readonly Tie[],
  place: (site: Site) => Site,
  claims: Claims,
): readonly (readonly SiteClaims[])[] {
  const sets = new Ties<SiteClaims>();
  for (const { sites } of ties) {
    const tied = sites.map((site) => claims.at(place(site)));
    for (const one of tied) sets.tie(tied[0]!, one);
  }
  const groups = sets
    .groups()
    .map((members) => members.filter((member) => !staysInFloat(member)))
    .filter((members) => members.length > 1);
  for (const [group, members] of groups.entries())
    for (const member of members) member.group = group;
  return groups;
}

/** Whether the strongest request for a site is `float`: it has no scale to share, and takes none from the others. */
function staysInFloat({ asked }: SiteClaims): boolean {
  const [one, ...others] = strongest(asked);
  return one?.claim.request === "float" && others.length === 0;
}

/** For each group the names of the rules that tie some of it. */
export function rulesOfGroups(
  ties: readonly Tie[],
  place: (site: Site) => Site,
  claims: Claims,
): ReadonlyMap<number, readonly string[]> {
  const rules = new Map<number, Set<string>>();
  for (const { sites, rule } of ties) {
    const [first] = sites;
    const group = first && claims.at(place(first)).group;
    if (group === undefined) continue;
    const known = rules.get(group);
    if (known) known.add(rule);
    else rules.set(group, new Set([rule]));
  }
  return new Map([...rules].map(([group, names]) => [group, [...names]]));
}
