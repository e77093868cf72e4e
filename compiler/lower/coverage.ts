import { siteOf } from "../ir/evaluate.ts";
import type { Graph } from "../ir/graph.ts";
import type { OpTable, Requantize } from "../ir/op.ts";
import { kindOfNode } from "./summary.ts";

/** How much of a program computes on integers. */
export interface Coverage {
  /** 0 to 1: of the multiply-accumulates, or of the ops in a model that has none. */
  readonly share: number;
  /** Multiply-accumulates of an inference. */
  readonly macs: Part;
  /** Nodes that compute or move; borders are neither. */
  readonly ops: Part;
}

export interface Part {
  readonly integer: number;
  readonly total: number;
}

/** The coverage of an integer graph. Its work is its multiply-accumulates: one float layer may cost more than fifty others. */
export function coverageOf(graph: Graph, ops: OpTable, requantize: Requantize): Coverage {
  const macs = { integer: 0, total: 0 };
  const nodes = { integer: 0, total: 0 };
  for (const node of graph.nodes.values()) {
    const kind = kindOfNode(graph, node, ops);
    if (kind === undefined || kind === "border") continue;
    const work = ops.get(node.op)!.macs?.(siteOf(graph, node, requantize)) ?? 0;
    macs.total += work;
    nodes.total++;
    if (kind === "float") continue;
    macs.integer += work;
    nodes.integer++;
  }
  return { share: shareOf(macs.total > 0 ? macs : nodes), macs, ops: nodes };
}

/** 1 where there is nothing to do. */
function shareOf({ integer, total }: Part): number {
  return total === 0 ? 1 : integer / total;
}
