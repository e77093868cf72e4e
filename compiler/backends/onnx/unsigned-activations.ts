import { GraphEditor } from "../../ir/edit.ts";
import type { Graph, Node, NodeId, Value } from "../../ir/graph.ts";
import type { OpTable } from "../../ir/op.ts";
import type { DType, QuantParams, Tensor, TensorType } from "../../ir/types.ts";

/**
 * Makes activations of 8 and 4 bits uint8: the same reals, integers and zero points of int8 128 higher, of int4 8. ONNX
 * Runtime fuses uint8 activations with int8 weights, and not int8 ones at the graph's border (O-23); of 4 bits, version
 * 1.30 fuses none, and cannot load a MaxPool between them, as it takes the pairs away and has no such kernel. Weights
 * keep their type. So do ports; a requantize stands behind them.
 *
 * ```text
 * Quantize(x, int4)    Quantize(Clip(Dequantize(Quantize(x, uint8)), the largest real of int4), uint8)
 * ```
 */
export function unsignedActivations(graph: Graph, ops: OpTable): Graph {
  const editor = new GraphEditor(ops, graph);
  const weights = weightConstants(graph, ops);
  for (const port of graph.inputs)
    if (becomesUnsigned(editor.typeOf(port.value))) requantizeInput(editor, port.value, port.name);
  for (const node of graph.nodes.values()) {
    const [type] = node.types;
    if (
      node.op === "Constant" &&
      becomesUnsigned(type!) &&
      type!.quant!.axis === undefined &&
      !weights.has(node.id)
    ) {
      const shifted = editor.constant(
        shiftTensor(node.attributes.value as Tensor),
        node.name,
        node.provenance,
      );
      editor.replaceValue({ node: node.id, output: 0 }, shifted);
    } else if (
      node.op === "Quantize" &&
      becomesUnsigned(type!) &&
      type!.quant!.axis === undefined
    ) {
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

/** The node quantizes to uint8; an output port of the graph gets the type that it had. */
function requantizeUnsigned(editor: GraphEditor, node: Node, graph: Graph): void {
  const signed = { node: node.id, output: 0 };
  const ports = graph.outputs.filter((port) => port.value.node === node.id);
  const { scale, zeroPoint } = shiftQuant(node.types[0]!);
  const quantize = (operands: Node["operands"]) =>
    editor.value({
      op: "Quantize",
      operands,
      attributes: { dtype: "uint8", scale, zeroPoint },
      name: node.name,
      provenance: node.provenance,
    });
  const wide = quantize(editor.node(node.id).operands);
  const unsigned = node.types[0]!.dtype === "int8" ? wide : quantize([limited(editor, wide, node)]);
  editor.replaceValue(signed, unsigned);
  for (const port of ports)
    editor.redirectOutput(port.name, quantizeAs(editor, unsigned, node.types[0]!, port.name));
}

/** The reals of `wide` integers that are none above those of 4 bits: the lowest are the same. */
function limited(editor: GraphEditor, wide: Value, { name, provenance, types }: Node): Value {
  const { scale, zeroPoint } = shiftQuant(types[0]!);
  const operands = [editor.value({ op: "Dequantize", operands: [wide], name, provenance })];
  const attributes = { max: Math.fround(scale[0]! * (15 - zeroPoint[0]!)) };
  return editor.value({ op: "Clip", operands, attributes, name, provenance });
}

/** An input is requantized to uint8 for all its users. */
function requantizeInput(editor: GraphEditor, input: Value, name: string): void {
  const type = editor.typeOf(input);
  const users = editor.users(input.node);
  const unsigned = quantizeAs(
    editor,
    input,
    { ...type, dtype: "uint8", quant: shiftQuant(type) },
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

/** What is added to an integer of a type for the one of uint8 that means the same real. */
const offsets: Partial<Record<DType, number>> = { int8: 128, int4: 8, uint4: 0 };

function becomesUnsigned({ dtype, quant }: TensorType): boolean {
  return quant !== undefined && offsets[dtype] !== undefined;
}

function shiftQuant({ dtype, quant }: TensorType): QuantParams {
  return { ...quant!, zeroPoint: quant!.zeroPoint.map((zero) => zero + offsets[dtype]!) };
}

function shiftTensor(value: Tensor): Tensor {
  const { dtype, shape, data } = value;
  return {
    dtype: "uint8",
    shape,
    data: Uint8Array.from(data, (q) => q + offsets[dtype]!),
    quant: shiftQuant(value),
  };
}
