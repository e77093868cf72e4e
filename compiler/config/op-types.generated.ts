/** Written by `scripts/build-op-types.ts` from the definitions of the ops. */
import type { DType, Tensor } from "./layer.ts";

/** Operands and attributes of a layer, by the name of its op. */
export interface OpTypes {
  readonly Abs: {
    readonly input: Tensor;
  };
  readonly Add: {
    readonly a: Tensor;
    readonly b: Tensor;
    readonly activation: "linear" | "relu" | "relu6" | "reluN1To1";
  };
  readonly And: {
    readonly a: Tensor;
    readonly b: Tensor;
  };
  readonly ArgMax: {
    readonly input: Tensor;
    readonly axis: number;
    readonly keepDims: boolean;
    readonly selectLastIndex: boolean;
  };
  readonly ArgMin: {
    readonly input: Tensor;
    readonly axis: number;
    readonly keepDims: boolean;
    readonly selectLastIndex: boolean;
  };
  readonly AveragePool2D: {
    readonly input: Tensor;
    readonly poolSize: readonly number[];
    readonly strides: readonly number[];
    readonly dilationRate: readonly number[];
    readonly padding: readonly number[];
    readonly countedPadding: readonly number[];
    readonly activation: "linear" | "relu" | "relu6" | "reluN1To1";
  };
  readonly BatchNorm: {
    readonly input: Tensor;
    readonly gamma: Tensor;
    readonly beta: Tensor;
    readonly mean: Tensor;
    readonly variance: Tensor;
    readonly epsilon: number;
  };
  readonly Cast: {
    readonly input: Tensor;
    readonly to: DType;
  };
  readonly Ceil: {
    readonly input: Tensor;
  };
  readonly CELU: {
    readonly input: Tensor;
    readonly alpha: number;
  };
  readonly Clip: {
    readonly input: Tensor;
    readonly min: number;
    readonly max: number;
  };
  readonly Concat: {
    readonly inputs: readonly Tensor[];
    readonly axis: number;
  };
  readonly Constant: {
    readonly value: Tensor;
  };
  readonly Conv2D: {
    readonly input: Tensor;
    readonly kernel: Tensor;
    readonly bias?: Tensor | undefined;
    readonly strides: readonly number[];
    readonly dilationRate: readonly number[];
    readonly padding: readonly number[];
    readonly groups: number;
    readonly activation: "linear" | "relu" | "relu6" | "reluN1To1";
  };
  readonly Conv2DTranspose: {
    readonly input: Tensor;
    readonly kernel: Tensor;
    readonly bias?: Tensor | undefined;
    readonly strides: readonly number[];
    readonly dilationRate: readonly number[];
    readonly padding: readonly number[];
    readonly groups: number;
    readonly activation: "linear" | "relu" | "relu6" | "reluN1To1";
  };
  readonly Cos: {
    readonly input: Tensor;
  };
  readonly CumSum: {
    readonly input: Tensor;
    readonly axis: number;
    readonly exclusive: boolean;
    readonly reverse: boolean;
  };
  readonly Dense: {
    readonly input: Tensor;
    readonly kernel: Tensor;
    readonly bias?: Tensor | undefined;
    readonly activation: "linear" | "relu" | "relu6" | "reluN1To1";
  };
  readonly DepthToSpace: {
    readonly input: Tensor;
    readonly blockSize: number;
    readonly order: "blockFirst" | "channelFirst";
  };
  readonly DepthwiseConv2D: {
    readonly input: Tensor;
    readonly kernel: Tensor;
    readonly bias?: Tensor | undefined;
    readonly strides: readonly number[];
    readonly dilationRate: readonly number[];
    readonly padding: readonly number[];
    readonly activation: "linear" | "relu" | "relu6" | "reluN1To1";
  };
  readonly Dequantize: {
    readonly input: Tensor;
  };
  readonly DetectBoxes: {
    readonly boxes: Tensor;
    readonly scores: Tensor;
    readonly anchors: Tensor;
    readonly detections: number;
    readonly classes: number;
    readonly perClass: number;
    readonly perBox: number;
    readonly byClass: boolean;
    readonly leastScore: number;
    readonly mostOverlap: number;
    readonly scales: readonly number[];
  };
  readonly Divide: {
    readonly a: Tensor;
    readonly b: Tensor;
  };
  readonly Dropout: {
    readonly input: Tensor;
  };
  readonly ELU: {
    readonly input: Tensor;
    readonly alpha: number;
  };
  readonly Equal: {
    readonly a: Tensor;
    readonly b: Tensor;
  };
  readonly Erf: {
    readonly input: Tensor;
  };
  readonly Exp: {
    readonly input: Tensor;
  };
  readonly Expand: {
    readonly input: Tensor;
    readonly shape: readonly number[];
  };
  readonly Floor: {
    readonly input: Tensor;
  };
  readonly FloorDivide: {
    readonly a: Tensor;
    readonly b: Tensor;
  };
  readonly FloorModulo: {
    readonly a: Tensor;
    readonly b: Tensor;
  };
  readonly Gather: {
    readonly input: Tensor;
    readonly indices: Tensor;
    readonly axis: number;
    readonly batchDims: number;
  };
  readonly GatherElements: {
    readonly input: Tensor;
    readonly indices: Tensor;
    readonly axis: number;
  };
  readonly GatherND: {
    readonly input: Tensor;
    readonly indices: Tensor;
    readonly batchDims: number;
  };
  readonly GELU: {
    readonly input: Tensor;
    readonly approximate: "none" | "tanh";
  };
  readonly GlobalAveragePool2D: {
    readonly input: Tensor;
    readonly activation: "linear" | "relu" | "relu6" | "reluN1To1";
  };
  readonly GlobalMaxPool2D: {
    readonly input: Tensor;
  };
  readonly GroupNorm: {
    readonly input: Tensor;
    readonly gamma: Tensor;
    readonly beta: Tensor;
    readonly groups: number;
    readonly epsilon: number;
  };
  readonly GRU: {
    readonly input: Tensor;
    readonly kernel: Tensor;
    readonly recurrentKernel: Tensor;
    readonly bias?: Tensor | undefined;
    readonly recurrentBias?: Tensor | undefined;
    readonly initialState?: Tensor | undefined;
    readonly backward: boolean;
    readonly clip: number;
    readonly functions: readonly string[];
    readonly resetAfter: boolean;
  };
  readonly HardSigmoid: {
    readonly input: Tensor;
    readonly alpha: number;
    readonly beta: number;
  };
  readonly HardSwish: {
    readonly input: Tensor;
  };
  readonly Input: object;
  readonly IsNaN: {
    readonly input: Tensor;
  };
  readonly L2Normalize: {
    readonly input: Tensor;
    readonly axis: number;
    readonly epsilon: number;
  };
  readonly LayerNorm: {
    readonly input: Tensor;
    readonly gamma: Tensor;
    readonly beta?: Tensor | undefined;
    readonly axis: number;
    readonly epsilon: number;
  };
  readonly LeakyReLU: {
    readonly input: Tensor;
    readonly alpha: number;
  };
  readonly Less: {
    readonly a: Tensor;
    readonly b: Tensor;
  };
  readonly LessEqual: {
    readonly a: Tensor;
    readonly b: Tensor;
  };
  readonly LocalResponseNorm: {
    readonly input: Tensor;
    readonly before: number;
    readonly after: number;
    readonly bias: number;
    readonly alpha: number;
    readonly beta: number;
  };
  readonly Log: {
    readonly input: Tensor;
  };
  readonly LogSoftmax: {
    readonly input: Tensor;
    readonly axis: number;
  };
  readonly LSTM: {
    readonly input: Tensor;
    readonly kernel: Tensor;
    readonly recurrentKernel: Tensor;
    readonly bias?: Tensor | undefined;
    readonly recurrentBias?: Tensor | undefined;
    readonly initialState?: Tensor | undefined;
    readonly initialCell?: Tensor | undefined;
    readonly peephole?: Tensor | undefined;
    readonly backward: boolean;
    readonly clip: number;
    readonly functions: readonly string[];
    readonly coupled: boolean;
  };
  readonly MatMul: {
    readonly input: Tensor;
    readonly other: Tensor;
    readonly transposeA: boolean;
    readonly transposeB: boolean;
    readonly activation: "linear" | "relu" | "relu6" | "reluN1To1";
  };
  readonly Maximum: {
    readonly a: Tensor;
    readonly b: Tensor;
    readonly activation: "linear" | "relu" | "relu6" | "reluN1To1";
  };
  readonly MaxPool2D: {
    readonly input: Tensor;
    readonly poolSize: readonly number[];
    readonly strides: readonly number[];
    readonly dilationRate: readonly number[];
    readonly padding: readonly number[];
    readonly activation: "linear" | "relu" | "relu6" | "reluN1To1";
  };
  readonly MaxPoolIndices2D: {
    readonly input: Tensor;
    readonly poolSize: readonly number[];
    readonly strides: readonly number[];
    readonly dilationRate: readonly number[];
    readonly padding: readonly number[];
    readonly byColumns: boolean;
  };
  readonly Minimum: {
    readonly a: Tensor;
    readonly b: Tensor;
    readonly activation: "linear" | "relu" | "relu6" | "reluN1To1";
  };
  readonly Mish: {
    readonly input: Tensor;
  };
  readonly Multiply: {
    readonly a: Tensor;
    readonly b: Tensor;
    readonly activation: "linear" | "relu" | "relu6" | "reluN1To1";
  };
  readonly Negative: {
    readonly input: Tensor;
  };
  readonly Not: {
    readonly input: Tensor;
  };
  readonly NotEqual: {
    readonly a: Tensor;
    readonly b: Tensor;
  };
  readonly OneHot: {
    readonly indices: Tensor;
    readonly depth: number;
    readonly axis: number;
    readonly on: number;
    readonly off: number;
    readonly to: DType;
  };
  readonly Or: {
    readonly a: Tensor;
    readonly b: Tensor;
  };
  readonly Pad: {
    readonly input: Tensor;
    readonly padding: readonly number[];
    readonly mode: "constant" | "reflect" | "edge" | "symmetric";
    readonly value: number;
  };
  readonly Pow: {
    readonly a: Tensor;
    readonly b: Tensor;
  };
  readonly PReLU: {
    readonly input: Tensor;
    readonly alpha: Tensor;
  };
  readonly Quantize: {
    readonly input: Tensor;
    readonly dtype: DType;
    readonly scale: readonly number[];
    readonly zeroPoint: readonly number[];
    readonly axis: number;
  };
  readonly Reciprocal: {
    readonly input: Tensor;
  };
  readonly ReduceMax: {
    readonly input: Tensor;
    readonly axes: readonly number[];
    readonly keepDims: boolean;
  };
  readonly ReduceMean: {
    readonly input: Tensor;
    readonly axes: readonly number[];
    readonly keepDims: boolean;
  };
  readonly ReduceMin: {
    readonly input: Tensor;
    readonly axes: readonly number[];
    readonly keepDims: boolean;
  };
  readonly ReduceProd: {
    readonly input: Tensor;
    readonly axes: readonly number[];
    readonly keepDims: boolean;
  };
  readonly ReduceSum: {
    readonly input: Tensor;
    readonly axes: readonly number[];
    readonly keepDims: boolean;
  };
  readonly Reinterpret: {
    readonly input: Tensor;
    readonly scale?: readonly number[] | undefined;
    readonly zeroPoint?: readonly number[] | undefined;
    readonly axis: number;
  };
  readonly ReLU: {
    readonly input: Tensor;
  };
  readonly ReLU6: {
    readonly input: Tensor;
  };
  readonly Requantize: {
    readonly input: Tensor;
    readonly dtype: DType;
    readonly scale: readonly number[];
    readonly zeroPoint: readonly number[];
  };
  readonly Reshape: {
    readonly input: Tensor;
    readonly shape: readonly number[];
  };
  readonly Resize: {
    readonly input: Tensor;
    readonly shape: readonly number[];
    readonly coordinates:
      | "halfPixel"
      | "halfPixelSymmetric"
      | "pytorchHalfPixel"
      | "alignCorners"
      | "asymmetric"
      | "tfHalfPixelForNearest"
      | "crop";
    readonly scales?: readonly number[] | undefined;
    readonly roi?: readonly number[] | undefined;
    readonly mode: "linear" | "cubic";
    readonly cubicCoefficient: number;
    readonly excludeOutside: boolean;
    readonly outside: number;
  };
  readonly ResizeNearest: {
    readonly input: Tensor;
    readonly shape: readonly number[];
    readonly coordinates:
      | "halfPixel"
      | "halfPixelSymmetric"
      | "pytorchHalfPixel"
      | "alignCorners"
      | "asymmetric"
      | "tfHalfPixelForNearest"
      | "crop";
    readonly scales?: readonly number[] | undefined;
    readonly rounding: "roundPreferFloor" | "roundPreferCeil" | "floor" | "ceil";
  };
  readonly RNN: {
    readonly input: Tensor;
    readonly kernel: Tensor;
    readonly recurrentKernel: Tensor;
    readonly bias?: Tensor | undefined;
    readonly recurrentBias?: Tensor | undefined;
    readonly initialState?: Tensor | undefined;
    readonly backward: boolean;
    readonly clip: number;
    readonly functions: readonly string[];
  };
  readonly Round: {
    readonly input: Tensor;
  };
  readonly RoundToHalf: {
    readonly input: Tensor;
  };
  readonly Rsqrt: {
    readonly input: Tensor;
  };
  readonly ScatterND: {
    readonly input: Tensor;
    readonly indices: Tensor;
    readonly updates: Tensor;
  };
  readonly Select: {
    readonly condition: Tensor;
    readonly a: Tensor;
    readonly b: Tensor;
  };
  readonly SELU: {
    readonly input: Tensor;
    readonly alpha: number;
    readonly gamma: number;
  };
  readonly Sigmoid: {
    readonly input: Tensor;
  };
  readonly Sign: {
    readonly input: Tensor;
  };
  readonly Sin: {
    readonly input: Tensor;
  };
  readonly Slice: {
    readonly input: Tensor;
    readonly begin: readonly number[];
    readonly size: readonly number[];
    readonly steps: readonly number[];
  };
  readonly Softmax: {
    readonly input: Tensor;
    readonly axis: number;
    readonly beta: number;
  };
  readonly Softplus: {
    readonly input: Tensor;
  };
  readonly Softsign: {
    readonly input: Tensor;
  };
  readonly SpaceToDepth: {
    readonly input: Tensor;
    readonly blockSize: number;
  };
  readonly Sqrt: {
    readonly input: Tensor;
  };
  readonly Square: {
    readonly input: Tensor;
  };
  readonly SquaredDifference: {
    readonly a: Tensor;
    readonly b: Tensor;
  };
  readonly Subtract: {
    readonly a: Tensor;
    readonly b: Tensor;
    readonly activation: "linear" | "relu" | "relu6" | "reluN1To1";
  };
  readonly Swish: {
    readonly input: Tensor;
  };
  readonly Tan: {
    readonly input: Tensor;
  };
  readonly Tanh: {
    readonly input: Tensor;
  };
  readonly ThresholdedReLU: {
    readonly input: Tensor;
    readonly alpha: number;
  };
  readonly Tile: {
    readonly input: Tensor;
    readonly repeats: readonly number[];
  };
  readonly TopK: {
    readonly input: Tensor;
    readonly k: number;
    readonly axis: number;
    readonly largest: boolean;
  };
  readonly Transpose: {
    readonly input: Tensor;
    readonly permutation: readonly number[];
  };
  readonly Trilu: {
    readonly input: Tensor;
    readonly upper: boolean;
    readonly diagonal: number;
  };
  readonly TruncatedModulo: {
    readonly a: Tensor;
    readonly b: Tensor;
  };
  readonly Xor: {
    readonly a: Tensor;
    readonly b: Tensor;
  };
}
