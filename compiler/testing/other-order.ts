import { Draw, mixed } from "../generate/choices.ts";
import type { Graph, Node, NodeId } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";

/** The same graph with its nodes in another order, under other names, operands of commutative ops in the other order. */
export function inOtherOrder(graph: Graph, seed: number, ops: OpTable): Graph {
  const draw = new Draw([mixed(seed, graph.nodes.size) | 1]);
  const waiting = new Map(graph.nodes);
  const nodes = new Map<NodeId, Node>();
  while (waiting.size > 0) {
    const ready = [...waiting.values()].filter(({ operands }) =>
      operands.every((operand) => operand === undefined || nodes.has(operand.node)),
    );
    const node = draw.pick(ready);
    waiting.delete(node.id);
    nodes.set(node.id, changed(node, draw, ops));
  }
  return { ...graph, nodes };
}

function changed(node: Node, draw: Draw, ops: OpTable): Node {
  const [a, b, ...others] = node.operands;
  const isCommutative = ops.get(node.op)?.traits.includes("commutative") === true;
  const operands = isCommutative && a && b && draw.chance(1, 2) ? [b, a, ...others] : node.operands;
  // Inputs keep their names, which are those of ports.
  return node.op === "Input"
    ? node
    : { ...node, operands, name: `n${draw.below(1000)}_${node.id}` };
}
