/**
 * Trains the network of this example on pictures that are drawn as it goes, and writes `digits.onnx`:
 * `node examples/digits/train.ts`. One core, a few minutes, the same bytes each time.
 */
import { readFileSync, writeFileSync } from "node:fs";
import type { Parameter } from "./layers.ts";
import {
  accuracy,
  backward,
  classify,
  crossEntropy,
  digitNetwork,
  forward,
  mapsOfPixels,
  type Network,
} from "./network.ts";
import { readUint8Npy } from "./npy.ts";
import { classifyWithOnnxRuntime } from "./onnx-runtime.ts";
import { type Random, randomFrom } from "./random.ts";
import { drawPictures } from "./render.ts";
import { encodeOnnx } from "./write-onnx.ts";

const SEED = 1;
const STEPS = 1500;
const BATCH = 64;
const PEAK_RATE = 5e-3;
const STEPS_PER_REPORT = 100;

/** @source Kingma and Ba, 2015, algorithm 1, with its default decays */
const ADAM = { firstDecay: 0.9, secondDecay: 0.999, epsilon: 1e-8 };

/** Moves the parameters against their gradients; `step` counts from 1. */
function adam(parameters: readonly Parameter[]): (step: number, rate: number) => void {
  const { firstDecay, secondDecay, epsilon } = ADAM;
  const moments = parameters.map(({ value }) => ({
    first: new Float64Array(value.length),
    second: new Float64Array(value.length),
  }));
  return (step, rate) => {
    const corrected = (rate * Math.sqrt(1 - secondDecay ** step)) / (1 - firstDecay ** step);
    parameters.forEach(({ value, gradient }, p) => {
      const { first, second } = moments[p]!;
      for (let i = 0; i < value.length; i++) {
        const slope = gradient[i]!;
        first[i] = firstDecay * first[i]! + (1 - firstDecay) * slope;
        second[i] = secondDecay * second[i]! + (1 - secondDecay) * slope * slope;
        value[i]! -= (corrected * first[i]!) / (Math.sqrt(second[i]!) + epsilon);
      }
    });
  };
}

function train(network: Network, random: Random): void {
  const update = adam(network.flatMap((layer) => layer.parameters));
  let meanLoss = 0;
  for (let step = 1; step <= STEPS; step++) {
    const { pixels, labels } = drawPictures(BATCH, random);
    const logits = forward(network, mapsOfPixels(pixels), "train");
    const { loss, gradient } = crossEntropy(logits, labels);
    backward(network, gradient);
    // Half a cosine, from the peak to zero.
    update(step, (PEAK_RATE * (1 + Math.cos((Math.PI * (step - 1)) / STEPS))) / 2);
    meanLoss += loss / STEPS_PER_REPORT;
    if (step % STEPS_PER_REPORT === 0) {
      console.log(`step ${step}: loss ${meanLoss.toFixed(4)}`);
      meanLoss = 0;
    }
  }
}

/** The file holds float32, so what is judged here must too. */
function roundToFloat32(network: Network): void {
  for (const layer of network) {
    const statistics = layer.kind === "batch-norm" ? [layer.mean, layer.variance] : [];
    for (const values of [...layer.parameters.map(({ value }) => value), ...statistics]) {
      values.set(values.map(Math.fround));
    }
  }
}

const path = (file: string) => `${import.meta.dirname}/${file}`;
const random = randomFrom(SEED);
const network = digitNetwork(random);
train(network, random);
roundToFloat32(network);

const model = encodeOnnx(network);
const pixels = readUint8Npy(readFileSync(path("eval_x.npy")));
const labels = readUint8Npy(readFileSync(path("eval_y.npy")));
const own = classify(forward(network, mapsOfPixels(pixels), "infer").values);
const judged = await classifyWithOnnxRuntime(model, pixels);
console.log(
  `accuracy on eval: ${accuracy(own, labels)}, by ONNX Runtime ${accuracy(judged, labels)}`,
);
if (own.some((digit, i) => digit !== judged[i])) {
  throw new Error("ONNX Runtime and the trainer disagree about a picture, so nothing was written");
}
writeFileSync(path("digits.onnx"), model);
console.log(`digits.onnx: ${model.length} bytes`);
