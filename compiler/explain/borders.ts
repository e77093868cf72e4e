import { type Graph, type Node, type NodeId, nodeOf, typeOf } from "../ir/graph.ts";
import { bytesPerElement, sizeOf, type TensorType } from "../ir/types.ts";
import type { Border } from "./explanation.ts";
import { nodeName } from "./places.ts";

/** The conversions that are left in a program, with the bytes that each reads and writes in an inference. */
export function bordersOf(
  graph: Graph,
  users: ReadonlyMap<NodeId, readonly Node[]>,
): readonly Border[] {
  const borders = [...graph.nodes.values()].filter(
    ({ op }) => op === "Quantize" || op === "Dequantize",
  );
  return borders.map((node) => {
    const read = node.operands[0]!;
    return {
      ...nodeName(node),
      reads: nodeOf(graph, read).name,
      readBy: readersOf(graph, node, users),
      bytes: bytesOf(typeOf(graph, read)) + bytesOf(node.types[0]!),
      rules: node.provenance.rules,
    };
  });
}

function readersOf(
  graph: Graph,
  node: Node,
  users: ReadonlyMap<NodeId, readonly Node[]>,
): readonly string[] {
  const ports = graph.outputs.filter(({ value }) => value.node === node.id);
  return [
    ...new Set(users.get(node.id)!.map(({ name }) => name)),
    ...ports.map(({ name }) => `output ${name}`),
  ];
}

function bytesOf({ dtype, shape }: TensorType): number {
  return bytesPerElement(dtype) * sizeOf(shape);
}
