// Every SIMD kernel, by the name that emitted programs call it: the names of `runtime/reference/index.ts`.
export { relu } from "./relu";
export { resample } from "./resize";
export { decodeBoxes, detectByBox, detectByClass } from "./detection";
export { gru, lstm, rnn } from "./recurrent";
export { conv2d, conv2dPacked } from "./conv-2d-float";
export { conv2dTranspose, conv2dTransposePacked } from "./conv-2d-transpose-float";
export { dense, densePacked } from "./dense-float";
export { depthwiseConv2d } from "./depthwise-conv-2d-float";
export { matMul } from "./mat-mul-float";
