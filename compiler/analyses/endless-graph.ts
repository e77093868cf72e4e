import type { Choices } from "../generate/choices.ts";
import { generateMatch } from "../generate/generate-match.ts";
import type { Graph } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { sizeOfGraph } from "../ir/size-of-graph.ts";
import { applyRules } from "../rewrite/driver.ts";
import type { PatternRule } from "../rewrite/rule.ts";

const draws: readonly Choices[] = [[0], [1], [2], [3]];
/** Rules whose graphs are tried: circles of more say little about any of them. */
const mostRules = 8;
/** Rewrites of such a small graph after which they will not end. */
const budget = 200;

/** The smallest of some graphs that are made for the rules of a circle, which these go on to rewrite. */
export function endlessGraph(circle: readonly PatternRule[], ops: OpTable): Graph | undefined {
  let smallest: Graph | undefined;
  for (const rule of circle.slice(0, mostRules))
    for (const choices of draws) {
      const match = generateMatch(rule, choices, { ops, attempts: 4 });
      if (!match || (smallest && sizeOfGraph(match.graph) >= sizeOfGraph(smallest))) continue;
      const { diagnostics } = applyRules(match.graph, circle, { ops, budget });
      if (diagnostics.some(({ code }) => code === "QC2101")) smallest = match.graph;
    }
  return smallest;
}
