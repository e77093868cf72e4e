import { InferenceError } from "../ir/op.ts";
import { sameQuant, sameShape, sizeOf, tensor } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { asInt64 } from "./elementwise.ts";
import { constant, operand, result } from "./requantization.ts";

export const ScatterND = defineOp({
  name: "ScatterND",
  doc: "the input with slices replaced: y = x, then y[indices[j, 0], indices[j, 1], …] = updates[j]",
  operands: [
    { name: "input", role: "activation" },
    { name: "indices", role: "parameter" },
    { name: "updates", role: "activation" },
  ],
  attributes: {},
  traits: [],
  infer([input, indices, updates]) {
    const depth = indices!.shape.at(-1) ?? 0;
    const slices = [...indices!.shape.slice(0, -1), ...input!.shape.slice(depth)];
    if (depth > input!.shape.length || !sameShape(updates!.shape, slices))
      throw new InferenceError(`\`updates\` [${updates!.shape}] must be of shape [${slices}]`);
    if (input!.dtype !== updates!.dtype || !sameQuant(input!.quant, updates!.quant))
      throw new InferenceError("operands `input` and `updates` are of different types");
    return [input!];
  },
  lower({ operands: [x, indices] }) {
    const depth = indices!.shape.at(-1)!;
    return [
      {
        kernel: "scatterND",
        arguments: [
          operand(0),
          operand(1),
          operand(2),
          result(),
          sizeOf(x!.shape),
          sizeOf(indices!.shape.slice(0, -1)),
          depth,
          sizeOf(x!.shape.slice(depth)),
          constant(tensor("int32", [depth], x!.shape.slice(0, depth))),
        ],
      },
    ];
  },
  onnx: {
    ScatterND(node, build) {
      const reduction = node.string("reduction", "none");
      if (reduction !== "none") return build.reject(`reduction \`${reduction}\` is not supported`);
      return build.one("ScatterND", [node.input(0), node.input(1), node.input(2)]);
    },
  },
  tflite: {
    SCATTER_ND(op, build) {
      const [indices, updates] = [op.input(0), op.input(1)];
      const zero = build.constant(tensor(updates.type.dtype, [], [0]));
      const zeros = build.one("Expand", [zero], {
        shape: [...op.constantInput(2, "shape")!.data],
      });
      return build.one("ScatterND", [zeros, indices, updates]);
    },
  },
  toOnnx({ results }, [input, indices, updates], build) {
    const operands = [build.asIs(input!), asInt64(build, indices!), build.asIs(updates!)];
    return build.add("ScatterND", operands, {}, results);
  },
});
