import { GraphEditor } from "../../ir/edit.ts";
import type { Graph, Node, Value } from "../../ir/graph.ts";
import type { OpTable } from "../../ir/op.ts";
import type { Tensor } from "../../ir/types.ts";
import { permuteTensor, toChannelFirst } from "./layout.ts";

/**
 * Has a dense layer behind flattened pictures read them channel-first, the columns of its kernel in that order: what
 * comes from ONNX ops need not be transposed before it is flattened.
 *
 * ```text
 * Reshape(%x: [N, H, W, C]) → Dense(k)    Reshape(Transpose(%x, [0, 3, 1, 2])) → Dense(k, columns permuted)
 * ```
 */
export function flattenChannelFirst(graph: Graph, ops: OpTable): Graph {
  const editor = new GraphEditor(ops, graph);
  for (const node of graph.nodes.values()) {
    if (!flattens(editor, node, ops) || !isChannelFirst(editor, node, ops)) continue;
    const layers = layersBehind(editor, node, ops);
    if (layers === undefined) continue;
    const picture = node.operands[0]!;
    const { shape } = editor.typeOf(picture);
    for (const layer of layers) permuteColumns(editor, layer, shape);
    const turned = editor.value({
      op: "Transpose",
      operands: [picture],
      attributes: { permutation: toChannelFirst(shape.length) },
      name: `${node.name}_transpose`,
      provenance: node.provenance,
    });
    editor.replaceOperands(node.id, [turned]);
  }
  return editor.finish();
}

/** Whether the node only restates the shape of a picture as that of a row, and the order of its elements matters. */
function flattens(editor: GraphEditor, { op, operands, types }: Node, ops: OpTable): boolean {
  const { traits, attributes } = ops.get(op)!;
  if (!traits.includes("movement") || !("shape" in attributes)) return false;
  const { shape } = editor.typeOf(operands[0]!);
  const row = types[0]!.shape;
  const isFlat = shape.length === 4 && row.length === 2 && row[0] === shape[0];
  return isFlat && shape[3] !== 1 && shape[1]! * shape[2]! !== 1;
}

/** Whether each element of the result depends on the one at its place alone. */
function keepsPlaces({ op, types }: Node, ops: OpTable): boolean {
  if (op === "Quantize" || op === "Dequantize") return types[0]!.quant?.axis === undefined;
  const { operands, traits } = ops.get(op)!;
  return operands.length === 1 && traits.includes("elementwise");
}

/** Whether the picture comes from an op that slides a window: ONNX computes those channel-first. */
function isChannelFirst(editor: GraphEditor, flatten: Node, ops: OpTable): boolean {
  let node = editor.node(flatten.operands[0]!.node);
  while (keepsPlaces(node, ops)) node = editor.node(node.operands[0]!.node);
  return "dilationRate" in ops.get(node.op)!.attributes;
}

/** The layers that read the row, if nothing else does: each multiplies it by a constant matrix `[outputs, inputs]`. */
function layersBehind(
  editor: GraphEditor,
  flatten: Node,
  ops: OpTable,
): readonly Node[] | undefined {
  const layers: Node[] = [];
  const open = [flatten];
  for (let node = open.pop(); node; node = open.pop()) {
    if (editor.isOutput(node.id)) return undefined;
    for (const user of editor.users(node.id).map((id) => editor.node(id))) {
      const isLayer = ops.get(user.op)!.operands[1]?.role === "weight";
      if (keepsPlaces(user, ops)) open.push(user);
      else if (isLayer && user.types[0]!.shape.length === 2 && kernelOf(editor, user))
        layers.push(user);
      else return undefined;
    }
  }
  return layers;
}

/** The constant behind a layer's kernel, at most dequantized. */
function kernelOf(editor: GraphEditor, { operands }: Node): Tensor | undefined {
  const kernel = editor.node(operands[1]!.node);
  const integers = kernel.op === "Dequantize" ? kernel.operands[0] : operands[1];
  const constant = editor.constantOf(integers);
  return constant?.quant?.axis === 1 ? undefined : constant;
}

/** Gives a layer the kernel whose columns are ordered channel-first. */
function permuteColumns(editor: GraphEditor, layer: Node, picture: readonly number[]): void {
  const [x, kernel, bias] = layer.operands;
  const { shape, quant, ...rest } = kernelOf(editor, layer)!;
  const places = { ...rest, shape: [shape[0]!, ...picture.slice(1)] };
  const { data } = permuteTensor(places, toChannelFirst(4));
  const permuted = { ...rest, shape, data, ...(quant && { quant }) };
  const { name, provenance } = editor.node(kernel!.node);
  const constant = editor.constant(permuted, name, provenance);
  const dequantized: Value = quant
    ? editor.value({ op: "Dequantize", operands: [constant], name, provenance })
    : constant;
  editor.replaceOperands(layer.id, bias ? [x, dequantized, bias] : [x, dequantized]);
}
