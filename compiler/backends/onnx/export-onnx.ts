import { Rejected } from "../../../grammar/source/diagnostic.ts";
import { siteOf } from "../../ir/evaluate.ts";
import { constantOf, type Graph, type Node, nodeOf, type Value } from "../../ir/graph.ts";
import type { ExportedValue, OpTable } from "../../ir/op.ts";
import type { DType, Tensor, TensorType } from "../../ir/types.ts";
import { cannotExport, type Obstacle } from "./diagnostics.ts";
import { dropImpliedLimits } from "./drop-implied-limits.ts";
import { flattenChannelFirst } from "./flatten-channel-first.ts";
import { floatLayersBetweenIntegers, keptFloat } from "./float-layers.ts";
import { mergeRequantizations } from "./merge-requantizations.ts";
import { ModelBuilder, NodeRejected, type Opset } from "./model-builder.ts";
import { unsignedActivations } from "./unsigned-activations.ts";

/**
 * A graph (float, or quantized with explicit Q/DQ) as the bytes of an ONNX model that ONNX Runtime fuses: activations
 * uint8, weights int8, biases int32, one DequantizeLinear for each use (O-20 to O-28). Channel-last values become
 * channel-first where an ONNX op needs it. Rejects a graph with ops that ONNX does not have, naming all of them.
 */
export function exportOnnx(graph: Graph, ops: OpTable): Uint8Array {
  const unsigned = mergeRequantizations(unsignedActivations(graph, ops), ops);
  const prepared = flattenChannelFirst(dropImpliedLimits(unsigned, ops), ops);
  const floatLayers = floatLayersBetweenIntegers(prepared, ops);
  const builder = new ModelBuilder(prepared.name, opsetFor(prepared));
  const values = new Map<string, ExportedValue>();
  const obstacles: Obstacle[] = [];
  for (const port of prepared.inputs) {
    const { types } = nodeOf(prepared, port.value);
    values.set(key(port.value), builder.input(port.name, types[0]!, port.wire));
  }
  for (const port of prepared.outputs) builder.reserve(port.name);
  for (const node of prepared.nodes.values()) {
    if (node.op === "Input") continue;
    const operands = node.operands.map((operand) => operand && values.get(key(operand)));
    // An operand that could not be written: its own obstacle has been noted.
    if (node.operands.some((operand, i) => operand && !operands[i])) continue;
    try {
      const results = exportNode(prepared, node, ops, operands, builder);
      const kept = floatLayers.has(node.id)
        ? results.map((value) => keptFloat(value, builder))
        : results;
      for (const [output, value] of kept.entries())
        values.set(key({ node: node.id, output }), value);
    } catch (error) {
      if (!(error instanceof NodeRejected)) throw error;
      obstacles.push({ node: node.name, op: node.op, reason: error.message });
    }
  }
  if (obstacles.length > 0) throw new Rejected([cannotExport(graph.name, obstacles)]);
  for (const port of prepared.outputs)
    builder.output(port.name, values.get(key(port.value))!, port.wire);
  return builder.finish();
}

function exportNode(
  graph: Graph,
  node: Node,
  ops: OpTable,
  operands: readonly (ExportedValue | undefined)[],
  builder: ModelBuilder,
): readonly ExportedValue[] {
  builder.at(node.name);
  switch (node.op) {
    case "Constant":
      return [builder.constant(inWholeBytes(constantOf(graph, { node: node.id, output: 0 })!))];
    case "Quantize":
      return [builder.quantize(operands[0]!, node.types[0]!)];
    case "Dequantize":
      return [builder.dequantize(operands[0]!, node.types[0]!)];
  }
  if (node.op === "Transpose") {
    const { permutation } = node.attributes;
    const view = builder.turnedView(operands[0]!, permutation as readonly number[]);
    if (view) return [view];
  }
  const op = ops.get(node.op)!;
  if (!op.toOnnx) throw new NodeRejected("ONNX has no op for it");
  const exported = op.toOnnx(siteOf(graph, node, "onnx"), operands, builder);
  return Array.isArray(exported) ? exported : [exported as ExportedValue];
}

/** Operator set 17 is what most runtimes have; values of 4 or 16 bits and groups need 21. */
function opsetFor(graph: Graph): Opset {
  const later = new Set<DType>(["int16", "uint16", "int4", "uint4"]);
  const needsLater = ({ op, types }: Node) =>
    types.some(
      (type) => type.quant && (type.quant.group !== undefined || later.has(widened(op, type))),
    );
  return [...graph.nodes.values()].some(needsLater) ? 21 : 17;
}

/**
 * Constants of 4 bits are written in 8, the same integers: ONNX Runtime has no integer layers with weights of 4 bits (O-2x).
 * Those in groups stay: no such layer reads them.
 */
function inWholeBytes(value: Tensor): Tensor {
  return { ...value, dtype: widened("Constant", value) };
}

function widened(op: string, { dtype, quant }: TensorType): DType {
  if (op !== "Constant" || quant?.group !== undefined) return dtype;
  return dtype === "int4" ? "int8" : dtype === "uint4" ? "uint8" : dtype;
}

function key({ node, output }: Value): string {
  return `${node}:${output}`;
}
