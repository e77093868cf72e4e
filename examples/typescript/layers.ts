// Functions that rules call. They see layers and values, and change nothing.
import { type Layer, MovingAverageQuantizer, type Tensor } from "qcfg/config";

/** Whether no sum of products of 8-bit inputs leaves 24 bits. */
export function fitsAccumulator(...layers: readonly Layer<"Dense">[]): boolean {
  return layers.every(({ kernel }) => kernel.shape[1]! * 128 * 127 < 2 ** 23);
}

/** The kernel with what is next to nothing as zeros. */
export function pruned(kernel: Tensor, share: number): Tensor {
  const least = share * kernel.maxAbs();
  return kernel.map((x) => (Math.abs(x) < least ? 0 : x));
}

/** A range that follows slowly. */
export const slow = (numBits: number) => new MovingAverageQuantizer({ numBits, momentum: 0.99 });
