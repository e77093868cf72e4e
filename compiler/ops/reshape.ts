import { InferenceError } from "../ir/op.ts";
import { sizeOf, type Tensor } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { operand, result } from "./requantization.ts";

/** The stated shape with 0 (ONNX: "as in the input") and −1 ("the rest") filled in. */
function resolveShape(
  input: readonly number[],
  wanted: readonly number[],
  zeroIsSize: boolean,
): readonly number[] {
  const shape = wanted.map((size, i) => (size === 0 && !zeroIsSize ? (input[i] ?? 0) : size));
  const known = sizeOf(shape.filter((size) => size !== -1));
  return shape.map((size) => (size === -1 ? sizeOf(input) / known : size));
}

export const Reshape = defineOp({
  name: "Reshape",
  doc: "the same elements in the same order under another shape",
  operands: [{ name: "input", role: "activation" }],
  attributes: {
    shape: { kind: "numbers", doc: "the shape of the result; one −1 stands for the rest" },
  },
  traits: ["movement"],
  infer([input], { shape }) {
    const resolved = resolveShape(input!.shape, shape as readonly number[], true);
    if (
      sizeOf(resolved) !== sizeOf(input!.shape) ||
      !resolved.every((size) => Number.isInteger(size) && size >= 0)
    ) {
      throw new InferenceError(`[${input!.shape}] cannot be reshaped to [${shape}]`);
    }
    return [{ ...input!, shape: resolved }];
  },
  lower: ({ results: [y] }) => [
    { kernel: "copy", arguments: [operand(0), result(), sizeOf(y!.shape)] },
  ],
  onnx: {
    Reshape(node, build) {
      const input = node.input(0);
      const wanted =
        node.constantInput(1, "shape") ?? (node.ints("shape") && { data: node.ints("shape")! });
      if (wanted === undefined) return build.reject("input `shape` is missing");
      const shape = resolveShape(
        input.type.shape,
        [...(wanted as Tensor).data],
        node.int("allowzero", 0) === 1,
      );
      return build.one("Reshape", [input], { shape });
    },
  },
  tflite: {
    RESHAPE: (op, build) =>
      build.one("Reshape", [op.input(0)], { shape: op.outputTypes[0]!.shape }),
  },
  toOnnx(site, [input], build) {
    const { shape } = site.results[0]!;
    const wanted = build.constant(
      { dtype: "int32", shape: [shape.length], data: Int32Array.from(shape) },
      "int64",
    );
    return build.add("Reshape", [build.asIs(input!), wanted], {}, site.results);
  },
});
