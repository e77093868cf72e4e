import { terminationOf } from "../analyses/termination.ts";
import { terminationTexts } from "../analyses/termination-text.ts";
import type { OpTable } from "../ir/op.ts";
import { allPairs } from "./check-pairs.ts";
import type { LawOptions } from "./law-options.ts";
import type { Failure, LibraryReport, RuleReport } from "./rule-report.ts";
import { runTest, type TestOutcome } from "./run-test.ts";
import { type PartReport, partsOf, testPart } from "./test-parts.ts";
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

/** How much there is to do for a file: tests, rules and overlaps, each one. */
export function stepCount(tested: TestedLibrary): number {
  return partsOf(tested).reduce((sum, { steps }) => sum + steps, tested.tests.length);
}

/** Runs the tests of a file and holds its rules to all laws. */
export function testFile(
  path: string,
  tested: TestedLibrary,
  ops: OpTable,
  options: LawOptions = {},
  told: (steps: number) => void = () => {},
): FileReport {
  const parts = partsOf(tested).map((part) => {
    const report = testPart(part, tested, ops, options);
    told(part.steps);
    return report;
  });
  told(tested.tests.length);
  return fileReport(path, tested, ops, parts);
}

/** What became of a file, from what became of its parts. */
export function fileReport(
  path: string,
  tested: TestedLibrary,
  ops: OpTable,
  parts: readonly PartReport[],
): FileReport {
  const tests = tested.tests.map((test) => runTest(test, tested, ops));
  const rules = parts.flatMap((part) => (part.kind === "rule" ? [part.report] : []));
  const pairs = parts.flatMap((part) => (part.kind === "pairs" ? [part.report] : []));
  const failures = [...rules, ...pairs].flatMap((report) => report.failures);
  const library = {
    pairs: allPairs(pairs.map((report) => report.pairs)),
    dead: failures.filter(({ law }) => law === "firesInLibrary").map(({ rule }) => rule),
    ...endings(tested, ops),
  };
  return { path, tests, rules, library, failures };
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
