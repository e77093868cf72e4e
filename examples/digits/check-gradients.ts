/**
 * Compares the gradients of backpropagation with difference quotients: `node examples/digits/check-gradients.ts`.
 * To be run after a change to layers.ts; exits with 1 where they disagree.
 */
import type { Parameter } from "./layers.ts";
import { backward, crossEntropy, digitNetwork, forward, mapsOfPixels } from "./network.ts";
import { randomFrom } from "./random.ts";
import { drawPictures } from "./render.ts";

const STEP = 1e-6;
/** The error of a central difference with this step in float64, with room for one ReLU or maximum that flips. */
const TOLERANCE = 1e-5;
const CHECKS_PER_PARAMETER = 4;

const random = randomFrom(7);
const network = digitNetwork(random);
const { pixels, labels } = drawPictures(6, random);
const x = mapsOfPixels(pixels);
const lossNow = () => crossEntropy(forward(network, x, "train"), labels).loss;

function differenceQuotient({ value }: Parameter, i: number): number {
  const original = value[i]!;
  value[i] = original + STEP;
  const above = lossNow();
  value[i] = original - STEP;
  const below = lossNow();
  value[i] = original;
  return (above - below) / (2 * STEP);
}

backward(network, crossEntropy(forward(network, x, "train"), labels).gradient);

let worst = 0;
for (const layer of network) {
  for (const parameter of layer.parameters) {
    const scale = Math.max(1e-3, ...parameter.gradient.map(Math.abs));
    for (let check = 0; check < CHECKS_PER_PARAMETER; check++) {
      const i = random.index(parameter.value.length);
      const expected = differenceQuotient(parameter, i);
      const error = Math.abs(expected - parameter.gradient[i]!) / scale;
      worst = Math.max(worst, error);
      if (TOLERANCE < error)
        console.log(`${layer.name}[${i}]: ${parameter.gradient[i]} is not ${expected}`);
    }
  }
}

console.log(
  `largest error, relative to the largest gradient of its parameter: ${worst.toExponential(1)}`,
);
process.exitCode = worst <= TOLERANCE ? 0 : 1;
