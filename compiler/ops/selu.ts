import { defineUnary, numberAttribute } from "./elementwise.ts";

export const SELU = defineUnary({
  name: "SELU",
  doc: "y = gamma · x where x ≥ 0, gamma · alpha · (eˣ − 1) elsewhere",
  kernel: "selu",
  parameters: {
    alpha: numberAttribute(1.6732631921768188, "minus the limit at −∞, before gamma"),
    gamma: numberAttribute(1.0507010221481323, "the slope of the positive side"),
  },
  onnx: "Selu",
});
