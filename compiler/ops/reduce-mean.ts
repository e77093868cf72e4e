import type { OnnxExporter } from "../ir/op.ts";
import { writeReshape } from "./elementwise.ts";
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
  toOnnx(site, operands, build) {
    const { shape } = site.operands[0]!;
    const spatial = shape.length === 4 && reducedAxes(4, site.attributes).join() === "1,2";
    return (spatial ? spatialMean : reductionToOnnx("ReduceMean"))(site, operands, build);
  },
});

/** A mean over all places is written as pooling, which ONNX Runtime computes on integers. */
const spatialMean: OnnxExporter = ({ operands: [x], results: [y] }, [input], build) => {
  const [batch, , , channels] = x!.shape;
  const pooled = { ...y!, shape: [batch!, 1, 1, channels!] };
  const operands = [build.channelFirst(input!)];
  const [mean] = build.add("GlobalAveragePool", operands, {}, [pooled], "channelFirst");
  if (y!.shape.length === 4) return mean!;
  // Batch and channels stand in front of axes of extent 1: their order stays.
  return writeReshape(mean!, y!.shape, y!, build);
};
