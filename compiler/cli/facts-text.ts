import type { LibraryFacts } from "../analyses/library-facts.ts";
import { countText } from "./text.ts";

/** What is known of the rules of a file together, in a few words; nothing where it has no rewrite rules. */
export function factsInShort({ termination, pairs, types }: LibraryFacts): string | undefined {
  const isProved = termination.every(({ unproved }) => unproved.length === 0);
  const tried = types.tried.filter(({ graphs }) => graphs > 0).length;
  const kept = types.proved.length + tried;
  const parts = [
    ...(termination.length > 0
      ? [isProved ? "rewriting ends" : "nothing shows that rewriting ends"]
      : []),
    ...(termination.length > 0 ? [pairsText(pairs)] : []),
    ...(kept > 0
      ? [
          `types kept by ${countText(kept, "rule")}${tried > 0 ? ` (${tried} of them in graphs that were tried)` : ""}`,
        ]
      : []),
  ];
  return parts.length === 0 ? undefined : parts.join(", ");
}

/** The same with all arguments and names, a line each. */
export function factsInFull({
  termination,
  pairs,
  types,
  shadowed,
}: LibraryFacts): readonly string[] {
  const nobodys = termination.filter(
    ({ because, unproved }) => because.length === 0 && unproved.length === 0,
  );
  return [
    ...nobodys.map(({ phase }) => `phase ${phase} ends: no rule can make a place for another one`),
    ...termination.flatMap(({ phase, because, unproved }) => [
      ...because.map((sentence) => `phase ${phase} ends: ${sentence}`),
      ...unproved.map(
        (circle) =>
          `phase ${phase}: no argument was found that ${circle.join(", ")} come to an end`,
      ),
    ]),
    ...(termination.length > 0 ? [pairsText(pairs)] : []),
    ...(types.proved.length > 0 ? [`types kept in every graph: ${types.proved.join(", ")}`] : []),
    ...types.tried.map(({ rule, graphs }) =>
      graphs === 0
        ? `types kept by ${rule}: not known, no graph was made for it`
        : `types kept by ${rule} in ${countText(graphs, "graph")} made for it`,
    ),
    ...shadowed.map(({ rule, by }) => `${rule} never wins against ${by.join(", ")}`),
  ];
}

function pairsText({ found, joined, bound }: LibraryFacts["pairs"]): string {
  if (found === 0) return "no critical pairs found";
  return `joined ${joined} of ${found} critical pairs up to bound ${bound}`;
}
