import { roundHalfAway } from "../../runtime/reference/requantize.ts";
import type { KernelArgument, KernelCall, OnnxNode, Site } from "../ir/op.ts";
import { sizeOf, tensor } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { constant, operand, result } from "./requantization.ts";
import {
  onnxResize,
  resizedAxes,
  resizedShape,
  samplingAttributes,
  samplingToOnnx,
  tfliteSampling,
} from "./sampling.ts";
import { moved } from "./views.ts";

/** How a place between two elements is rounded to one, ONNX's `nearest_mode`. */
const roundings: Readonly<Record<string, (place: number) => number>> = {
  roundPreferFloor: (place) => Math.ceil(place - 0.5),
  roundPreferCeil: (place) => roundHalfAway(place),
  floor: Math.floor,
  ceil: Math.ceil,
};

const onnxRoundings: Readonly<Record<string, string>> = {
  round_prefer_floor: "roundPreferFloor",
  round_prefer_ceil: "roundPreferCeil",
  floor: "floor",
  ceil: "ceil",
};

export const ResizeNearest = defineOp({
  name: "ResizeNearest",
  doc: "another size of the same picture: each element is the nearest one of the input",
  operands: [{ name: "input", role: "activation" }],
  attributes: {
    ...samplingAttributes,
    rounding: {
      kind: "string",
      default: "floor",
      oneOf: Object.keys(roundings),
      doc: "which element is the nearest one",
    },
  },
  traits: ["movement"],
  infer: ([input], attributes) => [moved(input!, resizedShape(input!.shape, attributes))],
  lower: nearestCalls,
  onnx: { Upsample: importResize, Resize: importResize },
  tflite: {
    RESIZE_NEAREST_NEIGHBOR: (op, build) =>
      build.one("ResizeNearest", [op.input(0)], {
        ...tfliteSampling(op, "tfHalfPixelForNearest"),
        rounding: op.boolean("alignCorners") ? "roundPreferCeil" : "floor",
      }),
  },
  toOnnx: samplingToOnnx(({ rounding }) => ({
    mode: "nearest",
    nearest_mode: Object.entries(onnxRoundings).find(([, own]) => own === rounding)![0],
  })),
});

/** One gather for each resized axis. */
function nearestCalls(site: Site): readonly KernelCall[] {
  const [x, y] = [site.operands[0]!, site.results[0]!];
  const axes = resizedAxes(site);
  if (axes.length === 0)
    return [{ kernel: "copy", arguments: [operand(0), result(), sizeOf(y.shape)] }];
  const round = roundings[site.attributes.rounding as string]!;
  let from = operand(0);
  let shape = x.shape;
  return axes.map(({ axis, size, count, places }, i): KernelCall => {
    const indices = places.map((place) => Math.min(size - 1, Math.max(0, round(place))));
    const resized = shape.map((extent, a) => (a === axis ? count : extent));
    const to: KernelArgument =
      i === axes.length - 1
        ? result()
        : { kind: "scratch", dtype: x.dtype, length: sizeOf(resized) };
    const [outer, inner] = [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis + 1))];
    const table = constant(tensor("int32", [count], indices));
    const call = { kernel: "gather", arguments: [from, table, to, outer, size, inner, count] };
    from = to;
    shape = resized;
    return call;
  });
}

function importResize(node: OnnxNode, build: Parameters<typeof onnxResize>[1]) {
  const mode = node.string("mode", "nearest");
  if (mode === "nearest") {
    if (node.string("coordinate_transformation_mode", "") === "tf_crop_and_resize")
      return build.reject("`tf_crop_and_resize` is supported for linear and cubic modes only");
    const stated = node.string("nearest_mode", node.opset < 11 ? "floor" : "round_prefer_floor");
    const rounding = onnxRoundings[stated] ?? build.reject(`\`nearest_mode\` ${stated} is unknown`);
    return onnxResize(node, build, "ResizeNearest", { rounding });
  }
  if (mode !== "linear" && mode !== "cubic") return build.reject(`mode \`${mode}\` is unknown`);
  return onnxResize(node, build, "Resize", {
    mode,
    cubicCoefficient: node.float("cubic_coeff_a", -0.75),
    excludeOutside: node.int("exclude_outside", 0) === 1,
    outside: node.float("extrapolation_value", 0),
  });
}
