import { Rounding } from "../../runtime/reference/requantize.ts";
import type { KernelCall, Site } from "../ir/op.ts";
import { type QuantizedDType, quantRange, sizeOf } from "../ir/types.ts";
import { reduceCalls, reducedAxes } from "./reduction.ts";
import { fixedPoint, result, scaleOf, zeroPointOf } from "./requantization.ts";

interface Factor {
  readonly multiplier: number;
  readonly shift: number;
}

/** The factor of a mean of `n`: the sum's, divided by `n` with as many bits as fit (R-02a). */
function meanFactor({ multiplier, shift }: Factor, n: number): Factor {
  const bits = Math.min(Math.floor(Math.log2(n)), 32, 31 + shift);
  const divided = Number((BigInt(multiplier) << BigInt(bits)) / BigInt(n));
  return { multiplier: divided, shift: shift - bits };
}

/** What the exact sum of `n` integers is multiplied by. Mode `onnx` has the formula of ONNX Runtime's global pooling. */
function factorOf(site: Site, n: number): Factor {
  const [x, y] = [scaleOf(site.operands[0]!), scaleOf(site.results[0]!)];
  if (site.requantize === "onnx")
    return { multiplier: Math.fround(x / Math.fround(y * n)), shift: 0 };
  const whole = fixedPoint(x / y);
  return n === 1 ? whole : meanFactor(whole, n);
}

/** A sum or mean of quantized values: the integers are summed exactly, and requantized once. */
export function quantizedSum(site: Site, kind: "sum" | "mean"): readonly KernelCall[] | string {
  const [x, y] = [site.operands[0]!, site.results[0]!];
  const axes = reducedAxes(x.shape.length, site.attributes);
  const n = sizeOf(axes.map((axis) => x.shape[axis]!));
  const [low, high] = quantRange[x.dtype as QuantizedDType];
  if (n * (high - low) >= 2 ** 31) return `its sums of ${n} elements do not fit 32 bits`;
  if (n === 0) return "it reduces no elements";
  const { multiplier, shift } = factorOf(site, kind === "mean" ? n : 1);
  const numbers = [
    ...[zeroPointOf(x), multiplier, shift, zeroPointOf(y)],
    ...quantRange[y.dtype as QuantizedDType],
    site.requantize === "onnx" ? Rounding.halfEven : Rounding.fixedTwice,
  ];
  return reduceCalls(site, (from, geometry) => ({
    kernel: "reduceSumQuantized",
    arguments: [from, result(), ...geometry, ...numbers],
  }));
}
