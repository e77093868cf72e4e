import { Rounding } from "../../runtime/reference/requantize.ts";
import type { Attributes } from "../ir/graph.ts";
import {
  type ImportBuilder,
  type ImportedValue,
  InferenceError,
  type OnnxNode,
  type OpDef,
  type Site,
} from "../ir/op.ts";
import type { TensorType } from "../ir/types.ts";
import { integerLayer } from "./accumulator.ts";
import { convolveVolume, type Window3 } from "./convolution-3d.ts";
import { windowAxes } from "./pooling.ts";
import { operand, result } from "./requantization.ts";
import {
  onnxWindow,
  rank4,
  spatialOf,
  toChannelFirst,
  toChannelLast,
  windowOf,
} from "./spatial.ts";

/** What the importers, shapes and calls of the convolutions have in common. */

/** `batch, inHeight, inWidth, inChannels, outHeight, outWidth, outChannels, kHeight, kWidth, strides, dilations, padTop, padLeft`. */
export function convolutionGeometry({ operands, results, attributes }: Site): readonly number[] {
  const [, kHeight, kWidth] = rank4(operands[1]!, "kernel");
  const { strides, dilations, pads } = windowOf(attributes);
  return [
    ...operands[0]!.shape,
    ...results[0]!.shape.slice(1),
    kHeight,
    kWidth,
    ...strides,
    ...dilations,
    pads[0],
    pads[1],
  ];
}

/** The integer calls of a convolution in groups, forward or transposed: its kernel is [out, height, width, in / groups]. */
export function lowerGrouped(kernel: string): NonNullable<OpDef["lowerInteger"]> {
  return (site) => {
    const [channels, kHeight, kWidth, groupChannels] = rank4(site.operands[1]!, "kernel");
    const layer = integerLayer(site, {
      channelAxis: 0,
      channels,
      terms: kHeight * kWidth * groupChannels,
      fixed: Rounding.fixedTwice,
      product: site.operands[0]!.dtype === "uint8" ? "float32" : "float64",
    });
    if (typeof layer === "string") return layer;
    return [
      {
        kernel,
        arguments: [
          operand(0),
          operand(1),
          layer.bias,
          layer.multiplier,
          layer.shift,
          result(),
          ...convolutionGeometry(site),
          site.attributes.groups as number,
          ...layer.numbers,
        ],
      },
    ];
  };
}

export function checkBias(bias: TensorType | undefined, channels: number): void {
  if (bias && (bias.shape.length !== 1 || bias.shape[0] !== channels))
    throw new InferenceError(`a \`bias\` of [${bias.shape}] does not fit ${channels} channels`);
}

/**
 * The ONNX operator `Conv` on data `[N, C, …]` and kernels `[O, C / groups, …]` of one to three dimensions; `further` are
 * attributes beside the window's.
 */
export function convolve(
  node: OnnxNode,
  build: ImportBuilder,
  x: ImportedValue,
  kernel: ImportedValue,
  bias: ImportedValue | undefined,
  further: Attributes = {},
): ImportedValue {
  if (x.type.shape.length === 5 && kernel.type.shape.length === 5) {
    const window = windowAxes(node, x.type.shape.slice(2), kernel.type.shape.slice(2));
    const operands = [toChannelLast(build, x), toChannelLast(build, kernel), bias] as const;
    const groups = node.int("group", 1);
    const volume = convolveVolume(build, operands, window as unknown as Window3, groups, further);
    return toChannelFirst(build, volume);
  }
  return overTwoDimensions(build, x, kernel, (wideX, wideKernel) => {
    const input = toChannelLast(build, wideX);
    const weights = toChannelLast(build, wideKernel);
    const window = onnxWindow(node, spatialOf(input.type.shape), spatialOf(weights.type.shape));
    const groups = node.int("group", 1);
    const depthwise = groups > 1 && groups === input.type.shape[3] && weights.type.shape[3] === 1;
    const y = depthwise
      ? build.one(
          "DepthwiseConv2D",
          [input, build.one("Transpose", [weights], { permutation: [3, 1, 2, 0] }), bias],
          { ...window, ...further },
        )
      : build.one("Conv2D", [input, weights, bias], { ...window, groups, ...further });
    return toChannelFirst(build, y);
  });
}

/**
 * A convolution of ONNX over one dimension as one over two, of which the first has one place; over two as it is.
 * `compute` maps `[N, C, H, W]` and the kernel to `[N, C, H, W]`.
 */
export function overTwoDimensions(
  build: ImportBuilder,
  x: ImportedValue,
  kernel: ImportedValue,
  compute: (x: ImportedValue, kernel: ImportedValue) => ImportedValue,
): ImportedValue {
  const rank = x.type.shape.length;
  if (kernel.type.shape.length !== rank)
    return build.reject(
      `a kernel of rank ${kernel.type.shape.length} for an input of rank ${rank}`,
    );
  if (rank === 4) return compute(x, kernel);
  if (rank !== 3) return build.reject(`a convolution over ${rank - 2} dimensions is not supported`);
  const wide = (value: ImportedValue) => {
    const [outer, channels, width] = value.type.shape;
    return build.one("Reshape", [value], { shape: [outer!, channels!, 1, width!] });
  };
  const y = compute(wide(x), wide(kernel));
  const [batch, channels, , width] = y.type.shape;
  return build.one("Reshape", [y], { shape: [batch!, channels!, width!] });
}

export const groupsAttribute = {
  kind: "number",
  default: 1,
  doc: "number of channel groups that do not see each other",
} as const;

/** Throws an `InferenceError` if the kernel's channels do not fit the groups and the input's channels. */
export function checkGroups(
  attributes: Attributes,
  channels: number,
  groupChannels: number,
  outChannels: number,
): void {
  const groups = attributes.groups as number;
  if (groupChannels * groups !== channels || outChannels % groups !== 0)
    throw new InferenceError(
      `a kernel for ${groupChannels} × ${groups} channels does not fit an input of ${channels}`,
    );
}
