import { defineUnary, numberAttribute } from "./elementwise.ts";

export const CELU = defineUnary({
  name: "CELU",
  doc: "y = x where x ≥ 0, alpha · (e^(x / alpha) − 1) elsewhere",
  kernel: "celu",
  parameters: { alpha: numberAttribute(1, "minus the limit at −∞") },
  onnx: "Celu",
});
