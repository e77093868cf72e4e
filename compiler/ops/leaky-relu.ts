import { defineUnary, numberAttribute } from "./elementwise.ts";
import { rescaledBy } from "./lookup.ts";
import { scaleOf, zeroPointOf } from "./requantization.ts";

export const LeakyReLU = defineUnary({
  name: "LeakyReLU",
  doc: "y = x where x ≥ 0, alpha · x elsewhere",
  kernel: "leakyRelu",
  parameters: { alpha: numberAttribute(0.01, "the slope of the negative side") },
  onnx: "LeakyRelu",
  tflite: {
    LEAKY_RELU: (op, build) => build.one("LeakyReLU", [op.input(0)], { alpha: op.number("alpha") }),
  },
  /** @source TensorFlow Lite `reference_ops::QuantizeLeakyRelu`; the factors are float32 there. */
  tfliteIntegers({ operands: [x], results: [y], attributes }) {
    const alpha = Math.fround(attributes.alpha as number);
    const positive = rescaledBy(Math.fround(scaleOf(x!) / scaleOf(y!)));
    const slope = Math.fround(Math.fround(scaleOf(x!) * alpha) / scaleOf(y!));
    const negative = rescaledBy(slope);
    return (q) => {
      const steps = q - zeroPointOf(x!);
      return (steps >= 0 ? positive(steps) : negative(steps)) + zeroPointOf(y!);
    };
  },
});
