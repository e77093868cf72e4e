import type { Affine } from "./formulas.ts";
import { f32 } from "./formulas.ts";

/** Random numbers with a fixed seed (splitmix32), and the quantization parameters that provoke ties. */
export interface Random {
  /** Uniform in [0, 1). */
  readonly unit: () => number;
  /** Uniform integer, both ends included. */
  readonly integer: (low: number, high: number) => number;
  readonly pick: <T>(choices: readonly T[]) => T;
  readonly codes: (length: number) => Uint8Array;
  readonly weights: (length: number, magnitude?: number) => Int8Array;
  /** Awkward float32 scales, and scales of few digits or powers of two, whose quotients fall on ties. */
  readonly scale: () => number;
  /** The zero point is at an edge, in the middle or anywhere. */
  readonly affine: (scale?: number) => Affine;
}

export function random(seed: number): Random {
  let state = seed >>> 0;
  const unit = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let t = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    t = Math.imul(t ^ (t >>> 15), 0x735a2d97);
    return ((t ^ (t >>> 15)) >>> 0) / 2 ** 32;
  };
  const integer = (low: number, high: number) => low + Math.floor(unit() * (high - low + 1));
  const pick = <T>(choices: readonly T[]) => choices[integer(0, choices.length - 1)]!;
  const scale = () =>
    f32(
      pick([
        () => 2 ** (-9 + 10 * unit()),
        () => 2 ** integer(-6, 0),
        () => integer(1, 30) * 0.01,
        () => integer(1, 9) / integer(1, 30),
        () => 1 / integer(3, 255),
      ])(),
    );
  return {
    unit,
    integer,
    pick,
    scale,
    codes: (length) => Uint8Array.from({ length }, () => integer(0, 255)),
    weights: (length, magnitude = 127) =>
      Int8Array.from({ length }, () => integer(-magnitude, magnitude)),
    affine: (s = scale()) => ({ scale: s, zeroPoint: pick([0, 255, 128, integer(0, 255)]) }),
  };
}
