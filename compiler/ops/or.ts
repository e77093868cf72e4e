import { defineBinary } from "./elementwise.ts";

export const Or = defineBinary({
  name: "Or",
  doc: "y = a or b",
  kernel: "or",
  accepts: "booleans",
  traits: ["commutative"],
  onnx: "Or",
  tflite: "LOGICAL_OR",
});
