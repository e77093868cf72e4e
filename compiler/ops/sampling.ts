import type { Attributes } from "../ir/graph.ts";
import {
  type ExportedValue,
  type ImportBuilder,
  type ImportedValue,
  InferenceError,
  type OnnxExporter,
  type OnnxNode,
  type Site,
  type TFLiteOperator,
} from "../ir/op.ts";
import { type Shape, sameShape, tensor } from "../ir/types.ts";
import { int64 } from "./elementwise.ts";
import { onnxPerAxis } from "./onnx-layout.ts";
import { toChannelFirst, toChannelLast } from "./spatial.ts";
import { axisOf, perAxis } from "./views.ts";

/** What the resizing ops have in common: where in the input each place of the result lies. */

const f32 = Math.fround;

/**
 * ONNX's `coordinate_transformation_mode`: the place in the input, as a real number, of place `i` of `count`. As ONNX
 * Runtime computes it, each operation in float32.
 */
const coordinates: Readonly<Record<string, (i: number, axis: ResizedAxis) => number>> = {
  halfPixel: (i, { scale }) => f32(f32(f32(i + 0.5) / scale) - 0.5),
  halfPixelSymmetric(i, { size, count, scale }) {
    const center = f32(size / 2);
    const adjustment = f32(count / f32(scale * size));
    const offset = f32(center * f32(1 - adjustment));
    return f32(f32(offset + f32(f32(i + 0.5) / scale)) - 0.5);
  },
  pytorchHalfPixel: (i, { scale, count }) => (count > 1 ? f32(f32(f32(i + 0.5) / scale) - 0.5) : 0),
  alignCorners: (i, { size, count }) => (count === 1 ? 0 : f32(f32(i * (size - 1)) / (count - 1))),
  asymmetric: (i, { scale }) => f32(i / scale),
  tfHalfPixelForNearest: (i, { scale }) => f32(f32(i + 0.5) / scale),
  crop: (i, { size, count, from, to }) =>
    count > 1
      ? f32(f32(from * (size - 1)) + f32(f32(f32(i * f32(to - from)) * (size - 1)) / (count - 1)))
      : f32(f32(0.5 * f32(from + to)) * (size - 1)),
};

/** ONNX's words for the modes above. */
const onnxModes: Readonly<Record<string, string>> = {
  half_pixel: "halfPixel",
  half_pixel_symmetric: "halfPixelSymmetric",
  pytorch_half_pixel: "pytorchHalfPixel",
  align_corners: "alignCorners",
  asymmetric: "asymmetric",
  tf_half_pixel_for_nn: "tfHalfPixelForNearest",
  tf_crop_and_resize: "crop",
};

export const samplingAttributes = {
  shape: { kind: "numbers", doc: "the shape of the result" },
  coordinates: {
    kind: "string",
    default: "halfPixel",
    oneOf: Object.keys(coordinates),
    doc: "how places of the result are mapped to the input, ONNX's coordinate_transformation_mode",
  },
  scales: {
    kind: "numbers",
    default: undefined,
    doc: "places of the result per place of the input, for each axis, where it is not their quotient",
  },
} as const;

/** The attribute `roi` of ops that have the coordinates `crop`. */
export const onnxRegion = {
  kind: "numbers",
  default: undefined,
  doc: "under `crop`: the part of the input, first where it begins along each axis, then where it ends, as fractions",
} as const;

/** One axis whose extent or places change. */
export interface ResizedAxis {
  readonly axis: number;
  readonly size: number;
  readonly count: number;
  /** `count / size`, or as stated. */
  readonly scale: number;
  /** The part of the input under `crop`, as fractions. */
  readonly from: number;
  readonly to: number;
  /** The place in the input of each place of the result. */
  readonly places: readonly number[];
}

export function resizedShape(input: Shape, { shape }: Attributes): Shape {
  const wanted = perAxis(shape as readonly number[], input.length, "shape");
  // Of no elements there is nothing to take a sample of.
  if (input.includes(0) || wanted.some((size) => !Number.isInteger(size) || size < 1))
    throw new InferenceError(`[${input}] cannot be resized to [${wanted}]`);
  return wanted;
}

/** The axes that a site resizes, outermost first. */
export function resizedAxes({ operands: [x], results: [y], attributes }: Site): ResizedAxis[] {
  const mode = attributes.coordinates as string;
  const scales = attributes.scales as readonly number[] | undefined;
  const roi = attributes.roi as readonly number[] | undefined;
  return x!.shape.flatMap((size, axis) => {
    const count = y!.shape[axis]!;
    const scale = f32(scales ? scales[axis]! : count / size);
    const [from, to] = roi ? [roi[axis]!, roi[axis + x!.shape.length]!] : [0, 1];
    const whole = mode !== "crop" || (from === 0 && to === 1);
    if (size === count && scale === 1 && whole) return [];
    const described = { axis, size, count, scale, from, to, places: [] };
    const places = Array.from({ length: count }, (_, i) => coordinates[mode]!(i, described));
    return [{ ...described, places }];
  });
}

/** Attributes of an ONNX `Resize` or `Upsample` node, in the node's own order of axes. */
function onnxSampling(node: OnnxNode, build: ImportBuilder): Attributes {
  const { shape } = node.input(0).type;
  // Upsample and the first Resize have the scales where later versions have the region.
  const early = node.opType === "Upsample" || node.opset < 11;
  const stated = early ? node.inputs[1] : node.inputs[2];
  const factors =
    node.floats("scales") ??
    (stated && stated.type.shape[0] !== 0
      ? [...node.constantInput(early ? 1 : 2, "scales")!.data]
      : undefined);
  const sizes = early ? undefined : node.constantInput(3, "sizes")?.data;
  const axes = (node.ints("axes") ?? shape.map((_, axis) => axis)).map((a) =>
    axisOf(a, shape.length),
  );
  const spread = (values: ArrayLike<number>, fallback: (axis: number) => number) =>
    shape.map((_, axis) => (axes.includes(axis) ? values[axes.indexOf(axis)]! : fallback(axis)));
  const mode = early ? "asymmetric" : node.string("coordinate_transformation_mode", "half_pixel");
  const region = mode === "tf_crop_and_resize" ? regionOf(node, spread, axes.length) : undefined;
  const placed = { coordinates: onnxModes[mode] ?? mode, ...(region && { roi: region }) };
  if (sizes?.length)
    return {
      ...placed,
      shape: fittedSizes(
        node,
        shape,
        spread(sizes, (a) => shape[a]!),
        axes,
      ),
    };
  if (!factors) return build.reject("neither `scales` nor `sizes` is stated");
  const scales = spread(factors, () => 1);
  const extent = (axis: number) => (region ? region[axis + shape.length]! - region[axis]! : 1);
  // The product is rounded down after rounding to float32, as ONNX Runtime does.
  const result = shape.map((size, axis) =>
    Math.floor(f32(f32(size * extent(axis)) * f32(scales[axis]!))),
  );
  return { ...placed, shape: result, scales };
}

function regionOf(
  node: OnnxNode,
  spread: (values: ArrayLike<number>, fallback: () => number) => readonly number[],
  count: number,
): readonly number[] {
  const roi = [...node.constantInput(1, "roi")!.data];
  return [...spread(roi.slice(0, count), () => 0), ...spread(roi.slice(count), () => 1)];
}

/** `sizes` under the node's `keep_aspect_ratio_policy`. */
function fittedSizes(node: OnnxNode, shape: Shape, sizes: Shape, axes: readonly number[]): Shape {
  const policy = node.string("keep_aspect_ratio_policy", "stretch");
  if (policy === "stretch") return sizes;
  const ratios = axes.map((axis) => sizes[axis]! / shape[axis]!);
  const ratio = policy === "not_larger" ? Math.min(...ratios) : Math.max(...ratios);
  return shape.map((size, axis) => (axes.includes(axis) ? Math.floor(size * ratio + 0.5) : size));
}

/** The ONNX node as `op` with `further` attributes; images are resized channel-last. */
export function onnxResize(
  node: OnnxNode,
  build: ImportBuilder,
  op: string,
  further: Attributes,
): ImportedValue {
  if (node.int("antialias", 0) === 1) return build.reject("`antialias` is not supported");
  const x = node.input(0);
  const attributes = onnxSampling(node, build);
  const { shape } = x.type;
  const planar =
    shape.length > 2 && sameShape(shape.slice(0, 2), (attributes.shape as Shape).slice(0, 2));
  if (!planar) return build.one(op, [x], { ...attributes, ...further });
  const last = ([batch, channels, ...rest]: readonly number[]) => [batch!, ...rest, channels!];
  const halves = attributes.roi as readonly number[] | undefined;
  const scales = attributes.scales as readonly number[] | undefined;
  const moved = {
    ...attributes,
    shape: last(attributes.shape as Shape),
    ...(scales && { scales: last(scales) }),
    ...(halves && {
      roi: [...last(halves.slice(0, shape.length)), ...last(halves.slice(shape.length))],
    }),
  };
  const y = build.one(op, [toChannelLast(build, x)], { ...moved, ...further });
  return toChannelFirst(build, y);
}

/** Shape and coordinates of a TFLite `RESIZE_…` operator. */
export function tfliteSampling(op: TFLiteOperator, halfPixel: string): Attributes {
  const [batch, , , channels] = op.input(0).type.shape as readonly number[];
  const [height, width] = op.constantInput(1, "size")!.data;
  const mode = op.boolean("alignCorners")
    ? "alignCorners"
    : op.boolean("halfPixelCenters")
      ? halfPixel
      : "asymmetric";
  return { shape: [batch!, height!, width!, channels!], coordinates: mode };
}

/** An ONNX `Resize` node in the layout that the operand already has. */
export function samplingToOnnx(
  attributesOf: (attributes: Attributes) => Parameters<Parameters<OnnxExporter>[2]["add"]>[2],
): OnnxExporter {
  return (site, [input], build) => {
    const x: ExportedValue = input!;
    const { scales, shape, coordinates: mode } = site.attributes;
    if (mode === "halfPixelSymmetric")
      return build.reject("`halfPixelSymmetric` cannot be exported: ONNX has it from opset 19 on");
    const word = Object.entries(onnxModes).find(([, own]) => own === mode)![0];
    const roi = site.attributes.roi as readonly number[] | undefined;
    const rank = x.type.shape.length;
    const floats = (values: readonly number[]) =>
      build.constant(tensor("float32", [values.length], values));
    const region =
      roi && floats([...onnxPerAxis(x, roi.slice(0, rank)), ...onnxPerAxis(x, roi.slice(rank))]);
    const inputs = scales
      ? [x, region, floats(onnxPerAxis(x, scales as readonly number[]))]
      : [x, region, undefined, int64(build, onnxPerAxis(x, shape as Shape))];
    const attributes = { ...attributesOf(site.attributes), coordinate_transformation_mode: word };
    return build.add("Resize", inputs, attributes, site.results, x.layout);
  };
}
