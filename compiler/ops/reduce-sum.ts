import { quantizedSum } from "./reduce-integers.ts";
import {
  defineReduction,
  onnxLogSumExp,
  onnxReduction,
  reductionToOnnx,
  tfliteReduction,
} from "./reduction.ts";

export const ReduceSum = defineReduction({
  name: "ReduceSum",
  doc: "the sum over axes",
  kernel: "reduceSum",
  integerKernel: "reduceSumInteger",
  lowerInteger: (site) => quantizedSum(site, "sum"),
  onnx: {
    ReduceSum: onnxReduction("ReduceSum"),
    ReduceL1: onnxReduction("ReduceSum", (build, x) => build.one("Abs", [x])),
    ReduceL2: (node, build) =>
      build.one("Sqrt", [
        onnxReduction("ReduceSum", (_, x) => build.one("Square", [x]))(node, build),
      ]),
    ReduceLogSum: (node, build) => build.one("Log", [onnxReduction("ReduceSum")(node, build)]),
    ReduceLogSumExp: onnxLogSumExp,
    ReduceSumSquare: onnxReduction("ReduceSum", (build, x) => build.one("Square", [x])),
  },
  tflite: { SUM: tfliteReduction("ReduceSum") },
  toOnnx: reductionToOnnx("ReduceSum"),
});
