import { defineUnary } from "./elementwise.ts";

export const Softplus = defineUnary({
  name: "Softplus",
  doc: "y = log(1 + eˣ)",
  kernel: "mapSoftplus",
  traits: ["monotone"],
  onnx: "Softplus",
});
