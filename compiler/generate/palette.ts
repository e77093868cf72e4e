import {
  type DType,
  type QuantizedDType,
  quantRange,
  type Shape,
  type TensorType,
} from "../ir/types.ts";
import type { Draw } from "./choices.ts";

/**
 * What the values of one graph share. Independent draws would hardly ever agree where a rule needs them to: two equal
 * shapes, the same parameters before and behind.
 */
export interface Palette {
  /** Extents, the likely ones more than once. */
  readonly dims: readonly number[];
  /** The shape of most images of the graph: batch, height, width, channels. */
  readonly image: Shape;
  /** In how many of 6 cases what is needed is a value that is there already. */
  readonly reuse: number;
  /** Two kinds of quantized activations. */
  readonly quants: readonly [PaletteQuant, PaletteQuant];
}

export interface PaletteQuant {
  readonly dtype: QuantizedDType;
  readonly scale: number;
  readonly zeroPoint: number;
}

/** Powers of two, so that products and sums of quantized values are exact; the fourth makes 256 steps fit in 6. */
const scales = [0.5, 0.25, 1, 1 / 64, 1 / 128];

/** A palette; `extents` are numbers that the rule speaks of, so that shapes around them are likely; `near` ones more so. */
export function drawPalette(
  draw: Draw,
  extents: readonly number[] = [],
  near: readonly number[] = [],
): Palette {
  const spoken = draw.shuffled(extents.flatMap((n) => [n, 2 * n, n - 1, n + 1, 3 * n])).slice(0, 4);
  const likely = spoken.filter((n) => n > 0 && n <= 192);
  const dims = [2, 3, 4, 1, 6, 5, ...likely, ...likely];
  const channels =
    near.length > 0 && draw.chance(3, 4)
      ? draw.pick(near)
      : likely.length > 0 && draw.chance(2, 3)
        ? draw.pick(likely)
        : draw.pick(dims);
  const small = likely.filter((n) => n <= 16);
  const height = draw.pick([4, 3, 5, 2, ...small]);
  const width = draw.chance(1, 2) ? draw.pick([4, 3, 2, 5, ...small]) : height;
  const image = [draw.pick([1, 1, 2]), height, width, channels];
  const reuse = draw.pick([2, 5]);
  return { dims, image, reuse, quants: [drawQuant(draw), drawQuant(draw)] };
}

function drawQuant(draw: Draw): PaletteQuant {
  const dtype = draw.pick<QuantizedDType>(["int8", "int8", "int8", "uint8", "int16"]);
  const [low, high] = quantRange[dtype];
  const middle = dtype === "uint8" ? 128 : 0;
  const zeroPoint = dtype === "int16" ? 0 : draw.pick([middle, middle + 3, low, low, high - 1]);
  return { dtype, scale: draw.pick(scales), zeroPoint };
}

/** A float shape of `least` to `most` dimensions. */
export function drawShape(
  draw: Draw,
  { dims, image }: Palette,
  least: number,
  most: number,
): Shape {
  if (least <= 4 && most >= 4 && draw.below(4) < 2) return image;
  if (least <= 2 && most >= 2 && draw.below(3) === 0) return [draw.pick([2, 1, 3]), image[3]!];
  const rank = least + draw.below(Math.min(most, 4) - least + 1);
  if (rank === 4) return image;
  const shape = Array.from({ length: rank }, () => draw.pick(dims.slice(0, 6)));
  return rank > 0 && draw.chance(1, 2) ? shape.with(-1, image[3]!) : shape;
}

/** A type of real values. */
export function real(shape: Shape, dtype: DType = "float32"): TensorType {
  return { dtype, shape };
}

/** A quantized type with one scale. */
export function quantizedAs({ dtype, scale, zeroPoint }: PaletteQuant, shape: Shape): TensorType {
  return { dtype, shape, quant: { scale: [scale], zeroPoint: [zeroPoint] } };
}
