import { terminationOf } from "../analyses/termination.ts";
import { terminationTexts } from "../analyses/termination-text.ts";
import type { OpTable } from "../ir/op.ts";
import { checkClauses } from "./check-clauses.ts";
import { checkPairs, testedPairs } from "./check-pairs.ts";
import { checkRule } from "./check-rule.ts";
import { inferPrecondition } from "./infer-precondition.ts";
import { defaultSeed, type LawOptions } from "./law-options.ts";
import type { Failure, LibraryReport, RuleReport } from "./rule-report.ts";
import { runTest, type TestOutcome } from "./run-test.ts";
import type { TestedLibrary } from "./tested-library.ts";

/** What became of one rule file. */
export interface FileReport {
  readonly path: string;
  readonly tests: readonly TestOutcome[];
  readonly rules: readonly RuleReport[];
  readonly library: LibraryReport;
  /** Of rules alone and together. */
  readonly failures: readonly Failure[];
}

/** The parts of testing a file: tests, rules and overlaps, each one. */
export function stepCount(tested: TestedLibrary): number {
  const { tests, rewrites, quantizes } = tested;
  return tests.length + rewrites.length + quantizes.length + testedPairs(tested).length;
}

/** Runs the tests of a file and holds its rules to all laws. */
export function testFile(
  path: string,
  tested: TestedLibrary,
  ops: OpTable,
  options: LawOptions = {},
  told: () => void = () => {},
): FileReport {
  const step = <T>(result: T): T => {
    told();
    return result;
  };
  const tests = tested.tests.map((test) => step(runTest(test, tested, ops)));
  const rules = [...tested.rewrites, ...tested.quantizes].map((rule): RuleReport => {
    const subject = { rule, tested, ops };
    const report = checkRule(subject, options);
    const { failures, ...ofClauses } = checkClauses(subject, options);
    const found = [...report.failures, ...failures].map((failure): Failure => {
      const precondition = inferPrecondition(subject, failure.law, options.seed ?? defaultSeed);
      return precondition === undefined ? failure : { ...failure, precondition };
    });
    return step({ ...report, ...ofClauses, failures: found });
  });
  const { pairs, failures } = checkPairs(tested, ops, options, told);
  const all = [...rules.flatMap((rule) => rule.failures), ...failures];
  const library = {
    pairs,
    dead: all.filter(({ law }) => law === "firesInLibrary").map(({ rule }) => rule),
    ...endings(tested, ops),
  };
  return { path, tests, rules, library, failures: all };
}

/** Why rewriting ends, for each phase. */
function endings(
  { library, rewrites }: TestedLibrary,
  ops: OpTable,
): Pick<LibraryReport, "termination" | "unproved"> {
  const own = new Set(rewrites.map(({ name }) => name));
  const phases = library.phases.filter(
    ({ driver, rules }) => driver === "fixpoint" && rules.some(({ name }) => own.has(name)),
  );
  const found = phases.map(({ rules }) => terminationOf(rules, ops));
  return {
    termination: found.flatMap((one) => terminationTexts(one, own)),
    unproved: found.flatMap(({ unproved }) =>
      unproved
        .map((circle) => circle.map(({ name }) => name))
        .filter((names) => names.some((name) => own.has(name))),
    ),
  };
}
