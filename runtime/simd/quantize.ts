import { loadSome4, storeSome4 } from "./lanes";
import { Pointer } from "./memory";
import { integerPlace, Rounding, roundHalfAway, roundHalfEven } from "./requantize";

/** See the reference. Four at a time along the channels where they are next to each other, else within a channel. */
export function quantize<Q>(
  x: Pointer<f32>,
  scale: Pointer<f32>,
  zeroPoint: Pointer<i32>,
  q: Pointer<Q>,
  outer: i32,
  channels: i32,
  inner: i32,
  low: i32,
  high: i32,
  rounding: i32,
): void {
  const away = rounding != Rounding.halfEven;
  let at = 0;
  for (let a = 0; a < outer; a++) {
    if (sizeof<Q>() < 4 && inner == 1) {
      for (let c = 0; c < channels; c += 4) {
        const n = channels - c;
        const scales = loadSome4<f32>(scale.at(c), n);
        const zeros = loadSome4<i32>(zeroPoint.at(c), n);
        const steps = f32x4.div(loadSome4<f32>(x.at(at + c), n), scales);
        storeSome4<Q>(q.at(at + c), integers4(steps, zeros, low, high, away), n);
      }
      at += channels;
      continue;
    }
    for (let c = 0; c < channels; c++, at += inner) {
      if (sizeof<Q>() < 4) {
        const scales = f32x4.splat(scale[c]);
        const zeros = i32x4.splat(zeroPoint[c]);
        for (let i = 0; i < inner; i += 4) {
          const n = inner - i;
          const steps = f32x4.div(loadSome4<f32>(x.at(at + i), n), scales);
          storeSome4<Q>(q.at(at + i), integers4(steps, zeros, low, high, away), n);
        }
      } else {
        for (let i = 0; i < inner; i++)
          q[at + i] = <Q>wideInteger(x[at + i] / scale[c], zeroPoint[c], low, high, away);
      }
    }
  }
}

/** `saturate(round(steps) + zero)` within 16 bits; NaN counts as 0. */
@inline
export function integers4(steps: v128, zeros: v128, low: i32, high: i32, away: bool): v128 {
  const numbers = v128.and(steps, f32x4.eq(steps, steps));
  const rounded = away ? roundHalfAway4(numbers) : numbers;
  const offset = f32x4.convert_i32x4_s(zeros);
  // Limits are integers: limiting before rounding is limiting after it.
  const limited = f32x4.pmin(
    f32x4.pmax(rounded, f32x4.sub(f32x4.splat(<f32>low), offset)),
    f32x4.sub(f32x4.splat(<f32>high), offset),
  );
  const place = i32x4.splat(reinterpret<i32>(integerPlace));
  return i32x4.add(i32x4.sub(f32x4.add(limited, f32x4.splat(integerPlace)), place), zeros);
}

@inline
function roundHalfAway4(x: v128): v128 {
  const down = f32x4.trunc(x);
  const up = f32x4.ge(f32x4.abs(f32x4.sub(x, down)), f32x4.splat(0.5));
  const one = v128.or(f32x4.splat(1), v128.and(x, f32x4.splat(-0.0)));
  return f32x4.add(down, v128.and(one, up));
}

function wideInteger(steps: f32, zero: i32, low: i32, high: i32, away: bool): i32 {
  if (steps != steps) return zero;
  const rounded = away ? roundHalfAway(<f64>steps) : roundHalfEven(<f64>steps);
  return <i32>min<f64>(<f64>high, max<f64>(<f64>low, rounded + <f64>zero));
}

/** See the reference; vectors as in `quantize`. */
export function dequantize<Q>(
  q: Pointer<Q>,
  scale: Pointer<f32>,
  zeroPoint: Pointer<i32>,
  x: Pointer<f32>,
  outer: i32,
  channels: i32,
  inner: i32,
): void {
  let at = 0;
  for (let a = 0; a < outer; a++) {
    if (sizeof<Q>() < 4 && inner == 1) {
      for (let c = 0; c < channels; c += 4) {
        const n = channels - c;
        const steps = i32x4.sub(loadSome4<Q>(q.at(at + c), n), loadSome4<i32>(zeroPoint.at(c), n));
        const reals = f32x4.mul(f32x4.convert_i32x4_s(steps), loadSome4<f32>(scale.at(c), n));
        storeSome4<f32>(x.at(at + c), reals, n);
      }
      at += channels;
      continue;
    }
    for (let c = 0; c < channels; c++, at += inner) {
      if (sizeof<Q>() < 4) {
        const scales = f32x4.splat(scale[c]);
        const zeros = i32x4.splat(zeroPoint[c]);
        for (let i = 0; i < inner; i += 4) {
          const n = inner - i;
          const steps = i32x4.sub(loadSome4<Q>(q.at(at + i), n), zeros);
          storeSome4<f32>(x.at(at + i), f32x4.mul(f32x4.convert_i32x4_s(steps), scales), n);
        }
      } else {
        for (let i = 0; i < inner; i++)
          x[at + i] = <f32>(<f64>q[at + i] - <f64>zeroPoint[c]) * scale[c];
      }
    }
  }
}
