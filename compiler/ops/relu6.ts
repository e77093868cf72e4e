import { clipToOnnx } from "./clip.ts";
import { defineUnary } from "./elementwise.ts";
import { rescaledWithin } from "./lookup.ts";

export const ReLU6 = defineUnary({
  name: "ReLU6",
  doc: "y = min(max(x, 0), 6)",
  kernel: "clip",
  numbers: [0, 6],
  accepts: "numbers",
  traits: ["monotone"],
  tflite: "RELU6",
  toOnnx: ({ results }, [input], build) => clipToOnnx(input!, 0, 6, results, build),
  tfliteIntegers: (site) => rescaledWithin(site, 0, 6),
});
