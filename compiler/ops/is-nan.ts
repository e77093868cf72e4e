import { sizeOf } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { checkReal, elementwiseToOnnx } from "./elementwise.ts";
import { operand, result } from "./requantization.ts";

export const IsNaN = defineOp({
  name: "IsNaN",
  doc: "y = whether x is not a number",
  operands: [{ name: "input", role: "parameter" }],
  attributes: {},
  traits: ["elementwise"],
  infer: ([input]) => [{ dtype: "bool", shape: checkReal(input!, "input").shape }],
  lower: ({ results: [y] }) => [
    { kernel: "isNotANumber", arguments: [operand(0), result(), sizeOf(y!.shape)] },
  ],
  onnx: { IsNaN: (node, build) => build.one("IsNaN", [node.input(0)]) },
  toOnnx: elementwiseToOnnx("IsNaN"),
});
