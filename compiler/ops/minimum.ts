import { sameParameters } from "./binary-integers.ts";
import { defineBinary, elementwiseToOnnx, variadic } from "./elementwise.ts";

export const Minimum = defineBinary({
  name: "Minimum",
  doc: "y = min(a, b)",
  kernel: "minimum",
  traits: ["commutative"],
  onnx: { Min: variadic("Minimum") },
  tflite: "MINIMUM",
  toOnnx: elementwiseToOnnx("Min"),
  lowerInteger: (site) => sameParameters(site, "minimum"),
});
