import { type ImportBuilder, type ImportedValue, InferenceError, type OnnxNode } from "../ir/op.ts";
import { sizeOf, tensor } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { checkReal } from "./elementwise.ts";
import { operand, result } from "./requantization.ts";
import { toChannelFirst, toChannelLast } from "./spatial.ts";
import { range } from "./views.ts";
import { batchNormWeights } from "./weights.ts";

const perChannel = { role: "parameter", channelAxis: 0 } as const;

export const BatchNorm = defineOp({
  name: "BatchNorm",
  doc: "y = gamma · (x − mean) / √(variance + epsilon) + beta for each channel, the last axis",
  operands: [
    { name: "input", role: "activation" },
    { name: "gamma", ...perChannel },
    { name: "beta", ...perChannel },
    { name: "mean", ...perChannel },
    { name: "variance", ...perChannel },
  ],
  attributes: {
    epsilon: { kind: "number", default: 1e-3, doc: "added to the variance" },
  },
  traits: [],
  weights: batchNormWeights,
  infer([input, ...parameters]) {
    const { dtype, shape } = checkReal(input!, "input");
    for (const parameter of parameters) {
      if (parameter!.shape.length !== 1 || parameter!.shape[0] !== shape.at(-1))
        throw new InferenceError(
          `parameters of [${parameter!.shape}] do not fit ${shape.at(-1)} channels`,
        );
    }
    return [{ dtype, shape }];
  },
  lower({ operands: [x], attributes }) {
    const channels = x!.shape.at(-1)!;
    return [
      {
        kernel: "batchNorm",
        arguments: [
          ...range(5).map(operand),
          result(),
          sizeOf(x!.shape) / channels,
          channels,
          Math.fround(attributes.epsilon as number),
        ],
      },
    ];
  },
  onnx: { BatchNormalization: onnxBatchNorm },
  toOnnx: (site, [input, ...parameters], build) =>
    build.add(
      "BatchNormalization",
      [build.channelFirst(input!), ...parameters],
      { epsilon: { float: site.attributes.epsilon as number } },
      site.results,
      "channelFirst",
    ),
});

function onnxBatchNorm(
  node: OnnxNode,
  build: ImportBuilder,
): ImportedValue | readonly ImportedValue[] {
  if (node.int("spatial", 1) !== 1)
    return build.reject("parameters for each place (`spatial` = 0) are not supported");
  const epsilon = node.float("epsilon", 1e-5);
  const [x, gamma, beta, mean, variance] = range(5).map((i) => node.input(i));
  const planar = x!.type.shape.length > 2;
  const input = planar ? toChannelLast(build, x!) : x!;
  const back = (y: ImportedValue) => (planar ? toChannelFirst(build, y) : y);
  if (node.int("training_mode", 0) === 0)
    return back(build.one("BatchNorm", [input, gamma, beta, mean, variance], { epsilon }));
  const overPlaces = (value: ImportedValue) =>
    build.one("ReduceMean", [value], {
      axes: range(input.type.shape.length - 1),
      keepDims: false,
    });
  const batchMean = overPlaces(input);
  const distance = build.one("Subtract", [input, batchMean]);
  const batchVariance = overPlaces(build.one("Square", [distance]));
  const y = build.one("BatchNorm", [input, gamma, beta, batchMean, batchVariance], { epsilon });
  const momentum = node.float("momentum", 0.9);
  const share = (value: ImportedValue, part: number) =>
    build.one("Multiply", [value, build.constant(tensor("float32", [], [part]))]);
  const running = (before: ImportedValue, now: ImportedValue) =>
    build.one("Add", [share(before, momentum), share(now, 1 - momentum)]);
  return [back(y), running(mean!, batchMean), running(variance!, batchVariance)];
}
