import type { Site } from "../ir/annotations.ts";
import { type Claims, type SiteClaims, strongest } from "./claims.ts";
import type { Tie, TieClause } from "./requests.ts";
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

/** For each group the clauses that tie some of it. */
export function tyingClauses(
  ties: readonly Tie[],
  place: (site: Site) => Site,
  claims: Claims,
): ReadonlyMap<number, ReadonlySet<TieClause>> {
  const clauses = new Map<number, Set<TieClause>>();
  for (const { sites, clause } of ties) {
    const [first] = sites;
    const group = first && claims.at(place(first)).group;
    if (group === undefined) continue;
    const known = clauses.get(group);
    if (known) known.add(clause);
    else clauses.set(group, new Set([clause]));
  }
  return clauses;
}

/** For each group the names of the rules that tie some of it. */
export function rulesOfGroups(
  clauses: ReturnType<typeof tyingClauses>,
): ReadonlyMap<number, readonly string[]> {
  const namesOf = (tying: Iterable<TieClause>) => [...new Set([...tying].map(({ rule }) => rule))];
  return new Map([...clauses].map(([group, tying]) => [group, namesOf(tying)]));
}
