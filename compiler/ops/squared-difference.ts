import { defineBinary, writeElementwise } from "./elementwise.ts";

export const SquaredDifference = defineBinary({
  name: "SquaredDifference",
  doc: "y = (a − b)²",
  kernel: "squaredDifference",
  traits: ["commutative"],
  tflite: "SQUARED_DIFFERENCE",
  toOnnx({ results }, operands, build) {
    const [difference] = writeElementwise("Sub", operands, results, build);
    return build.add("Mul", [difference, difference], {}, results, difference!.layout);
  },
});
