import type { Code } from "../../grammar/source/diagnostic.ts";

/** What happens to a model without anybody's asking, by name. Each can be made a warning or an error. */
export const lintNames = [
  "unmatched-rule",
  "unknown-name",
  "lost-request",
  "idle-clause",
  "nothing-quantized",
  "float-op",
] as const;

export type LintName = (typeof lintNames)[number];

/** Where each lint is told unless more is asked for: in the summary, or as a warning too. */
export const warnedByDefault: ReadonlySet<LintName> = new Set(["unknown-name", "idle-clause"]);

export const lintCodes: Readonly<Record<LintName, Code>> = {
  "unmatched-rule": "QC2601",
  "unknown-name": "QC2602",
  "lost-request": "QC2603",
  "idle-clause": "QC2605",
  "nothing-quantized": "QC2606",
  "float-op": "QC2604",
};
