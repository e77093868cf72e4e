import {
  defineReduction,
  extremesOf,
  onnxReduction,
  reductionToOnnx,
  tfliteReduction,
} from "./reduction.ts";

export const ReduceMin = defineReduction({
  name: "ReduceMin",
  doc: "the smallest element over axes",
  kernel: "reduceMin",
  ofNothing: (type) => extremesOf(type)[1],
  traits: ["movement"],
  onnx: { ReduceMin: onnxReduction("ReduceMin") },
  tflite: {
    REDUCE_MIN: tfliteReduction("ReduceMin"),
    REDUCE_ALL: tfliteReduction("ReduceMin"),
  },
  toOnnx: reductionToOnnx("ReduceMin"),
});
