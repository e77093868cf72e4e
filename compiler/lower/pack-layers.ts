import { Rounding } from "../../runtime/reference/requantize.ts";
import type { DType, Tensor, TypedArray } from "../ir/types.ts";
import { type FloatScaling, floatScaling, type ScalingForm, scalingForm } from "./float-scaling.ts";

/** A layer of integer products in groups: `weight(o, i)` is the weight of output `o`, without zero point, at index `i` of its sum. */
export interface IntegerProduct {
  readonly outputs: number;
  readonly groups: number;
  readonly inner: number;
  readonly weight: (output: number, index: number) => number;
  readonly bias: TypedArray;
  readonly multiplier: TypedArray;
  readonly shift: TypedArray;
  readonly xType: "int8" | "uint8";
  readonly xZero: number;
  readonly yType: DType;
  readonly yZero: number;
  readonly low: number;
  readonly high: number;
  readonly rounding: number;
}

/** A layer as `runtime/simd/packed-layer.ts` takes it. */
export interface PackedProduct {
  /** int8: `[groups][tiles][quads][8 channels][4]`. */
  readonly weights: Tensor;
  /** int32, 8 a tile: holds the zero point of the input, and what the scaling adds. */
  readonly bias: Tensor;
  /** float32 and int32, told apart by the kernels: `runtime/simd/packed-scaling.ts`. */
  readonly records: Tensor;
  readonly tiles: number;
  readonly quads: number;
  readonly centre: number;
  readonly form: number;
}

/** Channels of a tile. */
const width = 8;

/** The forms of scaling, by the numbers that stand for them: `Form` of `runtime/simd/packed-scaling.ts`. */
export const Form = { plain: 0, moved: 1, signed: 2 } as const;

/**
 * Packs the weights of a layer, and finds for every tile of eight channels the float32 operations that requantize exactly, or
 * else marks it for the long way. `undefined` if a weight is no int8.
 */
export function packProduct(product: IntegerProduct): PackedProduct | undefined {
  const { outputs, groups, inner, weight, rounding, low, high, yZero } = product;
  const each = outputs / groups;
  const tiles = groups * Math.ceil(each / width);
  const quads = Math.ceil(inner / 4);
  const weights = new Int8Array(tiles * quads * 4 * width);
  const bias = new Int32Array(tiles * width);
  const scaling = scalingForm(rounding, low - yZero, high - yZero);
  const form = formOf(rounding, scaling);
  const records = new RecordWriter(product, form, scaling, tiles);
  for (let tile = 0; tile < tiles; tile++) {
    const channels = channelsOf(tile, each);
    const ranges: Range[] = [];
    for (const [column, o] of channels.entries()) {
      const to = tile * quads * 4 * width + column * 4;
      const range = { sum: 0, least: product.bias[o]!, most: product.bias[o]! };
      for (let i = 0; i < inner; i++) {
        const w = weight(o, i);
        if (w < -128 || 127 < w) return undefined;
        weights[to + (i >> 2) * 4 * width + (i & 3)] = w;
        add(range, w, product);
      }
      ranges.push(range);
    }
    const moved = records.write(tile, channels, ranges);
    // Sums wrap at 32 bits on their way; the last one fits.
    for (const [column, o] of channels.entries())
      bias[tile * width + column] =
        (product.bias[o]! - product.xZero * ranges[column]!.sum + moved[column]!) | 0;
  }
  return {
    weights: { dtype: "int8", shape: [weights.length], data: weights },
    bias: { dtype: "int32", shape: [bias.length], data: bias },
    records: { dtype: "float32", shape: [records.data.length], data: records.data },
    ...{ tiles, quads, form, centre: scaling.centre },
  };
}

/** The sum of a channel's weights, and what its accumulator can be. */
interface Range {
  sum: number;
  least: number;
  most: number;
}

function add(range: Range, w: number, { xType, xZero }: IntegerProduct): void {
  const lowest = (xType === "int8" ? -128 : 0) - xZero;
  range.sum += w;
  range.least += w * (w > 0 ? lowest : lowest + 255);
  range.most += w * (w > 0 ? lowest + 255 : lowest);
}

/** The output channels of a tile; the last tile of a group may have fewer. */
function channelsOf(tile: number, each: number): readonly number[] {
  const inGroup = Math.ceil(each / width);
  const first = Math.floor(tile / inGroup) * each;
  const from = (tile % inGroup) * width;
  return Array.from({ length: Math.min(width, each - from) }, (_, i) => first + from + i);
}

function formOf(rounding: number, { signed }: ScalingForm): number {
  if (rounding === Rounding.halfEven || rounding === Rounding.exact) return Form.plain;
  return signed ? Form.signed : Form.moved;
}

/** Writes the records of `runtime/simd/packed-scaling.ts`, tile by tile. */
class RecordWriter {
  readonly data: Float32Array;
  readonly #words: Int32Array;
  readonly #product: IntegerProduct;
  readonly #form: number;
  readonly #scaling: ScalingForm;

  constructor(product: IntegerProduct, form: number, scaling: ScalingForm, tiles: number) {
    this.data = new Float32Array(tiles * width * (form === Form.plain ? 1 : 2));
    this.#words = new Int32Array(this.data.buffer);
    this.#product = product;
    this.#form = form;
    this.#scaling = scaling;
  }

  /** Gives what the biases of the channels take up. */
  write(tile: number, channels: readonly number[], ranges: readonly Range[]): readonly number[] {
    const at = tile * width * (this.#form === Form.plain ? 1 : 2);
    const { rounding, yType } = this.#product;
    const none = channels.map(() => 0);
    if (rounding === Rounding.exact) return none;
    const isByte = yType === "int8" || yType === "uint8";
    const found = isByte ? channels.map((o, i) => this.#scalingOf(o, ranges[i]!)) : none;
    if (found.every((each) => typeof each === "object")) {
      for (const [i, { factor, offset }] of found.entries()) {
        this.data[at + i] = factor;
        if (this.#form !== Form.plain) this.data[at + width + i] = offset;
      }
      return found.map(({ bias }) => bias);
    }
    if (rounding === Rounding.halfEven) {
      for (const [i, o] of channels.entries()) this.data[at + i] = -this.#product.multiplier[o]!;
    } else this.#mark(at, channels, ranges);
    return none;
  }

  #scalingOf(o: number, { least, most }: Range): FloatScaling | undefined {
    const { multiplier, shift, rounding, low, high, yZero } = this.#product;
    const limits = { low: low - yZero, high: high - yZero };
    const factors = { multiplier: multiplier[o]!, shift: shift[o]! };
    return floatScaling({ ...factors, rounding, ...limits, least, most }, this.#scaling);
  }

  #mark(at: number, channels: readonly number[], ranges: readonly Range[]): void {
    const { multiplier, shift, rounding } = this.#product;
    // What is multiplied by 0 stays below every step: a mark must not be 0.
    const factors = channels.map((o) =>
      multiplier[o] === 0 ? [1, -31] : [multiplier[o]!, shift[o]!],
    ) as readonly (readonly [number, number])[];
    const isShort =
      rounding === Rounding.fixedTwice &&
      factors.every(([, left]) => -31 <= left && left <= -1) &&
      ranges.every(({ least, most }, i) => {
        const [factor, left] = factors[i]!;
        const farthest = Math.max(-least, most);
        return farthest < 2 ** 30 && farthest * factor * 2 ** (left - 31) < 2 ** 21;
      });
    for (let i = 0; i < width; i++) {
      const [factor, left] = factors[i] ?? [1, -1];
      this.#words[at + i] = -factor;
      this.#words[at + width + i] = isShort ? 2 ** (-left - 1) : left - 256;
    }
  }
}
