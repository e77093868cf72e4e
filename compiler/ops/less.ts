import { defineBinary, elementwiseToOnnx } from "./elementwise.ts";

export const Less = defineBinary({
  name: "Less",
  doc: "y = a < b",
  kernel: "less",
  dtype: "bool",
  onnx: {
    Less: (node, build) => build.one("Less", [node.input(0), node.input(1)]),
    Greater: (node, build) => build.one("Less", [node.input(1), node.input(0)]),
  },
  tflite: {
    LESS: (op, build) => build.one("Less", [op.input(0), op.input(1)]),
    GREATER: (op, build) => build.one("Less", [op.input(1), op.input(0)]),
  },
  toOnnx: elementwiseToOnnx("Less"),
});
