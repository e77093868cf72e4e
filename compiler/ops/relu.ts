import { sizeOf } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { operand, result } from "./requantization.ts";

export const ReLU = defineOp({
  name: "ReLU",
  doc: "y = max(x, 0)",
  operands: [{ name: "input", role: "activation" }],
  attributes: {},
  traits: ["elementwise", "monotone"],
  infer: ([input]) => [{ dtype: input!.dtype, shape: input!.shape }],
  lower: ({ results: [y] }) => [
    { kernel: "relu", arguments: [operand(0), result(), sizeOf(y!.shape)] },
  ],
  onnx: { Relu: (node, build) => build.one("ReLU", [node.input(0)]) },
  tflite: { RELU: (op, build) => build.one("ReLU", [op.input(0)]) },
  toOnnx: (site, [input], build) => build.add("Relu", [input], {}, site.results, input!.layout),
});
