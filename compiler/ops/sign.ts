import { defineUnary } from "./elementwise.ts";

export const Sign = defineUnary({
  name: "Sign",
  doc: "y = −1, 0 or 1 as x is negative, 0 or positive",
  kernel: "sign",
  accepts: "numbers",
  traits: ["monotone"],
  onnx: "Sign",
  tflite: "SIGN",
});
