import { defineUnary } from "./elementwise.ts";

export const Swish = defineUnary({
  name: "Swish",
  doc: "y = x · sigmoid(x), also called SiLU",
  kernel: "swish",
  onnx: { Swish: (node, build) => build.one("Swish", [node.input(0)]) },
  toOnnx(site, [input], build) {
    const { layout } = input!;
    const [gate] = build.add("Sigmoid", [input], {}, site.results, layout);
    return build.add("Mul", [input, gate], {}, site.results, layout);
  },
});
