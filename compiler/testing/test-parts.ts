import type { OpTable } from "../ir/op.ts";
import { checkClauses } from "./check-clauses.ts";
import { checkPairsOf, type PairsReport, testedPairs } from "./check-pairs.ts";
import { checkRule } from "./check-rule.ts";
import { inferPrecondition } from "./infer-precondition.ts";
import { defaultSeed, type LawOptions } from "./law-options.ts";
import type { Pair } from "./overlap.ts";
import type { Failure, RuleReport } from "./rule-report.ts";
import type { TestedLibrary } from "./tested-library.ts";
import type { AnyRule } from "./trial.ts";

/** A part of testing a file that needs nothing of the others: threads share them out, and the results are the same. */
export type TestPart =
  | { readonly kind: "rule"; readonly rule: AnyRule; readonly steps: 1 }
  /** All overlaps of two rules, of which one witness is told. */
  | { readonly kind: "pairs"; readonly pairs: readonly Pair[]; readonly steps: number };

/** What became of a part: plain data. */
export type PartReport =
  | { readonly kind: "rule"; readonly report: RuleReport }
  | { readonly kind: "pairs"; readonly report: PairsReport };

/** In the order in which their results are told. */
export function partsOf(tested: TestedLibrary): readonly TestPart[] {
  const rules = [...tested.rewrites, ...tested.quantizes];
  const byNames = Map.groupBy(testedPairs(tested), ({ first, second }) =>
    [first.name, second.name].sort().join(" "),
  );
  return [
    ...rules.map((rule) => ({ kind: "rule", rule, steps: 1 }) as const),
    ...[...byNames.values()].map(
      (pairs) => ({ kind: "pairs", pairs, steps: pairs.length }) as const,
    ),
  ];
}

/** Holds a rule, or two rules together, to all laws. */
export function testPart(
  part: TestPart,
  tested: TestedLibrary,
  ops: OpTable,
  options: LawOptions,
): PartReport {
  return part.kind === "rule"
    ? { kind: "rule", report: testRule(part.rule, tested, ops, options) }
    : { kind: "pairs", report: checkPairsOf(part.pairs, tested, ops, options) };
}

function testRule(
  rule: AnyRule,
  tested: TestedLibrary,
  ops: OpTable,
  options: LawOptions,
): RuleReport {
  const subject = { rule, tested, ops };
  const report = checkRule(subject, options);
  const { failures, ...ofClauses } = checkClauses(subject, options);
  const found = [...report.failures, ...failures].map((failure): Failure => {
    const precondition = inferPrecondition(subject, failure.law, options.seed ?? defaultSeed);
    return precondition === undefined ? failure : { ...failure, precondition };
  });
  return { ...report, ...ofClauses, failures: found };
}
