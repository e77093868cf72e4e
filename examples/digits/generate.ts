/** Draws the data of this example: `node examples/digits/generate.ts`. The same bytes each time. */
import { writeUint8Npy } from "./npy.ts";
import { randomFrom } from "./random.ts";
import { drawPictures, SIZE } from "./render.ts";

// Each set has a seed of its own, and training another one (train.ts): no picture is in two sets.
const sets = [
  { name: "calib", count: 300, seed: 1001 },
  { name: "eval", count: 1000, seed: 1002 },
];

for (const { name, count, seed } of sets) {
  const { pixels, labels } = drawPictures(count, randomFrom(seed));
  const path = (axis: string) => `${import.meta.dirname}/${name}_${axis}.npy`;
  writeUint8Npy(path("x"), pixels, [count, SIZE, SIZE]);
  writeUint8Npy(path("y"), labels, [count]);
  console.log(`${name}: ${count} pictures`);
}
