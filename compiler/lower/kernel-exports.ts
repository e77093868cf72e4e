import type { DType } from "../ir/types.ts";

/** Views of memory by element type: 4-bit and boolean elements take a byte each. */
export function viewOf(dtype: DType): Exclude<DType, "bool" | "int4" | "uint4"> {
  if (dtype === "bool" || dtype === "uint4") return "uint8";
  return dtype === "int4" ? "int8" : dtype;
}

/** The name under which a module of kernels has one of them for arrays of these types: `add__float32_float32_float32_int32`. */
export function kernelExport(kernel: string, arrays: readonly DType[]): string {
  return `${kernel}__${arrays.map(viewOf).join("_")}`;
}
