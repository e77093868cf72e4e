import { defineUnary } from "./elementwise.ts";
import { rescaledWithin } from "./lookup.ts";

export const ReLU = defineUnary({
  name: "ReLU",
  doc: "y = max(x, 0)",
  kernel: "relu",
  accepts: "numbers",
  traits: ["monotone"],
  onnx: "Relu",
  tflite: "RELU",
  tfliteIntegers: (site) => rescaledWithin(site, 0, Number.POSITIVE_INFINITY),
});
