import { type Graph, type Node, nodeOf, typeOf, type Value } from "../ir/graph.ts";
import { isIntegerForm } from "../ir/infer.ts";
import type { OpDef, OpTable } from "../ir/op.ts";

/** A node that computes in float in a quantized program, and why. */
export interface FloatNode {
  readonly node: string;
  readonly op: string;
  readonly reason: string;
}

/** What became of a model: nothing that stays in float and no rule that matches nothing goes unsaid. */
export interface Summary {
  /** Nodes that compute or move integers. */
  readonly integerNodes: number;
  /** `Quantize` and `Dequantize` nodes that are left: borders between integers and reals. */
  readonly borders: number;
  readonly floatNodes: readonly FloatNode[];
  /** How often each rule was applied or matched. */
  readonly fired: Readonly<Record<string, number>>;
  /** Rules of imported libraries that matched nothing. */
  readonly unmatched: readonly string[];
}

/**
 * Counts the nodes of an integer graph.
 *
 * @param reasons known ones for nodes in float, by the node's name: that a rule asks for it, or why a lowering refused
 */
export function countNodes(
  graph: Graph,
  ops: OpTable,
  reasons: ReadonlyMap<string, string>,
): Pick<Summary, "integerNodes" | "borders" | "floatNodes"> {
  let integerNodes = 0;
  let borders = 0;
  const floatNodes: FloatNode[] = [];
  for (const node of graph.nodes.values()) {
    if (node.op === "Input" || node.op === "Constant") continue;
    const op = ops.get(node.op)!;
    if (node.op === "Quantize" || node.op === "Dequantize") borders++;
    else if (isIntegerForm(op, node.attributes) || node.types[0]!.dtype !== "float32")
      integerNodes++;
    else
      floatNodes.push({
        node: node.name,
        op: node.op,
        reason: reasons.get(node.name) ?? floatReason(graph, node, op),
      });
  }
  return { integerNodes, borders, floatNodes };
}

function floatReason(graph: Graph, node: Node, { name, lowerInteger, traits }: OpDef): string {
  if (traits.includes("movement")) return "what it moves is not quantized";
  const group = node.operands
    .map((operand) => operand && groupBehind(graph, operand))
    .find(Boolean);
  if (group) return `its weights have a scale for each group of ${group}`;
  return lowerInteger
    ? "an input or the output is not quantized"
    : `\`${name}\` has no integer kernel`;
}

/** The size of the groups that a dequantized value has scales for. */
function groupBehind(graph: Graph, value: Value): number | undefined {
  const { op, operands } = nodeOf(graph, value);
  return op === "Dequantize" ? typeOf(graph, operands[0]!).quant?.group : undefined;
}
