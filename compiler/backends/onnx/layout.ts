import {
  allocate,
  parameterShape,
  type QuantParams,
  type Shape,
  type Tensor,
  type TensorType,
  tensor,
} from "../../ir/types.ts";

/** The permutation that moves the last of `rank` axes to place 1. */
export function toChannelFirst(rank: number): readonly number[] {
  return [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, i) => i + 1)];
}

/** The permutation that moves axis 1 of `rank` to the end. */
export function toChannelLast(rank: number): readonly number[] {
  return [0, ...Array.from({ length: rank - 2 }, (_, i) => i + 2), 1];
}

/** The type after a transpose; per-channel parameters follow their axis, those of groups their places. */
export function permuteType<T extends TensorType>(type: T, permutation: readonly number[]): T {
  const shape = permutation.map((axis) => type.shape[axis]!);
  const { quant } = type;
  return quant === undefined
    ? { ...type, shape }
    : { ...type, shape, quant: permuteParameters(quant, type.shape, permutation) };
}

/** Groups of a transposed value need not lie along its last axis, which only ONNX can say. */
function permuteParameters(
  quant: QuantParams,
  shape: Shape,
  permutation: readonly number[],
): QuantParams {
  if (quant.axis === undefined) return quant;
  const axis = permutation.indexOf(quant.axis);
  if (quant.group === undefined) return { ...quant, axis };
  const places = parameterShape(shape, quant);
  const permuted = (values: readonly number[]) => [
    ...permuteTensor(tensor("float32", places, values), permutation).data,
  ];
  return { ...quant, axis, scale: permuted(quant.scale), zeroPoint: permuted(quant.zeroPoint) };
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
