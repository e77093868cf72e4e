import { GraphEditor } from "../../ir/edit.ts";
import { constantOf, type Graph, type Node, type NodeId } from "../../ir/graph.ts";
import type { OpTable } from "../../ir/op.ts";

/**
 * Puts an op that changes nothing behind layers of float weights that stand between integers.
 *
 * ```text
 * Quantize(Conv2D(Dequantize(q), float))    Quantize(LeakyReLU(Conv2D(Dequantize(q), float), alpha: 1))
 * ```
 *
 * ONNX Runtime 1.30 takes such a layer for one whose weights somebody forgot: it quantizes them itself, with one scale
 * for all channels (its `WeightBiasQuantization`), where the user has asked for float. It sees through limits, and
 * through ops that only move elements, over which it pulls the pairs together. It does not see through LeakyRelu, knows
 * no law for a slope of 1, and computes one on the way out of a convolution or a Gemm.
 */
export function keepFloatLayers(graph: Graph, ops: OpTable): Graph {
  const editor = new GraphEditor(ops, graph);
  const [from, towards] = [fromIntegers(graph, ops), towardsIntegers(graph, ops)];
  for (const node of graph.nodes.values()) {
    if (!hasFloatWeights(graph, node, ops)) continue;
    if (!from.has(node.operands[0]!.node) || !towards.has(node.id)) continue;
    const result = { node: node.id, output: 0 };
    const kept = editor.value({
      op: "LeakyReLU",
      operands: [result],
      attributes: { alpha: 1 },
      name: `${node.name}_float`,
      provenance: node.provenance,
    });
    editor.replaceValue(result, kept, kept.node);
  }
  return editor.finish();
}

function hasFloatWeights(graph: Graph, { op, operands }: Node, ops: OpTable): boolean {
  const weights = ops.get(op)!.operands.findIndex(({ role }) => role === "weight");
  const kernel = weights < 0 ? undefined : operands[weights];
  return kernel !== undefined && constantOf(graph, kernel)?.dtype === "float32";
}

/** Nodes whose result is the reals of integers, moved at most. */
function fromIntegers(graph: Graph, ops: OpTable): ReadonlySet<NodeId> {
  const found = new Set<NodeId>();
  for (const { id, op, operands } of graph.nodes.values())
    if (op === "Dequantize" || (moves(op, ops) && found.has(operands[0]!.node))) found.add(id);
  return found;
}

/** Nodes whose result becomes integers, moved and limited at most. */
function towardsIntegers(graph: Graph, ops: OpTable): ReadonlySet<NodeId> {
  const found = new Set<NodeId>();
  for (const { id, op, operands } of [...graph.nodes.values()].reverse()) {
    const passes = limits.has(op) || moves(op, ops);
    if (op === "Quantize" || (passes && found.has(id))) found.add(operands[0]!.node);
  }
  return found;
}

const limits: ReadonlySet<string> = new Set(["ReLU", "ReLU6", "Clip"]);

function moves(op: string, ops: OpTable): boolean {
  return ops.get(op)!.traits.includes("movement");
}
