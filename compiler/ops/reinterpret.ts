import { quantOf } from "../ir/infer.ts";
import { InferenceError } from "../ir/op.ts";
import { sizeOf, type TensorType } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { operand, result } from "./requantization.ts";

export const Reinterpret = defineOp({
  name: "Reinterpret",
  doc: "the same integers, taken to stand for other reals: scale · (q − zeroPoint), or for themselves without a scale",
  operands: [{ name: "input", role: "parameter" }],
  attributes: {
    scale: { kind: "numbers", default: undefined, doc: "size of one step, in reals" },
    zeroPoint: { kind: "numbers", default: undefined, doc: "the integer that stands for 0" },
    axis: { kind: "number", default: 0, doc: "the axis of per-channel parameters" },
  },
  traits: [],
  infer([input], attributes): readonly TensorType[] {
    const { dtype, shape } = input!;
    if (dtype === "float32" || dtype === "bool")
      throw new InferenceError(`operand \`input\` must hold integers, not ${dtype}`);
    if (attributes.scale === undefined) return [{ dtype, shape }];
    const quant = quantOf(attributes);
    if (quant.axis !== undefined && shape[quant.axis] !== quant.scale.length)
      throw new InferenceError(
        `${quant.scale.length} scales do not fit axis ${quant.axis} of [${shape}]`,
      );
    return [{ dtype, shape, quant }];
  },
  lower: ({ results: [y] }) => [
    { kernel: "copy", arguments: [operand(0), result(), sizeOf(y!.shape)] },
  ],
  toOnnx: (_, [input]) => input!,
});
