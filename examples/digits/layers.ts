/**
 * The layers of a small convolutional network, each with its gradient. Pictures are channel-last:
 * `[count, size, size, channels]`, row-major, in float64, so that gradients can be checked numerically.
 */
import { timesTransposed, transpose } from "./matrix.ts";
import type { Random } from "./random.ts";

/** A batch of square feature maps. A flat vector has size 1. */
export interface Maps {
  readonly values: Float64Array;
  readonly count: number;
  readonly size: number;
  readonly channels: number;
}

/** Numbers that training moves, and the gradient of the loss by them, of the same length. */
export interface Parameter {
  readonly value: Float64Array;
  readonly gradient: Float64Array;
}

/** What the layer is, for whoever writes the network to a file. */
export type Layer = LayerMath &
  (
    | { readonly kind: "convolution"; readonly kernel: Parameter; readonly shape: KernelShape }
    | { readonly kind: "depthwise"; readonly kernel: Parameter; readonly channels: number }
    | ({ readonly kind: "batch-norm" } & BatchNormState)
    | { readonly kind: "relu" | "max-pool" | "global-average-pool" }
    | {
        readonly kind: "dense";
        readonly kernel: Parameter;
        readonly bias: Parameter;
        readonly units: number;
      }
  );

interface LayerMath {
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** `train` uses the statistics of the batch, and moves the running ones; `infer` uses the running ones. */
  readonly forward: (x: Maps, mode: "train" | "infer") => Maps;
  /** The gradient by the last `forward`'s input; sets the parameters' gradients. */
  readonly backward: (dy: Maps) => Maps;
}

/** `kernel [filters, width, width, channels]`. */
interface KernelShape {
  readonly filters: number;
  readonly width: number;
  readonly channels: number;
}

interface BatchNormState {
  readonly gamma: Parameter;
  readonly beta: Parameter;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
  readonly epsilon: number;
}

const EPSILON = 1e-5;
/** How much of the old running statistics one batch leaves. */
const BATCH_NORM_MOMENTUM = 0.95;

function parameter(length: number, initial: () => number): Parameter {
  return {
    value: Float64Array.from({ length }, initial),
    gradient: new Float64Array(length),
  };
}

/** The deviation that keeps the variance of a signal through a ReLU. @source He et al., 2015, section 2.2 */
function weights(length: number, fanIn: number, random: Random): Parameter {
  return parameter(length, () => random.normal() * Math.sqrt(2 / fanIn));
}

/** A convolution of stride 1 that keeps the size (zeros around), without bias. `width` is odd. */
export function convolution(name: string, shape: KernelShape, random: Random): Layer {
  const { filters, width, channels } = shape;
  const taps = width * width * channels;
  const kernel = weights(filters * taps, taps, random);
  let patches: Float64Array;
  const forward = (x: Maps): Maps => {
    patches = gatherPatches(x, width);
    const pixels = x.count * x.size * x.size;
    const values = timesTransposed(patches, kernel.value, pixels, filters, taps);
    return { ...x, values, channels: filters };
  };
  const backward = (dy: Maps): Maps => {
    const pixels = dy.count * dy.size * dy.size;
    const byFilter = transpose(dy.values, pixels, filters);
    const byTap = transpose(patches, pixels, taps);
    kernel.gradient.set(timesTransposed(byFilter, byTap, filters, taps, pixels));
    const kernelByTap = transpose(kernel.value, filters, taps);
    const dPatches = timesTransposed(dy.values, kernelByTap, pixels, taps, filters);
    return scatterPatches(dPatches, { ...dy, channels }, width);
  };
  return { kind: "convolution", name, kernel, shape, parameters: [kernel], forward, backward };
}

/** For each pixel the window around it, `[pixels, width, width, channels]`; zeros outside of the map. */
function gatherPatches(x: Maps, width: number): Float64Array {
  if (width === 1) return x.values;
  const taps = width * width * x.channels;
  const patches = new Float64Array(x.count * x.size * x.size * taps);
  eachTapRow(x, width, (pixel, patch, length) => {
    for (let c = 0; c < length; c++) patches[patch + c] = x.values[pixel + c]!;
  });
  return patches;
}

/** The transpose of `gatherPatches`: adds up what each window says of a pixel. */
function scatterPatches(patches: Float64Array, like: Maps, width: number): Maps {
  if (width === 1) return { ...like, values: patches };
  const values = new Float64Array(like.count * like.size * like.size * like.channels);
  eachTapRow(like, width, (pixel, patch, length) => {
    for (let c = 0; c < length; c++) values[pixel + c]! += patches[patch + c]!;
  });
  return { ...like, values };
}

/** Visits each row of each window: where it starts in the map, where in the patches, and how long it is. */
function eachTapRow(
  { count, size, channels }: Maps,
  width: number,
  visit: (pixel: number, patch: number, length: number) => void,
): void {
  const reach = (width - 1) / 2;
  for (let row = 0; row < count * size; row++) {
    const y = row % size;
    for (let x = 0; x < size; x++) {
      const [left, right] = [Math.max(0, x - reach), Math.min(size - 1, x + reach)];
      for (let ky = 0; ky < width; ky++) {
        const dy = ky - reach;
        if (y + dy < 0 || size <= y + dy) continue;
        const tap = ((row * size + x) * width + ky) * width + (left - x + reach);
        const pixel = (row + dy) * size + left;
        visit(pixel * channels, tap * channels, (right - left + 1) * channels);
      }
    }
  }
}

const DEPTHWISE_WIDTH = 3;

/** A 3 × 3 convolution within each channel, `kernel [3, 3, channels]`, that keeps the size, without bias. */
export function depthwise(name: string, channels: number, random: Random): Layer {
  const taps = DEPTHWISE_WIDTH ** 2;
  const kernel = weights(taps * channels, taps, random);
  let input: Maps;
  const forward = (x: Maps): Maps => {
    input = x;
    const values = new Float64Array(x.values.length);
    eachTap(x, (from, to, tap) => {
      for (let c = 0; c < channels; c++) {
        values[to + c]! += x.values[from + c]! * kernel.value[tap + c]!;
      }
    });
    return { ...x, values };
  };
  const backward = (dy: Maps): Maps => {
    const values = new Float64Array(dy.values.length);
    kernel.gradient.fill(0);
    eachTap(dy, (from, to, tap) => {
      for (let c = 0; c < channels; c++) {
        values[from + c]! += dy.values[to + c]! * kernel.value[tap + c]!;
        kernel.gradient[tap + c]! += dy.values[to + c]! * input.values[from + c]!;
      }
    });
    return { ...dy, values };
  };
  return { kind: "depthwise", name, kernel, channels, parameters: [kernel], forward, backward };
}

/** Visits each pair of pixels that a 3 × 3 window joins: where it reads, where it writes, and by which tap. */
function eachTap(
  { count, size, channels }: Maps,
  visit: (from: number, to: number, tap: number) => void,
): void {
  for (let row = 0; row < count * size; row++) {
    for (let x = 0; x < size; x++) {
      const to = (row * size + x) * channels;
      for (let tap = 0; tap < DEPTHWISE_WIDTH ** 2; tap++) {
        const dy = Math.floor(tap / DEPTHWISE_WIDTH) - 1;
        const dx = (tap % DEPTHWISE_WIDTH) - 1;
        const y = (row % size) + dy;
        if (y < 0 || size <= y || x + dx < 0 || size <= x + dx) continue;
        visit(to + (dy * size + dx) * channels, to, tap * channels);
      }
    }
  }
}

/**
 * `gamma · (x − mean) / √(variance + epsilon) + beta`, for each channel.
 *
 * @source Ioffe and Szegedy, 2015, algorithm 1; the running variance is the biased one
 */
export function batchNorm(name: string, channels: number): Layer {
  const gamma = parameter(channels, () => 1);
  const beta = parameter(channels, () => 0);
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels).fill(1);
  let normalized = new Float64Array();
  let inverse = new Float64Array();
  const forward = (x: Maps, mode: "train" | "infer"): Maps => {
    const batch = mode === "train" ? moments(x) : { mean, variance };
    inverse = batch.variance.map((v) => 1 / Math.sqrt(v + EPSILON));
    normalized = new Float64Array(x.values.length);
    const values = new Float64Array(x.values.length);
    for (let i = 0, c = 0; i < values.length; i++, c = c + 1 === channels ? 0 : c + 1) {
      normalized[i] = (x.values[i]! - batch.mean[c]!) * inverse[c]!;
      values[i] = normalized[i]! * gamma.value[c]! + beta.value[c]!;
    }
    if (mode === "train") {
      approach(mean, batch.mean);
      approach(variance, batch.variance);
    }
    return { ...x, values };
  };
  const backward = (dy: Maps): Maps => {
    gamma.gradient.fill(0);
    beta.gradient.fill(0);
    for (let i = 0, c = 0; i < dy.values.length; i++, c = c + 1 === channels ? 0 : c + 1) {
      gamma.gradient[c]! += dy.values[i]! * normalized[i]!;
      beta.gradient[c]! += dy.values[i]!;
    }
    // The mean and the variance of the batch depend on every x: each takes its part of the gradient away.
    const share = channels / dy.values.length;
    const values = new Float64Array(dy.values.length);
    for (let i = 0, c = 0; i < values.length; i++, c = c + 1 === channels ? 0 : c + 1) {
      const common = share * (beta.gradient[c]! + normalized[i]! * gamma.gradient[c]!);
      values[i] = gamma.value[c]! * inverse[c]! * (dy.values[i]! - common);
    }
    return { ...dy, values };
  };
  const state = { gamma, beta, mean, variance, epsilon: EPSILON };
  return { kind: "batch-norm", name, ...state, parameters: [gamma, beta], forward, backward };
}

/** Mean and biased variance of each channel. */
function moments({ values, channels }: Maps): { mean: Float64Array; variance: Float64Array } {
  const share = channels / values.length;
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  for (let i = 0, c = 0; i < values.length; i++, c = c + 1 === channels ? 0 : c + 1) {
    mean[c]! += values[i]! * share;
  }
  for (let i = 0, c = 0; i < values.length; i++, c = c + 1 === channels ? 0 : c + 1) {
    variance[c]! += (values[i]! - mean[c]!) ** 2 * share;
  }
  return { mean, variance };
}

function approach(running: Float64Array, batch: Float64Array): void {
  for (let c = 0; c < running.length; c++) {
    running[c] = BATCH_NORM_MOMENTUM * running[c]! + (1 - BATCH_NORM_MOMENTUM) * batch[c]!;
  }
}

export function relu(name: string): Layer {
  let output: Float64Array;
  const forward = (x: Maps): Maps => {
    output = new Float64Array(x.values.length);
    for (let i = 0; i < output.length; i++) output[i] = Math.max(x.values[i]!, 0);
    return { ...x, values: output };
  };
  const backward = (dy: Maps): Maps => {
    const values = new Float64Array(output.length);
    for (let i = 0; i < values.length; i++) values[i] = 0 < output[i]! ? dy.values[i]! : 0;
    return { ...dy, values };
  };
  return { kind: "relu", name, parameters: [], forward, backward };
}

/** The largest of each 2 × 2 window, stride 2; the size of the map is even. */
export function maxPool(name: string): Layer {
  let input: Maps;
  let winners = new Int32Array();
  const forward = (x: Maps): Maps => {
    const [size, channels] = [x.size / 2, x.channels];
    const values = new Float64Array(x.count * size * size * channels);
    input = x;
    winners = new Int32Array(values.length);
    for (let i = 0; i < values.length; i++) {
      const pixel = Math.floor(i / channels);
      const corner = Math.floor(pixel / size) * 2 * x.size + (pixel % size) * 2;
      const winner = largestOfWindow(x, corner * channels + (i % channels));
      winners[i] = winner;
      values[i] = x.values[winner]!;
    }
    return { ...x, values, size };
  };
  const backward = (dy: Maps): Maps => {
    const values = new Float64Array(input.values.length);
    for (let i = 0; i < winners.length; i++) values[winners[i]!]! += dy.values[i]!;
    return { ...input, values };
  };
  return { kind: "max-pool", name, parameters: [], forward, backward };
}

function largestOfWindow({ values, size, channels }: Maps, corner: number): number {
  let winner = corner;
  if (values[winner]! < values[corner + channels]!) winner = corner + channels;
  const below = corner + size * channels;
  if (values[winner]! < values[below]!) winner = below;
  if (values[winner]! < values[below + channels]!) winner = below + channels;
  return winner;
}

/** The mean of each channel over the map: size 1. */
export function globalAveragePool(name: string): Layer {
  let input: Maps;
  const forward = (x: Maps): Maps => {
    const [area, channels] = [x.size * x.size, x.channels];
    const values = new Float64Array(x.count * channels);
    input = x;
    for (let i = 0; i < x.values.length; i++) {
      const sample = Math.floor(i / (area * channels));
      values[sample * channels + (i % channels)]! += x.values[i]! / area;
    }
    return { ...x, values, size: 1 };
  };
  const backward = (dy: Maps): Maps => {
    const [area, channels] = [input.size * input.size, dy.channels];
    const values = new Float64Array(input.values.length);
    for (let i = 0; i < values.length; i++) {
      const sample = Math.floor(i / (area * channels));
      values[i] = dy.values[sample * channels + (i % channels)]! / area;
    }
    return { ...input, values };
  };
  return { kind: "global-average-pool", name, parameters: [], forward, backward };
}

/** `x · kernelᵀ + bias` of `x [count, channels]`, `kernel [units, channels]`. */
export function dense(name: string, units: number, channels: number, random: Random): Layer {
  const kernel = weights(units * channels, channels, random);
  const bias = parameter(units, () => 0);
  let input: Maps;
  const forward = (x: Maps): Maps => {
    input = x;
    const values = timesTransposed(x.values, kernel.value, x.count, units, channels);
    return { ...x, values: values.map((sum, i) => sum + bias.value[i % units]!), channels: units };
  };
  const backward = (dy: Maps): Maps => {
    const byUnit = transpose(dy.values, dy.count, units);
    const byChannel = transpose(input.values, dy.count, channels);
    kernel.gradient.set(timesTransposed(byUnit, byChannel, units, channels, dy.count));
    for (let o = 0; o < units; o++) {
      bias.gradient[o] = byUnit
        .subarray(o * dy.count, (o + 1) * dy.count)
        .reduce((a, b) => a + b, 0);
    }
    const kernelByChannel = transpose(kernel.value, units, channels);
    const values = timesTransposed(dy.values, kernelByChannel, dy.count, channels, units);
    return { ...input, values };
  };
  return {
    kind: "dense",
    name,
    kernel,
    bias,
    units,
    parameters: [kernel, bias],
    forward,
    backward,
  };
}
