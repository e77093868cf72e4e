import { defineReduction, onnxReduction, reductionToOnnx, tfliteReduction } from "./reduction.ts";

export const ReduceProd = defineReduction({
  name: "ReduceProd",
  doc: "the product over axes",
  kernel: "reduceProd",
  integerKernel: "reduceProdInteger",
  onnx: { ReduceProd: onnxReduction("ReduceProd") },
  tflite: { REDUCE_PROD: tfliteReduction("ReduceProd") },
  toOnnx: reductionToOnnx("ReduceProd"),
});
