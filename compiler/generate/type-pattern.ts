import type { DimensionPattern, TensorTypePattern } from "../../grammar/ast.ts";
import { type DType, dtypeNotation, type TensorType } from "../ir/types.ts";

/** A type like `type` that a pattern allows. `extentOf` gives the size of a named dimension that is known, or any for one that is not. */
export function typeThatFits(
  { dtype, dimensions }: TensorTypePattern,
  type: TensorType,
  extentOf: (name: string | undefined, usual: number | undefined) => number,
): TensorType {
  const named = dtype && dtypeNamed(dtype.text);
  const { quant: _, ...plain } = type;
  const kept = named === undefined || named === type.dtype ? type : { ...plain, dtype: named };
  if (dimensions === undefined) return kept;
  const extent = (dimension: DimensionPattern, usual: number | undefined): number => {
    if (dimension.kind === "size") return dimension.value;
    return extentOf(dimension.kind === "variable" ? dimension.name.text : undefined, usual);
  };
  const { shape } = type;
  const rest = dimensions.findIndex(({ kind }) => kind === "rest");
  const before = rest < 0 ? dimensions : dimensions.slice(0, rest);
  // Channels stay what they are where there are fewer dimensions.
  const usual = (i: number) => (rest < 0 && i === before.length - 1 ? shape.at(-1) : shape[i]);
  const front = before.map((dimension, i) => extent(dimension, usual(i)));
  if (rest < 0) return { ...kept, shape: front };
  const behind = dimensions.slice(rest + 1);
  const end = Math.max(before.length, shape.length - behind.length);
  const back = behind.map((dimension, i) => extent(dimension, shape[end + i]));
  return { ...kept, shape: [...front, ...shape.slice(before.length, end), ...back] };
}

/** The sizes of a pattern's named dimensions, in their order; `undefined` for a type that it does not allow. */
export function sizesByName(
  { dtype, dimensions }: TensorTypePattern,
  { dtype: actual, shape }: TensorType,
): readonly (readonly [name: string, size: number])[] | undefined {
  if (dtype && dtypeNamed(dtype.text) !== actual) return undefined;
  if (dimensions === undefined) return [];
  const rest = dimensions.findIndex(({ kind }) => kind === "rest");
  if (rest < 0 ? shape.length !== dimensions.length : shape.length < dimensions.length - 1)
    return undefined;
  const sizes: [string, number][] = [];
  for (const [i, dimension] of dimensions.entries()) {
    const size = shape[axisAt(i, rest, dimensions.length, shape.length)]!;
    if (dimension.kind === "size" && dimension.value !== size) return undefined;
    if (dimension.kind === "variable") sizes.push([dimension.name.text, size]);
  }
  return sizes;
}

/** The axis of a value of so many dimensions for which each name of some patterns stands. */
export function axesByName(
  patterns: readonly TensorTypePattern[],
  rank: number,
): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { dimensions = [] } of patterns) {
    const rest = dimensions.findIndex(({ kind }) => kind === "rest");
    for (const [i, dimension] of dimensions.entries())
      if (dimension.kind === "variable")
        found.set(dimension.name.text, axisAt(i, rest, dimensions.length, rank));
  }
  return found;
}

/** Where the dimension at place `i` is in a shape; those behind `...` are counted from the end. */
function axisAt(i: number, rest: number, length: number, rank: number): number {
  return rest >= 0 && i > rest ? rank - length + i : i;
}

function dtypeNamed(notation: string): DType | undefined {
  const found = Object.entries(dtypeNotation).find(
    ([dtype, short]) => notation === short || notation === dtype,
  );
  return found?.[0] as DType | undefined;
}
