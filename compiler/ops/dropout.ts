import type { ImportedValue } from "../ir/op.ts";
import { sizeOf, tensor } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { operand, result } from "./requantization.ts";

export const Dropout = defineOp({
  name: "Dropout",
  doc: "y = x; while training, it set elements to 0 at random",
  operands: [{ name: "input", role: "activation" }],
  attributes: {},
  traits: ["movement", "inference-identity"],
  infer: ([input]) => [input!],
  lower: ({ results: [y] }) => [
    { kernel: "copy", arguments: [operand(0), result(), sizeOf(y!.shape)] },
  ],
  onnx: {
    Dropout(node, build): readonly ImportedValue[] {
      const training = node.inputs[2] && node.constantInput(2, "training_mode")!.data[0] !== 0;
      if (training && node.inputs[1]?.constant?.data[0] !== 0)
        return build.reject("dropout while training (`training_mode`) is not supported");
      const x = node.input(0);
      const y = build.one("Dropout", [x]);
      if (!node.outputNames[1]) return [y];
      const { shape } = x.type;
      const kept = new Uint8Array(sizeOf(shape)).fill(1);
      return [y, build.constant(tensor("bool", shape, kept))];
    },
    Identity: (node) => node.input(0),
  },
  toOnnx: (_, [input]) => input!,
});
