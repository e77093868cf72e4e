import type { Site } from "../ir/op.ts";
import { tensor } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { checkReal, int64 } from "./elementwise.ts";
import { operand, result } from "./requantization.ts";
import { axisAttribute, lines } from "./softmax.ts";
import { axisOf } from "./views.ts";

export const L2Normalize = defineOp({
  name: "L2Normalize",
  doc: "y = x / max(√Σ x², epsilon) along `axis`",
  operands: [{ name: "input", role: "activation" }],
  attributes: {
    axis: axisAttribute,
    epsilon: { kind: "number", default: 1e-6, doc: "the least length that is divided by" },
  },
  traits: [],
  infer([input], { axis }) {
    axisOf(axis as number, input!.shape.length);
    return [{ dtype: checkReal(input!, "input").dtype, shape: input!.shape }];
  },
  lower: (site: Site) => [
    {
      kernel: "l2Normalize",
      arguments: [
        operand(0),
        result(),
        ...lines(site),
        Math.fround(site.attributes.epsilon as number),
      ],
    },
  ],
  onnx: {
    LpNormalization(node, build) {
      if (node.int("p", 2) !== 2) return build.reject("only the norm of p = 2 is supported");
      return build.one("L2Normalize", [node.input(0)], {
        axis: node.int("axis", -1),
        epsilon: 1e-12,
      });
    },
  },
  tflite: { L2_NORMALIZATION: (op, build) => build.one("L2Normalize", [op.input(0)]) },
  toOnnx(site, [input], build) {
    const x = build.asIs(input!);
    const axis = axisOf(site.attributes.axis as number, x.type.shape.length);
    const shape = x.type.shape.map((size, i) => (i === axis ? 1 : size));
    const line = [{ dtype: "float32", shape }] as const;
    const [squares] = build.add("Mul", [x, x], {}, [x.type]);
    const [sum] = build.add("ReduceSum", [squares, int64(build, [axis])], {}, line);
    const [norm] = build.add("Sqrt", [sum], {}, line);
    const least = build.constant(tensor("float32", [], [site.attributes.epsilon as number]));
    const [divisor] = build.add("Max", [norm, least], {}, line);
    return build.add("Div", [x, divisor], {}, site.results);
  },
});
