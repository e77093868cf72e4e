import type { Graph } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { printLiteral } from "../literal/print-literal.ts";
import type { PatternRule } from "../rewrite/rule.ts";
import { type Explored, exploreOrders } from "./explore-orders.ts";
import { failureOf } from "./failure.ts";
import type { Violation } from "./law.ts";
import { defaultRuns, defaultSeed, type LawOptions } from "./law-options.ts";
import { expectsAnyResult } from "./one-result.ts";
import { generateOverlap, isOverlap, type Pair, pairsOf } from "./overlap.ts";
import type { Failure, LibraryReport } from "./rule-report.ts";
import type { TestedLibrary } from "./tested-library.ts";
import { choicesOf } from "./trial.ts";

/** Graphs in which two rules overlap, and what becomes of them in every order. */
export interface PairsReport {
  readonly pairs: LibraryReport["pairs"];
  readonly failures: readonly Failure[];
}

/** The pairs of which a rule of the tested file is one: each with a phase in which both are applied. */
export function testedPairs({ library, rewrites }: TestedLibrary): readonly Pair[] {
  return library.phases.flatMap(({ rules, driver }) => {
    if (driver !== "fixpoint") return [];
    const patterns = rules.filter((rule): rule is PatternRule => rule.kind === "rewrite");
    return pairsOf(patterns).filter(
      ({ first, second }) => rewrites.includes(first) || rewrites.includes(second),
    );
  });
}

/** Each overlap of some pairs, all of the same two rules, has one normal form, whatever is rewritten first. */
export function checkPairsOf(
  pairs: readonly Pair[],
  tested: TestedLibrary,
  ops: OpTable,
  options: LawOptions,
): PairsReport {
  const { runs = defaultRuns, seed = defaultSeed, isOver } = options;
  // An overlap is tried on fewer graphs than a rule: there are many more of them.
  const tries = Math.max(1, Math.round(runs / 12));
  const counts = { found: 0, joined: 0, bound: 0 };
  let failure: Failure | undefined;
  for (const pair of pairs) {
    if (isOver?.()) break;
    const names = [pair.first.name, pair.second.name].sort().join(" ");
    let isFound = false;
    let isJoined = true;
    for (let run = 0; run < tries && isJoined; run++) {
      const choices = choicesOf(seed, `${names} ${pair.at}`, run);
      const overlap = generateOverlap(pair, choices, ops);
      if (overlap === undefined) continue;
      isFound = true;
      counts.bound = Math.max(counts.bound, overlap.size);
      if (unjoined(overlap.graph, pair, tested, ops) === undefined) continue;
      isJoined = false;
      // One witness is enough for two rules.
      if (!expectsAnyResult(tested)) failure ??= witness(pair, overlap.graph, choices, tested, ops);
    }
    if (!isFound) continue;
    counts.found++;
    if (isJoined) counts.joined++;
  }
  return { pairs: counts, failures: failure ? [failure] : [] };
}

/** What became of all overlaps. */
export function allPairs(parts: readonly PairsReport["pairs"][]): PairsReport["pairs"] {
  return parts.reduce(
    (all, { found, joined, bound }) => ({
      found: all.found + found,
      joined: all.joined + joined,
      bound: Math.max(all.bound, bound),
    }),
    { found: 0, joined: 0, bound: 0 },
  );
}

function witness(
  pair: Pair,
  graph: Graph,
  choices: readonly number[],
  tested: TestedLibrary,
  ops: OpTable,
): Failure {
  const { first, second, at } = pair;
  const numbers = choices.map((n) => n.toString(36)).join(".");
  const facts = {
    rule: first.name,
    other: second.name,
    replay: `joins:q1:pair:${first.name}:${second.name}:${at}:${numbers}`,
  };
  const { smallest: _, ...failure } = failureOf(
    graph,
    (candidate) => unjoined(candidate, pair, tested, ops),
    facts,
    ops,
  );
  return failure;
}

/** That the two rules overlap in a graph, and that it has several normal forms. */
export function unjoined(
  graph: Graph,
  { first, second }: Pair,
  { library }: TestedLibrary,
  ops: OpTable,
): Violation | undefined {
  if (!isOverlap(graph, first, second, ops)) return undefined;
  const { forms }: Explored = exploreOrders(graph, library.phases, ops);
  if (forms.length < 2) return undefined;
  const names =
    first === second ? `\`${first.name}\` and itself` : `\`${first.name}\` and \`${second.name}\``;
  return {
    law: "joins",
    message: `${names} lead to ${forms.length} results, as one or the other comes first: an order (\`before\`), a phase, or a rule that completes them would decide`,
    results: forms.slice(0, 2).map((form) => form.graph),
    derivations: forms
      .slice(0, 2)
      .map((form) => [...form.derivation, ...printLiteral(form.graph, ops)]),
  };
}

/** The largest overlap of a replayed pair. */
export function overlapOfReplay(
  text: string,
  tested: TestedLibrary,
  ops: OpTable,
): { readonly pair: Pair; readonly graph: Graph } | undefined {
  const [version, kind, one, other, at, numbers] = text.split(":");
  if (version !== "q1" || kind !== "pair" || numbers === undefined) return undefined;
  const pair = testedPairs(tested).find(
    ({ first, second, at: place }) =>
      first.name === one && second.name === other && place === Number(at),
  );
  const choices = numbers.split(".").map((n) => Number.parseInt(n, 36));
  const overlap = pair && generateOverlap(pair, choices, ops);
  return pair && overlap && { pair, graph: overlap.graph };
}
