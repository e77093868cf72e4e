import { defineBinary } from "./elementwise.ts";

export const And = defineBinary({
  name: "And",
  doc: "y = a and b",
  kernel: "and",
  accepts: "booleans",
  traits: ["commutative"],
  onnx: "And",
  tflite: "LOGICAL_AND",
});
