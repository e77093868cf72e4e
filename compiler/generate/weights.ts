import {
  allocate,
  type QuantizedDType,
  quantRange,
  sizeOf,
  type Tensor,
  type TensorType,
} from "../ir/types.ts";
import { type Draw, mixed } from "./choices.ts";

/** What the elements of a constant are to be. */
export type Weights =
  /** Small integers. */
  | { readonly kind: "integers" }
  /** Powers of two of either sign: their products and quotients are exact. */
  | { readonly kind: "powers" }
  /** With `epsilon` added, squares of powers of two. */
  | { readonly kind: "variances"; readonly epsilon: number }
  /** Places along an axis of so many. */
  | { readonly kind: "places"; readonly below: number }
  | { readonly kind: "all"; readonly value: number };

/** A constant of numbers with few significant bits, so that sums and products of many are exact in float32. */
export function drawTensor(draw: Draw, type: TensorType, weights: Weights): Tensor {
  const data = allocate(type.dtype, sizeOf(type.shape));
  const seed = draw.seed();
  const element = elementOf(type, weights);
  for (let i = 0; i < data.length; i++) data[i] = element(mixed(seed, i));
  return { ...type, data };
}

const squares = [1, 0.25, 4];
const powers = [1, 2, 0.5, -1, 4, -2, -0.5];

function elementOf({ dtype, quant }: TensorType, weights: Weights): (bits: number) => number {
  switch (weights.kind) {
    case "all":
      return () => weights.value;
    case "places":
      return (bits) => bits % Math.max(1, weights.below);
    case "variances":
      return (bits) => squares[bits % squares.length]! - weights.epsilon;
    default:
      break;
  }
  if (dtype === "bool") return (bits) => bits % 2;
  if (quant !== undefined) {
    const [low, high] = quantRange[dtype as QuantizedDType];
    const [least, most] = [Math.max(low, -127), Math.min(high, 127)];
    return (bits) => least + (bits % (most - least + 1));
  }
  if (weights.kind === "powers") return (bits) => powers[bits % powers.length]!;
  if (dtype !== "float32") return (bits) => bits % 2;
  return (bits) => (bits % 9) - 4;
}
