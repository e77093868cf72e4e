import type { Attributes } from "../ir/graph.ts";
import type { KernelCall } from "../ir/op.ts";
import { type DType, type QuantizedDType, quantRange, sizeOf } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { checkReal, elementwiseToOnnx } from "./elementwise.ts";
import { operand, result } from "./requantization.ts";

/** Element types by ONNX's numbers, with what graphs hold for those that they do not have. */
const onnxTypes: Readonly<Record<number, DType>> = {
  1: "float32",
  2: "uint8",
  3: "int8",
  4: "uint16",
  5: "int16",
  6: "int32",
  7: "int32",
  9: "bool",
  10: "float32",
  11: "float32",
  12: "int32",
  13: "int32",
  16: "float32",
  21: "uint4",
  22: "int4",
};

const onnxHalf = 10;

/** The number of ONNX's element type for a dtype. */
export function onnxTypeOf(dtype: DType): number {
  return Number(Object.keys(onnxTypes).find((code) => onnxTypes[Number(code)] === dtype));
}

/** The dtype for a number of ONNX's; `undefined` for one that graphs have nothing for. */
export function dtypeOfOnnx(code: number): DType | undefined {
  return onnxTypes[code];
}

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
