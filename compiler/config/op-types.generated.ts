/** Written by `scripts/build-op-types.ts` from the definitions of the ops. */
import type { AnyLayer, DType, Tensor } from "./layer.ts";

/** What a layer has, by the name of its op. */
export interface OpTypes {
  readonly Abs: AbsLayer;
  readonly Add: AddLayer;
  readonly And: AndLayer;
  readonly ArgMax: ArgMaxLayer;
  readonly ArgMin: ArgMinLayer;
  readonly AveragePool2D: AveragePool2DLayer;
  readonly BatchNorm: BatchNormLayer;
  readonly Cast: CastLayer;
  readonly Ceil: CeilLayer;
  readonly CELU: CELULayer;
  readonly Clip: ClipLayer;
  readonly Concat: ConcatLayer;
  readonly Constant: ConstantLayer;
  readonly Conv2D: Conv2DLayer;
  readonly Conv2DTranspose: Conv2DTransposeLayer;
  readonly Cos: CosLayer;
  readonly CumSum: CumSumLayer;
  readonly Dense: DenseLayer;
  readonly DepthToSpace: DepthToSpaceLayer;
  readonly DepthwiseConv2D: DepthwiseConv2DLayer;
  readonly Dequantize: DequantizeLayer;
  readonly DetectBoxes: DetectBoxesLayer;
  readonly Divide: DivideLayer;
  readonly Dropout: DropoutLayer;
  readonly DynamicDense: DynamicDenseLayer;
  readonly ELU: ELULayer;
  readonly Equal: EqualLayer;
  readonly Erf: ErfLayer;
  readonly Exp: ExpLayer;
  readonly Expand: ExpandLayer;
  readonly Floor: FloorLayer;
  readonly FloorDivide: FloorDivideLayer;
  readonly FloorModulo: FloorModuloLayer;
  readonly Gather: GatherLayer;
  readonly GatherElements: GatherElementsLayer;
  readonly GatherND: GatherNDLayer;
  readonly GELU: GELULayer;
  readonly GlobalAveragePool2D: GlobalAveragePool2DLayer;
  readonly GlobalMaxPool2D: GlobalMaxPool2DLayer;
  readonly GroupNorm: GroupNormLayer;
  readonly GRU: GRULayer;
  readonly HardSigmoid: HardSigmoidLayer;
  readonly HardSwish: HardSwishLayer;
  readonly Input: InputLayer;
  readonly IsNaN: IsNaNLayer;
  readonly L2Normalize: L2NormalizeLayer;
  readonly LayerNorm: LayerNormLayer;
  readonly LeakyReLU: LeakyReLULayer;
  readonly Less: LessLayer;
  readonly LessEqual: LessEqualLayer;
  readonly LocalResponseNorm: LocalResponseNormLayer;
  readonly Log: LogLayer;
  readonly LogSoftmax: LogSoftmaxLayer;
  readonly LSTM: LSTMLayer;
  readonly MatMul: MatMulLayer;
  readonly Maximum: MaximumLayer;
  readonly MaxPool2D: MaxPool2DLayer;
  readonly MaxPoolIndices2D: MaxPoolIndices2DLayer;
  readonly Minimum: MinimumLayer;
  readonly Mish: MishLayer;
  readonly Multiply: MultiplyLayer;
  readonly Negative: NegativeLayer;
  readonly Not: NotLayer;
  readonly NotEqual: NotEqualLayer;
  readonly OneHot: OneHotLayer;
  readonly Or: OrLayer;
  readonly Pad: PadLayer;
  readonly Pow: PowLayer;
  readonly PReLU: PReLULayer;
  readonly Quantize: QuantizeLayer;
  readonly Reciprocal: ReciprocalLayer;
  readonly ReduceMax: ReduceMaxLayer;
  readonly ReduceMean: ReduceMeanLayer;
  readonly ReduceMin: ReduceMinLayer;
  readonly ReduceProd: ReduceProdLayer;
  readonly ReduceSum: ReduceSumLayer;
  readonly Reinterpret: ReinterpretLayer;
  readonly ReLU: ReLULayer;
  readonly ReLU6: ReLU6Layer;
  readonly Requantize: RequantizeLayer;
  readonly Reshape: ReshapeLayer;
  readonly Resize: ResizeLayer;
  readonly ResizeNearest: ResizeNearestLayer;
  readonly RNN: RNNLayer;
  readonly Round: RoundLayer;
  readonly RoundToHalf: RoundToHalfLayer;
  readonly Rsqrt: RsqrtLayer;
  readonly ScatterND: ScatterNDLayer;
  readonly Select: SelectLayer;
  readonly SELU: SELULayer;
  readonly Sigmoid: SigmoidLayer;
  readonly Sign: SignLayer;
  readonly Sin: SinLayer;
  readonly Slice: SliceLayer;
  readonly Softmax: SoftmaxLayer;
  readonly Softplus: SoftplusLayer;
  readonly Softsign: SoftsignLayer;
  readonly SpaceToDepth: SpaceToDepthLayer;
  readonly Sqrt: SqrtLayer;
  readonly Square: SquareLayer;
  readonly SquaredDifference: SquaredDifferenceLayer;
  readonly Subtract: SubtractLayer;
  readonly Swish: SwishLayer;
  readonly Tan: TanLayer;
  readonly Tanh: TanhLayer;
  readonly ThresholdedReLU: ThresholdedReLULayer;
  readonly Tile: TileLayer;
  readonly TopK: TopKLayer;
  readonly Transpose: TransposeLayer;
  readonly Trilu: TriluLayer;
  readonly TruncatedModulo: TruncatedModuloLayer;
  readonly Xor: XorLayer;
}

export interface AbsLayer extends AnyLayer<"Abs"> {
  readonly input: Tensor;
}

export interface AddLayer extends AnyLayer<"Add"> {
  readonly a: Tensor;
  readonly b: Tensor;
}

export interface AndLayer extends AnyLayer<"And"> {
  readonly a: Tensor;
  readonly b: Tensor;
}

export interface ArgMaxLayer extends AnyLayer<"ArgMax"> {
  readonly input: Tensor;
  readonly axis: number;
  readonly keepDims: boolean;
  readonly selectLastIndex: boolean;
}

export interface ArgMinLayer extends AnyLayer<"ArgMin"> {
  readonly input: Tensor;
  readonly axis: number;
  readonly keepDims: boolean;
  readonly selectLastIndex: boolean;
}

export interface AveragePool2DLayer extends AnyLayer<"AveragePool2D"> {
  readonly input: Tensor;
  readonly poolSize: readonly number[];
  readonly strides: readonly number[];
  readonly dilationRate: readonly number[];
  readonly padding: readonly number[];
  readonly countedPadding: readonly number[];
}

export interface BatchNormLayer extends AnyLayer<"BatchNorm"> {
  readonly input: Tensor;
  readonly gamma: Tensor;
  readonly beta: Tensor;
  readonly mean: Tensor;
  readonly variance: Tensor;
  readonly epsilon: number;
}

export interface CastLayer extends AnyLayer<"Cast"> {
  readonly input: Tensor;
  readonly to: DType;
}

export interface CeilLayer extends AnyLayer<"Ceil"> {
  readonly input: Tensor;
}

export interface CELULayer extends AnyLayer<"CELU"> {
  readonly input: Tensor;
  readonly alpha: number;
}

export interface ClipLayer extends AnyLayer<"Clip"> {
  readonly input: Tensor;
  readonly min: number;
  readonly max: number;
}

export interface ConcatLayer extends AnyLayer<"Concat"> {
  readonly axis: number;
}

export interface ConstantLayer extends AnyLayer<"Constant"> {
  readonly value: Tensor;
}

export interface Conv2DLayer extends AnyLayer<"Conv2D"> {
  readonly input: Tensor;
  readonly kernel: Tensor;
  readonly bias?: Tensor | undefined;
  readonly strides: readonly number[];
  readonly dilationRate: readonly number[];
  readonly padding: readonly number[];
  readonly groups: number;
}

export interface Conv2DTransposeLayer extends AnyLayer<"Conv2DTranspose"> {
  readonly input: Tensor;
  readonly kernel: Tensor;
  readonly bias?: Tensor | undefined;
  readonly strides: readonly number[];
  readonly dilationRate: readonly number[];
  readonly padding: readonly number[];
  readonly groups: number;
}

export interface CosLayer extends AnyLayer<"Cos"> {
  readonly input: Tensor;
}

export interface CumSumLayer extends AnyLayer<"CumSum"> {
  readonly input: Tensor;
  readonly axis: number;
  readonly exclusive: boolean;
  readonly reverse: boolean;
}

export interface DenseLayer extends AnyLayer<"Dense"> {
  readonly input: Tensor;
  readonly kernel: Tensor;
  readonly bias?: Tensor | undefined;
}

export interface DepthToSpaceLayer extends AnyLayer<"DepthToSpace"> {
  readonly input: Tensor;
  readonly blockSize: number;
  readonly order: "blockFirst" | "channelFirst";
}

export interface DepthwiseConv2DLayer extends AnyLayer<"DepthwiseConv2D"> {
  readonly input: Tensor;
  readonly kernel: Tensor;
  readonly bias?: Tensor | undefined;
  readonly strides: readonly number[];
  readonly dilationRate: readonly number[];
  readonly padding: readonly number[];
}

export interface DequantizeLayer extends AnyLayer<"Dequantize"> {
  readonly input: Tensor;
}

export interface DetectBoxesLayer extends AnyLayer<"DetectBoxes"> {
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
}

export interface DivideLayer extends AnyLayer<"Divide"> {
  readonly a: Tensor;
  readonly b: Tensor;
}

export interface DropoutLayer extends AnyLayer<"Dropout"> {
  readonly input: Tensor;
}

export interface DynamicDenseLayer extends AnyLayer<"DynamicDense"> {
  readonly input: Tensor;
  readonly kernel: Tensor;
  readonly bias?: Tensor | undefined;
  readonly per: "row" | "tensor";
}

export interface ELULayer extends AnyLayer<"ELU"> {
  readonly input: Tensor;
  readonly alpha: number;
}

export interface EqualLayer extends AnyLayer<"Equal"> {
  readonly a: Tensor;
  readonly b: Tensor;
}

export interface ErfLayer extends AnyLayer<"Erf"> {
  readonly input: Tensor;
}

export interface ExpLayer extends AnyLayer<"Exp"> {
  readonly input: Tensor;
}

export interface ExpandLayer extends AnyLayer<"Expand"> {
  readonly input: Tensor;
  readonly shape: readonly number[];
}

export interface FloorLayer extends AnyLayer<"Floor"> {
  readonly input: Tensor;
}

export interface FloorDivideLayer extends AnyLayer<"FloorDivide"> {
  readonly a: Tensor;
  readonly b: Tensor;
}

export interface FloorModuloLayer extends AnyLayer<"FloorModulo"> {
  readonly a: Tensor;
  readonly b: Tensor;
}

export interface GatherLayer extends AnyLayer<"Gather"> {
  readonly input: Tensor;
  readonly indices: Tensor;
  readonly axis: number;
  readonly batchDims: number;
}

export interface GatherElementsLayer extends AnyLayer<"GatherElements"> {
  readonly input: Tensor;
  readonly indices: Tensor;
  readonly axis: number;
}

export interface GatherNDLayer extends AnyLayer<"GatherND"> {
  readonly input: Tensor;
  readonly indices: Tensor;
  readonly batchDims: number;
}

export interface GELULayer extends AnyLayer<"GELU"> {
  readonly input: Tensor;
  readonly approximate: "none" | "tanh";
}

export interface GlobalAveragePool2DLayer extends AnyLayer<"GlobalAveragePool2D"> {
  readonly input: Tensor;
}

export interface GlobalMaxPool2DLayer extends AnyLayer<"GlobalMaxPool2D"> {
  readonly input: Tensor;
}

export interface GroupNormLayer extends AnyLayer<"GroupNorm"> {
  readonly input: Tensor;
  readonly gamma: Tensor;
  readonly beta: Tensor;
  readonly groups: number;
  readonly epsilon: number;
}

export interface GRULayer extends AnyLayer<"GRU"> {
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
}

export interface HardSigmoidLayer extends AnyLayer<"HardSigmoid"> {
  readonly input: Tensor;
  readonly alpha: number;
  readonly beta: number;
}

export interface HardSwishLayer extends AnyLayer<"HardSwish"> {
  readonly input: Tensor;
}

export interface InputLayer extends AnyLayer<"Input"> {}

export interface IsNaNLayer extends AnyLayer<"IsNaN"> {
  readonly input: Tensor;
}

export interface L2NormalizeLayer extends AnyLayer<"L2Normalize"> {
  readonly input: Tensor;
  readonly axis: number;
  readonly epsilon: number;
}

export interface LayerNormLayer extends AnyLayer<"LayerNorm"> {
  readonly input: Tensor;
  readonly gamma: Tensor;
  readonly beta?: Tensor | undefined;
  readonly axis: number;
  readonly epsilon: number;
}

export interface LeakyReLULayer extends AnyLayer<"LeakyReLU"> {
  readonly input: Tensor;
  readonly alpha: number;
}

export interface LessLayer extends AnyLayer<"Less"> {
  readonly a: Tensor;
  readonly b: Tensor;
}

export interface LessEqualLayer extends AnyLayer<"LessEqual"> {
  readonly a: Tensor;
  readonly b: Tensor;
}

export interface LocalResponseNormLayer extends AnyLayer<"LocalResponseNorm"> {
  readonly input: Tensor;
  readonly before: number;
  readonly after: number;
  readonly bias: number;
  readonly alpha: number;
  readonly beta: number;
}

export interface LogLayer extends AnyLayer<"Log"> {
  readonly input: Tensor;
}

export interface LogSoftmaxLayer extends AnyLayer<"LogSoftmax"> {
  readonly input: Tensor;
  readonly axis: number;
}

export interface LSTMLayer extends AnyLayer<"LSTM"> {
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
}

export interface MatMulLayer extends AnyLayer<"MatMul"> {
  readonly input: Tensor;
  readonly other: Tensor;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

export interface MaximumLayer extends AnyLayer<"Maximum"> {
  readonly a: Tensor;
  readonly b: Tensor;
}

export interface MaxPool2DLayer extends AnyLayer<"MaxPool2D"> {
  readonly input: Tensor;
  readonly poolSize: readonly number[];
  readonly strides: readonly number[];
  readonly dilationRate: readonly number[];
  readonly padding: readonly number[];
}

export interface MaxPoolIndices2DLayer extends AnyLayer<"MaxPoolIndices2D"> {
  readonly input: Tensor;
  readonly poolSize: readonly number[];
  readonly strides: readonly number[];
  readonly dilationRate: readonly number[];
  readonly padding: readonly number[];
  readonly byColumns: boolean;
}

export interface MinimumLayer extends AnyLayer<"Minimum"> {
  readonly a: Tensor;
  readonly b: Tensor;
}

export interface MishLayer extends AnyLayer<"Mish"> {
  readonly input: Tensor;
}

export interface MultiplyLayer extends AnyLayer<"Multiply"> {
  readonly a: Tensor;
  readonly b: Tensor;
}

export interface NegativeLayer extends AnyLayer<"Negative"> {
  readonly input: Tensor;
}

export interface NotLayer extends AnyLayer<"Not"> {
  readonly input: Tensor;
}

export interface NotEqualLayer extends AnyLayer<"NotEqual"> {
  readonly a: Tensor;
  readonly b: Tensor;
}

export interface OneHotLayer extends AnyLayer<"OneHot"> {
  readonly indices: Tensor;
  readonly depth: number;
  readonly axis: number;
  readonly on: number;
  readonly off: number;
  readonly to: DType;
}

export interface OrLayer extends AnyLayer<"Or"> {
  readonly a: Tensor;
  readonly b: Tensor;
}

export interface PadLayer extends AnyLayer<"Pad"> {
  readonly input: Tensor;
  readonly padding: readonly number[];
  readonly mode: "constant" | "reflect" | "edge" | "symmetric";
  readonly value: number;
}

export interface PowLayer extends AnyLayer<"Pow"> {
  readonly a: Tensor;
  readonly b: Tensor;
}

export interface PReLULayer extends AnyLayer<"PReLU"> {
  readonly input: Tensor;
  readonly alpha: Tensor;
}

export interface QuantizeLayer extends AnyLayer<"Quantize"> {
  readonly input: Tensor;
  readonly dtype: DType;
  readonly scale: readonly number[];
  readonly zeroPoint: readonly number[];
  readonly axis: number;
}

export interface ReciprocalLayer extends AnyLayer<"Reciprocal"> {
  readonly input: Tensor;
}

export interface ReduceMaxLayer extends AnyLayer<"ReduceMax"> {
  readonly input: Tensor;
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

export interface ReduceMeanLayer extends AnyLayer<"ReduceMean"> {
  readonly input: Tensor;
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

export interface ReduceMinLayer extends AnyLayer<"ReduceMin"> {
  readonly input: Tensor;
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

export interface ReduceProdLayer extends AnyLayer<"ReduceProd"> {
  readonly input: Tensor;
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

export interface ReduceSumLayer extends AnyLayer<"ReduceSum"> {
  readonly input: Tensor;
  readonly axes: readonly number[];
  readonly keepDims: boolean;
}

export interface ReinterpretLayer extends AnyLayer<"Reinterpret"> {
  readonly input: Tensor;
  readonly scale?: readonly number[] | undefined;
  readonly zeroPoint?: readonly number[] | undefined;
  readonly axis: number;
}

export interface ReLULayer extends AnyLayer<"ReLU"> {
  readonly input: Tensor;
}

export interface ReLU6Layer extends AnyLayer<"ReLU6"> {
  readonly input: Tensor;
}

export interface RequantizeLayer extends AnyLayer<"Requantize"> {
  readonly input: Tensor;
  readonly dtype: DType;
  readonly scale: readonly number[];
  readonly zeroPoint: readonly number[];
}

export interface ReshapeLayer extends AnyLayer<"Reshape"> {
  readonly input: Tensor;
  readonly shape: readonly number[];
}

export interface ResizeLayer extends AnyLayer<"Resize"> {
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
}

export interface ResizeNearestLayer extends AnyLayer<"ResizeNearest"> {
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
}

export interface RNNLayer extends AnyLayer<"RNN"> {
  readonly input: Tensor;
  readonly kernel: Tensor;
  readonly recurrentKernel: Tensor;
  readonly bias?: Tensor | undefined;
  readonly recurrentBias?: Tensor | undefined;
  readonly initialState?: Tensor | undefined;
  readonly backward: boolean;
  readonly clip: number;
  readonly functions: readonly string[];
}

export interface RoundLayer extends AnyLayer<"Round"> {
  readonly input: Tensor;
}

export interface RoundToHalfLayer extends AnyLayer<"RoundToHalf"> {
  readonly input: Tensor;
}

export interface RsqrtLayer extends AnyLayer<"Rsqrt"> {
  readonly input: Tensor;
}

export interface ScatterNDLayer extends AnyLayer<"ScatterND"> {
  readonly input: Tensor;
  readonly indices: Tensor;
  readonly updates: Tensor;
}

export interface SelectLayer extends AnyLayer<"Select"> {
  readonly condition: Tensor;
  readonly a: Tensor;
  readonly b: Tensor;
}

export interface SELULayer extends AnyLayer<"SELU"> {
  readonly input: Tensor;
  readonly alpha: number;
  readonly gamma: number;
}

export interface SigmoidLayer extends AnyLayer<"Sigmoid"> {
  readonly input: Tensor;
}

export interface SignLayer extends AnyLayer<"Sign"> {
  readonly input: Tensor;
}

export interface SinLayer extends AnyLayer<"Sin"> {
  readonly input: Tensor;
}

export interface SliceLayer extends AnyLayer<"Slice"> {
  readonly input: Tensor;
  readonly begin: readonly number[];
  readonly size: readonly number[];
  readonly steps: readonly number[];
}

export interface SoftmaxLayer extends AnyLayer<"Softmax"> {
  readonly input: Tensor;
  readonly axis: number;
  readonly beta: number;
}

export interface SoftplusLayer extends AnyLayer<"Softplus"> {
  readonly input: Tensor;
}

export interface SoftsignLayer extends AnyLayer<"Softsign"> {
  readonly input: Tensor;
}

export interface SpaceToDepthLayer extends AnyLayer<"SpaceToDepth"> {
  readonly input: Tensor;
  readonly blockSize: number;
}

export interface SqrtLayer extends AnyLayer<"Sqrt"> {
  readonly input: Tensor;
}

export interface SquareLayer extends AnyLayer<"Square"> {
  readonly input: Tensor;
}

export interface SquaredDifferenceLayer extends AnyLayer<"SquaredDifference"> {
  readonly a: Tensor;
  readonly b: Tensor;
}

export interface SubtractLayer extends AnyLayer<"Subtract"> {
  readonly a: Tensor;
  readonly b: Tensor;
}

export interface SwishLayer extends AnyLayer<"Swish"> {
  readonly input: Tensor;
}

export interface TanLayer extends AnyLayer<"Tan"> {
  readonly input: Tensor;
}

export interface TanhLayer extends AnyLayer<"Tanh"> {
  readonly input: Tensor;
}

export interface ThresholdedReLULayer extends AnyLayer<"ThresholdedReLU"> {
  readonly input: Tensor;
  readonly alpha: number;
}

export interface TileLayer extends AnyLayer<"Tile"> {
  readonly input: Tensor;
  readonly repeats: readonly number[];
}

export interface TopKLayer extends AnyLayer<"TopK"> {
  readonly input: Tensor;
  readonly k: number;
  readonly axis: number;
  readonly largest: boolean;
}

export interface TransposeLayer extends AnyLayer<"Transpose"> {
  readonly input: Tensor;
  readonly permutation: readonly number[];
}

export interface TriluLayer extends AnyLayer<"Trilu"> {
  readonly input: Tensor;
  readonly upper: boolean;
  readonly diagonal: number;
}

export interface TruncatedModuloLayer extends AnyLayer<"TruncatedModulo"> {
  readonly a: Tensor;
  readonly b: Tensor;
}

export interface XorLayer extends AnyLayer<"Xor"> {
  readonly a: Tensor;
  readonly b: Tensor;
}
