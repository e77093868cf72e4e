import type { WireType } from "../wire-types.ts";

/**
 * The TFLite file format as data: which tables there are, what their fields are called, and in which order, which is
 * their place in the vtable (the first field is in slot 0; a union takes two slots, its type and its value).
 * @source TensorFlow Lite `schema.fbs`, version 3c.
 */

/** The kind of a field of one number, with the default that the schema gives it. */
export interface ScalarField {
  readonly kind: "byte" | "bool" | "int" | "uint" | "float" | "long";
  readonly default: number;
}

/** The kind of a field that is a vector of numbers. */
export interface VectorField {
  readonly kind: "ints" | "longs" | "floats" | "bytes";
}

/** The kind of a field that refers to something else, or that nobody reads. */
export interface ReferenceField {
  readonly kind: "string" | "table" | "tables" | "unread";
}

export type Field = ScalarField | VectorField | ReferenceField;
/** The fields of a table in the order of their slots. */
export type TableFields = Readonly<Record<string, Field>>;

const byte = { kind: "byte", default: 0 } as const;
const bool = { kind: "bool", default: 0 } as const;
const int = { kind: "int", default: 0 } as const;
const uint = { kind: "uint", default: 0 } as const;
const float = { kind: "float", default: 0 } as const;
const long = { kind: "long", default: 0 } as const;
const one = { kind: "int", default: 1 } as const;
const yes = { kind: "bool", default: 1 } as const;
const ints = { kind: "ints" } as const;
const longs = { kind: "longs" } as const;
const floats = { kind: "floats" } as const;
const bytes = { kind: "bytes" } as const;
const string = { kind: "string" } as const;
const table = { kind: "table" } as const;
const tables = { kind: "tables" } as const;
const unread = { kind: "unread" } as const;

export const modelFields = {
  version: uint,
  operatorCodes: tables,
  subgraphs: tables,
  description: string,
  buffers: tables,
  metadataBuffer: unread,
  metadata: tables,
} as const satisfies TableFields;

export const operatorCodeFields = {
  deprecatedBuiltinCode: byte,
  customCode: string,
  version: one,
  builtinCode: int,
} as const satisfies TableFields;

export const subgraphFields = {
  tensors: tables,
  inputs: ints,
  outputs: ints,
  operators: tables,
  name: string,
} as const satisfies TableFields;

export const tensorFields = {
  shape: ints,
  type: byte,
  buffer: uint,
  name: string,
  quantization: table,
  isVariable: bool,
  sparsity: table,
  shapeSignature: ints,
} as const satisfies TableFields;

export const quantizationFields = {
  min: unread,
  max: unread,
  scale: floats,
  zeroPoint: longs,
  detailsType: byte,
  details: unread,
  quantizedDimension: int,
} as const satisfies TableFields;

export const bufferFields = {
  data: bytes,
  offset: long,
  size: long,
} as const satisfies TableFields;

export const metadataFields = { name: string, buffer: uint } as const satisfies TableFields;

export const operatorFields = {
  opcodeIndex: uint,
  inputs: ints,
  outputs: ints,
  builtinOptionsType: byte,
  builtinOptions: table,
  customOptions: bytes,
} as const satisfies TableFields;

/** Element types by number; absent where graphs cannot hold them. */
export const tensorTypes: Readonly<Record<number, WireType>> = {
  0: "float32",
  1: "float16",
  2: "int32",
  3: "uint8",
  4: "int64",
  6: "bool",
  7: "int16",
  9: "int8",
  10: "float64",
  12: "uint64",
  15: "uint32",
  16: "uint16",
  17: "int4",
};

export const unsupportedTensorTypes: Readonly<Record<number, string>> = {
  5: "string",
  8: "complex64",
  11: "complex128",
  13: "resource",
  14: "variant",
};

/** Fused activations by number. */
export const activations = ["NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT"] as const;

/** The code that stands for an operator of somebody's own. */
export const customCode = 32;

/** Codes from here on are only in the wider of the two fields. */
export const firstWideCode = 127;

/** Builtin operators by code. */
export const builtinOperators: readonly string[] = `
ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE EMBEDDING_LOOKUP
FLOOR FULLY_CONNECTED HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D LOCAL_RESPONSE_NORMALIZATION LOGISTIC LSH_PROJECTION
LSTM MAX_POOL_2D MUL RELU RELU_N1_TO_1 RELU6 RESHAPE RESIZE_BILINEAR
RNN SOFTMAX SPACE_TO_DEPTH SVDF TANH CONCAT_EMBEDDINGS SKIP_GRAM CALL
CUSTOM EMBEDDING_LOOKUP_SPARSE PAD UNIDIRECTIONAL_SEQUENCE_RNN GATHER BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND TRANSPOSE
MEAN SUB DIV SQUEEZE UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE BIDIRECTIONAL_SEQUENCE_RNN EXP
TOPK_V2 SPLIT LOG_SOFTMAX DELEGATE BIDIRECTIONAL_SEQUENCE_LSTM CAST PRELU MAXIMUM
ARG_MAX MINIMUM LESS NEG PADV2 GREATER GREATER_EQUAL LESS_EQUAL
SELECT SLICE SIN TRANSPOSE_CONV SPARSE_TO_DENSE TILE EXPAND_DIMS EQUAL
NOT_EQUAL LOG SUM SQRT RSQRT SHAPE POW ARG_MIN
FAKE_QUANT REDUCE_PROD REDUCE_MAX PACK LOGICAL_OR ONE_HOT LOGICAL_AND LOGICAL_NOT
UNPACK REDUCE_MIN FLOOR_DIV REDUCE_ANY SQUARE ZEROS_LIKE FILL FLOOR_MOD
RANGE RESIZE_NEAREST_NEIGHBOR LEAKY_RELU SQUARED_DIFFERENCE MIRROR_PAD ABS SPLIT_V UNIQUE
CEIL REVERSE_V2 ADD_N GATHER_ND COS WHERE RANK ELU
REVERSE_SEQUENCE MATRIX_DIAG QUANTIZE MATRIX_SET_DIAG ROUND HARD_SWISH IF WHILE
NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 DENSIFY SEGMENT_SUM BATCH_MATMUL PLACEHOLDER_FOR_GREATER_OP_CODES
CUMSUM CALL_ONCE BROADCAST_TO RFFT2D CONV_3D IMAG REAL COMPLEX_ABS
HASHTABLE HASHTABLE_FIND HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL CONV_3D_TRANSPOSE VAR_HANDLE READ_VARIABLE
ASSIGN_VARIABLE BROADCAST_ARGS RANDOM_STANDARD_NORMAL BUCKETIZE RANDOM_UNIFORM MULTINOMIAL GELU DYNAMIC_UPDATE_SLICE
RELU_0_TO_1 UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_MAX UNSORTED_SEGMENT_SUM ATAN2 UNSORTED_SEGMENT_MIN SIGN BITCAST
BITWISE_XOR RIGHT_SHIFT STABLEHLO_LOGISTIC STABLEHLO_ADD STABLEHLO_DIVIDE STABLEHLO_MULTIPLY STABLEHLO_MAXIMUM STABLEHLO_RESHAPE
STABLEHLO_CLAMP STABLEHLO_CONCATENATE STABLEHLO_BROADCAST_IN_DIM STABLEHLO_CONVOLUTION STABLEHLO_SLICE STABLEHLO_CUSTOM_CALL STABLEHLO_REDUCE STABLEHLO_ABS
STABLEHLO_AND STABLEHLO_COSINE STABLEHLO_EXPONENTIAL STABLEHLO_FLOOR STABLEHLO_LOG STABLEHLO_MINIMUM STABLEHLO_NEGATE STABLEHLO_OR
STABLEHLO_POWER STABLEHLO_REMAINDER STABLEHLO_RSQRT STABLEHLO_SELECT STABLEHLO_SUBTRACT STABLEHLO_TANH STABLEHLO_SCATTER STABLEHLO_COMPARE
STABLEHLO_CONVERT STABLEHLO_DYNAMIC_SLICE STABLEHLO_DYNAMIC_UPDATE_SLICE STABLEHLO_PAD STABLEHLO_IOTA STABLEHLO_DOT_GENERAL STABLEHLO_REDUCE_WINDOW STABLEHLO_SORT
STABLEHLO_WHILE STABLEHLO_GATHER STABLEHLO_TRANSPOSE DILATE STABLEHLO_RNG_BIT_GENERATOR REDUCE_WINDOW
`
  .trim()
  .split(/\s+/);

const window = { padding: byte, strideW: int, strideH: int } as const;
const activation = { fusedActivationFunction: byte } as const;
const dilation = { dilationWFactor: one, dilationHFactor: one } as const;
const pool = { ...window, filterWidth: int, filterHeight: int, ...activation } as const;
const reducer = { keepDims: bool } as const;
const arg = { outputType: byte } as const;
const adder = { ...activation, potScaleInt16: yes } as const;
const split = { numSplits: int } as const;

/** Fields of the options table of each builtin operator that has one with fields. */
export const optionFields: Readonly<Record<string, TableFields>> = {
  ADD: adder,
  ARG_MAX: arg,
  ARG_MIN: arg,
  AVERAGE_POOL_2D: pool,
  BATCH_MATMUL: { adjX: bool, adjY: bool, asymmetricQuantizeInputs: bool },
  BIDIRECTIONAL_SEQUENCE_LSTM: {
    ...activation,
    cellClip: float,
    projClip: float,
    mergeOutputs: bool,
    timeMajor: yes,
    asymmetricQuantizeInputs: bool,
  },
  BIDIRECTIONAL_SEQUENCE_RNN: {
    timeMajor: bool,
    ...activation,
    mergeOutputs: bool,
    asymmetricQuantizeInputs: bool,
  },
  BUCKETIZE: { boundaries: floats },
  CAST: { inDataType: byte, outDataType: byte },
  CONCATENATION: { axis: int, ...activation },
  CONV_2D: { ...window, ...activation, ...dilation, quantizedBiasType: byte },
  CONV_3D: {
    padding: byte,
    strideD: int,
    strideW: int,
    strideH: int,
    ...activation,
    dilationDFactor: one,
    ...dilation,
  },
  CONV_3D_TRANSPOSE: {
    padding: byte,
    strideD: int,
    strideW: int,
    strideH: int,
    ...activation,
    dilationDFactor: one,
    ...dilation,
  },
  CUMSUM: { exclusive: bool, reverse: bool },
  DEPTHWISE_CONV_2D: { ...window, depthMultiplier: int, ...activation, ...dilation },
  DEPTH_TO_SPACE: { blockSize: int },
  DIV: activation,
  FAKE_QUANT: { min: float, max: float, numBits: int, narrowRange: bool },
  FULLY_CONNECTED: {
    ...activation,
    weightsFormat: byte,
    keepNumDims: bool,
    asymmetricQuantizeInputs: bool,
    quantizedBiasType: byte,
  },
  GATHER: { axis: int, batchDims: int },
  GELU: { approximate: bool },
  L2_NORMALIZATION: activation,
  L2_POOL_2D: pool,
  LEAKY_RELU: { alpha: float },
  LOCAL_RESPONSE_NORMALIZATION: { radius: int, bias: float, alpha: float, beta: float },
  LSTM: {
    ...activation,
    cellClip: float,
    projClip: float,
    kernelType: byte,
    asymmetricQuantizeInputs: bool,
  },
  MAX_POOL_2D: pool,
  MEAN: reducer,
  MIRROR_PAD: { mode: byte },
  MUL: activation,
  ONE_HOT: { axis: int },
  PACK: { valuesCount: int, axis: int },
  REDUCE_ALL: reducer,
  REDUCE_ANY: reducer,
  REDUCE_MAX: reducer,
  REDUCE_MIN: reducer,
  REDUCE_PROD: reducer,
  RESHAPE: { newShape: ints },
  RESIZE_BILINEAR: { newHeight: int, newWidth: int, alignCorners: bool, halfPixelCenters: bool },
  RESIZE_NEAREST_NEIGHBOR: { alignCorners: bool, halfPixelCenters: bool },
  REVERSE_SEQUENCE: { seqDim: int, batchDim: int },
  RNN: { ...activation, asymmetricQuantizeInputs: bool },
  SHAPE: { outType: byte },
  SOFTMAX: { beta: float },
  SPACE_TO_DEPTH: { blockSize: int },
  SPLIT: split,
  SPLIT_V: split,
  SQUEEZE: { squeezeDims: ints },
  STRIDED_SLICE: {
    beginMask: int,
    endMask: int,
    ellipsisMask: int,
    newAxisMask: int,
    shrinkAxisMask: int,
    offset: bool,
  },
  SUB: adder,
  SUM: reducer,
  SVDF: { rank: int, ...activation, asymmetricQuantizeInputs: bool },
  TRANSPOSE_CONV: { ...window, ...activation, quantizedBiasType: byte },
  UNIDIRECTIONAL_SEQUENCE_LSTM: {
    ...activation,
    cellClip: float,
    projClip: float,
    timeMajor: bool,
    asymmetricQuantizeInputs: bool,
    diagonalRecurrentTensors: bool,
  },
  UNIDIRECTIONAL_SEQUENCE_RNN: { timeMajor: bool, ...activation, asymmetricQuantizeInputs: bool },
  UNIQUE: { idxOutType: { kind: "byte", default: 2 } },
  UNPACK: { num: int, axis: int },
};
