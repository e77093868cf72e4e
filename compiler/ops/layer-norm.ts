import { type ImportBuilder, type ImportedValue, InferenceError, type OnnxNode } from "../ir/op.ts";
import { sizeOf, tensor } from "../ir/types.ts";
import { zeros } from "./accumulator.ts";
import { defineOp } from "./define-op.ts";
import { checkReal } from "./elementwise.ts";
import { constant, operand, result } from "./requantization.ts";
import { rmsNormLayers } from "./rms-norm.ts";
import { axisOf, range } from "./views.ts";
import { channelWeights } from "./weights.ts";

export const LayerNorm = defineOp({
  name: "LayerNorm",
  doc: "y = gamma · (x − m) / √(v + epsilon) + beta with the mean m and variance v over the axes from `axis` on",
  operands: [
    { name: "input", role: "activation" },
    { name: "gamma", role: "parameter" },
    { name: "beta", role: "parameter", optional: true },
  ],
  attributes: {
    axis: {
      kind: "number",
      default: -1,
      doc: "the first of the axes that are normalised together",
    },
    epsilon: { kind: "number", default: 1e-5, doc: "added to the variance" },
  },
  traits: [],
  weights: channelWeights("gamma"),
  infer([input, ...parameters], { axis }) {
    const { dtype, shape } = checkReal(input!, "input");
    const length = sizeOf(shape.slice(axisOf(axis as number, shape.length)));
    for (const parameter of parameters) {
      if (parameter && sizeOf(parameter.shape) !== length)
        throw new InferenceError(
          `parameters of [${parameter.shape}] do not fit rows of ${length} elements`,
        );
    }
    return [{ dtype, shape }];
  },
  lower({ operands: [x, , beta], attributes }) {
    const axis = axisOf(attributes.axis as number, x!.shape.length);
    const length = sizeOf(x!.shape.slice(axis));
    return [
      {
        kernel: "layerNorm",
        arguments: [
          operand(0),
          operand(1),
          beta ? operand(2) : constant(zeros("float32", length)),
          result(),
          sizeOf(x!.shape.slice(0, axis)),
          length,
          Math.fround(attributes.epsilon as number),
        ],
      },
    ];
  },
  onnx: {
    LayerNormalization: onnxLayerNorm,
    "com.microsoft.SkipLayerNormalization": skipLayerNorm,
    ...rmsNormLayers,
  },
  toOnnx: (site, [input, gamma, beta], build) =>
    build.add(
      "LayerNormalization",
      [build.asIs(input!), gamma, beta],
      {
        axis: site.attributes.axis as number,
        epsilon: { float: site.attributes.epsilon as number },
      },
      site.results,
    ),
});

/** ONNX's node may also give the mean and the inverse of the deviation, which keep the reduced axes as 1. */
function onnxLayerNorm(node: OnnxNode, build: ImportBuilder): readonly ImportedValue[] {
  const [x, gamma, beta] = [node.input(0), node.input(1), node.inputs[2]];
  const axis = axisOf(node.int("axis", -1), x.type.shape.length);
  const epsilon = node.float("epsilon", 1e-5);
  const y = build.one("LayerNorm", [x, gamma, beta], { axis, epsilon });
  if (!node.outputNames[1] && !node.outputNames[2]) return [y];
  const mean = (value: ImportedValue) =>
    build.one("ReduceMean", [value], {
      axes: range(x.type.shape.length - axis, axis),
      keepDims: true,
    });
  const center = mean(x);
  const variance = mean(build.one("Square", [build.one("Subtract", [x, center])]));
  const raised = build.one("Add", [variance, build.constant(tensor("float32", [], [epsilon]))]);
  return [y, center, build.one("Rsqrt", [raised])];
}

/** `com.microsoft.SkipLayerNormalization`: inputs `x, skip, gamma, beta, bias`; the sum is the fourth output. */
function skipLayerNorm(node: OnnxNode, build: ImportBuilder): readonly ImportedValue[] {
  if (node.outputNames[1] || node.outputNames[2])
    return build.reject("its outputs `mean` and `inv_std_var` are not supported");
  const bias = node.inputs[4];
  const sum = build.one("Add", [node.input(0), node.input(1)]);
  const total = bias ? build.one("Add", [sum, bias]) : sum;
  const y = build.one("LayerNorm", [total, node.input(2), node.inputs[3]], {
    epsilon: node.float("epsilon", 1e-12),
  });
  return [y, y, y, total];
}
