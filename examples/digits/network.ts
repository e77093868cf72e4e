import {
  batchNorm,
  convolution,
  dense,
  depthwise,
  globalAveragePool,
  type Layer,
  type Maps,
  maxPool,
  relu,
} from "./layers.ts";
import type { Random } from "./random.ts";
import { PIXELS, SIZE } from "./render.ts";

/** Applied in order; input `[count, SIZE, SIZE, 1]` of numbers 0 … 1, output `[count, DIGITS]` logits. */
export type Network = readonly Layer[];

export const DIGITS = 10;

/** Bytes become numbers 0 … 1 by one float32 multiplication, which is also the model's first op. */
export const PIXEL_SCALE = Math.fround(1 / 255);

/** Two plain convolutions, then two depthwise-separable ones, a mean over the map, and ten logits. */
export function digitNetwork(random: Random): Network {
  return [
    convolution("stem", { filters: 8, width: 3, channels: 1 }, random),
    batchNorm("stem_bn", 8),
    relu("stem_relu"),
    maxPool("pool1"),
    convolution("conv", { filters: 16, width: 3, channels: 8 }, random),
    batchNorm("conv_bn", 16),
    relu("conv_relu"),
    maxPool("pool2"),
    ...separable("block1", 16, 32, random),
    ...separable("block2", 32, 64, random),
    globalAveragePool("mean"),
    dense("logits", DIGITS, 64, random),
  ];
}

/** A 3 × 3 depthwise convolution, then a 1 × 1 one to `filters` channels, each normalized and rectified. */
function separable(name: string, channels: number, filters: number, random: Random): Layer[] {
  return [
    depthwise(`${name}_depthwise`, channels, random),
    batchNorm(`${name}_depthwise_bn`, channels),
    relu(`${name}_depthwise_relu`),
    convolution(`${name}_pointwise`, { filters, width: 1, channels }, random),
    batchNorm(`${name}_pointwise_bn`, filters),
    relu(`${name}_pointwise_relu`),
  ];
}

export function mapsOfPixels(pixels: Uint8Array): Maps {
  const values = new Float64Array(pixels.length);
  for (let i = 0; i < values.length; i++) values[i] = pixels[i]! * PIXEL_SCALE;
  return { values, count: pixels.length / PIXELS, size: SIZE, channels: 1 };
}

/** Logits `[count, DIGITS]`. */
export function forward(network: Network, x: Maps, mode: "train" | "infer"): Maps {
  return network.reduce((maps, layer) => layer.forward(maps, mode), x);
}

/** Sets the gradient of every parameter, from that of the loss by the logits. */
export function backward(network: Network, dLogits: Maps): void {
  network.reduceRight((gradient, layer) => layer.backward(gradient), dLogits);
}

/** The mean over the batch of −log of the label's probability (softmax), and its gradient by the logits. */
export function crossEntropy(
  logits: Maps,
  labels: Uint8Array,
): { readonly loss: number; readonly gradient: Maps } {
  const values = new Float64Array(logits.values.length);
  let loss = 0;
  labels.forEach((label, sample) => {
    const row = logits.values.subarray(sample * DIGITS, (sample + 1) * DIGITS);
    const largest = Math.max(...row);
    const powers = row.map((logit) => Math.exp(logit - largest));
    const sum = powers.reduce((a, b) => a + b, 0);
    loss += (Math.log(sum) + largest - row[label]!) / labels.length;
    powers.forEach((power, digit) => {
      const target = digit === label ? 1 : 0;
      values[sample * DIGITS + digit] = (power / sum - target) / labels.length;
    });
  });
  return { loss, gradient: { ...logits, values } };
}

/** The digit with the largest logit, for each sample of `[count, DIGITS]`. */
export function classify(logits: Float64Array | Float32Array): Uint8Array {
  return Uint8Array.from({ length: logits.length / DIGITS }, (_, sample) => {
    const row = logits.subarray(sample * DIGITS, (sample + 1) * DIGITS);
    return row.indexOf(Math.max(...row));
  });
}

/** The share of predictions that equal their label, 0 … 1. */
export function accuracy(predictions: Uint8Array, labels: Uint8Array): number {
  return predictions.filter((digit, i) => digit === labels[i]).length / labels.length;
}
