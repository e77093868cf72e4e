import { defineUnary, numberAttribute } from "./elementwise.ts";

export const HardSigmoid = defineUnary({
  name: "HardSigmoid",
  doc: "y = min(max(alpha · x + beta, 0), 1)",
  kernel: "hardSigmoid",
  parameters: {
    alpha: numberAttribute(0.2, "the slope"),
    beta: numberAttribute(0.5, "the value at 0"),
  },
  onnx: "HardSigmoid",
});
