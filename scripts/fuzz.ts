/** `npm run fuzz`: two matchers on many graphs, then the random tests again and again with other seeds. Ends with the first failure and the seed that repeats it. */
import { Command, CommanderError } from "commander";
import { startVitest } from "vitest/node";
import { exitCodes } from "../compiler/cli/exit-codes.ts";
import { positiveInteger } from "../compiler/cli/options.ts";
import { openTerminal } from "../compiler/cli/terminal.ts";
import { shrinkGraph } from "../compiler/generate/shrink-graph.ts";
import type { Graph } from "../compiler/ir/graph.ts";
import { printLiteral } from "../compiler/literal/print-literal.ts";
import { ops } from "../compiler/ops/index.ts";
import {
  compareMatchers,
  type MatchedGraph,
  matchedGraphs,
  standardRules,
} from "../test/support/compare-matchers.ts";

/** Tests that take their seed from `test/support/runs.ts`. */
const randomTests = [
  "test/properties",
  "test/hostile/statistics",
  "test/grammar/faults",
  "test/grammar/round-trip",
  "test/frontends/fuzz",
  "test/rewrite/preserve",
  "test/testing/standard-library",
  "test/testing/wrong-rules",
];

interface FuzzOptions {
  readonly graphs: number;
  readonly seconds: number;
  readonly seed?: number;
}

const command = new Command("npm run fuzz --")
  .description(
    "Compares the matcher with a naive one on many graphs, then repeats the random tests with a new seed each round, until the time is up or one fails.",
  )
  .option(
    "--graphs <n>",
    "on which matchers are compared first; 0 for none",
    naturalNumber,
    100_000,
  )
  .option("--seconds <n>", "no round begins later than this", positiveInteger, 600)
  .option(
    "--seed <n>",
    "of the first round; the next has the next; from the clock without it",
    positiveInteger,
  )
  .addHelpText(
    "after",
    "\nExamples:\n  $ npm run fuzz\n  $ npm run fuzz -- --graphs 0 --seconds 1 --seed 20260102",
  )
  .allowExcessArguments(false)
  .exitOverride()
  .showHelpAfterError("(add --help for the options and examples)")
  .action(fuzz);

try {
  await command.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? exitCodes.good : exitCodes.usage;
}

async function fuzz(options: FuzzOptions): Promise<void> {
  const { graphs, seconds, seed: first = 1 + (Date.now() % 9e8) } = options;
  if (graphs > 0 && !agrees(graphs, first)) process.exit(1);
  const end = performance.now() + 1000 * seconds;
  for (let round = 0; performance.now() < end; round++) {
    const seed = first + round;
    console.log(`seed ${seed}`);
    if (await hasFailure(seed)) {
      console.log(`failed; again with: npm run fuzz -- --graphs 0 --seconds 1 --seed ${seed}`);
      process.exit(1);
    }
  }
}

async function hasFailure(seed: number): Promise<boolean> {
  const vitest = await startVitest("test", randomTests, {
    watch: false,
    provide: { fuzzSeed: seed },
    reporters: ["dot"],
  });
  const failed = vitest.state.getCountOfFailedTests() > 0;
  await vitest.close();
  return failed;
}

/** Whether both matchers find the same. */
function agrees(graphs: number, seed: number): boolean {
  const { stdout, stderr } = process;
  const terminal = openTerminal({
    stdout,
    stderr,
    json: false,
    colours: false,
    isInteractive: stderr.isTTY,
  });
  const progress = terminal.progress("comparing matchers", graphs);
  const standard = standardRules();
  const started = performance.now();
  let done = 0;
  let found = 0;
  for (let i = 0; done < graphs; i++)
    for (const matched of matchedGraphs(seed, i, standard)) {
      const compared = compareMatchers(matched);
      found += compared.found;
      progress(++done);
      if (compared.disagreement === undefined) continue;
      progress(graphs);
      console.log(disagreementText(matched));
      console.log(`again with: npm run fuzz -- --graphs ${graphs} --seed ${seed}`);
      return false;
    }
  progress(graphs);
  const took = (performance.now() - started) / 1000;
  console.log(
    `seed ${seed}: both matchers find the same ${found} matches on ${done} graphs, in ${took.toFixed(0)} s`,
  );
  return true;
}

/** On the smallest graph. */
function disagreementText({ rule, text, graph }: MatchedGraph): string {
  const disagrees = (smaller: Graph) => compareMatchers({ rule, graph: smaller }).disagreement;
  const isStill = (smaller: Graph) => disagrees(smaller) !== undefined;
  const { smallest } = shrinkGraph(graph, isStill, { ops, candidates: 600 });
  const { onlyMatcher, onlyNaive } = disagrees(smallest)!;
  return [
    "the matchers disagree:",
    text ?? rule.name,
    ...printLiteral(smallest, ops),
    ...onlyMatcher.map((one) => `  only the matcher: ${one}`),
    ...onlyNaive.map((one) => `  only the naive one: ${one}`),
  ].join("\n");
}

function naturalNumber(text: string): number {
  return text === "0" ? 0 : positiveInteger(text);
}
