import { availableParallelism } from "node:os";
import { type Command, InvalidArgumentError } from "commander";
import { type Diagnostic, Rejected } from "../../../grammar/source/diagnostic.ts";
import { check } from "../../compile.ts";
import { ops } from "../../ops/index.ts";
import { failureText } from "../../testing/failure-text.ts";
import { defaultRuns, defaultSeed } from "../../testing/law-options.ts";
import { replay } from "../../testing/replay-failure.ts";
import { fileReport, stepCount } from "../../testing/test-file.ts";
import type { TestedLibrary } from "../../testing/tested-library.ts";
import { UnwelcomeResult } from "../exit-codes.ts";
import { checkWritable, writeFileAtomically } from "../files.ts";
import { host } from "../host.ts";
import { common, positiveInteger, UsageError } from "../options.ts";
import { resolveRules, ruleSource } from "../rule-files.ts";
import type { Terminal } from "../terminal.ts";
import { junitText } from "../testing/junit-text.ts";
import { openRules } from "../testing/opened-rules.ts";
import { testPage } from "../testing/page.ts";
import { reportText } from "../testing/report-text.ts";
import { testInThreads } from "../testing/test-in-threads.ts";

interface TestOptions {
  readonly runs: number;
  readonly seed: number;
  readonly time?: number;
  readonly jobs: number;
  readonly replay?: string;
  readonly junit?: string;
  readonly html?: string;
}

export function defineTest(bare: Command, terminal: Terminal): void {
  const command = bare
    .description(
      "Runs the tests of rule files and holds their rules to laws, on graphs that are made from the text of each rule: that it keeps what a graph computes, " +
        "that it fires where it should and nowhere else, that rewriting ends, and in one result. What refutes a rule is told with the smallest graph that was found.",
    )
    .argument("<files...>", "rule files (.qcfg), or libraries such as std/fold")
    .option("--runs <n>", "graphs for each rule", positiveInteger, defaultRuns)
    .option("--seed <n>", "the same seed gives the same graphs on any machine", seed, defaultSeed)
    .option("--time <seconds>", "begin no new graph after so long", positiveInteger)
    .option(
      "--jobs <n>",
      "threads that test at a time; the results are the same",
      positiveInteger,
      availableParallelism(),
    )
    .option("--replay <string>", "only the graph that a failure was told with")
    .option("--junit <file>", "write the results as JUnit XML, too")
    .option("--html <file>", "write a page with pictures of the graphs, too");
  common(command, [
    "test rules.qcfg",
    "test std/fold --runs 1000 --seed 7",
    "test rules/*.qcfg --junit report.xml",
    "test rules.qcfg --replay sound:q1:match:FoldBias:1z141z3",
  ]).action(async (files: readonly string[], options: TestOptions) => {
    for (const output of [options.junit, options.html]) if (output) checkWritable(output);
    const opened = openAll(files, terminal);
    if (options.replay === undefined) await testAll(opened, options, terminal);
    else replayAll(opened, options.replay, terminal);
  });
}

interface Opened {
  readonly path: string;
  readonly tested: TestedLibrary;
}

/** The files with their imports. What is wrong with any of them is told before anything is tested. */
function openAll(files: readonly string[], terminal: Terminal): readonly Opened[] {
  const faults: Diagnostic[] = [];
  const opened = files.flatMap((path) => {
    const source = ruleSource(path);
    const found = check(source, resolveRules, host.sources);
    if (found.some(({ severity }) => severity === "error")) {
      faults.push(...found);
      return [];
    }
    const { value, diagnostics } = openRules(path);
    terminal.report(found);
    if (value === undefined) faults.push(...diagnostics);
    return value ? [{ path, tested: value }] : [];
  });
  if (faults.length > 0) throw new Rejected(faults);
  return opened;
}

async function testAll(
  opened: readonly Opened[],
  options: TestOptions,
  terminal: Terminal,
): Promise<void> {
  const { runs, seed: from, time, jobs, junit, html } = options;
  const end = time === undefined ? {} : { end: Date.now() + 1000 * time };
  const total = opened.reduce((sum, { tested }) => sum + stepCount(tested), 0);
  const progress = terminal.progress("testing", total);
  let done = 0;
  const told = (steps: number) => {
    done += steps;
    progress(done);
  };
  const parts = await testInThreads(opened, jobs, { runs, seed: from, ...end }, told);
  const reports = opened.map(({ path, tested }, i) => fileReport(path, tested, ops, parts[i]!));
  progress(total);
  if (junit) writeFileAtomically(junit, junitText(reports));
  if (html) writeFileAtomically(html, testPage(reports));
  terminal.report(reports.flatMap(({ tests }) => tests.flatMap((test) => test.failures)));
  terminal.result({ seed: from, runs, files: reports }, () => reports.map(reportText).join("\n\n"));
  const isRefuted = reports.some(
    ({ tests, failures }) => failures.length > 0 || tests.some((test) => test.failures.length > 0),
  );
  if (isRefuted) throw new UnwelcomeResult();
}

function replayAll(opened: readonly Opened[], text: string, terminal: Terminal): void {
  const found = opened.map(({ tested }) => replay(text, tested, ops));
  const known = found.filter((one) => one !== undefined);
  if (known.length === 0)
    throw new UsageError(
      `\`${text}\` is no replay string of this version for a rule of these files`,
    );
  const failures = known.flatMap(({ failure }) => failure ?? []);
  terminal.result({ replay: text, failures }, () =>
    failures.length === 0
      ? "the rule keeps the law on this graph"
      : failures.map(failureText).join("\n\n"),
  );
  if (failures.length > 0) throw new UnwelcomeResult();
}

function seed(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("Expected a whole number.");
  return Number(text);
}
