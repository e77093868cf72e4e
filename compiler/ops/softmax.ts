import type { ImportBuilder, ImportedValue, KernelCall, OnnxNode, Site } from "../ir/op.ts";
import { type QuantizedDType, quantRange, sizeOf, tensor } from "../ir/types.ts";
import { perTensorObstacle } from "./accumulator.ts";
import { defineOp } from "./define-op.ts";
import { checkReal } from "./elementwise.ts";
import { onnxAxis } from "./onnx-layout.ts";
import { constant, fixedPoint, operand, result, scaleOf, zeroPointOf } from "./requantization.ts";
import { around, axisOf } from "./views.ts";

/** The axis of ops that normalise along one. */
export const axisAttribute = {
  kind: "number",
  default: -1,
  doc: "the axis along which it sums",
} as const;

export const Softmax = defineOp({
  name: "Softmax",
  doc: "y = exp(beta · x) / Σ exp(beta · x) along `axis`",
  operands: [{ name: "input", role: "activation" }],
  attributes: {
    axis: axisAttribute,
    beta: { kind: "number", default: 1, doc: "factor of the exponent" },
  },
  traits: [],
  infer([input], { axis }) {
    axisOf(axis as number, input!.shape.length);
    return [{ dtype: checkReal(input!, "input").dtype, shape: input!.shape }];
  },
  lower: (site) => [
    {
      kernel: "softmax",
      arguments: [
        operand(0),
        result(),
        ...lines(site),
        Math.fround(site.attributes.beta as number),
      ],
    },
  ],
  lowerInteger(site) {
    const [x, y] = [site.operands[0]!, site.results[0]!];
    const obstacle = perTensorObstacle(x, "input") ?? perTensorObstacle(y, "output");
    if (obstacle !== undefined) return obstacle;
    const [low, high] = quantRange[x.dtype as QuantizedDType];
    if (high - low > 255) return `its input is ${x.dtype}, and its tables are for 8 bits`;
    return site.requantize === "onnx" ? byTable(site) : byFixedPoint(site);
  },
  onnx: { Softmax: (node, build) => alongOnnxAxis(node, build, "Softmax") },
  tflite: {
    SOFTMAX: (op, build) => build.one("Softmax", [op.input(0)], { beta: op.number("beta") }),
  },
  toOnnx(site, [input], build) {
    const { axis, beta } = site.attributes;
    const scaled =
      beta === 1
        ? input!
        : build.add(
            "Mul",
            [input, build.constant(tensor("float32", [], [beta as number]))],
            {},
            [input!.type],
            input!.layout,
          )[0]!;
    const place = onnxAxis(scaled, axisOf(axis as number, scaled.type.shape.length));
    return build.add("Softmax", [scaled], { axis: place }, site.results, scaled.layout);
  },
});

/** `outer, size, inner` around the axis. */
export function lines({ operands: [x], attributes }: Site): readonly [number, number, number] {
  return around(x!.shape, axisOf(attributes.axis as number, x!.shape.length));
}

/** Before opset 13 all axes from `axis` (then 1 by default) on were one. */
export function alongOnnxAxis(node: OnnxNode, build: ImportBuilder, op: string): ImportedValue {
  const x = node.input(0);
  const { shape } = x.type;
  const axis = axisOf(node.int("axis", node.opset < 13 ? 1 : -1), shape.length);
  if (node.opset >= 13 || sizeOf(shape.slice(axis + 1)) === 1) return build.one(op, [x], { axis });
  const rows = build.one("Reshape", [x], {
    shape: [sizeOf(shape.slice(0, axis)), sizeOf(shape.slice(axis))],
  });
  return build.one("Reshape", [build.one(op, [rows], { axis: 1 })], { shape });
}

/**
 * Mode `onnx`: a table of float32 exponentials, scaled up so that a sum of them stays e⁵ below the largest float32.
 * @source ONNX Runtime, `QLinearSoftmax`.
 */
function byTable(site: Site): readonly KernelCall[] | string {
  const [x, y] = [site.operands[0]!, site.results[0]!];
  const [outer, size, inner] = lines(site);
  const step = scaleOf(x) * (site.attributes.beta as number);
  const inverse = Math.floor(Math.fround(1 / scaleOf(y)));
  // 1/255 in float32 is above 1/255, and its inverse is rounded down to 254: as ONNX Runtime does.
  if (Math.abs(inverse * scaleOf(y) - 1) > 2 ** -7 || inverse > 148 * size)
    return "the scale of its output is not 1/n with an integer n that leaves room for the sum";
  const largest = 2 ** 128 - 2 ** 104;
  const lift = Math.max(0, Math.log(Math.fround(largest / size)) - 5) / step;
  const table = Float32Array.from({ length: 256 }, (_, i) => Math.exp((i - 255 + lift) * step));
  return [
    {
      kernel: "softmaxTable",
      arguments: [
        operand(0),
        constant(tensor("float32", [256], table)),
        result(),
        outer,
        size,
        inner,
        inverse,
        zeroPointOf(y),
        ...quantRange[y.dtype as QuantizedDType],
      ],
    },
  ];
}

/** Differences of a row's integers are scaled to this many integer bits. */
const differenceBits = 5;

/**
 * Mode `tflite`.
 * @source `PreprocessSoftmaxScaling` and `CalculateInputRadius`, TensorFlow Lite `kernels/internal/quantization_util.cc`.
 */
function byFixedPoint(site: Site): readonly KernelCall[] | string {
  const [x, y] = [site.operands[0]!, site.results[0]!];
  const [low, high] = quantRange[y.dtype as QuantizedDType];
  if (high - low !== 255 || zeroPointOf(y) !== low || Math.abs(scaleOf(y) * 256 - 1) > 1e-3)
    return "its output is not in steps of 1/256 from the least integer on (T-23)";
  const [outer, size, inner] = lines(site);
  if (size >= 4096) return `its rows of ${size} elements are too long for its sums`;
  const factor = (site.attributes.beta as number) * scaleOf(x) * 2 ** (31 - differenceBits);
  if (factor <= 1) return "the scale of its input is below 2⁻²⁶";
  const { multiplier, shift } = fixedPoint(Math.min(factor, 2 ** 31 - 1));
  const least = -Math.floor((2 ** differenceBits - 1) * 2 ** (31 - differenceBits - shift));
  return [
    {
      kernel: "softmaxFixedPoint",
      arguments: [operand(0), result(), outer, size, inner, multiplier, shift, least, low],
    },
  ];
}
