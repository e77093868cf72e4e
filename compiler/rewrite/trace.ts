import type { Firing } from "./driver.ts";

/** One application of a rewrite rule, as data: a line of `--trace-rules`. */
export interface TracedFiring {
  readonly pass: string;
  readonly rule: string;
  /** Where the rule stands; absent for a rule in TypeScript. */
  readonly file?: string;
  readonly line?: number;
  /** The first of the nodes that were replaced, and its op. */
  readonly node: string;
  readonly op: string;
  /** The nodes in its place, without constants; none where it was replaced by what was there. */
  readonly built: readonly { readonly node: string; readonly op: string }[];
}

/** A firing as it is written down. */
export function tracedFiring(pass: string, { rule, node, built }: Firing): TracedFiring {
  const { file, start } = rule.span ?? {};
  return {
    pass,
    rule: rule.name,
    ...(file && start !== undefined && { file: file.path, line: file.positionAt(start).line }),
    node: node.name,
    op: node.op,
    built: built.filter(({ op }) => op !== "Constant").map(({ name, op }) => ({ node: name, op })),
  };
}

/** `canonicalize: FoldBatchNorm (std/fold.qcfg:12): bn_1 BatchNorm -> conv_1 Conv2D`. */
export function traceText({ pass, rule, file, line, node, op, built }: TracedFiring): string {
  const place = file === undefined ? "" : ` (${file}:${line})`;
  const made = built.map((one) => `${one.node} ${one.op}`).join(", ");
  return `${pass}: ${rule}${place}: ${node} ${op} -> ${made || "what was there"}`;
}
