import { InferenceError, type KernelArgument } from "../ir/op.ts";
import { broadcastTwo, type Shape, type TensorType, tensor } from "../ir/types.ts";
import { constant } from "./requantization.ts";

/** Strides of a dense tensor, in elements. */
export function stridesOf(shape: Shape): readonly number[] {
  const strides: number[] = Array(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  }
  return strides;
}

/** The shape that operands have together: aligned at the last axis, an extent of 1 stretches (NumPy). */
export function broadcastShape(...shapes: readonly Shape[]): Shape {
  let result = shapes[0] ?? [];
  for (let i = 1; i < shapes.length; i++)
    result = broadcastTwo(result, shapes[i]!) ?? doNotBroadcast(shapes);
  return result;
}

function doNotBroadcast(shapes: readonly Shape[]): never {
  const all = shapes.map((shape) => `[${shape}]`).join(" and ");
  throw new InferenceError(`${all} do not broadcast`);
}

/** Strides that read an operand of `shape` in the order of `result`: 0 along stretched axes. */
export function broadcastStrides(shape: Shape, result: Shape): readonly number[] {
  const own = stridesOf(shape);
  const lead = result.length - shape.length;
  return result.map((_, axis) => (axis < lead || shape[axis - lead] === 1 ? 0 : own[axis - lead]!));
}

/**
 * The table `View` that the kernels read (`runtime/reference/view.ts`): extents and the strides of each operand,
 * without axes of extent 1 and with axes merged wherever all operands walk through them evenly.
 */
export function viewOf(extents: Shape, operands: readonly (readonly number[])[]): KernelArgument {
  const merged: { extent: number; strides: readonly number[] }[] = [];
  extents.forEach((extent, axis) => {
    if (extent === 1) return;
    const strides = operands.map((operand) => operand[axis]!);
    const outer = merged.at(-1);
    if (outer?.strides.every((stride, i) => stride === strides[i]! * extent)) {
      merged[merged.length - 1] = { extent: outer.extent * extent, strides };
    } else merged.push({ extent, strides });
  });
  if (merged.length === 0) merged.push({ extent: 1, strides: operands.map(() => 0) });
  const table = [
    merged.length,
    ...merged.map(({ extent }) => extent),
    ...operands.flatMap((_, i) => merged.map(({ strides }) => strides[i]!)),
  ];
  return constant(tensor("int32", [table.length], table));
}

/** `viewOf` for operands that broadcast to `result`. */
export function broadcastView(result: Shape, shapes: readonly Shape[]): KernelArgument {
  return viewOf(
    result,
    shapes.map((shape) => broadcastStrides(shape, result)),
  );
}

/** `[outer, length, inner]`: a shape seen as three axes with `axis` in the middle. */
export function around(shape: Shape, axis: number): readonly [number, number, number] {
  const size = (part: Shape) => part.reduce((product, n) => product * n, 1);
  return [size(shape.slice(0, axis)), shape[axis]!, size(shape.slice(axis + 1))];
}

/** `axis` counted from the front; an `InferenceError` where the rank has no such axis. */
export function axisOf(axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(at) || at < 0 || at >= rank) {
    throw new InferenceError(`axis ${axis} does not fit a rank of ${rank}`);
  }
  return at;
}

/** A list with one number for each axis, or an `InferenceError` that names it. */
export function perAxis(values: readonly number[], rank: number, name: string): readonly number[] {
  if (values.length !== rank) {
    throw new InferenceError(`\`${name}\` has ${values.length} entries for a rank of ${rank}`);
  }
  return values;
}

/** The type of moved elements: the operand's under another shape. Per-channel parameters cannot move along. */
export function moved(type: TensorType, shape: Shape): TensorType {
  if (type.quant?.axis !== undefined) {
    throw new InferenceError("operand `input` is quantized per channel");
  }
  return { ...type, shape };
}

/** Places [0, count). */
export function range(count: number, start = 0): number[] {
  return Array.from({ length: Math.max(0, count) }, (_, i) => start + i);
}
