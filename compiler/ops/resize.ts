import type { KernelArgument, KernelCall, Site } from "../ir/op.ts";
import { type QuantizedDType, quantRange, sameQuant, sizeOf, tensor } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { checkReal } from "./elementwise.ts";
import { constant, operand, result, scaleOf, zeroPointOf } from "./requantization.ts";
import {
  onnxRegion,
  type ResizedAxis,
  resizedAxes,
  resizedShape,
  samplingAttributes,
  samplingToOnnx,
  tfliteSampling,
} from "./sampling.ts";

export const Resize = defineOp({
  name: "Resize",
  doc: "another size of the same picture: each element is a weighted sum of its neighbours in the input, along each axis",
  operands: [{ name: "input", role: "activation" }],
  attributes: {
    ...samplingAttributes,
    roi: onnxRegion,
    mode: {
      kind: "string",
      default: "linear",
      oneOf: ["linear", "cubic"],
      doc: "two neighbours along an axis, or four",
    },
    cubicCoefficient: { kind: "number", default: -0.75, doc: "the parameter a of the cubic" },
    excludeOutside: {
      kind: "boolean",
      default: false,
      doc: "whether neighbours outside weigh nothing; else the border is repeated",
    },
    outside: { kind: "number", default: 0, doc: "the value of places outside, under `crop`" },
  },
  traits: [],
  infer: ([input], attributes) => [
    {
      dtype: checkReal(input!, "input").dtype,
      shape: resizedShape(input!.shape, attributes),
    },
  ],
  lower: resampleCalls,
  lowerInteger: bilinearIntegers,
  tflite: {
    RESIZE_BILINEAR: (op, build) =>
      build.one("Resize", [op.input(0)], tfliteSampling(op, "halfPixel")),
  },
  toOnnx: samplingToOnnx(({ mode, cubicCoefficient, excludeOutside, outside }) => ({
    mode: mode as string,
    cubic_coeff_a: { float: cubicCoefficient as number },
    exclude_outside: excludeOutside === true ? 1 : 0,
    extrapolation_value: { float: outside as number },
  })),
});

/** One resampling for each resized axis. */
function resampleCalls(site: Site): readonly KernelCall[] {
  const [x, y] = [site.operands[0]!, site.results[0]!];
  const axes = resizedAxes(site);
  if (axes.length === 0)
    return [{ kernel: "copy", arguments: [operand(0), result(), sizeOf(y.shape)] }];
  const taps = site.attributes.mode === "linear" ? 2 : 4;
  let from = operand(0);
  let shape = x.shape;
  return axes.map((resized, i): KernelCall => {
    const { axis, size, count, places } = resized;
    const after = shape.map((extent, a) => (a === axis ? count : extent));
    const to: KernelArgument =
      i === axes.length - 1
        ? result()
        : { kind: "scratch", dtype: "float32", length: sizeOf(after) };
    const neighbours = places.flatMap((place) => neighboursOf(site, resized, place));
    const call = {
      kernel: "resample",
      arguments: [
        from,
        constant(
          tensor(
            "int32",
            [count * taps],
            neighbours.map(({ index }) => index),
          ),
        ),
        constant(
          tensor(
            "float32",
            [count * taps],
            neighbours.map(({ weight }) => weight),
          ),
        ),
        to,
        sizeOf(shape.slice(0, axis)),
        size,
        sizeOf(shape.slice(axis + 1)),
        count,
        taps,
        Math.fround(site.attributes.outside as number),
      ],
    };
    from = to;
    shape = after;
    return call;
  });
}

/** An element beside a place and what it weighs; an index of −1 is a value outside. */
interface Neighbour {
  readonly index: number;
  readonly weight: number;
}

function neighboursOf(
  { attributes }: Site,
  { size }: ResizedAxis,
  place: number,
): readonly Neighbour[] {
  const cropped = attributes.coordinates === "crop" && (place < 0 || size - 1 < place);
  if (attributes.mode === "linear") {
    if (cropped) return [outsideWhole, outsideNothing];
    const inside = Math.min(size - 1, Math.max(0, place));
    const low = Math.min(size - 1, Math.floor(inside));
    const fraction = Math.fround(inside - low);
    return [
      { index: low, weight: Math.fround(1 - fraction) },
      { index: Math.min(size - 1, low + 1), weight: fraction },
    ];
  }
  if (cropped) return [outsideWhole, outsideNothing, outsideNothing, outsideNothing];
  const low = Math.floor(place);
  const weights = cubicWeights(place - low, attributes.cubicCoefficient as number);
  const indices = weights.map((_, t) => low - 1 + t);
  const outside = indices.map((index) => index < 0 || size <= index);
  const excluded = attributes.excludeOutside === true;
  const total = weights.reduce((sum, w, t) => (excluded && outside[t] ? sum : sum + w), 0);
  return weights.map((weight, t) => ({
    index: Math.min(size - 1, Math.max(0, indices[t]!)),
    weight: excluded ? (outside[t] ? 0 : weight / total) : weight,
  }));
}

const outsideWhole: Neighbour = { index: -1, weight: 1 };
const outsideNothing: Neighbour = { index: -1, weight: 0 };

/**
 * Weights of the four elements around a place `s` behind the second of them.
 * @source Keys 1981, "Cubic convolution interpolation for digital image processing", eq. 4, with the parameter a.
 */
function cubicWeights(s: number, a: number): readonly number[] {
  const near = (d: number) => ((a + 2) * d - (a + 3)) * d * d + 1;
  const far = (d: number) => ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
  return [far(1 + s), near(s), near(1 - s), far(2 - s)];
}

/** Bilinear interpolation of integers: TensorFlow Lite's in fixed point, ONNX Runtime's in float32. */
function bilinearIntegers(site: Site): readonly KernelCall[] | string {
  const [x, y] = [site.operands[0]!, site.results[0]!];
  const { mode, coordinates, scales } = site.attributes;
  const image = x.shape.length === 4 && x.shape[0] === y.shape[0] && x.shape[3] === y.shape[3];
  if (mode !== "linear" || coordinates === "crop" || !image)
    return "only bilinear resizing of whole images is done in integers";
  const known = ["halfPixel", "alignCorners", "asymmetric"].includes(coordinates as string);
  const isLite = site.requantize === "tflite" && known && scales === undefined;
  if (isLite && !(sameQuant(x.quant, y.quant) && x.dtype === y.dtype))
    return "its input and output have different parameters";
  const sizes = [...x.shape.slice(0, 3), ...y.shape.slice(1)];
  if (isLite) {
    const places = [fixedPlaces(site, 1), fixedPlaces(site, 2)];
    const all = [operand(0), ...places, result(), ...sizes];
    return [{ kernel: "resizeBilinearInteger", arguments: all }];
  }
  const neighbours = [...neighbourPairs(site, 1), ...neighbourPairs(site, 2)];
  const parameters = [scaleOf(x), zeroPointOf(x), scaleOf(y), zeroPointOf(y)];
  const range = quantRange[y.dtype as QuantizedDType];
  const all = [operand(0), ...neighbours, result(), ...sizes, ...parameters, ...range];
  return [{ kernel: "interpolateInteger", arguments: all }];
}

/** For each place of the result along an axis its two neighbours in the input, and their weights, half each where they coincide. */
function neighbourPairs(site: Site, axis: number): readonly KernelArgument[] {
  const [size, count] = [site.operands[0]!.shape[axis]!, site.results[0]!.shape[axis]!];
  const resized = resizedAxes(site).find((other) => other.axis === axis);
  const indices = new Int32Array(2 * count);
  const weights = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) {
    const inside = Math.min(size - 1, Math.max(0, resized ? resized.places[i]! : i));
    const low = Math.floor(inside);
    const high = Math.min(size - 1, low + 1);
    indices.set([low, high], 2 * i);
    weights.set(low === high ? [0.5, 0.5] : [high - inside, inside - low], 2 * i);
  }
  return [
    constant({ dtype: "int32", shape: [2 * count], data: indices }),
    constant({ dtype: "float32", shape: [2 * count], data: weights }),
  ];
}

/**
 * Places in the input along an axis in steps of 1/1024, the distance of two rounded first.
 * @source TensorFlow Lite `reference_ops::ResizeBilinearInteger`.
 */
function fixedPlaces({ operands: [x], results: [y], attributes }: Site, axis: number) {
  const { coordinates } = attributes;
  const [size, count] = [x!.shape[axis]!, y!.shape[axis]!];
  const corners = coordinates === "alignCorners" && count > 1 ? 1 : 0;
  const [inputs, outputs] = [size - corners, count - corners];
  const step = Math.floor((1024 * inputs + Math.floor(outputs / 2)) / outputs);
  const start = coordinates === "halfPixel" ? Math.floor(step / 2) - 512 : 0;
  const places = Array.from({ length: count }, (_, i) => i * step + start);
  return constant(tensor("int32", [count], places));
}
