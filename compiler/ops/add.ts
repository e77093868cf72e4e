import type { ImportedValue } from "../ir/op.ts";
import { tensor } from "../ir/types.ts";
import { addIntegers } from "./binary-integers.ts";
import { defineBinary, elementwiseToOnnx, fusedBinary, variadic } from "./elementwise.ts";

export const Add = defineBinary({
  name: "Add",
  doc: "y = a + b",
  kernel: "add",
  traits: ["commutative"],
  onnx: {
    Add: (node, build) => build.one("Add", [node.input(0), node.input(1)]),
    Sum: variadic("Add"),
    Mean(node, build) {
      const sum = variadic("Add")(node, build) as ImportedValue;
      const count = build.constant(tensor("float32", [], [node.inputs.length]));
      return node.inputs.length === 1 ? sum : build.one("Divide", [sum, count]);
    },
  },
  tflite: {
    ADD: fusedBinary("Add"),
    ADD_N: (op, build) =>
      op.inputs.map((_, i) => op.input(i)).reduce((sum, next) => build.one("Add", [sum, next])),
  },
  toOnnx: elementwiseToOnnx("Add"),
  lowerInteger: (site) => addIntegers(site, 1),
});
