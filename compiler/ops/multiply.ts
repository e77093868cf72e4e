import { multiplyIntegers } from "./binary-integers.ts";
import { defineBinary } from "./elementwise.ts";

export const Multiply = defineBinary({
  name: "Multiply",
  doc: "y = a · b",
  kernel: "multiply",
  int32Kernel: "multiplyInt32",
  traits: ["commutative"],
  onnx: "Mul",
  tflite: "MUL",
  lowerInteger: multiplyIntegers,
});
