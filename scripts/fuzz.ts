/**
 * The random tests again and again with other seeds: `npm run fuzz -- --seconds 600 --seed 1`. Ends with the first failure
 * and prints the seed that repeats it.
 */
import { parseArgs } from "node:util";
import { startVitest } from "vitest/node";

/** Tests that take their seed from `test/support/runs.ts`. */
const randomTests = [
  "test/properties",
  "test/hostile/statistics",
  "test/grammar/faults",
  "test/grammar/round-trip",
  "test/frontends/fuzz",
  "test/rewrite/preserve",
];

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "600" }, seed: { type: "string" } },
});
const seconds = positive("seconds", values.seconds);
const first = values.seed === undefined ? Date.now() % 1e9 : positive("seed", values.seed);
const end = performance.now() + 1000 * seconds;

for (let round = 0; performance.now() < end; round++) {
  const seed = first + round;
  console.log(`seed ${seed}`);
  const vitest = await startVitest("test", randomTests, {
    watch: false,
    provide: { fuzzSeed: seed },
    reporters: ["dot"],
  });
  const failed = vitest.state.getCountOfFailedTests() > 0;
  await vitest.close();
  if (failed) {
    console.log(`failed; again with: npm run fuzz -- --seconds 1 --seed ${seed}`);
    process.exit(1);
  }
}

function positive(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  console.error(`--${name} takes a positive whole number`);
  process.exit(2);
}
