import { Rounding, roundHalfAway, roundHalfEven } from "../../runtime/reference/requantize.ts";
import type { Attributes } from "../ir/graph.ts";
import type { KernelArgument, Requantize } from "../ir/op.ts";
import {
  type QuantizedDType,
  type QuantParams,
  quantRange,
  type Tensor,
  type TensorType,
  tensor,
} from "../ir/types.ts";

/** A constant kernel argument. */
export function constant(value: Tensor): KernelArgument {
  return { kind: "constant", tensor: value };
}

export function operand(index: number): KernelArgument {
  return { kind: "operand", index };
}

export function result(index = 0): KernelArgument {
  return { kind: "result", index };
}

/**
 * The arguments `multiplier, shift, rounding` of a kernel that requantizes accumulators of scale
 * `inputScale · weightScale[c]` to `outputScale`. Mode `onnx` rounds each product and quotient to float32, in
 * that order; mode `tflite` splits the float64 quotient into a Q31 multiplier and a shift.
 * `fixed` names the rounding of the op's TensorFlow Lite reference kernel.
 */
export function rescale(
  requantize: Requantize,
  inputScale: number,
  weightScales: readonly number[],
  outputScale: number,
  fixed: typeof Rounding.fixedOnce | typeof Rounding.fixedTwice,
): {
  readonly multiplier: KernelArgument;
  readonly shift: KernelArgument;
  readonly rounding: number;
} {
  const shape = [weightScales.length];
  if (requantize === "onnx") {
    const factors = weightScales.map((scale) =>
      Math.fround(Math.fround(inputScale * scale) / Math.fround(outputScale)),
    );
    return {
      multiplier: constant(tensor("float32", shape, factors)),
      shift: constant(
        tensor(
          "int32",
          shape,
          factors.map(() => 0),
        ),
      ),
      rounding: Rounding.halfEven,
    };
  }
  const parts = weightScales.map((scale) => fixedPoint((inputScale * scale) / outputScale));
  return {
    multiplier: constant(
      tensor(
        "int32",
        shape,
        parts.map((part) => part.multiplier),
      ),
    ),
    shift: constant(
      tensor(
        "int32",
        shape,
        parts.map((part) => part.shift),
      ),
    ),
    rounding: fixed,
  };
}

/** Kernels have powers of two up to this one. */
const largestShift = 62;

/**
 * `factor = multiplier · 2^(shift − 31)` with the multiplier in [2³⁰, 2³¹), or 0 where the factor is below 2⁻³².
 * @source `QuantizeMultiplier`, TensorFlow Lite `kernels/internal/quantization_util.cc`.
 */
export function fixedPoint(factor: number): {
  readonly multiplier: number;
  readonly shift: number;
} {
  if (factor === 0) return { multiplier: 0, shift: 0 };
  let shift = Math.max(-1074, Math.floor(Math.log2(factor)) + 1);
  while (factor / 2 ** shift >= 1) shift++;
  while (factor / 2 ** shift < 0.5) shift--;
  // Scaling by a power of two is exact, so this is C's `round` on the mantissa.
  let multiplier = Math.floor((factor / 2 ** shift) * 2 ** 31 + 0.5);
  if (multiplier === 2 ** 31) {
    multiplier /= 2;
    shift++;
  }
  if (shift < -31) return { multiplier: 0, shift: 0 };
  // Every accumulator but 0 saturates under such a factor, as under any larger one.
  if (shift > largestShift) return { multiplier: 2 ** 31 - 1, shift: largestShift };
  return { multiplier, shift };
}

/**
 * `factor / count` in fixed point as the mean of TensorFlow Lite forms it: the multiplier of `factor` is divided with
 * as many further bits as fit, the quotient rounded down.
 * @source `reference_integer_ops::Mean`, TensorFlow Lite `kernels/internal/reference/integer_ops/mean.h`.
 */
export function meanFixedPoint(factor: number, count: number): ReturnType<typeof fixedPoint> {
  const { multiplier, shift } = fixedPoint(factor);
  const bits = Math.min(Math.floor(Math.log2(count)), 32, 31 + shift);
  const quotient = (BigInt(multiplier) << BigInt(bits)) / BigInt(count);
  return { multiplier: Number(quotient), shift: shift - bits };
}

/** The one scale of per-tensor parameters. */
export function scaleOf(type: TensorType): number {
  return perTensor(type.quant!).scale;
}

/** The one zero point of per-tensor parameters. */
export function zeroPointOf(type: TensorType): number {
  return perTensor(type.quant!).zeroPoint;
}

export function perTensor(quant: QuantParams): {
  readonly scale: number;
  readonly zeroPoint: number;
} {
  return { scale: quant.scale[0]!, zeroPoint: quant.zeroPoint[0]! };
}

/** Activations that an integer kernel applies by limiting its result, and the reals they limit to. */
const activationLimits: Readonly<Record<string, readonly [number, number]>> = {
  linear: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  relu: [0, Number.POSITIVE_INFINITY],
  relu6: [0, 6],
  reluN1To1: [-1, 1],
};

/** The attribute of ops that can limit their result; always `linear` outside of the integer form. */
export const activationAttribute = {
  kind: "string",
  default: "linear",
  oneOf: Object.keys(activationLimits),
  doc: "the fused activation; other than `linear` only in the integer form",
} as const;

/**
 * The integers [low, high] that a result may take: the range of its dtype, narrowed by the activation (T-10).
 * Rounding is half away from zero in mode `tflite`, half to even in mode `onnx`.
 */
export function limitsOf(
  attributes: Attributes,
  type: TensorType,
  requantize: Requantize,
): readonly [number, number] {
  const [low, high] = quantRange[type.dtype as QuantizedDType];
  const [from, to] = activationLimits[(attributes.activation as string | undefined) ?? "linear"]!;
  const { scale, zeroPoint } = perTensor(type.quant!);
  const steps = (real: number) => zeroPoint + roundFor(requantize)(Math.fround(real / scale));
  return [
    Number.isFinite(from) ? Math.min(high, Math.max(low, steps(from))) : low,
    Number.isFinite(to) ? Math.max(low, Math.min(high, steps(to))) : high,
  ];
}

/** Scalar rounding of a requantization mode. */
export function roundFor(requantize: Requantize): (x: number) => number {
  return requantize === "onnx" ? roundHalfEven : roundHalfAway;
}
