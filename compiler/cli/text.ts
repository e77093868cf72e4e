// How results read in a terminal.
import type { FloatNode } from "../lower/summary.ts";
import type { ModelPort } from "./runnable.ts";

/** `1.2 kB`: powers of ten, as everywhere in our output. */
export function byteText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(2)} MB`;
}

/** Rows of a label and a text, the texts in one column. */
export function rowsText(rows: readonly (readonly [string, string])[]): string {
  const width = rows.reduce((most, [label]) => Math.max(most, label.length), 0);
  return rows.map(([label, text]) => `  ${label.padEnd(width)}  ${text}`.trimEnd()).join("\n");
}

/** Rows that say what is in float and why. */
export function floatRows(nodes: readonly FloatNode[]): readonly (readonly [string, string])[] {
  return nodes.map(({ node, op, reason }) => ["", `float: ${node} (${op}): ${reason}`]);
}

/** `image float32 [1, 28, 28, 1]`, with scale and zero point where there are. */
export function portText({ name, dtype, shape, quant }: ModelPort): string {
  const list = (values: readonly number[]) =>
    values.length === 1 ? `${values[0]}` : `${values.length} values`;
  const integers = quant ? `, scale ${list(quant.scale)}, zero point ${list(quant.zeroPoint)}` : "";
  return `${name} ${dtype} [${shape.join(", ")}]${integers}`;
}

export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
