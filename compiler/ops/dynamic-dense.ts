import { Rounding } from "../../runtime/reference/requantize.ts";
import {
  type ExportedValue,
  InferenceError,
  type KernelArgument,
  type OnnxExportBuilder,
  type Site,
} from "../ir/op.ts";
import { type QuantizedDType, quantRange, sizeOf, type TensorType, tensor } from "../ir/types.ts";
import { zeros } from "./accumulator.ts";
import { defineOp } from "./define-op.ts";
import { Dense } from "./dense.ts";
import { onnxTypeOf } from "./onnx-types.ts";
import { constant, operand, result } from "./requantization.ts";

export const DynamicDense = defineOp({
  name: "DynamicDense",
  doc: "fully connected layer on integers that are chosen at run time: y[…, o] = bias[o] + scale · kernelScale[o] · Σ (q[…, i] − zeroPoint) · kernel[o, i], where q is the input in the 8 bits of its own range; `Dense` while the kernel is real",
  operands: [
    { name: "input", role: "parameter" },
    { name: "kernel", role: "weight", channelAxis: 0, asIntegers: fitsProducts },
    { name: "bias", role: "parameter", optional: true },
  ],
  attributes: {
    per: {
      kind: "string",
      default: "row",
      oneOf: ["row", "tensor"],
      doc: "what has a range of its own: each row of inputs, or all of them together",
    },
  },
  traits: [],
  infer([input, kernel, bias]) {
    if (kernel!.dtype !== "float32" && !fitsProducts(kernel!))
      throw new InferenceError("a `kernel` of these integers has no products");
    const real: TensorType = { dtype: "float32", shape: kernel!.shape };
    return Dense.infer([input, real, bias]);
  },
  lower: (site) => (site.operands[1]!.dtype === "float32" ? Dense.lower(site) : dynamicCalls(site)),
  macs: (site) => Dense.macs(site),
  toOnnx(site, operands, build) {
    const [input, , bias] = operands;
    if (site.operands[1]!.dtype === "float32") return Dense.toOnnx(site, operands, build);
    const x = build.asIs(input!);
    const product = site.attributes.per === "tensor" ? exportedTensor : exportedRows;
    const y = product(build, site, x);
    return bias ? build.add("Add", [y, bias], {}, site.results) : y;
  },
});

/** Most products whose sum surely fits int32: of a byte with a zero point, and weights with one. */
const mostInputs = Math.floor((2 ** 31 - 1) / (255 * 255));

/** Whether the sums of products with a kernel can be built of its integers: 8 bits at most, one zero point, scales per output. */
function fitsProducts({ dtype, shape, quant }: TensorType): boolean {
  if (quant === undefined || quant.group !== undefined || (quant.axis ?? 0) !== 0) return false;
  const [low, high] = quantRange[dtype as QuantizedDType];
  const isEven = quant.zeroPoint.every((zero) => zero === quant.zeroPoint[0]);
  return isEven && high - low <= 255 && shape.at(-1)! <= mostInputs;
}

/** What each output needs of its weights: their scale, and `Σ (kernel[o, i] − zeroPoint)`. */
function weightsOf({ constants: [, kernel], operands: [, type] }: Site) {
  const [outputs, inputs] = type!.shape as readonly [number, number];
  const { scale, zeroPoint } = type!.quant!;
  const [zero] = zeroPoint as readonly [number];
  const sums = new Int32Array(outputs);
  for (const [at, q] of kernel!.data.entries()) sums[Math.floor(at / inputs)]! += q - zero;
  const scales = Array.from({ length: outputs }, (_, o) => scale[o % scale.length]!);
  return {
    zero,
    scales: tensor("float32", [outputs], scales),
    sums: tensor("int32", [outputs], sums),
  };
}

/** Rows of the product, how many of them share a range, inputs, outputs. */
function geometry({ operands: [x, kernel], attributes }: Site) {
  const [outputs, inputs] = kernel!.shape as readonly [number, number];
  const rows = sizeOf(x!.shape.slice(0, -1));
  return { rows, sharing: attributes.per === "tensor" ? rows : 1, inputs, outputs };
}

function dynamicCalls(site: Site) {
  const { rows, sharing, inputs, outputs } = geometry(site);
  const { zero, scales, sums } = weightsOf(site);
  const ranges = rows / sharing;
  const q = scratch("uint8", rows * inputs);
  const [scale, zeroPoint] = [scratch("float32", ranges), scratch("int32", ranges)];
  const products = scratch("int32", rows * outputs);
  const ones = constant(tensor("float32", [outputs], Array(outputs).fill(1)));
  const none = constant(zeros("int32", outputs));
  const bias = site.operands[2] ? operand(2) : constant(zeros("float32", outputs));
  const ends = [0, zero, 0, ...quantRange.int32, Rounding.exact];
  return [
    {
      kernel: "dynamicQuantize",
      arguments: [operand(0), q, scale, zeroPoint, ranges, sharing * inputs],
    },
    {
      kernel: "denseInteger",
      arguments: [q, operand(1), none, ones, none, products, rows, inputs, outputs, ...ends],
    },
    {
      kernel: "dynamicScale",
      arguments: [
        ...[products, scale, zeroPoint, constant(sums), constant(scales), bias, result()],
        ...[rows, outputs, sharing === 1 ? 1 : 0],
      ],
    },
  ];
}

function scratch(dtype: "uint8" | "float32" | "int32", length: number): KernelArgument {
  return { kind: "scratch", dtype, length };
}

/** `[…, inputs] · [inputs, outputs]` as sums of integers, in the reals of an input whose range is that of all of it. */
function exportedTensor(build: OnnxExportBuilder, site: Site, x: ExportedValue): ExportedValue {
  const { shape } = x.type;
  const [q, scale, zeroPoint] = build.add("DynamicQuantizeLinear", [x], {}, [
    { dtype: "uint8", shape },
    { dtype: "float32", shape: [] },
    { dtype: "uint8", shape: [] },
  ]) as [ExportedValue, ExportedValue, ExportedValue];
  return scaled(build, site, integerSums(build, site, q, zeroPoint), scale);
}

/** The same where each row has a range of its own, for which ONNX has no operator: in its elementary ones. */
function exportedRows(build: OnnxExportBuilder, site: Site, x: ExportedValue): ExportedValue {
  const each: TensorType = { dtype: "float32", shape: [...x.type.shape.slice(0, -1), 1] };
  const number = (value: number) => build.constant(tensor("float32", [], [value]));
  const one = (op: string, inputs: readonly ExportedValue[], type = each, attributes = {}) =>
    build.add(op, inputs, attributes, [type])[0]!;
  const least = one("Min", [extremes(build, "ReduceMin", x, each), number(0)]);
  const most = one("Max", [extremes(build, "ReduceMax", x, each), number(0)]);
  const span = one("Div", [one("Sub", [most, least]), number(255)]);
  const isZero = one("Equal", [span, number(0)], { ...each, dtype: "bool" });
  const scale = one("Where", [isZero, number(1), span]);
  const limited = (steps: ExportedValue) =>
    one("Clip", [steps, number(0), number(255)], steps.type);
  const zero = limited(one("Round", [one("Neg", [one("Div", [least, scale])])]));
  const steps = one("Round", [one("Div", [x, scale], x.type)], x.type);
  const bytes: TensorType = { ...x.type, dtype: "uint8" };
  const q = one("Cast", [limited(one("Add", [steps, zero], x.type))], bytes, { to: uint8 });
  const sums = integerSums(build, site, q, undefined);
  const zeros = one("Cast", [zero], { ...each, dtype: "int32" }, { to: int32 });
  const offsets = one("Mul", [zeros, build.constant(weightsOf(site).sums)], sums.type);
  return scaled(build, site, one("Sub", [sums, offsets], sums.type), scale);
}

/** ONNX's numbers of element types. */
const [float32, uint8, int32] = [onnxTypeOf("float32"), onnxTypeOf("uint8"), onnxTypeOf("int32")];

/** The least or the largest number of each row. Its axes became an input in operator set 18. */
function extremes(
  build: OnnxExportBuilder,
  op: "ReduceMin" | "ReduceMax",
  x: ExportedValue,
  type: TensorType,
): ExportedValue {
  const axes = build.opset < 18 ? undefined : build.constant(tensor("int32", [1], [-1]), "int64");
  const attributes = { keepdims: 1, ...(!axes && { axes: [-1] }) };
  return build.add(op, axes ? [x, axes] : [x], attributes, [type])[0]!;
}

function integerSums(
  build: OnnxExportBuilder,
  site: Site,
  q: ExportedValue,
  zeroPoint: ExportedValue | undefined,
): ExportedValue {
  const { shape, dtype, data } = site.constants[1]!;
  const [outputs, inputs] = shape as readonly [number, number];
  const turned = Array.from(
    { length: inputs * outputs },
    (_, at) => data[(at % outputs) * inputs + Math.floor(at / outputs)]!,
  );
  const wide = dtype === "int4" ? "int8" : dtype === "uint4" ? "uint8" : dtype;
  const kernel = build.constant(tensor(wide, [inputs, outputs], turned));
  const { zero } = weightsOf(site);
  const kernelZero = zero === 0 ? undefined : build.constant(tensor(wide, [], [zero]));
  const type: TensorType = { dtype: "int32", shape: site.results[0]!.shape };
  return build.add("MatMulInteger", [q, kernel, zeroPoint, kernelZero], {}, [type])[0]!;
}

function scaled(
  build: OnnxExportBuilder,
  site: Site,
  sums: ExportedValue,
  scale: ExportedValue,
): ExportedValue {
  const [y] = site.results as readonly [TensorType];
  const [real] = build.add("Cast", [sums], { to: float32 }, [y]);
  const { scales } = weightsOf(site);
  const factors: TensorType = {
    dtype: "float32",
    shape: [...scale.type.shape.slice(0, -1), scales.shape[0]!],
  };
  const [factor] = build.add("Mul", [scale, build.constant(scales)], {}, [factors]);
  return build.add("Mul", [real, factor], {}, [y])[0]!;
}
