import { conv2d, conv2dInteger } from "./conv-2d.ts";
import { copy } from "./copy.ts";
import { dequantize, quantize } from "./quantize.ts";
import { relu } from "./relu.ts";

/** Every reference kernel, by the name that emitted programs call it. An explicit list: nothing registers itself. */
export const kernels = {
  conv2d,
  conv2dInteger,
  copy,
  dequantize,
  quantize,
  relu,
};
