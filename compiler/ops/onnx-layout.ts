import type { ExportedValue } from "../ir/op.ts";

/** The place in ONNX's value of `axis` of the graph's: under `channelFirst` the last axis stands at 1. */
export function onnxAxis({ layout, type }: ExportedValue, axis: number): number {
  if (layout === "asIs" || axis === 0) return axis;
  return axis === type.shape.length - 1 ? 1 : axis + 1;
}

/** A list with one entry for each axis of the graph's value, in the order of ONNX's value. */
export function onnxPerAxis<T>(value: ExportedValue, list: readonly T[]): T[] {
  const ordered: T[] = [...list];
  list.forEach((entry, axis) => {
    ordered[onnxAxis(value, axis)] = entry;
  });
  return ordered;
}

/** Whether the bytes of ONNX's value are in the order of the graph's: the axes that moved have extent 1. */
export function keepsOrder({ layout, type: { shape } }: ExportedValue): boolean {
  return layout === "asIs" || shape.at(-1) === 1 || shape.slice(1, -1).every((size) => size === 1);
}
