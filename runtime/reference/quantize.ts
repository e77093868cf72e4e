import {
  type QuantizedArray,
  Rounding,
  roundHalfAway,
  roundHalfEven,
  saturate,
} from "./requantize.ts";

/**
 * `q = saturate(round(x / scale[c]) + zeroPoint[c])`, the quotient in float32. `x` is seen as [outer, channels,
 * inner]; per tensor, `channels` is 1. Ties go to even under `Rounding.halfEven` and away from zero otherwise.
 * NaN becomes the zero point.
 * @source ONNX QuantizeLinear; TensorFlow Lite `reference_ops::AffineQuantize`.
 */
export function quantize(
  x: Float32Array,
  scale: Float32Array,
  zeroPoint: Int32Array,
  q: QuantizedArray | Int32Array,
  outer: number,
  channels: number,
  inner: number,
  low: number,
  high: number,
  rounding: number,
): void {
  const round = rounding === Rounding.halfEven ? roundHalfEven : roundHalfAway;
  let at = 0;
  for (let a = 0; a < outer; a++) {
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < inner; i++, at++) {
        const steps = Math.fround(x[at]! / scale[c]!);
        q[at] = Number.isNaN(steps)
          ? zeroPoint[c]!
          : saturate(round(steps) + zeroPoint[c]!, low, high);
      }
    }
  }
}

/** `x = (q − zeroPoint[c]) · scale[c]` in float32; shapes as in `quantize`. */
export function dequantize(
  q: QuantizedArray | Int32Array,
  scale: Float32Array,
  zeroPoint: Int32Array,
  x: Float32Array,
  outer: number,
  channels: number,
  inner: number,
): void {
  let at = 0;
  for (let a = 0; a < outer; a++) {
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < inner; i++, at++) x[at] = Math.fround(q[at]! - zeroPoint[c]!) * scale[c]!;
    }
  }
}
