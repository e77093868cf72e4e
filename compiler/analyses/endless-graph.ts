import type { Choices } from "../generate/choices.ts";
import { generateMatch } from "../generate/generate-match.ts";
import type { Graph } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { sizeOfGraph } from "../ir/size-of-graph.ts";
import { applyRules, type Rewritten } from "../rewrite/driver.ts";
import { applyPhases, type Phase } from "../rewrite/phases.ts";
import type { PatternRule } from "../rewrite/rule.ts";

const draws: readonly Choices[] = [[0], [1], [2], [3]];
/** Rules whose graphs are tried: circles of more say little about any of them. */
const mostRules = 8;
/** Rewrites of such a small graph after which the rules of a circle, by themselves, hardly end. */
const budget = 200;

/**
 * The smallest of some graphs that are made for the rules of a circle, which these go on to rewrite: a model that is this graph is
 * rejected when it is compiled, with all rules of all phases.
 */
export function endlessGraph(
  circle: readonly PatternRule[],
  phases: readonly Phase[],
  ops: OpTable,
): Graph | undefined {
  let smallest: Graph | undefined;
  for (const rule of circle.slice(0, mostRules))
    for (const choices of draws) {
      const match = generateMatch(rule, choices, { ops, attempts: 4 });
      if (!match || (smallest && sizeOfGraph(match.graph) >= sizeOfGraph(smallest))) continue;
      if (!isEndless(applyRules(match.graph, circle, { ops, budget }))) continue;
      if (isEndless(applyPhases(match.graph, phases, { ops }))) smallest = match.graph;
    }
  return smallest;
}

function isEndless({ diagnostics }: Pick<Rewritten, "diagnostics">): boolean {
  return diagnostics.some(({ code }) => code === "QC2101");
}
