import { defineUnary } from "./elementwise.ts";

export const Softsign = defineUnary({
  name: "Softsign",
  doc: "y = x / (1 + |x|)",
  kernel: "softsign",
  traits: ["monotone"],
  onnx: "Softsign",
});
