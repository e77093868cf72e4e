import { defineReduction, onnxReduction, reductionToOnnx, tfliteReduction } from "./reduction.ts";

export const ReduceMin = defineReduction({
  name: "ReduceMin",
  doc: "the smallest element over axes",
  kernel: "reduceMin",
  traits: ["movement"],
  onnx: { ReduceMin: onnxReduction("ReduceMin") },
  tflite: {
    REDUCE_MIN: tfliteReduction("ReduceMin"),
    REDUCE_ALL: tfliteReduction("ReduceMin"),
  },
  toOnnx: reductionToOnnx("ReduceMin"),
});
