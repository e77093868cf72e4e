import { sameParameters } from "./binary-integers.ts";
import { defineBinary, elementwiseToOnnx, variadic } from "./elementwise.ts";

export const Maximum = defineBinary({
  name: "Maximum",
  doc: "y = max(a, b)",
  kernel: "maximum",
  traits: ["commutative"],
  onnx: { Max: variadic("Maximum") },
  tflite: "MAXIMUM",
  toOnnx: elementwiseToOnnx("Max"),
  lowerInteger: (site) => sameParameters(site, "maximum"),
});
