import { constantOf, type Graph, type Node, type NodeId } from "../../ir/graph.ts";
import type { ExportedValue, OpTable } from "../../ir/op.ts";
import type { ModelBuilder } from "./model-builder.ts";

/**
 * Layers of float weights that stand between integers: `Quantize(Conv2D(Dequantize(q), float))`, also where limits stand
 * before the Quantize, and ops that only move elements, over which ONNX Runtime pulls the pairs together.
 *
 * Version 1.30 takes such a layer for one whose weights somebody forgot: it quantizes them itself, with one scale for all
 * channels (its `WeightBiasQuantization`), where the user has asked for float. `keptFloat` keeps it from that.
 */
export function floatLayersBetweenIntegers(graph: Graph, ops: OpTable): ReadonlySet<NodeId> {
  const [from, towards] = [fromIntegers(graph, ops), towardsIntegers(graph, ops)];
  const layers = [...graph.nodes.values()].filter(
    (node) =>
      hasFloatWeights(graph, node, ops) && from.has(node.operands[0]!.node) && towards.has(node.id),
  );
  return new Set(layers.map(({ id }) => id));
}

/**
 * The result of a layer behind an op that changes nothing: ONNX Runtime does not see through LeakyRelu, knows no law for a
 * slope of 1, and computes one on the way out of a convolution or a Gemm.
 */
export function keptFloat(layer: ExportedValue, builder: ModelBuilder): ExportedValue {
  return builder.add("LeakyRelu", [layer], { alpha: { float: 1 } }, [layer.type], layer.layout)[0]!;
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
