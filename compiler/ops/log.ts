import { defineUnary } from "./elementwise.ts";

export const Log = defineUnary({
  name: "Log",
  doc: "y = the natural logarithm of x",
  kernel: "mapLog",
  traits: ["monotone"],
  onnx: "Log",
  tflite: "LOG",
});
