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
const bytes: Types = ["i8", "u8"];
const bytePairs = bytes.flatMap((x) => bytes.map((y): Types => [x, y]));
/** Two operands and a result, of at most two types. */
const operations = pairs.flatMap(([x, w]) =>
  quantized.map(([y]): Types => [x!, w!, y!]).filter((types) => new Set(types).size < 3),
);
/** An operand, slopes of as many bits or of 16, and a result. */
const slopes = pairs.flatMap(([x, y]) =>
  [...new Set([x!, "i16" as const])].map((slope): Types => [x!, slope, y!]),
);
/** What multiplies sums: real numbers, or fixed-point ones. */
const multipliers: Types = ["f32", "i32"];
/** Activations, weights, multipliers, result: with weights of either sign, of any types, or the sums as they are. */
const products = [
  ...pairs.flatMap(([x, y]) => multipliers.map((m): Types => [x!, "i8", m, y!])),
  ...bytePairs.map(([x, y]): Types => [x!, "u8", "f32", y!]),
  ["u8", "u8", "i32", "u8"] as const,
  ...bytePairs.map(([x, w]): Types => [x!, w!, "f32", "i32"]),
];
/** Activations and result of packed layers. */
const packed = bytes.flatMap((x) =>
  (["i8", "u8", "i16", "i32"] as const).map((y): Types => [x, y]),
);
/** Of two activations, also where one is a constant. */
const activationProducts = [
  ...products.filter(([x]) => x !== "i16"),
  ...operations
    .filter((types) => types[0] === "i16" || types[1] === "i16")
    .flatMap(([x, w, y]) => multipliers.map((m): Types => [x!, w!, m, y!])),
];
/** Activations, sum, other operand, result: what `fuseAdditions` joins. */
const packedAdditions = bytePairs.map(([x, y]): Types => [x!, y!, y!, y!]);

/**
 * The element types for which the package has a kernel ready that works on several, in the order of its type parameters: all that
 * float networks and networks of 8-bit and 16-bit activations use. Programs with a kernel on others are assembled.
 */
export const kernelInstances: Readonly<Record<string, readonly Types[]>> = {
  abs: numbers,
  add: numbers,
  addFixed: operations,
  addReal: operations,
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
  multiplyFixed: operations,
  multiplyReal: operations,
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
