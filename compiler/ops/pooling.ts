import type { Attributes } from "../ir/graph.ts";
import type { ImportBuilder, ImportedValue, OnnxNode, Site, TFLiteOperator } from "../ir/op.ts";
import type { TensorType } from "../ir/types.ts";
import {
  type Pair,
  rank4,
  samePads,
  spatialOf,
  tfliteWindow,
  toChannelFirst,
  toChannelLast,
  windowAttributes,
  windowOf,
  windowOutput,
} from "./spatial.ts";

/** What the pooling ops have in common. */
export const poolAttributes = {
  poolSize: { kind: "numbers", doc: "height and width of the window" },
  ...windowAttributes,
} as const;

export function poolShape(input: TensorType, attributes: Attributes): readonly number[] {
  const [batch, height, width, channels] = rank4(input, "input");
  const size = attributes.poolSize as unknown as Pair;
  const [outHeight, outWidth] = windowOutput([height, width], size, windowOf(attributes));
  return [batch, outHeight, outWidth, channels];
}

/** The kernels' arguments from `batch` to `padLeft`. */
export function poolGeometry({ operands, results, attributes }: Site): readonly number[] {
  const [batch, inHeight, inWidth, channels] = rank4(operands[0]!, "input");
  const [outHeight, outWidth] = spatialOf(results[0]!.shape);
  const { strides, dilations, pads } = windowOf(attributes);
  return [
    batch,
    inHeight,
    inWidth,
    outHeight,
    outWidth,
    channels,
    ...(attributes.poolSize as readonly number[]),
    ...strides,
    ...dilations,
    pads[0],
    pads[1],
  ];
}

/** The shape of what is pooled over all places. */
export function globalPoolShape(input: TensorType): readonly number[] {
  const [batch, , , channels] = rank4(input, "input");
  return [batch, 1, 1, channels];
}

/** `batch, places, channels`. */
export function globalPoolGeometry({ operands }: Site): readonly number[] {
  const [batch, height, width, channels] = rank4(operands[0]!, "input");
  return [batch, height * width, channels];
}

/** The window of an ONNX node along one spatial axis. */
export interface WindowAxis {
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  /** The node's own padding, and the rows that rounding up needs behind it. */
  readonly begin: number;
  readonly end: number;
  readonly extra: number;
}

/** The windows of a node over `spatial` places along each axis; of these sizes. */
export function windowAxes(
  node: OnnxNode,
  spatial: readonly number[],
  sizes: readonly number[] = node.ints("kernel_shape") ?? [],
): readonly WindowAxis[] {
  const pads = node.ints("pads") ?? [];
  const mode = node.string("auto_pad", "NOTSET");
  return spatial.map((input, axis) => {
    const size = sizes[axis] ?? 1;
    const stride = node.ints("strides")?.[axis] ?? 1;
    const dilation = node.ints("dilations")?.[axis] ?? 1;
    const reach = (size - 1) * dilation + 1;
    if (mode === "SAME_UPPER" || mode === "SAME_LOWER") {
      const odd = mode === "SAME_UPPER" ? "upper" : "lower";
      const [begin, , end] = samePads([input, 1], [size, 1], [stride, 1], [dilation, 1], odd);
      return { size, stride, dilation, begin, end, extra: 0 };
    }
    const [begin, end] =
      mode === "VALID" ? [0, 0] : [pads[axis] ?? 0, pads[axis + spatial.length] ?? 0];
    const free = input + begin + end - reach;
    let steps = Math.ceil(free / stride);
    // A window that would begin behind the input and its leading padding is left out.
    if (steps * stride >= input + begin) steps--;
    const extra = node.int("ceil_mode", 0) === 1 ? Math.max(0, steps * stride - free) : 0;
    return { size, stride, dilation, begin, end, extra };
  });
}

function attributesOf([y, x]: readonly WindowAxis[], counting: boolean): Attributes {
  const pads = (extra: boolean) => [
    y!.begin,
    x!.begin,
    y!.end + (extra ? y!.extra : 0),
    x!.end + (extra ? x!.extra : 0),
  ];
  return {
    poolSize: [y!.size, x!.size],
    strides: [y!.stride, x!.stride],
    dilationRate: [y!.dilation, x!.dilation],
    padding: pads(true),
    ...(counting && { countedPadding: pads(false) }),
  };
}

const onePlace: WindowAxis = { size: 1, stride: 1, dilation: 1, begin: 0, end: 0, extra: 0 };

/**
 * An ONNX pooling node over one, two or three dimensions as `op` over two: one dimension is two of which the first
 * has one place; over three, a window is pooled over its last two dimensions, then over the first.
 */
export function onnxPool(
  node: OnnxNode,
  build: ImportBuilder,
  op: string,
  further: Attributes = {},
): ImportedValue {
  const x = node.input(0);
  const [batch, channels, ...spatial] = x.type.shape as [number, number, ...number[]];
  const counting = node.int("count_include_pad", 0) === 1;
  const axes = windowAxes(node, spatial);
  const pool = (value: ImportedValue, axes: readonly WindowAxis[]) =>
    build.one(op, [value], { ...attributesOf(axes, counting), ...further });
  const shaped = (value: ImportedValue, shape: readonly number[]) =>
    build.one("Reshape", [value], { shape });
  if (spatial.length === 1) {
    const wide = toChannelLast(build, shaped(x, [batch, channels, 1, ...spatial]));
    const y = toChannelFirst(build, pool(wide, [onePlace, axes[0]!]));
    return shaped(y, [batch, channels, y.type.shape[3]!]);
  }
  if (spatial.length === 2) return toChannelFirst(build, pool(toChannelLast(build, x), axes));
  if (spatial.length !== 3)
    return build.reject(`pooling over ${spatial.length} dimensions is not supported`);
  const [depth, height, width] = spatial as [number, number, number];
  const planes = shaped(toChannelLast(build, x), [batch * depth, height, width, channels]);
  const flat = pool(planes, axes.slice(1));
  const [outHeight, outWidth] = spatialOf(flat.type.shape);
  const columns = shaped(flat, [batch, depth, outHeight * outWidth, channels]);
  const y = pool(columns, [axes[0]!, onePlace]);
  const outDepth = y.type.shape[1]!;
  return toChannelFirst(build, shaped(y, [batch, outDepth, outHeight, outWidth, channels]));
}

/** The attributes of a TFLite pooling operator. */
export function tflitePool(op: TFLiteOperator): Attributes {
  const poolSize: Pair = [op.number("filterHeight"), op.number("filterWidth")];
  return { poolSize, ...tfliteWindow(op, spatialOf(op.input(0).type.shape), poolSize) };
}

/** An ONNX `[N, C, …]` with all that lies behind the channels in two dimensions, channel-last. */
function toPlane(build: ImportBuilder, x: ImportedValue): ImportedValue {
  const [batch, channels, ...spatial] = x.type.shape as [number, number, ...number[]];
  const plane =
    spatial.length === 2
      ? x
      : build.one("Reshape", [x], {
          shape: [batch, channels, 1, spatial.reduce((size, n) => size * n, 1)],
        });
  return toChannelLast(build, plane);
}

/** An ONNX global pooling node as `op`, which keeps height and width as 1. */
export function onnxGlobalPool(node: OnnxNode, build: ImportBuilder, op: string): ImportedValue {
  const x = node.input(0);
  const y = toChannelFirst(build, build.one(op, [toPlane(build, x)]));
  const shape = x.type.shape.map((size, axis) => (axis < 2 ? size : 1));
  return shape.length === 4 ? y : build.one("Reshape", [y], { shape });
}
