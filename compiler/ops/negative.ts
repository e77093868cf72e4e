import { defineUnary } from "./elementwise.ts";

export const Negative = defineUnary({
  name: "Negative",
  doc: "y = −x",
  kernel: "negative",
  accepts: "numbers",
  onnx: "Neg",
  tflite: "NEG",
});
