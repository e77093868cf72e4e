import type { Attributes } from "../ir/graph.ts";
import type { KernelCall } from "../ir/op.ts";
import { type DType, type QuantizedDType, quantRange, sizeOf } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { checkReal, elementwiseToOnnx } from "./elementwise.ts";
import { dtypeOfOnnx, onnxTypeOf } from "./onnx-types.ts";
import { operand, result } from "./requantization.ts";

/** ONNX's number for float16. */
const onnxHalf = 10;

function call(from: DType, to: DType, length: number): KernelCall {
  const values = [operand(0), result(), length];
  if (to === "bool") return { kernel: "isNonZero", arguments: values };
  if (from !== "float32" || to === "float32") return { kernel: "convert", arguments: values };
  return { kernel: "truncate", arguments: [...values, ...quantRange[to as QuantizedDType]] };
}

export const Cast = defineOp({
  name: "Cast",
  doc: "the same values as another dtype; float32 becomes integers towards zero, saturating, and bool is x ≠ 0",
  operands: [{ name: "input", role: "parameter" }],
  attributes: { to: { kind: "dtype", doc: "the dtype of the result" } },
  traits: ["elementwise"],
  infer: ([input], { to }: Attributes) => [
    { dtype: to as DType, shape: checkReal(input!, "input", "numbers").shape },
  ],
  lower: ({ operands: [x], results: [y] }) => [call(x!.dtype, y!.dtype, sizeOf(y!.shape))],
  onnx: {
    Cast(node, build) {
      const [input, to] = [node.input(0), dtypeOfOnnx(node.int("to", 0))];
      if (to === undefined)
        return build.reject(`element type ${node.int("to", 0)} is not supported`);
      if (node.int("to", 0) === onnxHalf && input.type.dtype === "float32")
        return build.one("RoundToHalf", [input]);
      return input.type.dtype === to ? input : build.one("Cast", [input], { to });
    },
    CastLike(node, build) {
      const [input, to] = [node.input(0), node.input(1).type.dtype];
      return input.type.dtype === to ? input : build.one("Cast", [input], { to });
    },
  },
  tflite: {
    CAST(op, build) {
      const [input, to] = [op.input(0), op.outputTypes[0]!.dtype];
      return input.type.dtype === to ? input : build.one("Cast", [input], { to });
    },
  },
  toOnnx: elementwiseToOnnx("Cast", ({ to }) => ({ to: onnxTypeOf(to as DType) })),
});
