import {
  type ImportedValue,
  InferenceError,
  type KernelArgument,
  type KernelCall,
  type Site,
} from "../ir/op.ts";
import { type Shape, sameQuant, sameType, sizeOf, type TensorType } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { alignLayouts } from "./elementwise.ts";
import { requantizeCalls } from "./lookup.ts";
import { onnxAxis } from "./onnx-layout.ts";
import { operand, result } from "./requantization.ts";
import { activate } from "./spatial.ts";
import { around, axisOf } from "./views.ts";

function joinedShape(types: readonly TensorType[], axis: number): Shape {
  const [first] = types;
  for (const { shape } of types) {
    const fits = shape.length === first!.shape.length;
    if (!fits || !shape.every((size, i) => i === axis || size === first!.shape[i])) {
      throw new InferenceError(`[${shape}] does not fit [${first!.shape}] beside axis ${axis}`);
    }
  }
  const extent = types.reduce((sum, { shape }) => sum + shape[axis]!, 0);
  return first!.shape.map((size, i) => (i === axis ? extent : size));
}

/** An operand as it is to be copied, and the calls that make it so. */
interface Piece {
  readonly before: readonly KernelCall[];
  readonly source: KernelArgument;
}

/** For each operand the calls that put it at its place. */
function pieces(
  { operands, results: [y], attributes }: Site,
  pieceOf: (index: number) => Piece,
): readonly KernelCall[] {
  const axis = axisOf(attributes.axis as number, y!.shape.length);
  const [, total, inner] = around(y!.shape, axis);
  const calls: KernelCall[] = [];
  let offset = 0;
  for (const [i, type] of operands.entries()) {
    const [outer, extent] = around(type!.shape, axis);
    const { before, source } = pieceOf(i);
    const geometry = [outer, extent * inner, total * inner, offset * inner];
    calls.push(...before, { kernel: "copyBlocks", arguments: [source, result(), ...geometry] });
    offset += extent;
  }
  return calls;
}

/** An operand in the parameters of the result. */
function requantizedPiece({ operands, results, requantize }: Site, index: number): Piece {
  const [x, y] = [operands[index]!, results[0]!];
  if (sameType({ ...x, shape: [] }, { ...y, shape: [] }))
    return { before: [], source: operand(index) };
  const source: KernelArgument = { kind: "scratch", dtype: y.dtype, length: sizeOf(x.shape) };
  return { before: requantizeCalls(x, y, requantize, operand(index), source), source };
}

export const Concat = defineOp({
  name: "Concat",
  doc: "the inputs behind each other along an axis",
  operands: [{ name: "inputs", role: "activation", variadic: true }],
  attributes: { axis: { kind: "number", doc: "the axis; negative counts from the end" } },
  traits: [],
  infer(operands, attributes) {
    const types = operands as readonly TensorType[];
    const [first] = types;
    if (first === undefined) throw new InferenceError("there is nothing to join");
    if (types.some(({ dtype, quant }) => dtype !== first.dtype || !sameQuant(quant, first.quant)))
      throw new InferenceError("the inputs are of different dtypes or quantized differently");
    const axis = axisOf(attributes.axis as number, first.shape.length);
    const { quant } = first;
    if (types.length > 1 && (quant?.axis === axis || quant?.group !== undefined))
      throw new InferenceError(
        `the inputs have scales for the elements along axis ${quant.axis}, which cannot be joined`,
      );
    return [{ ...first, shape: joinedShape(types, axis) }];
  },
  lower: (site) => pieces(site, (i) => ({ before: [], source: operand(i) })),
  lowerInteger: (site) => pieces(site, (i) => requantizedPiece(site, i)),
  onnx: {
    Concat(node, build) {
      const inputs = node.inputs.map((_, i) => node.input(i));
      return build.one("Concat", inputs, { axis: node.int("axis", 1) });
    },
  },
  tflite: {
    CONCATENATION(op, build) {
      const inputs = op.inputs.map((_, i) => op.input(i));
      const joined = build.one("Concat", inputs, { axis: op.number("axis") });
      return activate(build, joined, op.fusedActivation);
    },
    PACK(op, build) {
      const { shape } = op.input(0).type;
      const axis = axisOf(op.number("axis"), shape.length + 1);
      const unit: readonly number[] = [...shape.slice(0, axis), 1, ...shape.slice(axis)];
      const inputs: readonly ImportedValue[] = op.inputs.map((_, i) =>
        build.one("Reshape", [op.input(i)], { shape: unit }),
      );
      return build.one("Concat", inputs, { axis });
    },
  },
  toOnnx({ attributes, results: [y] }, operands, build) {
    const rank = y!.shape.length;
    const { layout, aligned } = alignLayouts(
      operands.map((value) => value!),
      rank,
      build,
    );
    const axis = onnxAxis({ ...aligned[0]!, layout }, axisOf(attributes.axis as number, rank));
    return build.add("Concat", aligned, { axis }, [y!], layout);
  },
});
