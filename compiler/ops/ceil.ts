import { defineUnary } from "./elementwise.ts";

export const Ceil = defineUnary({
  name: "Ceil",
  doc: "y = ⌈x⌉",
  kernel: "ceil",
  accepts: "numbers",
  traits: ["monotone"],
  onnx: "Ceil",
  tflite: "CEIL",
});
