import { quantOf } from "../ir/infer.ts";
import { InferenceError, type KernelCall } from "../ir/op.ts";
import type { QuantizedDType } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { requantizeCalls } from "./lookup.ts";
import { quantizeAttributes } from "./quantize.ts";
import { operand, result } from "./requantization.ts";

const { dtype, scale, zeroPoint } = quantizeAttributes;

export const Requantize = defineOp({
  name: "Requantize",
  doc: "the same reals in steps of another scale: y = saturate(round((q − zeroPoint) · scale / scale′) + zeroPoint′)",
  operands: [{ name: "input", role: "activation" }],
  attributes: { dtype, scale, zeroPoint },
  traits: ["elementwise"],
  infer([input], attributes) {
    const quant = quantOf(attributes);
    if (!input!.quant) throw new InferenceError("operand `input` has no quantization parameters");
    if (input!.quant.axis !== undefined || quant.axis !== undefined)
      throw new InferenceError("parameters per channel cannot be requantized");
    return [{ dtype: attributes.dtype as QuantizedDType, shape: input!.shape, quant }];
  },
  lower: ({ operands: [x], results: [y], requantize }): readonly KernelCall[] =>
    requantizeCalls(x!, y!, requantize, operand(0), result()),
});
