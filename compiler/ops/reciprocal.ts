import { defineUnary } from "./elementwise.ts";

export const Reciprocal = defineUnary({
  name: "Reciprocal",
  doc: "y = 1 / x",
  kernel: "reciprocal",
  onnx: "Reciprocal",
});
