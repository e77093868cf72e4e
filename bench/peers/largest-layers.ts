import { timeSteps } from "../../compiler/cli/bench/layers.ts";
import { assemble } from "../../compiler/emit/assemble.ts";
import { joinInPlace } from "../../compiler/lower/join-in-place.ts";
import { type Step, schedule } from "../../compiler/lower/schedule.ts";
import { selectSimd } from "../../compiler/lower/select-simd.ts";
import { ops } from "../../compiler/ops/index.ts";
import type { LoweredModel } from "../../compiler/pipeline.ts";
import type { Model, PortArray } from "../../runtime/model.ts";

/** A layer as a product of matrices, beside a plain one of the same size. */
export interface LargeLayer {
  readonly node: string;
  readonly rows: number;
  readonly inner: number;
  readonly outputs: number;
  /** 10⁹ multiply-accumulates in a second: of the layer with all that belongs to it, and of the plain product. */
  readonly speed: number;
  readonly plainSpeed: number;
}

/** The largest products among the steps that make up half of a model's work; measured in whole inferences, in turns with the plain ones. */
export async function measureLargest(
  model: Model,
  lowered: LoweredModel,
  inputs: Readonly<Record<string, PortArray>>,
  rounds: number,
): Promise<readonly LargeLayer[]> {
  const { steps } = selectSimd(joinInPlace(schedule(lowered.graph, ops, lowered.requantize)));
  const layers = largestOf(steps);
  const products = await Promise.all(layers.map(({ product }) => plainProduct(product)));
  const [times, ...plainTimes] = timeSteps(
    [{ model, inputs, steps: steps.length }, ...products],
    rounds,
    () => {},
  );
  return layers.map(({ at, product }, i) => {
    const macs = product.rows * product.inner * product.outputs;
    const speedOf = (ms: number) => macs / ms / 1e6;
    const node = steps[at]!.node;
    return {
      node,
      ...product,
      speed: speedOf(times![at]!),
      plainSpeed: speedOf(plainTimes[i]![0]!),
    };
  });
}

interface Product {
  readonly rows: number;
  readonly inner: number;
  readonly outputs: number;
}

function largestOf(steps: readonly Step[]): readonly { at: number; product: Product }[] {
  const products = steps
    .map((step, at) => ({ at, product: productOf(step), macs: step.macs ?? 0 }))
    .toSorted((a, b) => b.macs - a.macs);
  const half = products.reduce((sum, { macs }) => sum + macs, 0) / 2;
  let before = 0;
  return products.flatMap(({ at, product, macs }) => {
    const isLarge = before < half && product !== undefined;
    before += macs;
    return isLarge ? [{ at, product }] : [];
  });
}

/** The sizes of a layer that is a product: fully connected, or a convolution. `undefined` for other steps, also those that add something. */
function productOf({ kernel, arguments: list }: Step): Product | undefined {
  const numbers = list.filter((each) => typeof each === "number");
  const sizes = productSizes[kernel]?.(numbers);
  // Few rows are bound by reading the weights.
  return sizes === undefined || sizes.rows < rowsOfTile ? undefined : sizes;
}

/** By kernel, from the numbers that it is called with. A convolution is the product of its windows; one of groups is several. */
const productSizes: Readonly<Record<string, (numbers: readonly number[]) => Product | undefined>> =
  {
    densePackedInteger: ([rows, inner, outputs]) => ({
      rows: rows!,
      inner: inner!,
      outputs: outputs!,
    }),
    conv2dPackedInteger: (numbers) => {
      const [batch, , , channels, height, width, outputs, kernelHeight, kernelWidth] = numbers;
      if (numbers[15] !== 1) return undefined;
      const inner = kernelHeight! * kernelWidth! * channels!;
      return { rows: batch! * height! * width!, inner, outputs: outputs! };
    },
  };

const rowsOfTile = 6;

/**
 * Six rows of eight sums: weights in quads, rows where they are. Sums become bytes as cheaply as a layer can have it: a factor for each
 * column, rounded to the nearest integer.
 */
const source = `
export function product(x: usize, weights: usize, factors: usize, y: usize, rows: i32, quads: i32, tiles: i32): void {
  const rowBytes = quads << 2;
  const outBytes = tiles << 3;
  const magic = f32x4.splat(12582912);
  const bits = i32x4.splat(0x4b400000);
  for (let t = 0; t < tiles; t++, weights += quads << 5, factors += 32) {
    let row = x;
    let to = y + (t << 3);
    for (let r = 0; r < rows; r += ${rowsOfTile}, row += ${rowsOfTile} * rowBytes, to += ${rowsOfTile} * outBytes) {
      ${eachRow((r) => `let low${r} = i32x4.splat(0); let high${r} = i32x4.splat(0); let x${r} = row + ${r} * rowBytes;`)}
      for (let w = weights, end = weights + (quads << 5); w < end; w += 32) {
        const low = v128.load(w);
        const high = v128.load(w, 16);
        let x: v128;
        ${eachRow(
          (r) => `x = v128.load32_splat(x${r});
        low${r} = i32x4.relaxed_dot_i8x16_i7x16_add_s(low, x, low${r});
        high${r} = i32x4.relaxed_dot_i8x16_i7x16_add_s(high, x, high${r});
        x${r} += 4;`,
        )}
      }
      let words: v128;
      ${eachRow(
        (
          r,
        ) => `low${r} = f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(low${r}), v128.load(factors)), magic);
      high${r} = f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(high${r}), v128.load(factors, 16)), magic);
      words = i16x8.narrow_i32x4_s(i32x4.sub(low${r}, bits), i32x4.sub(high${r}, bits));
      v128.store64_lane(to + ${r} * outBytes, i8x16.narrow_i16x8_s(words, words), 0);`,
      )}
    }
  }
}`;

function eachRow(text: (row: number) => string): string {
  return Array.from({ length: rowsOfTile }, (_, row) => text(row)).join("\n");
}

let compiled: Promise<Uint8Array> | undefined;

/** A program of one step: the product alone, on operands that are packed already. */
async function plainProduct({ rows, inner, outputs }: Product) {
  compiled ??= assemble(new Map([["product.ts", source]]), "product.ts", "relaxed");
  const [quads, tiles] = [Math.ceil(inner / 4), Math.ceil(outputs / 8)];
  const whole = Math.ceil(rows / rowsOfTile) * rowsOfTile;
  const aligned = (place: number) => Math.ceil(place / 64) * 64;
  const x = 64;
  const weights = aligned(x + whole * quads * 4);
  const factors = aligned(weights + tiles * quads * 32);
  const y = aligned(factors + tiles * 32);
  const memory = new WebAssembly.Memory({ initial: Math.ceil((y + whole * tiles * 8) / 65536) });
  const bytes = new Uint8Array(memory.buffer);
  for (let i = 0; i < factors; i++) bytes[i] = (i * 89) % 127;
  new Float32Array(memory.buffer, factors, tiles * 8).fill(1 / 1024);
  const module = await WebAssembly.compile((await compiled) as Uint8Array<ArrayBuffer>);
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  const product = exports.product as (...numbers: number[]) => void;
  const runPart = (from: number, to: number) => {
    if (from < to) product(x, weights, factors, y, whole, quads, tiles);
  };
  return { model: { inParts: () => runPart }, inputs: {}, steps: 1 };
}
