import { sizeOf } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { checkReal, elementwiseToOnnx } from "./elementwise.ts";
import { operand, result } from "./requantization.ts";

export const Not = defineOp({
  name: "Not",
  doc: "y = not x",
  operands: [{ name: "input", role: "parameter" }],
  attributes: {},
  traits: ["elementwise"],
  infer: ([input]) => [checkReal(input!, "input", "booleans")],
  lower: ({ results: [y] }) => [
    { kernel: "not", arguments: [operand(0), result(), sizeOf(y!.shape)] },
  ],
  onnx: { Not: (node, build) => build.one("Not", [node.input(0)]) },
  tflite: { LOGICAL_NOT: (op, build) => build.one("Not", [op.input(0)]) },
  toOnnx: elementwiseToOnnx("Not"),
});
