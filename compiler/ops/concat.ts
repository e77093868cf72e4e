import { type ImportedValue, InferenceError, type KernelCall, type Site } from "../ir/op.ts";
import { type Shape, sameQuant, sameType, type TensorType } from "../ir/types.ts";
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

/** For each operand the calls that put it at its place; `requantized` says what comes before, and from where to copy. */
function pieces(
  { operands, results: [y], attributes }: Site,
  requantized: (index: number) => readonly KernelCall[] | string,
): readonly KernelCall[] | string {
  const axis = axisOf(attributes.axis as number, y!.shape.length);
  const [, total, inner] = around(y!.shape, axis);
  const calls: KernelCall[] = [];
  let offset = 0;
  for (const [i, type] of operands.entries()) {
    const [outer, extent] = around(type!.shape, axis);
    const before = requantized(i);
    if (typeof before === "string") return before;
    const source = before.length > 0 ? before.at(-1)!.arguments.find(isScratch)! : operand(i);
    const geometry = [outer, extent * inner, total * inner, offset * inner];
    calls.push(...before, { kernel: "copyBlocks", arguments: [source, result(), ...geometry] });
    offset += extent;
  }
  return calls;
}

function isScratch(argument: KernelCall["arguments"][number]): boolean {
  return typeof argument === "object" && argument.kind === "scratch";
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
    const shape = joinedShape(types, axisOf(attributes.axis as number, first.shape.length));
    return [{ ...first, shape }];
  },
  lower: (site) => pieces(site, () => []) as readonly KernelCall[],
  lowerInteger: (site) =>
    pieces(site, (i) => {
      const [x, y] = [site.operands[i]!, site.results[0]!];
      return sameType({ ...x, shape: [] }, { ...y, shape: [] })
        ? []
        : requantizeCalls(x, y, site.requantize, operand(i), {
            kind: "scratch",
            dtype: y.dtype,
            length: x.shape.reduce((product, size) => product * size, 1),
          });
    }),
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
