/**
 * Numbers on which float32 adds and multiplies exactly as long as there are not too many of them: small integers and
 * halves. So two ways to compute the same are equal, and not merely close.
 */
const palette = [1, -1, 2, -2, 3, -3, 0.5, -0.5, 8, -8];

/** Squares of powers of two: their roots are exact. */
const squares = [1, 4, 0.25, 16];

/** Draws whole numbers below a bound: Mulberry32, the same everywhere. */
export function drawing(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

/** `length` exact numbers, the same for the same seed. */
export function exactNumbers(seed: number, length: number): readonly number[] {
  const draw = drawing(seed);
  return Array.from({ length }, () => palette[draw(palette.length)]!);
}

/** `length` squares of powers of two. */
export function exactSquares(seed: number, length: number): readonly number[] {
  const draw = drawing(seed);
  return Array.from({ length }, () => squares[draw(squares.length)]!);
}
