import type { Graph, NodeId } from "../ir/graph.ts";
import { printType } from "../ir/types.ts";

/** A graph as it is drawn: plain data, without constants. */
export interface Picture {
  readonly title: string;
  readonly nodes: readonly PictureNode[];
}

export interface PictureNode {
  readonly op: string;
  /** Its type, and its name where it is an input or an output. */
  readonly label: string;
  /** Indices of the nodes that it reads, all smaller than its own. */
  readonly reads: readonly number[];
}

/** A graph of a few nodes, to be drawn. */
export function pictureOf(graph: Graph, title: string): Picture {
  const index = new Map<NodeId, number>();
  const shown = [...graph.nodes.values()].filter(({ op }) => op !== "Constant");
  for (const [i, { id }] of shown.entries()) index.set(id, i);
  const nodes = shown.map(({ id, op, operands, types, name }): PictureNode => {
    const outputs = graph.outputs.filter(({ value }) => value.node === id).map((port) => port.name);
    const names = op === "Input" ? [name, ...outputs] : outputs;
    return {
      op,
      label: [...names, types.map(printType).join(", ")].join(": "),
      reads: operands.flatMap((operand) => (operand && index.get(operand.node)) ?? []),
    };
  });
  return { title, nodes };
}
