import { defineUnary } from "./elementwise.ts";

export const Cos = defineUnary({
  name: "Cos",
  doc: "y = cos x",
  kernel: "mapCos",
  onnx: "Cos",
  tflite: "COS",
});
