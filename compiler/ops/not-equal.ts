import { defineBinary, writeElementwise } from "./elementwise.ts";

export const NotEqual = defineBinary({
  name: "NotEqual",
  doc: "y = a ≠ b",
  kernel: "notEqual",
  dtype: "bool",
  traits: ["commutative"],
  tflite: "NOT_EQUAL",
  toOnnx({ results }, operands, build) {
    const [same] = writeElementwise("Equal", operands, results, build);
    return build.add("Not", [same], {}, results, same!.layout);
  },
});
