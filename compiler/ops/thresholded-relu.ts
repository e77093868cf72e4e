import { defineUnary, numberAttribute } from "./elementwise.ts";

export const ThresholdedReLU = defineUnary({
  name: "ThresholdedReLU",
  doc: "y = x where x > alpha, 0 elsewhere",
  kernel: "thresholdedRelu",
  parameters: { alpha: numberAttribute(1, "the threshold") },
  onnx: "ThresholdedRelu",
});
