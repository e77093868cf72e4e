import { defineBinary } from "./elementwise.ts";

export const Equal = defineBinary({
  name: "Equal",
  doc: "y = (a = b)",
  kernel: "equal",
  dtype: "bool",
  traits: ["commutative"],
  onnx: "Equal",
  tflite: "EQUAL",
});
