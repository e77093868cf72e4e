import { quantizedSum } from "./reduce-integers.ts";
import {
  defineReduction,
  onnxReduction,
  reducedAxes,
  reductionToOnnx,
  tfliteReduction,
} from "./reduction.ts";

export const ReduceMean = defineReduction({
  name: "ReduceMean",
  doc: "the mean over axes",
  kernel: "reduceMean",
  lowerInteger: (site) => quantizedSum(site, "mean"),
  onnx: { ReduceMean: onnxReduction("ReduceMean") },
  tflite: { MEAN: tfliteReduction("ReduceMean") },
  /** Means over all places are written as pooling, which ONNX Runtime computes on integers. */
  toOnnx(site, [input], build) {
    const { shape } = site.operands[0]!;
    const axes = reducedAxes(shape.length, site.attributes);
    const spatial = shape.length === 4 && axes.join() === "1,2" && site.attributes.keepDims;
    return spatial
      ? build.add(
          "GlobalAveragePool",
          [build.channelFirst(input!)],
          {},
          site.results,
          "channelFirst",
        )
      : reductionToOnnx("ReduceMean")(site, [input], build);
  },
});
