import { defineUnary } from "./elementwise.ts";

export const Sqrt = defineUnary({
  name: "Sqrt",
  doc: "y = √x",
  kernel: "sqrt",
  traits: ["monotone"],
  onnx: "Sqrt",
  tflite: "SQRT",
});
