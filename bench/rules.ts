/** `npm run bench:rules`: whether wrong rules are found, on how small graphs, and whether right ones are left in peace. */
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { Command, Option } from "commander";
import { positiveInteger } from "../compiler/cli/options.ts";
import { openTerminal } from "../compiler/cli/terminal.ts";
import { standardModules } from "../compiler/rewrite/vocabulary.ts";
import { wrongRules } from "../test/testing/wrong-rules.ts";
import type { RulesOutcome, RulesTask } from "./rules-task.ts";

interface BenchOptions {
  readonly seeds: number;
  readonly standardSeeds: number;
  readonly from: number;
  readonly jobs: number;
  readonly only?: RulesTask["kind"];
}

await new Command("npm run bench:rules --")
  .description(
    "Tests the corpus of wrong rules with the default runs, and the standard library with a tenth of them, each for many seeds. " +
      "All of it takes about half an hour on two cores; the parts can be run one after the other.",
  )
  .option("--seeds <n>", "for the wrong rules", positiveInteger, 20)
  .option("--standard-seeds <n>", "for the standard library", positiveInteger, 200)
  .option(
    "--from <n>",
    "the first seed: parts of a long run, one after the other",
    positiveInteger,
    1,
  )
  .option("--jobs <n>", "threads", positiveInteger, availableParallelism())
  .addOption(new Option("--only <part>", "one of both").choices(["wrong", "standard"]))
  .addHelpText(
    "after",
    "\nExamples:\n  $ npm run bench:rules -- --only wrong\n  $ npm run bench:rules -- --only standard --from 101 --standard-seeds 100",
  )
  .action(async (options: BenchOptions) => {
    const outcomes = await runAll(tasksOf(options), options.jobs);
    if (!printTable(outcomes)) process.exitCode = 1;
  })
  .parseAsync();

function tasksOf({ seeds, standardSeeds, from, only }: BenchOptions): readonly RulesTask[] {
  const tasks = (kind: RulesTask["kind"], names: readonly string[], count: number) =>
    only !== undefined && only !== kind
      ? []
      : Array.from({ length: count }, (_, i) =>
          names.map((name) => ({ kind, name, seed: from + i })),
        );
  const corpus = wrongRules().map(({ name }) => name);
  return [tasks("wrong", corpus, seeds), tasks("standard", standardModules, standardSeeds)].flat(2);
}

type Done = RulesTask & RulesOutcome;

/** Tells faults as they are found. */
async function runAll(tasks: readonly RulesTask[], jobs: number): Promise<readonly Done[]> {
  const { stdout, stderr } = process;
  const isInteractive = stderr.isTTY;
  const terminal = openTerminal({ stdout, stderr, json: false, colours: false, isInteractive });
  const progress = terminal.progress("testing rules", tasks.length);
  const waiting = [...tasks];
  const done: Done[] = [];
  const work = async () => {
    const thread = new Worker(new URL("rules-thread.ts", import.meta.url));
    for (let task = waiting.shift(); task; task = waiting.shift()) {
      thread.postMessage(task);
      const outcome = await new Promise<RulesOutcome>((settle, fail) => {
        thread.once("message", settle).once("error", fail);
      });
      thread.removeAllListeners("error");
      done.push({ ...task, ...outcome });
      for (const fault of outcome.faults) console.log(fault);
      progress(done.length);
    }
    await thread.terminate();
  };
  await Promise.all(Array.from({ length: jobs }, work));
  return done;
}

type Row = readonly [what: string, asked: string, measured: string, holds: boolean];

/** What is asked and what was measured, of the parts that ran; whether all of it holds. */
function printTable(outcomes: readonly Done[]): boolean {
  const wrong = outcomes.filter(({ kind }) => kind === "wrong");
  const standard = outcomes.filter(({ kind }) => kind === "standard");
  const rows = [
    ...(wrong.length > 0 ? wrongRows(wrong) : []),
    ...(standard.length > 0 ? standardRows(standard) : []),
  ];
  for (const [what, asked, measured, holds] of rows)
    console.log(
      `${holds ? "holds" : "FAILS"}  ${what.padEnd(38)}  asked ${asked.padEnd(11)}  measured ${measured}`,
    );
  if (wrong.length > 0) console.log(timeText("wrong rules", wrong));
  if (standard.length > 0) console.log(timeText("standard library", standard));
  return rows.every(([, , , holds]) => holds);
}

function wrongRows(wrong: readonly Done[]): readonly Row[] {
  const beyond = wrong.flatMap((outcome) => outcome.beyond ?? []).toSorted((a, b) => a - b);
  const median = beyond[Math.floor(beyond.length / 2)] ?? 0;
  const replayed = beyond.length - wrong.filter(isLost).length;
  const [rules, seeds] = [namesOf(wrong), seedsOf(wrong)];
  return [
    ["wrong rules", "at least 40", `${rules}, on ${seeds} seeds`, rules >= 40],
    [
      "found, by the law that they break",
      "all",
      `${beyond.length} of ${wrong.length}`,
      beyond.length === wrong.length,
    ],
    [
      "found again from the string",
      "all",
      `${replayed} of ${beyond.length}`,
      replayed === beyond.length,
    ],
    [
      "nodes above the smallest graph, median",
      "at most 1",
      `${median}, at most ${beyond.at(-1) ?? 0}`,
      median <= 1,
    ],
  ];
}

function standardRows(standard: readonly Done[]): readonly Row[] {
  const alarms = standard.reduce((sum, { faults }) => sum + faults.length, 0);
  const measured = `${alarms} on ${seedsOf(standard)} seeds`;
  return [["false alarms in the standard library", "0", measured, alarms === 0]];
}

function isLost({ beyond, faults }: Done): boolean {
  return beyond !== undefined && faults.length > 0;
}

function namesOf(outcomes: readonly Done[]): number {
  return new Set(outcomes.map(({ name }) => name)).size;
}

function seedsOf(outcomes: readonly Done[]): number {
  return new Set(outcomes.map(({ seed }) => seed)).size;
}

function timeText(what: string, outcomes: readonly Done[]): string {
  const seconds = outcomes.reduce((sum, outcome) => sum + outcome.seconds, 0);
  const each = seconds / Math.max(1, seedsOf(outcomes));
  return `${what}: ${seconds.toFixed(0)} s of threads, ${each.toFixed(1)} s for each seed`;
}
