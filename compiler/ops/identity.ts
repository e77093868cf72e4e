import { sizeOf, tensor } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { operand, result } from "./requantization.ts";

export const Identity = defineOp({
  name: "Identity",
  doc: "y = x",
  operands: [{ name: "input", role: "activation" }],
  attributes: {},
  traits: ["elementwise", "movement", "monotone", "inference-identity"],
  infer: ([input]) => [input!],
  lower: ({ results: [y] }) => [
    { kernel: "copy", arguments: [operand(0), result(), sizeOf(y!.shape)] },
  ],
  onnx: {
    Identity: (node) => node.input(0),
    /** At inference time nothing is dropped: the mask is all true. */
    Dropout(node, build) {
      const input = node.input(0);
      const training = node.inputs[2]?.constant?.data[0];
      if (training) return build.reject("it is in training mode");
      const yes = build.constant(tensor("bool", [], [1]));
      return node.outputNames.length > 1
        ? [input, build.one("Expand", [yes], { shape: input.type.shape })]
        : input;
    },
  },
  toOnnx: ({ results }, [input], build) =>
    build.add("Identity", [input], {}, results, input!.layout),
});
