import { defineUnary, writeElementwise } from "./elementwise.ts";

export const Square = defineUnary({
  name: "Square",
  doc: "y = x²",
  kernel: "square",
  tflite: "SQUARE",
  toOnnx: (site, [input], build) => writeElementwise("Mul", [input, input], site.results, build),
});
