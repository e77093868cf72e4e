import { defineUnary } from "./elementwise.ts";

export const Sin = defineUnary({
  name: "Sin",
  doc: "y = sin x",
  kernel: "mapSin",
  onnx: "Sin",
  tflite: "SIN",
});
