import { defineUnary } from "./elementwise.ts";

/** Element types of ONNX that a cast names by number. */
const [floatType, halfType] = [1, 10];

export const RoundToHalf = defineUnary({
  name: "RoundToHalf",
  doc: "y = the float16 number nearest to x, ties to even",
  kernel: "roundToHalf",
  traits: ["monotone"],
  toOnnx(site, [input], build) {
    const { layout } = input!;
    const [half] = build.add("Cast", [input], { to: halfType }, site.results, layout);
    return build.add("Cast", [half], { to: floatType }, site.results, layout);
  },
});
