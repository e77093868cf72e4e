import type { Attributes } from "../ir/graph.ts";
import type { ImportBuilder, ImportedValue, OnnxNode } from "../ir/op.ts";
import {
  type QuantizedDType,
  type QuantParams,
  sameQuant,
  sizeOf,
  type Tensor,
  type TensorType,
  tensor,
} from "../ir/types.ts";
import { around, axisOf, range } from "./views.ts";

/**
 * The operands `scale` and `zeroPoint` that ONNX's quantizing operators state beside an integer value. Either may be
 * computed at run time: then the value stands in the graph as float arithmetic.
 */
export interface StatedParameters {
  readonly scale: ImportedValue;
  readonly zeroPoint: ImportedValue | undefined;
  /** The axis of per-channel parameters. */
  readonly axis?: number;
}

/** The attribute `axis` of `QuantizeLinear` and `DequantizeLinear`, which means something where there are several scales. */
export function channelAxis(node: OnnxNode, x: ImportedValue, scale: ImportedValue): number {
  return sizeOf(scale.type.shape) > 1 ? axisOf(node.int("axis", 1), x.type.shape.length) : 0;
}

/** The stated parameters as constants; `undefined` if they are not, or not positive and finite. */
export function constantParameters({
  scale,
  zeroPoint,
  axis,
}: StatedParameters): QuantParams | undefined {
  const scales = scale.constant?.data;
  const zeros = zeroPoint ? zeroPoint.constant?.data : scales && new Float32Array(scales.length);
  if (!scales || !zeros || scale.type.shape.length > 1) return undefined;
  if (![...scales].every((s) => 0 < s && s < Number.POSITIVE_INFINITY)) return undefined;
  const zeroPoints = Array.from(scales, (_, i) => zeros[zeros.length === 1 ? 0 : i]!);
  return scales.length === 1
    ? { scale: [scales[0]!], zeroPoint: zeroPoints }
    : { scale: [...scales], zeroPoint: zeroPoints, axis: axis ?? 0 };
}

/** `scale · (x − zeroPoint)`: a `Dequantize` where the parameters are constants. */
export function dequantized(
  build: ImportBuilder,
  x: ImportedValue,
  stated: StatedParameters,
): ImportedValue {
  const quant = constantParameters(stated);
  if (quant !== undefined) return build.one("Dequantize", [withParameters(build, x, quant)]);
  if (x.constant && stated.scale.constant) return build.constant(realTensor(build, x, stated));
  if (stated.scale.type.shape.some((size) => size !== 1))
    return build.reject("scales for each channel must be constants");
  const real = build.one("Cast", [plain(build, x)], { to: "float32" });
  const zero =
    stated.zeroPoint && build.one("Cast", [plain(build, stated.zeroPoint)], { to: "float32" });
  const centered = zero ? build.one("Subtract", [real, scalar(build, zero)]) : real;
  return build.one("Multiply", [centered, scalar(build, stated.scale)]);
}

/** `saturate(round(x / scale) + zeroPoint)` as a `dtype`: a `Quantize` where the parameters are constants. */
export function quantized(
  build: ImportBuilder,
  x: ImportedValue,
  stated: StatedParameters,
  dtype: QuantizedDType,
): ImportedValue {
  const quant = constantParameters(stated);
  if (quant === undefined) return build.reject("its scale and zero point must be constants");
  return build.one("Quantize", [x], { dtype, ...attributesOf(quant) });
}

/** `x`'s integers with these parameters. */
function withParameters(build: ImportBuilder, x: ImportedValue, quant: QuantParams): ImportedValue {
  const { dtype, shape } = x.type;
  if (x.constant && dtype !== "float32") {
    const type: TensorType = { dtype, shape, quant };
    return build.constant({ ...type, data: x.constant.data });
  }
  if (sameQuant(x.type.quant, quant)) return x;
  return build.one("Reinterpret", [x], attributesOf(quant));
}

/** `x`'s integers without parameters. */
export function plain(build: ImportBuilder, x: ImportedValue): ImportedValue {
  return x.type.quant ? build.one("Reinterpret", [x]) : x;
}

/** Most products that 8-bit integers with any zero point can have in an int32 sum. */
const mostTerms = Math.floor((2 ** 31 - 1) / 255 ** 2);

/**
 * The int32 sums of products `(a − aZero) · (b − bZero)` that `product` builds (`MatMulInteger`, `ConvInteger`). With constant
 * zero points it is an op in its integer form, whose operands and result have steps of 1: exact. Else it is built of
 * float32 ops, which are exact up to 2²⁴.
 */
export function integerSums(
  build: ImportBuilder,
  [a, b]: readonly [ImportedValue, ImportedValue],
  zeroPoints: readonly [ImportedValue | undefined, ImportedValue | undefined],
  product: (a: ImportedValue, b: ImportedValue, attributes: Attributes) => ImportedValue,
): ImportedValue {
  const [aSteps, bSteps] = zeroPoints.map((zeroPoint) => singleSteps(build, zeroPoint));
  const terms = sizeOf(b.type.shape) / Math.max(1, b.type.shape[0]!);
  if (aSteps && bSteps && terms <= mostTerms) {
    const exact = { dtype: "int32", scale: [1], zeroPoint: [0] } as const;
    const y = product(withParameters(build, a, aSteps), withParameters(build, b, bSteps), exact);
    return plain(build, y);
  }
  const one = build.constant(tensor("float32", [], [1]));
  const [left, right] = [a, b].map((value, i) => {
    const zeroPoint = zeroPoints[i];
    return dequantized(build, value, { scale: one, zeroPoint, axis: 0 });
  });
  return build.one("Cast", [product(left!, right!, {})], { to: "int32" });
}

/** Steps of 1 around a constant zero point. */
function singleSteps(
  build: ImportBuilder,
  zeroPoint: ImportedValue | undefined,
): QuantParams | undefined {
  const zeros = zeroPoint ? zeroPoint.constant?.data : [0];
  if (zeros?.some((zero) => zero !== zeros[0]))
    return build.reject("zero points for each row or channel are not supported");
  return zeros && { scale: [1], zeroPoint: [zeros[0]!] };
}

function attributesOf({ scale, zeroPoint, axis }: QuantParams): Attributes {
  return { scale, zeroPoint, ...(axis !== undefined && { axis }) };
}

function scalar(build: ImportBuilder, x: ImportedValue): ImportedValue {
  return x.type.shape.length === 0 ? x : build.one("Reshape", [x], { shape: [] });
}

/** The reals of a constant whose scales stand for blocks of it, or are 0: `scale` broadcasts by repetition. */
function realTensor(
  build: ImportBuilder,
  x: ImportedValue,
  { scale, zeroPoint, axis = 0 }: StatedParameters,
): Tensor {
  const { shape, data } = x.constant!;
  const scales = scale.constant!;
  const zeros = zeroPoint?.constant;
  const blocked = scales.shape.length === shape.length && shape.length > 1;
  const steps = blocked
    ? scales.shape
    : shape.map((size, i) => (i === axis && scales.data.length > 1 ? size : 1));
  if (shape.some((size, i) => size % steps[i]! !== 0 && size !== steps[i]!) && !blocked)
    return build.reject(`scales of [${scales.shape}] do not fit [${shape}]`);
  const places = shape.map((size, i) => Math.ceil(size / steps[i]!));
  const values = Float32Array.from(data, (q, at) => {
    let place = 0;
    for (const i of range(shape.length)) {
      const [, extent, inner] = around(shape, i);
      const index = Math.floor(at / inner) % extent;
      place = place * steps[i]! + Math.floor(index / places[i]!);
    }
    return (q - (zeros ? zeros.data[place]! : 0)) * scales.data[place]!;
  });
  return tensor("float32", shape, values);
}
