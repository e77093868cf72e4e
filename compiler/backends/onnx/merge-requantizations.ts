import { GraphEditor } from "../../ir/edit.ts";
import type { Graph, Node, Value } from "../../ir/graph.ts";
import type { OpTable } from "../../ir/op.ts";
import { sameShape, sameType, type TensorType } from "../../ir/types.ts";

/**
 * Removes what making activations unsigned leaves between ports and requantizations. ONNX Runtime merges two adjacent
 * Q/DQ pairs into one of other parameters, so a pair that changes no real must not stand beside one that does.
 *
 * ```text
 * Quantize(Dequantize(q))                            q                             the same type
 * Quantize(Dequantize(Quantize(Dequantize(q))))      Quantize(Dequantize(q))       one pair only moves the zero point
 * ```
 */
export function mergeRequantizations(graph: Graph, ops: OpTable): Graph {
  const editor = new GraphEditor(ops, graph);
  for (const { id } of graph.nodes.values()) {
    let requantized = requantizationOf(editor, { node: id, output: 0 });
    while (requantized) {
      const before = requantizationOf(editor, requantized);
      if (before === undefined || !isBesideShift(editor, id, requantized, before)) break;
      editor.replaceOperands(id, [dequantized(editor, before, editor.node(id))]);
      requantized = before;
    }
    if (requantized && sameType(editor.typeOf(requantized), editor.node(id).types[0]!))
      editor.replaceValue({ node: id, output: 0 }, requantized);
  }
  return editor.finish();
}

/** The integers that `value` requantizes, if it does. */
function requantizationOf(editor: GraphEditor, value: Value): Value | undefined {
  const quantize = editor.node(value.node);
  if (quantize.op !== "Quantize") return undefined;
  const dequantize = editor.node(quantize.operands[0]!.node);
  return dequantize.op === "Dequantize" ? dequantize.operands[0] : undefined;
}

/** Whether one of two requantizations behind each other, `from` to `middle` to the node, changes no real. */
function isBesideShift(editor: GraphEditor, id: number, middle: Value, from: Value): boolean {
  const [before, between] = [editor.typeOf(from), editor.typeOf(middle)];
  return isShift(before, between) || isShift(between, editor.node(id).types[0]!);
}

/** Whether every integer of `a` has one of `b` that means the same real. */
function isShift(a: TensorType, b: TensorType): boolean {
  if (!a.quant || !b.quant || a.quant.axis !== undefined || b.quant.axis !== undefined)
    return false;
  const offset = (dtype: string) => (dtype === "int8" ? 128 : dtype === "uint8" ? 0 : Number.NaN);
  return (
    sameShape(a.quant.scale, b.quant.scale) &&
    a.quant.zeroPoint[0]! + offset(a.dtype) === b.quant.zeroPoint[0]! + offset(b.dtype)
  );
}

function dequantized(editor: GraphEditor, integers: Value, { name, provenance }: Node): Value {
  return editor.value({
    op: "Dequantize",
    operands: [integers],
    name: `${name}_dequantize`,
    provenance,
  });
}
