import { roundHalfAway, scaleTwice } from "../../runtime/reference/requantize.ts";
import type { KernelCall, Site } from "../ir/op.ts";
import { type QuantizedDType, quantRange, sizeOf, tensor } from "../ir/types.ts";
import {
  constant,
  fixedPoint,
  operand,
  perTensor,
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
  site: Site,
  integerOf: (q: number) => number,
): readonly KernelCall[] | string {
  const table = lookupTable(site, integerOf);
  if (typeof table === "string") return table;
  const [low] = quantRange[site.operands[0]!.dtype as QuantizedDType];
  return [
    {
      kernel: "lookup",
      arguments: [operand(0), constant(table), result(), sizeOf(site.results[0]!.shape), low],
    },
  ];
}

function lookupTable(site: Site, integerOf: (q: number) => number) {
  const inputs = integersOf(site);
  if (typeof inputs === "string") return inputs;
  const { dtype } = site.results[0]!;
  const [low, high] = quantRange[dtype as QuantizedDType];
  const entries = inputs.map((q) => Math.min(high, Math.max(low, integerOf(q))));
  return tensor(dtype, [entries.length], entries);
}

/** Every integer that the first operand can hold. */
function integersOf({ operands: [x] }: Site): readonly number[] | string {
  const [low, high] = quantRange[x!.dtype as QuantizedDType];
  if (high - low > 255) return `its operand is ${x!.dtype}, and tables are for 8 bits`;
  return Array.from({ length: high - low + 1 }, (_, i) => low + i);
}

/**
 * The integers of a real function: dequantized, computed by the float kernel `f`, quantized. Mode `onnx` divides by
 * the scale and rounds half to even, mode `tflite` multiplies by the inverse and rounds half away from zero.
 * @source `LUTPopulate`, TensorFlow Lite `kernels/internal/common.h`.
 */
export function integersOfReals(
  site: Site,
  f: (x: Float32Array, y: Float32Array) => void,
): (q: number) => number {
  const from = perTensor(site.operands[0]!.quant!);
  const to = perTensor(site.results[0]!.quant!);
  const inverse = Math.fround(1 / to.scale);
  const round = roundFor(site.requantize);
  const x = new Float32Array(1);
  const y = new Float32Array(1);
  return (q) => {
    x[0] = (q - from.zeroPoint) * from.scale;
    f(x, y);
    const steps = site.requantize === "onnx" ? y[0]! / to.scale : y[0]! * inverse;
    const rounded = round(Math.fround(steps));
    return (Number.isNaN(rounded) ? 0 : rounded) + to.zeroPoint;
  };
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
