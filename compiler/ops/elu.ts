import { defineUnary, numberAttribute } from "./elementwise.ts";

export const ELU = defineUnary({
  name: "ELU",
  doc: "y = x where x ≥ 0, alpha · (eˣ − 1) elsewhere",
  kernel: "elu",
  parameters: { alpha: numberAttribute(1, "minus the limit at −∞") },
  onnx: "Elu",
  tflite: "ELU",
});
