/** `npm run fuzz`: the random tests again and again with other seeds. Ends with the first failure and the seed that repeats it. */
import { Command, CommanderError } from "commander";
import { startVitest } from "vitest/node";
import { exitCodes } from "../compiler/cli/exit-codes.ts";
import { positiveInteger } from "../compiler/cli/options.ts";

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
  readonly seconds: number;
  readonly seed?: number;
}

const command = new Command("npm run fuzz --")
  .description(
    "Repeats the random tests with a new seed each round, until the time is up or one fails.",
  )
  .option("--seconds <n>", "no round begins later than this", positiveInteger, 600)
  .option(
    "--seed <n>",
    "of the first round; the next has the next; from the clock without it",
    positiveInteger,
  )
  .addHelpText(
    "after",
    "\nExamples:\n  $ npm run fuzz\n  $ npm run fuzz -- --seconds 1 --seed 20260102",
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

async function fuzz({ seconds, seed: first = 1 + (Date.now() % 9e8) }: FuzzOptions): Promise<void> {
  const end = performance.now() + 1000 * seconds;
  for (let round = 0; performance.now() < end; round++) {
    const seed = first + round;
    console.log(`seed ${seed}`);
    if (await hasFailure(seed)) {
      console.log(`failed; again with: npm run fuzz -- --seconds 1 --seed ${seed}`);
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
