import type { ImportBuilder, ImportedValue, OnnxNode } from "../ir/op.ts";
import { InferenceError } from "../ir/op.ts";
import { sizeOf } from "../ir/types.ts";
import { zeros } from "./accumulator.ts";
import {
  checkBias,
  checkGroups,
  convolutionGeometry,
  groupsAttribute,
  lowerGrouped,
  overTwoDimensions,
} from "./convolution.ts";
import { defineOp } from "./define-op.ts";
import { activationAttribute, constant, operand, result } from "./requantization.ts";
import {
  activate,
  type Pads,
  type Pair,
  rank4,
  samePads,
  spatialOf,
  toChannelFirst,
  toChannelLast,
  windowAttributes,
  windowOf,
} from "./spatial.ts";

export const Conv2DTranspose = defineOp({
  name: "Conv2DTranspose",
  doc: "transposed 2-D convolution: y[b, h·s + kh·d − p, …, o] = bias[o] + Σ x[b, h, w, i] · kernel[o, kh, kw, i]",
  operands: [
    { name: "input", role: "activation" },
    { name: "kernel", role: "weight", channelAxis: 0 },
    { name: "bias", role: "bias", optional: true, channelAxis: 0 },
  ],
  attributes: {
    ...windowAttributes,
    padding: {
      kind: "numbers",
      default: [0, 0, 0, 0],
      doc: "rows and columns cut off: top, left, bottom, right; negative ones are added",
    },
    groups: groupsAttribute,
    activation: activationAttribute,
  },
  traits: [],
  infer([input, kernel, bias], attributes) {
    const [batch, height, width, channels] = rank4(input!, "input");
    const [outChannels, kHeight, kWidth, groupChannels] = rank4(kernel!, "kernel");
    checkGroups(attributes, channels, groupChannels, outChannels);
    checkBias(bias, outChannels);
    const { strides, dilations, pads } = windowOf(attributes);
    const out = uncut([height, width], [kHeight, kWidth], strides, dilations);
    const [outHeight, outWidth] = [out[0] - pads[0] - pads[2], out[1] - pads[1] - pads[3]];
    if (outHeight < 0 || outWidth < 0)
      throw new InferenceError(`\`padding\` [${pads}] cuts off more than the ${out.join(" × ")}`);
    return [{ dtype: "float32", shape: [batch, outHeight, outWidth, outChannels] }];
  },
  lower(site) {
    const bias = site.operands[2]
      ? operand(2)
      : constant(zeros("float32", site.results[0]!.shape[3]!));
    const numbers = [...convolutionGeometry(site), site.attributes.groups as number];
    return [
      {
        kernel: "conv2dTranspose",
        arguments: [operand(0), operand(1), bias, result(), ...numbers],
      },
    ];
  },
  lowerInteger: lowerGrouped("conv2dTransposeInteger"),
  // Each element of the input meets the kernels of its group; what the padding cuts off counts too.
  macs: ({ operands: [x, kernel], attributes }) =>
    (sizeOf(x!.shape) * sizeOf(kernel!.shape.slice(0, 3))) / (attributes.groups as number),
  onnx: {
    ConvTranspose(node, build) {
      return overTwoDimensions(build, node.input(0), node.input(1), (x, kernel) => {
        const input = toChannelLast(build, x);
        const groups = node.int("group", 1);
        const weights = kernelOf(build, kernel, groups);
        const window = windowOfNode(
          node,
          spatialOf(input.type.shape),
          spatialOf(weights.type.shape),
        );
        const y = build.one("Conv2DTranspose", [input, weights, node.inputs[2]], {
          ...window,
          groups,
        });
        return toChannelFirst(build, y);
      });
    },
  },
  tflite: {
    TRANSPOSE_CONV(op, build) {
      const [kernel, input, bias] = [op.input(1), op.input(2), op.inputs[3]];
      const size = spatialOf(kernel.type.shape);
      const strides: Pair = [op.number("strideH"), op.number("strideW")];
      const wanted = spatialOf(op.outputTypes[0]!.shape);
      // TFLite pads as the convolution would that has this input as its output.
      const [top, left] =
        op.number("padding") === 0 ? samePads(wanted, size, strides, [1, 1]) : [0, 0];
      const full = uncut(spatialOf(input.type.shape), size, strides, [1, 1]);
      const padding: Pads = [top, left, full[0] - wanted[0] - top, full[1] - wanted[1] - left];
      const y = build.one("Conv2DTranspose", [input, kernel, bias], { strides, padding });
      return activate(build, y, op.fusedActivation);
    },
  },
  toOnnx(site, [input, kernel, bias], build) {
    const { strides, dilations, pads } = windowOf(site.attributes);
    const groups = site.attributes.groups as number;
    if (groups !== 1) return build.reject("a transposed convolution in groups cannot be exported");
    return build.add(
      "ConvTranspose",
      [build.channelFirst(input!), build.transpose(kernel!, [3, 0, 1, 2]), bias],
      {
        strides,
        dilations,
        pads: pads.map((size) => Math.max(0, size)),
        output_padding: [Math.max(0, -pads[2]), Math.max(0, -pads[3])],
        kernel_shape: spatialOf(site.operands[1]!.shape),
      },
      site.results,
      "channelFirst",
    );
  },
});

/** Height and width that all products of an input reach. */
function uncut(input: Pair, size: Pair, strides: Pair, dilations: Pair): Pair {
  const along = (axis: 0 | 1) =>
    (input[axis] - 1) * strides[axis] + (size[axis] - 1) * dilations[axis] + 1;
  return [along(0), along(1)];
}

/** ONNX's kernel `[in, out / groups, kh, kw]` as `[out, kh, kw, in / groups]`. */
function kernelOf(build: ImportBuilder, kernel: ImportedValue, groups: number): ImportedValue {
  if (groups === 1) return build.one("Transpose", [kernel], { permutation: [1, 2, 3, 0] });
  const [inputs, groupOutputs, kHeight, kWidth] = kernel.type.shape as [
    number,
    number,
    number,
    number,
  ];
  const split = build.one("Reshape", [kernel], {
    shape: [groups, inputs / groups, groupOutputs, kHeight, kWidth],
  });
  const turned = build.one("Transpose", [split], { permutation: [0, 2, 3, 4, 1] });
  return build.one("Reshape", [turned], {
    shape: [groups * groupOutputs, kHeight, kWidth, inputs / groups],
  });
}

/** ONNX states the padding, or the output's size from which it follows; output padding is a negative one. */
function windowOfNode(node: OnnxNode, input: Pair, size: Pair) {
  const pair = (name: string, fallback: number): Pair => {
    const values = node.ints(name) ?? [];
    return values.length === 1
      ? [fallback, values[0]!]
      : [values[0] ?? fallback, values[1] ?? fallback];
  };
  const strides = pair("strides", 1);
  const dilationRate = pair("dilations", 1);
  // A 1-D node states nothing of the height, which has one place.
  const extra: Pair = pair("output_padding", 0);
  const full = uncut(input, size, strides, dilationRate);
  const mode = node.string("auto_pad", "NOTSET");
  const stated = node.ints("output_shape");
  if (stated === undefined && (mode === "NOTSET" || mode === "VALID")) {
    const pads = mode === "VALID" ? [] : (node.ints("pads") ?? []);
    const [top, left, bottom, right] = pads.length === 2 ? [0, pads[0], 0, pads[1]] : pads;
    const padding = [top ?? 0, left ?? 0, (bottom ?? 0) - extra[0], (right ?? 0) - extra[1]];
    return { strides, dilationRate, padding };
  }
  const wanted: Pair = stated
    ? [stated.length < 2 ? 1 : stated.at(-2)!, stated.at(-1)!]
    : [input[0] * strides[0], input[1] * strides[1]];
  const cut = (axis: 0 | 1): Pair => {
    const total = Math.max(0, full[axis] + extra[axis] - wanted[axis]);
    const half = Math.floor(total / 2);
    // The specification gives the odd row to the end under SAME_UPPER, and else to the beginning.
    const begin = mode === "SAME_UPPER" ? half : total - half;
    return [begin, full[axis] - wanted[axis] - begin];
  };
  const [[top, bottom], [left, right]] = [cut(0), cut(1)];
  return { strides, dilationRate, padding: [top, left, bottom, right] };
}
