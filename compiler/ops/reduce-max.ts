import {
  defineReduction,
  extremesOf,
  onnxReduction,
  reductionToOnnx,
  tfliteReduction,
} from "./reduction.ts";

export const ReduceMax = defineReduction({
  name: "ReduceMax",
  doc: "the largest element over axes",
  kernel: "reduceMax",
  ofNothing: (type) => extremesOf(type)[0],
  traits: ["movement"],
  onnx: { ReduceMax: onnxReduction("ReduceMax") },
  tflite: {
    REDUCE_MAX: tfliteReduction("ReduceMax"),
    REDUCE_ANY: tfliteReduction("ReduceMax"),
  },
  toOnnx: reductionToOnnx("ReduceMax"),
});
