import { tensor } from "../ir/types.ts";
import { defineUnary } from "./elementwise.ts";

export const Swish = defineUnary({
  name: "Swish",
  doc: "y = x · sigmoid(x), also called SiLU",
  kernel: "swish",
  onnx: {
    Swish: (node, build) => build.one("Swish", [node.input(0)]),
    QuickGelu(node, build) {
      const alpha = build.constant(tensor("float32", [], [node.float("alpha", 1.702)]));
      const gate = build.one("Sigmoid", [build.one("Multiply", [node.input(0), alpha])]);
      return build.one("Multiply", [node.input(0), gate]);
    },
  },
  toOnnx(site, [input], build) {
    const { layout } = input!;
    const [gate] = build.add("Sigmoid", [input], {}, site.results, layout);
    return build.add("Mul", [input, gate], {}, site.results, layout);
  },
});
