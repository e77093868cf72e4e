import type { DType } from "../ir/types.ts";

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

/** The number of ONNX's element type for a dtype. */
export function onnxTypeOf(dtype: DType): number {
  return Number(Object.keys(onnxTypes).find((code) => onnxTypes[Number(code)] === dtype));
}

/** The dtype for a number of ONNX's; `undefined` for one that graphs have nothing for. */
export function dtypeOfOnnx(code: number): DType | undefined {
  return onnxTypes[code];
}
