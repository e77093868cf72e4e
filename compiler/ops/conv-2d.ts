import { Rounding } from "../../runtime/reference/requantize.ts";
import { InferenceError, type Site } from "../ir/op.ts";
import { tensor } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import {
  activationAttribute,
  constant,
  limitsOf,
  operand,
  rescale,
  result,
  scaleOf,
  zeroPointOf,
} from "./requantization.ts";
import {
  activate,
  onnxWindow,
  type Pair,
  rank4,
  spatialOf,
  tfliteWindow,
  toChannelFirst,
  toChannelLast,
  windowAttributes,
  windowOf,
  windowOutput,
} from "./spatial.ts";

/** Shape and window numbers in the order in which the kernels take them. */
function geometry({ operands, results, attributes }: Site): readonly number[] {
  const [batch, inHeight, inWidth, inChannels] = rank4(operands[0]!, "input");
  const [outChannels, kHeight, kWidth] = rank4(operands[1]!, "kernel");
  const [, outHeight, outWidth] = rank4(results[0]!, "output");
  const { strides, dilations, pads } = windowOf(attributes);
  return [
    batch,
    inHeight,
    inWidth,
    inChannels,
    outHeight,
    outWidth,
    outChannels,
    kHeight,
    kWidth,
    ...strides,
    ...dilations,
    pads[0],
    pads[1],
    attributes.groups as number,
  ];
}

export const Conv2D = defineOp({
  name: "Conv2D",
  doc: "2-D convolution: y[b, h, w, o] = bias[o] + Σ x[b, h·s + kh·d − p, …, i] · kernel[o, kh, kw, i]",
  operands: [
    { name: "input", role: "activation" },
    { name: "kernel", role: "weight", channelAxis: 0 },
    { name: "bias", role: "bias", optional: true, channelAxis: 0 },
  ],
  attributes: {
    ...windowAttributes,
    groups: {
      kind: "number",
      default: 1,
      doc: "number of channel groups that do not see each other",
    },
    activation: activationAttribute,
  },
  traits: [],
  infer([input, kernel, bias], attributes) {
    const [batch, height, width, channels] = rank4(input!, "input");
    const [outChannels, kHeight, kWidth, groupChannels] = rank4(kernel!, "kernel");
    const groups = attributes.groups as number;
    if (groupChannels * groups !== channels || outChannels % groups !== 0) {
      throw new InferenceError(
        `a kernel for ${groupChannels} × ${groups} channels does not fit an input of ${channels}`,
      );
    }
    if (bias && bias.shape[0] !== outChannels) {
      throw new InferenceError(
        `\`bias\` has ${bias.shape[0]} elements for ${outChannels} channels`,
      );
    }
    const [outHeight, outWidth] = windowOutput(
      [height, width],
      [kHeight, kWidth],
      windowOf(attributes),
    );
    return [{ dtype: "float32", shape: [batch, outHeight, outWidth, outChannels] }];
  },
  lower(site) {
    const outChannels = site.results[0]!.shape[3]!;
    const bias = site.operands[2]
      ? operand(2)
      : constant(tensor("float32", [outChannels], new Float32Array(outChannels)));
    return [
      { kernel: "conv2d", arguments: [operand(0), operand(1), bias, result(), ...geometry(site)] },
    ];
  },
  lowerInteger(site) {
    const [x, kernel] = site.operands;
    const [y] = site.results;
    const outChannels = y!.shape[3]!;
    if (new Set(kernel!.quant!.zeroPoint).size > 1)
      return "its weights have a different zero point in each channel";
    const bias = site.operands[2]
      ? operand(2)
      : constant(tensor("int32", [outChannels], new Int32Array(outChannels)));
    const kernelScales =
      y!.shape[3] === kernel!.quant!.scale.length
        ? kernel!.quant!.scale
        : Array(outChannels).fill(kernel!.quant!.scale[0]!);
    const { multiplier, shift, rounding } = rescale(
      site.requantize,
      scaleOf(x!),
      kernelScales,
      scaleOf(y!),
      Rounding.fixedTwice,
    );
    const [low, high] = limitsOf(site.attributes, y!, site.requantize);
    return [
      {
        kernel: "conv2dInteger",
        arguments: [
          operand(0),
          operand(1),
          bias,
          multiplier,
          shift,
          result(),
          ...geometry(site),
          zeroPointOf(x!),
          kernel!.quant!.zeroPoint[0]!,
          zeroPointOf(y!),
          low,
          high,
          rounding,
        ],
      },
    ];
  },
  onnx: {
    Conv(node, build) {
      const [x, kernel, bias] = [node.input(0), node.input(1), node.inputs[2]];
      const rank = x.type.shape.length;
      if (rank !== 3 && rank !== 4)
        return build.reject(`convolution over ${rank - 2} dimensions is not supported`);
      // A 1-D convolution is a 2-D one of height 1.
      const wide = (value: typeof x) =>
        rank === 4
          ? value
          : build.one("Reshape", [value], {
              shape: [value.type.shape[0]!, value.type.shape[1]!, 1, value.type.shape[2]!],
            });
      const input = toChannelLast(build, wide(x));
      const weights = toChannelLast(build, wide(kernel));
      const size = spatialOf(weights.type.shape);
      const attributes = onnxWindow(node, spatialOf(input.type.shape), size);
      const groups = node.int("group", 1);
      const depthwise = groups > 1 && groups === input.type.shape[3] && weights.type.shape[3] === 1;
      const y = depthwise
        ? build.one(
            "DepthwiseConv2D",
            [input, build.one("Transpose", [weights], { permutation: [3, 1, 2, 0] }), bias],
            attributes,
          )
        : build.one("Conv2D", [input, weights, bias], { ...attributes, groups });
      const back = toChannelFirst(build, y);
      const [batch, channels, , width] = back.type.shape;
      return rank === 4
        ? back
        : build.one("Reshape", [back], { shape: [batch!, channels!, width!] });
    },
  },
  tflite: {
    CONV_2D(op, build) {
      const [input, kernel, bias] = [op.input(0), op.input(1), op.inputs[2]];
      const dilations: Pair = [op.number("dilationHFactor"), op.number("dilationWFactor")];
      const attributes = tfliteWindow(
        op,
        spatialOf(input.type.shape),
        spatialOf(kernel.type.shape),
        dilations,
      );
      const groups = input.type.shape[3]! / kernel.type.shape[3]!;
      return activate(
        build,
        build.one("Conv2D", [input, kernel, bias], { ...attributes, groups }),
        op.fusedActivation,
      );
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
