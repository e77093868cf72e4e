import { defineUnary } from "./elementwise.ts";

export const Sigmoid = defineUnary({
  name: "Sigmoid",
  doc: "y = 1 / (1 + e⁻ˣ)",
  kernel: "mapSigmoid",
  traits: ["monotone"],
  onnx: "Sigmoid",
  tflite: "LOGISTIC",
});
