import type { OpDef, OpTable } from "../ir/op.ts";
import { Abs } from "./abs.ts";
import { Add } from "./add.ts";
import { And } from "./and.ts";
import { ArgMax } from "./arg-max.ts";
import { ArgMin } from "./arg-min.ts";
import { AveragePool2D } from "./average-pool-2d.ts";
import { BatchNorm } from "./batch-norm.ts";
import { Cast } from "./cast.ts";
import { Ceil } from "./ceil.ts";
import { CELU } from "./celu.ts";
import { Clip } from "./clip.ts";
import { Concat } from "./concat.ts";
import { Constant } from "./constant.ts";
import { Conv2D } from "./conv-2d.ts";
import { Conv2DTranspose } from "./conv-2d-transpose.ts";
import { Cos } from "./cos.ts";
import { CumSum } from "./cum-sum.ts";
import { Dense } from "./dense.ts";
import { DepthToSpace } from "./depth-to-space.ts";
import { DepthwiseConv2D } from "./depthwise-conv-2d.ts";
import { Dequantize } from "./dequantize.ts";
import { DetectBoxes } from "./detect-boxes.ts";
import { Divide } from "./divide.ts";
import { Dropout } from "./dropout.ts";
import { DynamicDense } from "./dynamic-dense.ts";
import { ELU } from "./elu.ts";
import { Equal } from "./equal.ts";
import { Erf } from "./erf.ts";
import { Exp } from "./exp.ts";
import { Expand } from "./expand.ts";
import { Floor } from "./floor.ts";
import { FloorDivide } from "./floor-divide.ts";
import { FloorModulo } from "./floor-modulo.ts";
import { Gather } from "./gather.ts";
import { GatherElements } from "./gather-elements.ts";
import { GatherND } from "./gather-nd.ts";
import { GELU } from "./gelu.ts";
import { GlobalAveragePool2D } from "./global-average-pool-2d.ts";
import { GlobalMaxPool2D } from "./global-max-pool-2d.ts";
import { GroupNorm } from "./group-norm.ts";
import { GRU } from "./gru.ts";
import { HardSigmoid } from "./hard-sigmoid.ts";
import { HardSwish } from "./hard-swish.ts";
import { Input } from "./input.ts";
import { IsNaN } from "./is-nan.ts";
import { L2Normalize } from "./l2-normalize.ts";
import { LayerNorm } from "./layer-norm.ts";
import { LeakyReLU } from "./leaky-relu.ts";
import { Less } from "./less.ts";
import { LessEqual } from "./less-equal.ts";
import { LocalResponseNorm } from "./local-response-norm.ts";
import { Log } from "./log.ts";
import { LogSoftmax } from "./log-softmax.ts";
import { LSTM } from "./lstm.ts";
import { MatMul } from "./mat-mul.ts";
import { MaxPool2D } from "./max-pool-2d.ts";
import { MaxPoolIndices2D } from "./max-pool-indices-2d.ts";
import { Maximum } from "./maximum.ts";
import { Minimum } from "./minimum.ts";
import { Mish } from "./mish.ts";
import { Multiply } from "./multiply.ts";
import { Negative } from "./negative.ts";
import { Not } from "./not.ts";
import { NotEqual } from "./not-equal.ts";
import { OneHot } from "./one-hot.ts";
import { Or } from "./or.ts";
import { Pad } from "./pad.ts";
import { Pow } from "./pow.ts";
import { PReLU } from "./prelu.ts";
import { Quantize } from "./quantize.ts";
import { Reciprocal } from "./reciprocal.ts";
import { ReduceMax } from "./reduce-max.ts";
import { ReduceMean } from "./reduce-mean.ts";
import { ReduceMin } from "./reduce-min.ts";
import { ReduceProd } from "./reduce-prod.ts";
import { ReduceSum } from "./reduce-sum.ts";
import { Reinterpret } from "./reinterpret.ts";
import { ReLU } from "./relu.ts";
import { ReLU6 } from "./relu6.ts";
import { Requantize } from "./requantize.ts";
import { Reshape } from "./reshape.ts";
import { Resize } from "./resize.ts";
import { ResizeNearest } from "./resize-nearest.ts";
import { RNN } from "./rnn.ts";
import { Round } from "./round.ts";
import { RoundToHalf } from "./round-to-half.ts";
import { Rsqrt } from "./rsqrt.ts";
import { ScatterND } from "./scatter-nd.ts";
import { Select } from "./select.ts";
import { SELU } from "./selu.ts";
import { Sigmoid } from "./sigmoid.ts";
import { Sign } from "./sign.ts";
import { Sin } from "./sin.ts";
import { Slice } from "./slice.ts";
import { Softmax } from "./softmax.ts";
import { Softplus } from "./softplus.ts";
import { Softsign } from "./softsign.ts";
import { SpaceToDepth } from "./space-to-depth.ts";
import { Sqrt } from "./sqrt.ts";
import { Square } from "./square.ts";
import { SquaredDifference } from "./squared-difference.ts";
import { Subtract } from "./subtract.ts";
import { Swish } from "./swish.ts";
import { Tan } from "./tan.ts";
import { Tanh } from "./tanh.ts";
import { ThresholdedReLU } from "./thresholded-relu.ts";
import { Tile } from "./tile.ts";
import { TopK } from "./top-k.ts";
import { Transpose } from "./transpose.ts";
import { Trilu } from "./trilu.ts";
import { TruncatedModulo } from "./truncated-modulo.ts";
import { Xor } from "./xor.ts";

/** Every op. An explicit list: nothing registers itself. */
const list: readonly OpDef[] = [
  Abs,
  Add,
  And,
  ArgMax,
  ArgMin,
  AveragePool2D,
  BatchNorm,
  Cast,
  Ceil,
  CELU,
  Clip,
  Concat,
  Constant,
  Conv2D,
  Conv2DTranspose,
  Cos,
  CumSum,
  Dense,
  DepthToSpace,
  DepthwiseConv2D,
  Dequantize,
  DetectBoxes,
  Divide,
  Dropout,
  DynamicDense,
  ELU,
  Equal,
  Erf,
  Exp,
  Expand,
  Floor,
  FloorDivide,
  FloorModulo,
  Gather,
  GatherElements,
  GatherND,
  GELU,
  GlobalAveragePool2D,
  GlobalMaxPool2D,
  GroupNorm,
  GRU,
  HardSigmoid,
  HardSwish,
  Input,
  IsNaN,
  L2Normalize,
  LayerNorm,
  LeakyReLU,
  Less,
  LessEqual,
  LocalResponseNorm,
  Log,
  LogSoftmax,
  LSTM,
  MatMul,
  Maximum,
  MaxPool2D,
  MaxPoolIndices2D,
  Minimum,
  Mish,
  Multiply,
  Negative,
  Not,
  NotEqual,
  OneHot,
  Or,
  Pad,
  Pow,
  PReLU,
  Quantize,
  Reciprocal,
  ReduceMax,
  ReduceMean,
  ReduceMin,
  ReduceProd,
  ReduceSum,
  Reinterpret,
  ReLU,
  ReLU6,
  Requantize,
  Reshape,
  Resize,
  ResizeNearest,
  RNN,
  Round,
  RoundToHalf,
  Rsqrt,
  ScatterND,
  Select,
  SELU,
  Sigmoid,
  Sign,
  Sin,
  Slice,
  Softmax,
  Softplus,
  Softsign,
  SpaceToDepth,
  Sqrt,
  Square,
  SquaredDifference,
  Subtract,
  Swish,
  Tan,
  Tanh,
  ThresholdedReLU,
  Tile,
  TopK,
  Transpose,
  Trilu,
  TruncatedModulo,
  Xor,
];

export const ops: OpTable = new Map(list.map((op) => [op.name, op]));
