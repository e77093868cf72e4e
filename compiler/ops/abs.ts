import { defineUnary } from "./elementwise.ts";
import { rescaledBy } from "./lookup.ts";
import { scaleOf, zeroPointOf } from "./requantization.ts";

export const Abs = defineUnary({
  name: "Abs",
  doc: "y = |x|",
  kernel: "abs",
  accepts: "numbers",
  onnx: "Abs",
  tflite: "ABS",
  /** @source TensorFlow Lite `kernels/elementwise.cc`: the magnitude in steps of the input, rescaled. */
  tfliteIntegers({ operands: [x], results: [y] }) {
    const rescaled = rescaledBy(Math.fround(scaleOf(x!) / scaleOf(y!)));
    return (q) => rescaled(Math.abs(q - zeroPointOf(x!))) + zeroPointOf(y!);
  },
});
