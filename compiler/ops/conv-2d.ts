import { sizeOf } from "../ir/types.ts";
import { zeros } from "./accumulator.ts";
import {
  checkBias,
  checkGroups,
  convolutionGeometry,
  convolve,
  groupsAttribute,
  lowerGrouped,
} from "./convolution.ts";
import { convolveVolume, tfliteWindow3 } from "./convolution-3d.ts";
import { defineOp } from "./define-op.ts";
import { integerSums } from "./quantized-values.ts";
import { activationAttribute, constant, operand, result } from "./requantization.ts";
import {
  activate,
  type Pair,
  rank4,
  spatialOf,
  tfliteWindow,
  windowAttributes,
  windowOf,
  windowOutput,
} from "./spatial.ts";
import { convolutionWeights } from "./weights.ts";

export const Conv2D = defineOp({
  name: "Conv2D",
  doc: "2-D convolution: y[b, h, w, o] = bias[o] + Σ x[b, h·s + kh·d − p, …, i] · kernel[o, kh, kw, i]",
  operands: [
    { name: "input", role: "activation" },
    { name: "kernel", role: "weight", channelAxis: 0 },
    { name: "bias", role: "bias", optional: true, channelAxis: 0 },
  ],
  attributes: { ...windowAttributes, groups: groupsAttribute, activation: activationAttribute },
  traits: [],
  weights: convolutionWeights,
  infer([input, kernel, bias], attributes) {
    const [batch, height, width, channels] = rank4(input!, "input");
    const [outChannels, kHeight, kWidth, groupChannels] = rank4(kernel!, "kernel");
    checkGroups(attributes, channels, groupChannels, outChannels);
    checkBias(bias, outChannels);
    const [outHeight, outWidth] = windowOutput(
      [height, width],
      [kHeight, kWidth],
      windowOf(attributes),
    );
    return [{ dtype: "float32", shape: [batch, outHeight, outWidth, outChannels] }];
  },
  lower(site) {
    const outChannels = site.results[0]!.shape[3]!;
    const bias = site.operands[2] ? operand(2) : constant(zeros("float32", outChannels));
    const numbers = [...convolutionGeometry(site), site.attributes.groups as number];
    return [{ kernel: "conv2d", arguments: [operand(0), operand(1), bias, result(), ...numbers] }];
  },
  lowerInteger: lowerGrouped("conv2dInteger"),
  macs: ({ operands: [, kernel], results: [y] }) =>
    sizeOf(y!.shape) * sizeOf(kernel!.shape.slice(1)),
  onnx: {
    ConvInteger(node, build) {
      const [x, kernel] = [node.input(0), node.input(1)];
      return integerSums(build, [x, kernel], [node.inputs[2], node.inputs[3]], (a, w, attributes) =>
        convolve(node, build, a, w, undefined, attributes),
      );
    },
    Conv: (node, build) => convolve(node, build, node.input(0), node.input(1), node.inputs[2]),
  },
  tflite: {
    CONV_2D(op, build) {
      const [input, kernel, bias] = [op.input(0), op.input(1), op.inputs[2]];
      const dilations: Pair = [op.number("dilationHFactor"), op.number("dilationWFactor")];
      const window = tfliteWindow(
        op,
        spatialOf(input.type.shape),
        spatialOf(kernel.type.shape),
        dilations,
      );
      const groups = input.type.shape[3]! / kernel.type.shape[3]!;
      const y = build.one("Conv2D", [input, kernel, bias], { ...window, groups });
      return activate(build, y, op.fusedActivation);
    },
    CONV_3D(op, build) {
      const [input, kernel, bias] = [op.input(0), op.input(1), op.inputs[2]];
      const window = tfliteWindow3(op, input.type.shape.slice(1, 4), kernel.type.shape);
      const weights = build.one("Transpose", [kernel], { permutation: [4, 0, 1, 2, 3] });
      const groups = input.type.shape[4]! / kernel.type.shape[3]!;
      const y = convolveVolume(build, [input, weights, bias], window, groups);
      return activate(build, y, op.fusedActivation);
    },
  },
  toOnnx(site, [input, kernel, bias], build) {
    const { strides, dilations, pads } = windowOf(site.attributes);
    return build.add(
      "Conv",
      [build.channelFirst(input!), build.channelFirst(kernel!), bias],
      {
        strides,
        dilations,
        pads,
        group: site.attributes.groups as number,
        kernel_shape: spatialOf(site.operands[1]!.shape),
      },
      site.results,
      "channelFirst",
    );
  },
});
