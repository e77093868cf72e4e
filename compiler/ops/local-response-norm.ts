import { InferenceError } from "../ir/op.ts";
import { sizeOf } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { checkReal } from "./elementwise.ts";
import { operand, result } from "./requantization.ts";
import { toChannelFirst, toChannelLast } from "./spatial.ts";

export const LocalResponseNorm = defineOp({
  name: "LocalResponseNorm",
  doc: "y[…, c] = x[…, c] / (bias + alpha · Σ x[…, j]²)^beta over the channels j from c − before to c + after",
  operands: [{ name: "input", role: "activation" }],
  attributes: {
    before: { kind: "number", doc: "number of channels before the own one" },
    after: { kind: "number", doc: "number of channels behind the own one" },
    bias: { kind: "number", default: 1, doc: "added to the sum" },
    alpha: { kind: "number", default: 1, doc: "factor of each square" },
    beta: { kind: "number", default: 0.5, doc: "the exponent" },
  },
  traits: [],
  infer([input]) {
    const { dtype, shape } = checkReal(input!, "input");
    if (shape.length === 0) throw new InferenceError("operand `input` has no channels");
    return [{ dtype, shape }];
  },
  lower({ operands: [x], attributes }) {
    const channels = x!.shape.at(-1)!;
    const numbers = ["before", "after", "bias", "alpha", "beta"].map((name) =>
      Math.fround(attributes[name] as number),
    );
    return [
      {
        kernel: "localResponseNorm",
        arguments: [operand(0), result(), sizeOf(x!.shape) / channels, channels, ...numbers],
      },
    ];
  },
  onnx: {
    LRN(node, build) {
      const size = node.int("size", 1);
      const y = build.one("LocalResponseNorm", [toChannelLast(build, node.input(0))], {
        before: Math.floor((size - 1) / 2),
        after: Math.ceil((size - 1) / 2),
        bias: node.float("bias", 1),
        alpha: node.float("alpha", 1e-4) / size,
        beta: node.float("beta", 0.75),
      });
      return toChannelFirst(build, y);
    },
  },
  tflite: {
    LOCAL_RESPONSE_NORMALIZATION: (op, build) =>
      build.one("LocalResponseNorm", [op.input(0)], {
        before: op.number("radius"),
        after: op.number("radius"),
        bias: op.number("bias"),
        alpha: op.number("alpha"),
        beta: op.number("beta"),
      }),
  },
  toOnnx(site, [input], build) {
    const { before, after, bias, alpha, beta } = site.attributes as Record<string, number>;
    const size = before! + after! + 1;
    return build.add(
      "LRN",
      [build.channelFirst(input!)],
      {
        size,
        bias: { float: bias! },
        alpha: { float: alpha! * size },
        beta: { float: beta! },
      },
      site.results,
      "channelFirst",
    );
  },
});
