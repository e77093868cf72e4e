import { defineBinary } from "./elementwise.ts";

export const Divide = defineBinary({
  name: "Divide",
  doc: "y = a / b; integers are rounded towards zero",
  kernel: "divide",
  integerKernel: "divideInteger",
  onnx: "Div",
  tflite: "DIV",
});
