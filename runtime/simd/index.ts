// Every SIMD kernel, by the name that emitted programs call it: the names of `runtime/reference/index.ts`.
export { relu } from "./relu";
export { resample } from "./resize";
export { decodeBoxes, detectByBox, detectByClass } from "./detection";
export { gru, lstm, rnn } from "./recurrent";
export { conv2d, conv2dPacked } from "./conv-2d-float";
export { conv2dTranspose, conv2dTransposePacked } from "./conv-2d-transpose-float";
export { dense, densePacked } from "./dense-float";
export { depthwiseConv2d } from "./depthwise-conv-2d-float";
export { dynamicQuantize, dynamicScale } from "./dynamic";
export { matMul } from "./mat-mul-float";
export {
  celu,
  elu,
  gelu,
  geluTanh,
  mapCos,
  mapErf,
  mapExp,
  mapLog,
  mapSigmoid,
  mapSin,
  mapSoftplus,
  mapTan,
  mapTanh,
  mish,
  power,
  selu,
  swish,
} from "./activation";
export {
  abs,
  ceil,
  clip,
  floor,
  hardSigmoid,
  hardSwish,
  isNotANumber,
  leakyRelu,
  negative,
  not,
  reciprocal,
  round,
  rsqrt,
  sign,
  softsign,
  sqrt,
  square,
  thresholdedRelu,
} from "./unary";
export { averagePool2dInteger, averagePool2dReal } from "./average-pool-2d";
export { globalAveragePool2dInteger, globalMaxPool2d } from "./global-pool-2d";
export { maxPool2d, maxPool2dIndices } from "./max-pool-2d";
export { conv2dTransposeInteger } from "./conv-2d-transpose-integer";
export {
  add,
  and,
  divide,
  divideInteger,
  equal,
  floorDivide,
  floorDivideInteger,
  floorModulo,
  less,
  lessEqual,
  maximum,
  minimum,
  multiply,
  multiplyInt32,
  notEqual,
  or,
  prelu,
  select,
  squaredDifference,
  subtract,
  truncatedModulo,
  xor,
} from "./binary";
export { convert, isNonZero, roundToHalf, truncate } from "./convert";
export { copy } from "./copy";
export { gather, gatherBatched, gatherElements, gatherND, oneHot, scatterND } from "./gather";
export { pad, trilu } from "./pad";
export { copyBlocks, strided } from "./strided";
export {
  addFixed,
  addReal,
  multiplyFixed,
  multiplyReal,
  preluInteger,
  reduceSumQuantized,
} from "./binary-integer";
export { lookup } from "./lookup";
export { dequantize, quantize } from "./quantize";
export { rescale } from "./rescale";
export { interpolateInteger, resizeBilinearInteger } from "./resize-integer";
export { softmaxFixedPoint, softmaxTable } from "./softmax-integer";
export { localResponseNorm } from "./local-response-norm";
export { batchNorm, groupNorm, l2Normalize, layerNorm } from "./normalize";
export { averagePool2d, globalAveragePool2d } from "./pool-float";
export {
  argMax,
  argMin,
  cumSum,
  reduceMax,
  reduceMean,
  reduceMin,
  reduceProd,
  reduceProdInteger,
  reduceSum,
  reduceSumInteger,
  topK,
} from "./reduce";
export { logSoftmax, softmax } from "./softmax-float";
export { depthwiseConv2dInteger } from "./depthwise-conv-2d";
export { conv2dInteger } from "./conv-2d";
export { denseInteger } from "./dense";
export { matMulInteger } from "./mat-mul";
export { preparePacked, setDotSigns } from "./packed-rows";
export { conv2dPackedInteger, densePackedInteger } from "./packed-layer";
export {
  conv2dPackedAddFixed,
  conv2dPackedAddReal,
  densePackedAddFixed,
  densePackedAddReal,
} from "./packed-addition";
export { depthwiseConv2dPackedInteger } from "./packed-depthwise";
