import { defineUnary } from "./elementwise.ts";

export const Tanh = defineUnary({
  name: "Tanh",
  doc: "y = (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)",
  kernel: "mapTanh",
  traits: ["monotone"],
  onnx: "Tanh",
  tflite: "TANH",
});
