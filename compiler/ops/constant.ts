import type { Tensor } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";

export const Constant = defineOp({
  name: "Constant",
  doc: "a tensor that is known at compile time",
  operands: [],
  attributes: { value: { kind: "tensor", doc: "the tensor" } },
  traits: [],
  infer: (_, attributes) => {
    const { dtype, shape, quant } = attributes.value as Tensor;
    return [{ dtype, shape, ...(quant && { quant }) }];
  },
  lower: () => [],
  onnx: {
    Constant(node, build) {
      const value = node.tensor("value");
      if (value) return build.constant(value);
      return build.reject("a constant without a `value` tensor is not supported");
    },
  },
});
