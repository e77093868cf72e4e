import { GraphEditor } from "../ir/edit.ts";
import type { Graph, Port, Value } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { type QuantParams, sameType, type TensorType } from "../ir/types.ts";

/** `same` keeps what the model has; the others ask for that element type wherever a port is quantized. */
export type PortTypes = "float" | "int8" | "uint8" | "same";

/**
 * Gives the inputs and outputs of a quantized graph the wanted element type.
 *
 * ```text
 * %x: f32 = Input          %x: i8 = Input             (int8: the host quantizes)
 * %q: i8 = Quantize(%x)    all users of %q use %x
 * ```
 * A port whose values are not quantized stays as it is.
 */
export function chooseIo(graph: Graph, ops: OpTable, types: PortTypes): Graph {
  if (types === "same") return graph;
  const editor = new GraphEditor(ops, graph);
  for (const port of graph.inputs) rewriteInput(editor, port, types);
  for (const port of graph.outputs) {
    const value = editor.outputs.find(({ name }) => name === port.name)!.value;
    const wanted = outputValue(editor, value, types, port.name);
    if (wanted) editor.redirectOutput(port.name, wanted);
  }
  return editor.finish();
}

function rewriteInput(
  editor: GraphEditor,
  { name, value }: Port,
  types: Exclude<PortTypes, "same">,
): void {
  const type = editor.typeOf(value);
  if (types === "float") {
    if (!type.quant) return;
    const real = editor.retypeInput(name, { dtype: "float32", shape: type.shape });
    editor.replaceValue(value, quantizeTo(editor, real, type, name));
    return;
  }
  const integers = type.quant ? [value] : equalQuantizes(editor, value);
  if (integers[0] === undefined) return;
  const carried = editor.typeOf(integers[0]);
  const wanted = inDType(carried, types);
  if (sameType(type, wanted)) return;
  const input = editor.retypeInput(name, wanted);
  const kept = sameType(wanted, carried) ? input : requantizeTo(editor, input, carried, name);
  for (const value of integers) editor.replaceValue(value, kept);
}

function outputValue(
  editor: GraphEditor,
  value: Value,
  types: Exclude<PortTypes, "same">,
  name: string,
): Value | undefined {
  const type = editor.typeOf(value);
  if (types === "float") {
    return type.quant
      ? editor.value({ op: "Dequantize", operands: [value], name: `${name}_dequantize` })
      : undefined;
  }
  const producer = editor.node(value.node);
  const integers = type.quant
    ? value
    : producer.op === "Dequantize"
      ? producer.operands[0]
      : undefined;
  if (integers === undefined) return undefined;
  const carried = editor.typeOf(integers);
  const wanted = inDType(carried, types);
  return sameType(carried, wanted) ? integers : requantizeTo(editor, integers, wanted, name);
}

/** The `Quantize` nodes of one type through which all users see a value; none if some see it otherwise. */
function equalQuantizes(editor: GraphEditor, value: Value): readonly Value[] {
  const users = editor.users(value.node).map((id) => editor.node(id));
  const [first] = users;
  if (editor.isOutput(value.node) || !users.every((user) => user.op === "Quantize")) return [];
  return users.every((user) => sameType(user.types[0]!, first!.types[0]!))
    ? users.map((user) => ({ node: user.id, output: 0 }))
    : [];
}

function quantizeTo(
  editor: GraphEditor,
  real: Value,
  { dtype, quant }: TensorType,
  name: string,
): Value {
  const { scale, zeroPoint } = quant!;
  return editor.value({
    op: "Quantize",
    operands: [real],
    attributes: { dtype, scale, zeroPoint },
    name: `${name}_quantize`,
  });
}

/** The same reals in other integers. */
function requantizeTo(editor: GraphEditor, value: Value, type: TensorType, name: string): Value {
  const real = editor.value({ op: "Dequantize", operands: [value], name: `${name}_dequantize` });
  return quantizeTo(editor, real, type, name);
}

/** The type with the same reals in the other 8-bit dtype: the zero point moves by 128. */
function inDType(type: TensorType, dtype: "int8" | "uint8"): TensorType {
  const isEightBit = type.dtype === "int8" || type.dtype === "uint8";
  if (type.dtype === dtype || !isEightBit) return type;
  const by = dtype === "int8" ? -128 : 128;
  const quant: QuantParams = {
    ...type.quant!,
    zeroPoint: type.quant!.zeroPoint.map((zero) => zero + by),
  };
  return { ...type, dtype, quant };
}
