import { Rounding } from "../../runtime/reference/requantize.ts";
import { InferenceError } from "../ir/op.ts";
import { sizeOf } from "../ir/types.ts";
import { integerLayer, zeros } from "./accumulator.ts";
import { checkBias, convolutionGeometry } from "./convolution.ts";
import { defineOp } from "./define-op.ts";
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
import { depthwiseWeights } from "./weights.ts";

export const DepthwiseConv2D = defineOp({
  name: "DepthwiseConv2D",
  doc: "2-D convolution of each channel on its own, m results each: y[…, o] = bias[o] + Σ x[…, ⌊o/m⌋] · kernel[0, kh, kw, o]",
  operands: [
    { name: "input", role: "activation" },
    { name: "kernel", role: "weight", channelAxis: 3 },
    { name: "bias", role: "bias", optional: true, channelAxis: 0 },
  ],
  attributes: { ...windowAttributes, activation: activationAttribute },
  traits: [],
  weights: depthwiseWeights,
  infer([input, kernel, bias], attributes) {
    const [batch, height, width, channels] = rank4(input!, "input");
    const [one, kHeight, kWidth, outChannels] = rank4(kernel!, "kernel");
    if (one !== 1 || outChannels % channels !== 0)
      throw new InferenceError(
        `a depthwise \`kernel\` of [${kernel!.shape}] does not fit ${channels} channels`,
      );
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
    return [
      {
        kernel: "depthwiseConv2d",
        arguments: [operand(0), operand(1), bias, result(), ...convolutionGeometry(site)],
      },
    ];
  },
  lowerInteger(site) {
    const [, kHeight, kWidth, channels] = rank4(site.operands[1]!, "kernel");
    const layer = integerLayer(site, {
      channelAxis: 3,
      channels,
      terms: kHeight * kWidth,
      fixed: Rounding.fixedTwice,
      product: site.operands[0]!.dtype === "uint8" ? "float32" : "float64",
    });
    if (typeof layer === "string") return layer;
    return [
      {
        kernel: "depthwiseConv2dInteger",
        arguments: [
          operand(0),
          operand(1),
          layer.bias,
          layer.multiplier,
          layer.shift,
          { kind: "scratch", dtype: "int32", length: channels },
          result(),
          ...convolutionGeometry(site),
          ...layer.numbers,
        ],
      },
    ];
  },
  macs: ({ operands: [, kernel], results: [y] }) =>
    sizeOf(y!.shape) * sizeOf(kernel!.shape.slice(0, 3)),
  tflite: {
    DEPTHWISE_CONV_2D(op, build) {
      const [input, kernel, bias] = [op.input(0), op.input(1), op.inputs[2]];
      const dilations: Pair = [op.number("dilationHFactor"), op.number("dilationWFactor")];
      const window = tfliteWindow(
        op,
        spatialOf(input.type.shape),
        spatialOf(kernel.type.shape),
        dilations,
      );
      const y = build.one("DepthwiseConv2D", [input, kernel, bias], window);
      return activate(build, y, op.fusedActivation);
    },
  },
  toOnnx(site, [input, kernel, bias], build) {
    const { strides, dilations, pads } = windowOf(site.attributes);
    return build.add(
      "Conv",
      [build.channelFirst(input!), build.transpose(kernel!, [3, 0, 1, 2]), bias],
      {
        strides,
        dilations,
        pads,
        group: site.operands[0]!.shape[3]!,
        kernel_shape: spatialOf(site.operands[1]!.shape),
      },
      site.results,
      "channelFirst",
    );
  },
});
