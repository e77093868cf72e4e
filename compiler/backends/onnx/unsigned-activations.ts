import { GraphEditor } from "../../ir/edit.ts";
import type { Graph, Node, NodeId, Value } from "../../ir/graph.ts";
import type { OpTable } from "../../ir/op.ts";
import type { QuantParams, Tensor, TensorType } from "../../ir/types.ts";

/**
 * Makes int8 activations uint8: the same reals, integers and zero points 128 higher. ONNX Runtime fuses uint8
 * activations with int8 weights, and not int8 ones at the graph's border (O-23). Weights stay int8. A port that is
 * int8 keeps its type; a requantize stands behind it.
 */
export function unsignedActivations(graph: Graph, ops: OpTable): Graph {
  const editor = new GraphEditor(ops, graph);
  const weights = weightConstants(graph, ops);
  for (const port of graph.inputs)
    if (isSigned(editor.typeOf(port.value))) requantizeInput(editor, port.value, port.name);
  for (const node of graph.nodes.values()) {
    const [type] = node.types;
    if (
      node.op === "Constant" &&
      isSigned(type!) &&
      type!.quant!.axis === undefined &&
      !weights.has(node.id)
    ) {
      const shifted = editor.constant(
        shiftTensor(node.attributes.value as Tensor),
        node.name,
        node.provenance,
      );
      editor.replaceValue({ node: node.id, output: 0 }, shifted);
    } else if (node.op === "Quantize" && isSigned(type!) && type!.quant!.axis === undefined) {
      requantizeUnsigned(editor, node, graph);
    }
  }
  return editor.finish();
}

/** Constants that are the weights of some layer. */
function weightConstants(graph: Graph, ops: OpTable): ReadonlySet<NodeId> {
  const weights = new Set<NodeId>();
  for (const node of graph.nodes.values()) {
    for (const [i, operand] of node.operands.entries()) {
      const { role } = operandDef(ops, node, i);
      const dequantize = operand && graph.nodes.get(operand.node)!;
      if (role === "weight" && dequantize?.op === "Dequantize")
        weights.add(dequantize.operands[0]!.node);
    }
  }
  return weights;
}

function operandDef(ops: OpTable, node: Node, operand: number) {
  const { operands } = ops.get(node.op)!;
  return operands[Math.min(operand, operands.length - 1)]!;
}

/** The node quantizes to uint8; an output port of the graph gets the int8 that it had. */
function requantizeUnsigned(editor: GraphEditor, node: Node, graph: Graph): void {
  const signed = { node: node.id, output: 0 };
  const ports = graph.outputs.filter((port) => port.value.node === node.id);
  const { scale, zeroPoint } = shiftQuant(node.types[0]!.quant!);
  const unsigned = editor.value({
    op: "Quantize",
    operands: editor.node(node.id).operands,
    attributes: { dtype: "uint8", scale, zeroPoint },
    name: node.name,
    provenance: node.provenance,
  });
  editor.replaceValue(signed, unsigned);
  for (const port of ports)
    editor.redirectOutput(port.name, quantizeAs(editor, unsigned, node.types[0]!, port.name));
}

/** An int8 input is requantized to uint8 for all its users. */
function requantizeInput(editor: GraphEditor, input: Value, name: string): void {
  const type = editor.typeOf(input);
  const users = editor.users(input.node);
  const unsigned = quantizeAs(
    editor,
    input,
    { ...type, dtype: "uint8", quant: shiftQuant(type.quant!) },
    name,
  );
  for (const id of users) {
    editor.replaceOperands(
      id,
      editor
        .node(id)
        .operands.map((operand) => (operand?.node === input.node ? unsigned : operand)),
    );
  }
}

function quantizeAs(
  editor: GraphEditor,
  integers: Value,
  { dtype, quant }: TensorType,
  name: string,
): Value {
  const real = editor.value({ op: "Dequantize", operands: [integers], name: `${name}_dequantize` });
  const { scale, zeroPoint } = quant!;
  return editor.value({
    op: "Quantize",
    operands: [real],
    attributes: { dtype, scale, zeroPoint },
    name: `${name}_quantize`,
  });
}

function isSigned({ dtype, quant }: TensorType): boolean {
  return dtype === "int8" && quant !== undefined;
}

function shiftQuant(quant: QuantParams): QuantParams {
  return { ...quant, zeroPoint: quant.zeroPoint.map((zero) => zero + 128) };
}

function shiftTensor({ shape, data, quant }: Tensor): Tensor {
  return {
    dtype: "uint8",
    shape,
    data: Uint8Array.from(data, (q) => q + 128),
    quant: shiftQuant(quant!),
  };
}
