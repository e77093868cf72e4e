import type {
  ExportedValue,
  ImportBuilder,
  ImportedValue,
  OnnxExportBuilder,
  OnnxNode,
} from "../ir/op.ts";
import { InferenceError } from "../ir/op.ts";
import { type Shape, sizeOf, tensor } from "../ir/types.ts";
import { zeros } from "./accumulator.ts";
import {
  checkBias,
  checkGroups,
  convolutionGeometry,
  groupsAttribute,
  lowerGrouped,
  overTwoDimensions,
} from "./convolution.ts";
import { convolveVolumeTransposed, tfliteWindow3, type Window3 } from "./convolution-3d.ts";
import { defineOp } from "./define-op.ts";
import type { WindowAxis } from "./pooling.ts";
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
import { convolutionWeights } from "./weights.ts";

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
  weights: convolutionWeights,
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
      if (node.input(0).type.shape.length === 5) return onnxVolume(node, build);
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
    CONV_3D_TRANSPOSE(op, build) {
      const [kernel, input, bias] = [op.input(1), op.input(2), op.inputs[3]];
      const wanted = op.outputTypes[0]!.shape.slice(1, 4);
      const window = tfliteWindow3(op, wanted, kernel.type.shape).map((axis, i) => {
        const end = uncutAlong(axis, input.type.shape[i + 1]!) - wanted[i]! - axis.begin;
        return { ...axis, end };
      });
      const weights = build.one("Transpose", [kernel], { permutation: [3, 0, 1, 2, 4] });
      const operands = [input, weights, bias] as const;
      const y = convolveVolumeTransposed(build, operands, window as unknown as Window3);
      return activate(build, y, op.fusedActivation);
    },
  },
  toOnnx(site, [input, kernel, bias], build) {
    const { strides, dilations, pads } = windowOf(site.attributes);
    const groups = site.attributes.groups as number;
    return build.add(
      "ConvTranspose",
      [build.channelFirst(input!), onnxKernel(build, kernel!, groups), bias],
      {
        ...(groups !== 1 && { group: groups }),
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
    uncutAlong({ size: size[axis], stride: strides[axis], dilation: dilations[axis] }, input[axis]);
  return [along(0), along(1)];
}

/** The places that the products of `input` places reach along one axis. */
function uncutAlong(
  { size, stride, dilation }: Pick<WindowAxis, "size" | "stride" | "dilation">,
  input: number,
): number {
  return (input - 1) * stride + (size - 1) * dilation + 1;
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

/** The opposite of `kernelOf`. */
function onnxKernel(build: OnnxExportBuilder, kernel: ExportedValue, groups: number) {
  if (groups === 1) return build.transpose(kernel, [3, 0, 1, 2]);
  const [outputs, kHeight, kWidth, inputs] = rank4(kernel.type, "kernel");
  const split = [groups, outputs / groups, kHeight, kWidth, inputs];
  const shape = [groups * inputs, outputs / groups, kHeight, kWidth];
  const permutation = [0, 4, 1, 2, 3];
  const known = build.constantOf(kernel);
  if (known && known.quant?.axis === undefined) {
    const turned = build.transpose(build.constant({ ...known, shape: split }), permutation);
    return build.constant({ ...build.constantOf(turned)!, shape });
  }
  // The scales of outputs of all groups lie along no axis of ONNX's kernel: it is turned as reals.
  const turned = build.transpose(reshaped(build, build.asIs(kernel), split), permutation);
  return reshaped(build, turned, shape);
}

function reshaped(build: OnnxExportBuilder, x: ExportedValue, shape: Shape): ExportedValue {
  const stated = build.constant(tensor("int32", [shape.length], [...shape]), "int64");
  return build.add("Reshape", [x, stated], {}, [{ dtype: x.type.dtype, shape }])[0]!;
}

/** A node over three dimensions, whose kernel is `[in, out, depth, height, width]`. */
function onnxVolume(node: OnnxNode, build: ImportBuilder): ImportedValue {
  const [x, kernel] = [node.input(0), node.input(1)];
  if (node.int("group", 1) !== 1 || kernel.type.shape.length !== 5)
    return build.reject("a transposed convolution in groups over 3 dimensions is not supported");
  const window = transposedAxes(node, x.type.shape.slice(2), kernel.type.shape.slice(2));
  const weights = build.one("Transpose", [kernel], { permutation: [1, 2, 3, 4, 0] });
  const operands = [toChannelLast(build, x), weights, node.inputs[2]] as const;
  const y = convolveVolumeTransposed(build, operands, window as unknown as Window3);
  return toChannelFirst(build, y);
}

/** The window attributes of a node over two dimensions, or over one that is seen as two. */
function windowOfNode(node: OnnxNode, input: Pair, size: Pair) {
  const [y, x] = transposedAxes(node, input, size) as readonly [WindowAxis, WindowAxis];
  return {
    strides: [y.stride, x.stride],
    dilationRate: [y.dilation, x.dilation],
    padding: [y.begin, x.begin, y.end, x.end],
  };
}

/**
 * What is cut off of the result along each axis: ONNX states the padding, or the output's size from which it follows; output
 * padding is a negative one. Of an axis more than the node knows, which has one place, it states nothing.
 */
function transposedAxes(node: OnnxNode, input: Shape, sizes: Shape): readonly WindowAxis[] {
  const mode = node.string("auto_pad", "NOTSET");
  const wanted = node.ints("output_shape");
  const pads = node.ints("pads") ?? [];
  return input.map((places, i) => {
    const behind = input.length - i;
    const stated = (list: readonly number[] | undefined, fallback: number) =>
      list?.at(-behind) ?? fallback;
    const axis = {
      size: sizes[i]!,
      stride: stated(node.ints("strides"), 1),
      dilation: stated(node.ints("dilations"), 1),
      extra: 0,
    };
    const further = stated(node.ints("output_padding"), 0);
    if (wanted === undefined && (mode === "NOTSET" || mode === "VALID")) {
      if (mode === "VALID") return { ...axis, begin: 0, end: -further };
      const half = pads.length / 2;
      const begin = behind > half ? 0 : pads[half - behind]!;
      const end = behind > half ? 0 : pads[pads.length - behind]!;
      return { ...axis, begin, end: end - further };
    }
    const full = uncutAlong(axis, places);
    const target = wanted ? stated(wanted, 1) : places * axis.stride;
    const total = Math.max(0, full + further - target);
    const half = Math.floor(total / 2);
    // The specification gives the odd row to the end under SAME_UPPER, and else to the beginning.
    const begin = mode === "SAME_UPPER" ? half : total - half;
    return { ...axis, begin, end: full - target - begin };
  });
}
