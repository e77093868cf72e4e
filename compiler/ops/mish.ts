import { defineUnary } from "./elementwise.ts";

export const Mish = defineUnary({
  name: "Mish",
  doc: "y = x · tanh(log(1 + eˣ))",
  kernel: "mish",
  onnx: { Mish: (node, build) => build.one("Mish", [node.input(0)]) },
  toOnnx(site, [input], build) {
    const { layout } = input!;
    const [soft] = build.add("Softplus", [input], {}, site.results, layout);
    const [gate] = build.add("Tanh", [soft], {}, site.results, layout);
    return build.add("Mul", [input, gate], {}, site.results, layout);
  },
});
