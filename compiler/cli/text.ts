// How results read in a terminal.
import type { LintName } from "../explain/lint-names.ts";
import type { Coverage } from "../lower/coverage.ts";
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

/** `98.2% of 1,200,000 multiply-accumulates, 31 of 33 ops`. */
export function coverageText({ share, macs, ops }: Coverage): string {
  const work =
    macs.total > 0 ? `${macs.total.toLocaleString("en")} multiply-accumulates` : "the ops";
  return `${Math.floor(share * 10_000 + 1e-6) / 100}% of ${work}, ${ops.integer} of ${ops.total} ops`;
}

/** Rows that say what else did not happen, or not as it was asked for: the rows of floats say the rest. */
export function findingRows({
  findings,
  unmatched,
}: {
  readonly findings: readonly { readonly lint: LintName; readonly message: string }[];
  readonly unmatched: readonly string[];
}): readonly (readonly [string, string])[] {
  // What is in float has rows of its own.
  const told = findings.filter(({ lint }) => lint !== "float-op");
  return [
    ...told.map(({ message }, i) => [i === 0 ? "note" : "", message] as const),
    ...(unmatched.length > 0
      ? [
          [
            "no match",
            `${countText(unmatched.length, "rule")} of libraries; \`--json\` names them`,
          ] as const,
        ]
      : []),
  ];
}
