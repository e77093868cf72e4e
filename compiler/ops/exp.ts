import { defineUnary } from "./elementwise.ts";

export const Exp = defineUnary({
  name: "Exp",
  doc: "y = eˣ",
  kernel: "mapExp",
  traits: ["monotone"],
  onnx: "Exp",
  tflite: "EXP",
});
