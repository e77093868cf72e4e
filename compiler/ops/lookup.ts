import { Rounding, roundHalfAway, scaleTwice } from "../../runtime/reference/requantize.ts";
import type { KernelArgument, KernelCall, Requantize, Site } from "../ir/op.ts";
import {
  type DType,
  type QuantizedDType,
  quantRange,
  sizeOf,
  type Tensor,
  type TensorType,
  tensor,
} from "../ir/types.ts";
import { channelView, parameterTables } from "./quantize.ts";
import {
  constant,
  fixedPoint,
  operand,
  result,
  roundFor,
  scaleOf,
  zeroPointOf,
} from "./requantization.ts";

/**
 * A function of 8-bit integers as a table with an entry for each: `integerOf` gives the result's integer before
 * saturation. A sentence for wider operands.
 */
export function lookupCalls(
  { operands: [x], results: [y] }: Site,
  integerOf: (q: number) => number,
): readonly KernelCall[] | string {
  const table = lookupTable(x!.dtype, y!.dtype, integerOf);
  if (table === undefined) return `its operand is ${x!.dtype}, and tables are for 8 bits`;
  return [lookup(x!, table, operand(0), result())];
}

function lookup(
  { dtype, shape }: TensorType,
  table: Tensor,
  from: KernelArgument,
  to: KernelArgument,
): KernelCall {
  const [low] = quantRange[dtype as QuantizedDType];
  return { kernel: "lookup", arguments: [from, constant(table), to, sizeOf(shape), low] };
}

/** A saturated entry for every integer that `from` has; `undefined` if these are more than 256. */
function lookupTable(from: DType, to: DType, integerOf: (q: number) => number): Tensor | undefined {
  const [first, last] = quantRange[from as QuantizedDType];
  if (last - first > 255) return undefined;
  const [low, high] = quantRange[to as QuantizedDType];
  const integers = Array.from({ length: last - first + 1 }, (_, i) => integerOf(first + i));
  return tensor(
    to,
    [integers.length],
    integers.map((q) => Math.min(high, Math.max(low, q))),
  );
}

/**
 * The integers of a real function: dequantized, computed by the float kernel `f`, quantized. Mode `onnx` divides by
 * the scale and rounds half to even, mode `tflite` multiplies by the inverse and rounds half away from zero.
 * @source `LUTPopulate`, TensorFlow Lite `kernels/internal/common.h`.
 */
export function integersOfReals(
  { operands: [from], results: [to], requantize }: Site,
  f: (x: Float32Array, y: Float32Array) => void,
): (q: number) => number {
  const inverse = Math.fround(1 / scaleOf(to!));
  const round = roundFor(requantize);
  const x = new Float32Array(1);
  const y = new Float32Array(1);
  return (q) => {
    x[0] = (q - zeroPointOf(from!)) * scaleOf(from!);
    f(x, y);
    const steps = Math.fround(requantize === "onnx" ? y[0]! / scaleOf(to!) : y[0]! * inverse);
    return (Number.isNaN(steps) ? 0 : round(steps)) + zeroPointOf(to!);
  };
}

/**
 * The same reals under other parameters. Mode `onnx` goes through float32: `q · s` rounded, divided by the new
 * scale, rounded half to even; mode `tflite` multiplies in fixed point.
 */
export function requantizeCalls(
  x: TensorType,
  y: TensorType,
  requantize: Requantize,
  from: KernelArgument,
  to: KernelArgument,
): readonly KernelCall[] {
  const factor = scaleOf(x) / scaleOf(y);
  const integerOf = (q: number) => {
    const steps = q - zeroPointOf(x);
    const rounded =
      requantize === "onnx"
        ? roundFor("onnx")(Math.fround(Math.fround(steps * scaleOf(x)) / scaleOf(y)))
        : rescaledBy(factor)(steps);
    return rounded + zeroPointOf(y);
  };
  const table = lookupTable(x.dtype, y.dtype, integerOf);
  if (table) return [lookup(x, table, from, to)];
  const [low, high] = quantRange[y.dtype as QuantizedDType];
  const length = sizeOf(x.shape);
  if (requantize === "tflite") {
    const { multiplier, shift } = fixedPoint(factor);
    const numbers = [length, zeroPointOf(x), multiplier, shift, zeroPointOf(y), low, high];
    return [{ kernel: "rescale", arguments: [from, to, ...numbers] }];
  }
  const real: KernelArgument = { kind: "scratch", dtype: "float32", length };
  const whole = { ...x, shape: [length] };
  return [
    {
      kernel: "dequantize",
      arguments: [from, ...parameterTables(x.quant!), real, ...channelView(whole.shape, x.quant!)],
    },
    {
      kernel: "quantize",
      arguments: [
        real,
        ...parameterTables(y.quant!),
        to,
        ...channelView(whole.shape, y.quant!),
        low,
        high,
        Rounding.halfEven,
      ],
    },
  ];
}

/** `round(steps · factor)` in fixed point, twice rounded. */
export function rescaledBy(factor: number): (steps: number) => number {
  const { multiplier, shift } = fixedPoint(factor);
  return (steps) => scaleTwice(steps, multiplier, shift);
}

/**
 * The operand's value limited to the reals [low, high], in fixed point.
 * @source TensorFlow Lite `ReluXInt8` (`kernels/activations.cc`); the factor is float32 there.
 */
export function rescaledWithin(site: Site, low: number, high: number): (q: number) => number {
  const [x, y] = [site.operands[0]!, site.results[0]!];
  const rescaled = rescaledBy(Math.fround(scaleOf(x) / scaleOf(y)));
  const steps = (real: number) =>
    Number.isFinite(real) ? zeroPointOf(y) + roundHalfAway(Math.fround(real / scaleOf(y))) : real;
  return (q) => {
    const value = rescaled(q - zeroPointOf(x)) + zeroPointOf(y);
    return Math.min(steps(high), Math.max(steps(low), value));
  };
}
