/** A seeded source of random numbers: the same seed gives the same sequence on every machine. */
export interface Random {
  /** Uniform in `[lo, hi)`. */
  readonly uniform: (lo: number, hi: number) => number;
  /** Uniform among the integers `0 … count − 1`. */
  readonly index: (count: number) => number;
  /** Normal with mean 0 and deviation 1. */
  readonly normal: () => number;
}

// The fractional part of the golden ratio in 32 bits: it is odd, so that adding it visits all 2^32 states.
const WEYL_STEP = 0x9e3779b9;

/**
 * A Weyl sequence of 32 bits whose states are scrambled by a multiply-xorshift hash. Good enough for pictures;
 * never use it for secrets.
 *
 * @source the finalizer of MurmurHash3 (`fmix32`), for the two multipliers
 */
export function randomFrom(seed: number): Random {
  let state = seed | 0;
  const unit = () => {
    state = (state + WEYL_STEP) | 0;
    return scramble(state) / 2 ** 32;
  };
  const uniform = (lo: number, hi: number) => lo + (hi - lo) * unit();
  const index = (count: number) => Math.floor(count * unit());
  // Box and Muller; 1 − unit() is never 0, so that the logarithm is finite.
  const normal = () => Math.sqrt(-2 * Math.log(1 - unit())) * Math.cos(2 * Math.PI * unit());
  return { uniform, index, normal };
}

function scramble(state: number): number {
  let h = state;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
