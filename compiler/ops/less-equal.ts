import { defineBinary, elementwiseToOnnx } from "./elementwise.ts";

export const LessEqual = defineBinary({
  name: "LessEqual",
  doc: "y = a ≤ b",
  kernel: "lessEqual",
  dtype: "bool",
  onnx: {
    LessOrEqual: (node, build) => build.one("LessEqual", [node.input(0), node.input(1)]),
    GreaterOrEqual: (node, build) => build.one("LessEqual", [node.input(1), node.input(0)]),
  },
  tflite: {
    LESS_EQUAL: (op, build) => build.one("LessEqual", [op.input(0), op.input(1)]),
    GREATER_EQUAL: (op, build) => build.one("LessEqual", [op.input(1), op.input(0)]),
  },
  toOnnx: elementwiseToOnnx("LessOrEqual"),
});
