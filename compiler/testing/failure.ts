import { shrinkGraph } from "../generate/shrink-graph.ts";
import type { Graph } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { sizeOfGraph } from "../ir/size-of-graph.ts";
import { printLiteral } from "../literal/print-literal.ts";
import type { Violation } from "./law.ts";
import { pictureOf } from "./picture.ts";
import type { Failure } from "./rule-report.ts";

/** So many smaller graphs are tried before the smallest so far has to do. */
const mostTried = 600;

/** A failure, with its graph as a value. */
export interface FailureOnGraph extends Omit<Failure, "results"> {
  readonly smallest: Graph;
}

/**
 * A breach of a law with the smallest graph that shows it.
 *
 * @param breachOf what breaks the law on a graph, if anything does
 */
export function failureOf(
  graph: Graph,
  breachOf: (graph: Graph) => Violation | undefined,
  facts: { readonly rule: string; readonly other?: string; readonly replay: string },
  ops: OpTable,
): FailureOnGraph {
  const { smallest } = shrinkGraph(graph, (candidate) => breachOf(candidate) !== undefined, {
    ops,
    candidates: mostTried,
  });
  const { results = [], ...violation } = breachOf(smallest)!;
  const pictures = [
    pictureOf(smallest, "the graph"),
    ...results.map((result, i) => pictureOf(result, i === 0 ? "one result" : "another result")),
  ];
  return {
    ...facts,
    ...violation,
    graph: printLiteral(smallest, ops),
    size: sizeOfGraph(smallest),
    pictures,
    smallest,
  };
}
