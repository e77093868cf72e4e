import type { OpDef, OpTable } from "../ir/op.ts";
import { Abs } from "./abs.ts";
import { AveragePool2D } from "./average-pool-2d.ts";
import { Ceil } from "./ceil.ts";
import { CELU } from "./celu.ts";
import { Clip } from "./clip.ts";
import { Constant } from "./constant.ts";
import { Conv2D } from "./conv-2d.ts";
import { Conv2DTranspose } from "./conv-2d-transpose.ts";
import { Cos } from "./cos.ts";
import { Dense } from "./dense.ts";
import { DepthwiseConv2D } from "./depthwise-conv-2d.ts";
import { Dequantize } from "./dequantize.ts";
import { ELU } from "./elu.ts";
import { Erf } from "./erf.ts";
import { Exp } from "./exp.ts";
import { Floor } from "./floor.ts";
import { GELU } from "./gelu.ts";
import { GlobalAveragePool2D } from "./global-average-pool-2d.ts";
import { GlobalMaxPool2D } from "./global-max-pool-2d.ts";
import { HardSigmoid } from "./hard-sigmoid.ts";
import { HardSwish } from "./hard-swish.ts";
import { Input } from "./input.ts";
import { LeakyReLU } from "./leaky-relu.ts";
import { Log } from "./log.ts";
import { MatMul } from "./mat-mul.ts";
import { MaxPool2D } from "./max-pool-2d.ts";
import { MaxPoolIndices2D } from "./max-pool-indices-2d.ts";
import { Mish } from "./mish.ts";
import { Negative } from "./negative.ts";
import { Quantize } from "./quantize.ts";
import { Reciprocal } from "./reciprocal.ts";
import { ReLU } from "./relu.ts";
import { ReLU6 } from "./relu6.ts";
import { Reshape } from "./reshape.ts";
import { Round } from "./round.ts";
import { RoundToHalf } from "./round-to-half.ts";
import { Rsqrt } from "./rsqrt.ts";
import { SELU } from "./selu.ts";
import { Sigmoid } from "./sigmoid.ts";
import { Sign } from "./sign.ts";
import { Sin } from "./sin.ts";
import { Softplus } from "./softplus.ts";
import { Softsign } from "./softsign.ts";
import { Sqrt } from "./sqrt.ts";
import { Square } from "./square.ts";
import { Swish } from "./swish.ts";
import { Tan } from "./tan.ts";
import { Tanh } from "./tanh.ts";
import { ThresholdedReLU } from "./thresholded-relu.ts";

/** Every op. An explicit list: nothing registers itself. */
const list: readonly OpDef[] = [
  Abs,
  AveragePool2D,
  Ceil,
  CELU,
  Clip,
  Constant,
  Conv2D,
  Conv2DTranspose,
  Cos,
  Dense,
  DepthwiseConv2D,
  Dequantize,
  ELU,
  Erf,
  Exp,
  Floor,
  GELU,
  GlobalAveragePool2D,
  GlobalMaxPool2D,
  HardSigmoid,
  HardSwish,
  Input,
  LeakyReLU,
  Log,
  MatMul,
  MaxPool2D,
  MaxPoolIndices2D,
  Mish,
  Negative,
  Quantize,
  Reciprocal,
  ReLU,
  ReLU6,
  Reshape,
  Round,
  RoundToHalf,
  Rsqrt,
  SELU,
  Sigmoid,
  Sign,
  Sin,
  Softplus,
  Softsign,
  Sqrt,
  Square,
  Swish,
  Tan,
  Tanh,
  ThresholdedReLU,
];

export const ops: OpTable = new Map(list.map((op) => [op.name, op]));
