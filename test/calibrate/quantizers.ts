import type { Quantizer } from "../../compiler/ir/quantizer.ts";

/** An affine int8 quantizer per tensor, with changes. */
export function quantizer(changes: Partial<Quantizer> = {}): Quantizer {
  return {
    observer: "AllValues",
    dtype: "int8",
    per: "tensor",
    symmetric: false,
    narrow: false,
    powerOfTwo: false,
    ...changes,
  };
}
