import { defineUnary } from "./elementwise.ts";

export const Tan = defineUnary({
  name: "Tan",
  doc: "y = tan x",
  kernel: "mapTan",
  onnx: "Tan",
});
