/** Element types as the kernels' sources call them. */
export type Element = "f32" | "i8" | "u8" | "i16" | "u16" | "i32";

type Types = readonly Element[];

const real: Types = ["f32"];
const reals = [real];
const numbers: readonly Types[] = [["f32"], ["i32"]];
/** Types of quantized activations. */
const quantized: readonly Types[] = [["i8"], ["u8"], ["i16"]];
const anything: readonly Types[] = [...numbers, ...quantized];
/** Elements of tables, and what they are looked up with. */
const indexed = anything.map((types): Types => [...types, "i32"]);
/** From one quantized type to any. */
const pairs = quantized.flatMap(([x]) => quantized.map(([y]): Types => [x!, y!]));
const bytePairs = pairs.filter((types) => !types.includes("i16"));
/** Two operands and a result of one type. */
const alike = quantized.map(([x]): Types => [x!, x!, x!]);
/** An operand, slopes of as many bits or of 16, and a result. */
const slopes = quantized.flatMap(([x]) =>
  [...new Set([x!, "i16" as const])].map((slope): Types => [x!, slope, x!]),
);
/** What multiplies sums: real numbers, or fixed-point ones. */
const multipliers: Types = ["f32", "i32"];
const bytesByBytes = [
  ["i8", "i8"],
  ["u8", "i8"],
  ["u8", "u8"],
] as const;
/** Activations, weights, multipliers, result: as the activations, or the sums as they are. */
const products = [
  ...[...bytesByBytes, ["i16", "i8"] as const].flatMap(([x, w]) =>
    multipliers.map((m): Types => [x, w, m, x]),
  ),
  ...bytesByBytes.map(([x, w]): Types => [x, w, "f32", "i32"]),
];
/** Activations and result of packed layers. */
const packed: readonly Types[] = [...bytePairs, ["i8", "i32"], ["u8", "i32"]];
/** Of two activations, also where one is a constant. */
const activationProducts = [
  ...products,
  ...multipliers.map((m): Types => ["i16", "i16", m, "i16"]),
];
/** Activations, sum, other operand, result. */
const packedAdditions: readonly Types[] = [
  ["i8", "i8", "i8", "i8"],
  ["u8", "u8", "u8", "u8"],
];

/**
 * The element types for which the package has a kernel ready that works on several, in the order of its type parameters: all that
 * float networks and networks of 8-bit and 16-bit activations use. Programs with a kernel on others are assembled.
 */
export const kernelInstances: Readonly<Record<string, readonly Types[]>> = {
  abs: numbers,
  add: numbers,
  addFixed: alike,
  addReal: alike,
  argMax: anything,
  argMin: anything,
  averagePool2dInteger: quantized,
  averagePool2dReal: pairs,
  ceil: reals,
  clip: anything,
  conv2dInteger: products,
  conv2dPackedAddFixed: packedAdditions,
  conv2dPackedAddReal: packedAdditions,
  conv2dPackedInteger: packed,
  conv2dTransposeInteger: products,
  convert: [
    ["f32", "i32"],
    ["f32", "u8"],
    ["i32", "f32"],
    ["i32", "u8"],
    ["u8", "f32"],
    ["u8", "i32"],
  ],
  copy: anything,
  copyBlocks: anything,
  cumSum: numbers,
  denseInteger: products,
  densePackedAddFixed: packedAdditions,
  densePackedAddReal: packedAdditions,
  densePackedInteger: packed,
  depthwiseConv2dInteger: products,
  depthwiseConv2dPackedInteger: packed,
  dequantize: [["i8"], ["u8"], ["i16"], ["i32"]],
  divideInteger: [["i32"]],
  equal: anything,
  floor: reals,
  floorDivideInteger: [["i32"]],
  floorModulo: numbers,
  gather: indexed,
  gatherBatched: indexed,
  gatherElements: indexed,
  gatherND: indexed,
  globalAveragePool2dInteger: pairs.flatMap(([x, y]) => multipliers.map((m): Types => [x!, m, y!])),
  globalMaxPool2d: [...reals, ...quantized],
  interpolateInteger: pairs,
  isNonZero: numbers,
  less: numbers,
  lessEqual: numbers,
  lookup: pairs,
  matMulInteger: activationProducts,
  maxPool2d: [...reals, ...quantized],
  maxPool2dIndices: reals,
  maximum: anything,
  minimum: anything,
  multiply: numbers,
  multiplyFixed: alike,
  multiplyReal: alike,
  negative: numbers,
  notEqual: anything,
  oneHot: [["i32", "f32"]],
  pad: anything,
  power: [["f32", "f32"]],
  preluInteger: slopes,
  quantize: quantized,
  reduceMax: anything,
  reduceMin: anything,
  reduceProdInteger: [["i32"]],
  reduceSumInteger: [["i32"]],
  reduceSumQuantized: pairs,
  rescale: pairs,
  resizeBilinearInteger: quantized,
  round: reals,
  scatterND: indexed,
  select: anything,
  sign: numbers,
  softmaxFixedPoint: pairs,
  softmaxTable: bytePairs,
  square: numbers,
  squaredDifference: numbers,
  strided: anything,
  subtract: numbers,
  topK: anything,
  trilu: numbers,
  truncate: [["i32"]],
  truncatedModulo: numbers,
};
