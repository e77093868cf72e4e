import { allocate, type Tensor, type TensorType } from "../../ir/types.ts";

/** The permutation that moves the last of `rank` axes to place 1. */
export function toChannelFirst(rank: number): readonly number[] {
  return [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)];
}

/** The permutation that moves axis 1 of `rank` to the end. */
export function toChannelLast(rank: number): readonly number[] {
  return [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
}

/** Where an axis goes when the channels move to place 1. */
export function channelFirstAxis(axis: number, rank: number): number {
  return toChannelFirst(rank).indexOf(axis);
}

/** The type after a transpose; per-channel parameters follow their axis. */
export function permuteType<T extends TensorType>(type: T, permutation: readonly number[]): T {
  const shape = permutation.map((axis) => type.shape[axis]!);
  const axis = type.quant?.axis;
  if (axis === undefined) return { ...type, shape };
  return { ...type, shape, quant: { ...type.quant!, axis: permutation.indexOf(axis) } };
}

/** A constant with its axes permuted: axis i of the result is axis `permutation[i]` of the constant. */
export function permuteTensor(value: Tensor, permutation: readonly number[]): Tensor {
  const permuted = permuteType(value, permutation);
  const strides = value.shape.map((_, i) =>
    value.shape.slice(i + 1).reduce((product, size) => product * size, 1),
  );
  const data = allocate(value.dtype, value.data.length);
  const index = permuted.shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < data.length; to++) {
    data[to] = value.data[from]!;
    for (let axis = index.length - 1; axis >= 0; axis--) {
      const stride = strides[permutation[axis]!]!;
      index[axis]!++;
      from += stride;
      if (index[axis]! < permuted.shape[axis]!) break;
      from -= stride * permuted.shape[axis]!;
      index[axis] = 0;
    }
  }
  return { ...permuted, data };
}
