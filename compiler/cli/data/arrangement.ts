import { type Shape, sameShape } from "../../ir/types.ts";

/** How the elements of a sample are moved to become an input: not at all, or channels to the other end. */
export type Arrangement = "same" | "to-channel-first" | "to-channel-last";

/**
 * How a sample fits an input: as it is when the sizes other than 1 agree in order; an image whose
 * channels are at the other end by moving them. `undefined` when it does not fit.
 */
export function arrangementOf(sample: Shape, input: Shape): Arrangement | undefined {
  if (sameShape(withoutOnes(sample), withoutOnes(input))) return "same";
  const from = imageOf(sample);
  const to = imageOf(input);
  if (from === undefined || to === undefined) return undefined;
  if (sameShape([from[2], from[0], from[1]], to)) return "to-channel-first";
  if (sameShape([from[1], from[2], from[0]], to)) return "to-channel-last";
  return undefined;
}

function withoutOnes(shape: Shape): Shape {
  return shape.filter((size) => size !== 1);
}

/** The three sizes of an image, without a batch of 1 before them. */
function imageOf(shape: Shape): readonly [number, number, number] | undefined {
  const [a, b, c, ...rest] = shape[0] === 1 && shape.length === 4 ? shape.slice(1) : shape;
  if (a === undefined || b === undefined || c === undefined || rest.length > 0) return undefined;
  return [a, b, c];
}

/** The elements of an image in their new order: `read` gives them by their place in the sample. */
export function rearrange(
  sample: Shape,
  arrangement: Arrangement,
  move: (from: number, to: number) => void,
): void {
  const size = sample.reduce((product, extent) => product * extent, 1);
  if (arrangement === "same") {
    for (let i = 0; i < size; i++) move(i, i);
    return;
  }
  const image = imageOf(sample)!;
  const channels = arrangement === "to-channel-first" ? image[2] : image[0];
  const pixels = size / channels;
  for (let pixel = 0; pixel < pixels; pixel++) {
    for (let channel = 0; channel < channels; channel++) {
      const last = pixel * channels + channel;
      const first = channel * pixels + pixel;
      if (arrangement === "to-channel-first") move(last, first);
      else move(first, last);
    }
  }
}
