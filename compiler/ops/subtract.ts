import { addIntegers } from "./binary-integers.ts";
import { defineBinary } from "./elementwise.ts";

export const Subtract = defineBinary({
  name: "Subtract",
  doc: "y = a − b",
  kernel: "subtract",
  onnx: "Sub",
  tflite: "SUB",
  lowerInteger: (site) => addIntegers(site, -1),
});
