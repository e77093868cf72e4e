import { type Graph, type Node, nodeOf, typeOf, type Value } from "../ir/graph.ts";
import { isIntegerForm } from "../ir/infer.ts";
import type { OpDef, OpTable } from "../ir/op.ts";
import type { Coverage } from "./coverage.ts";

/** A node that computes in float in a quantized program, and why. */
export interface FloatNode {
  readonly node: string;
  readonly op: string;
  readonly reason: string;
}

/** What a node of an integer graph computes on: `border` for those between integers and reals. */
export type NodeKind = "integer" | "float" | "border";

/** What a node computes on; nothing for inputs and constants. */
export function kindOfNode(graph: Graph, node: Node, ops: OpTable): NodeKind | undefined {
  if (node.op === "Input" || node.op === "Constant") return undefined;
  if (node.op === "Quantize" || node.op === "Dequantize") return "border";
  const isInteger =
    isIntegerForm(ops.get(node.op)!, node.attributes) ||
    node.types[0]!.dtype !== "float32" ||
    takesIntegers(graph, node, ops);
  return isInteger ? "integer" : "float";
}

/** Whether the float form of a node multiplies integers: the op takes weights as the integers that they are. */
function takesIntegers(graph: Graph, { op, operands }: Node, ops: OpTable): boolean {
  return ops.get(op)!.operands.some(({ asIntegers }, i) => {
    const value = operands[i];
    return asIntegers && value && typeOf(graph, value).dtype !== "float32";
  });
}

/** What became of a model: nothing that stays in float and no rule that matches nothing goes unsaid. */
export interface Summary {
  /** Nodes that compute or move integers. */
  readonly integerNodes: number;
  /** `Quantize` and `Dequantize` nodes that are left: borders between integers and reals. */
  readonly borders: number;
  readonly floatNodes: readonly FloatNode[];
  readonly coverage: Coverage;
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
    const kind = kindOfNode(graph, node, ops);
    if (kind === "border") borders++;
    if (kind === "integer") integerNodes++;
    if (kind !== "float") continue;
    const reason = reasons.get(node.name) ?? floatReason(graph, node, ops.get(node.op)!);
    floatNodes.push({ node: node.name, op: node.op, reason });
  }
  return { integerNodes, borders, floatNodes };
}

function floatReason(graph: Graph, node: Node, op: OpDef): string {
  const { name, lowerInteger, traits } = op;
  if (traits.includes("movement")) return "what it moves is not quantized";
  const group = node.operands
    .map((operand) => operand && groupBehind(graph, operand))
    .find(Boolean);
  if (group) return `its weights have a scale for each group of ${group}`;
  if (!lowerInteger) return `\`${name}\` has no integer kernel`;
  const real = node.operands.findIndex((operand) => operand && isReal(graph, operand));
  if (real < 0) return "no rule asks for integers of its result";
  return `its \`${operandName(op, real)}\` is not quantized`;
}

/** Whether a value comes in reals from what computes it. */
function isReal(graph: Graph, value: Value): boolean {
  return nodeOf(graph, value).op !== "Dequantize" && typeOf(graph, value).dtype === "float32";
}

function operandName({ operands }: OpDef, position: number): string {
  return (operands[position] ?? operands.at(-1)!).name;
}

/** The size of the groups that a dequantized value has scales for. */
function groupBehind(graph: Graph, value: Value): number | undefined {
  const { op, operands } = nodeOf(graph, value);
  return op === "Dequantize" ? typeOf(graph, operands[0]!).quant?.group : undefined;
}
