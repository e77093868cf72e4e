import { defineUnary } from "./elementwise.ts";

export const Floor = defineUnary({
  name: "Floor",
  doc: "y = ⌊x⌋",
  kernel: "floor",
  accepts: "numbers",
  traits: ["monotone"],
  onnx: "Floor",
  tflite: "FLOOR",
});
