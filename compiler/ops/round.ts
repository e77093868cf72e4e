import { defineUnary } from "./elementwise.ts";

export const Round = defineUnary({
  name: "Round",
  doc: "y = the integer nearest to x, ties to even",
  kernel: "round",
  accepts: "numbers",
  traits: ["monotone"],
  onnx: "Round",
  tflite: "ROUND",
});
