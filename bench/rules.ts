/** `npm run bench:rules`: whether wrong rules are found, on how small graphs, and whether right ones are left in peace. */
import { Command } from "commander";
import { positiveInteger } from "../compiler/cli/options.ts";
import { resolveRules, ruleSource } from "../compiler/cli/rule-files.ts";
import { ops } from "../compiler/ops/index.ts";
import { standardModules } from "../compiler/rewrite/vocabulary.ts";
import { defaultRuns } from "../compiler/testing/law-options.ts";
import { replay } from "../compiler/testing/replay-failure.ts";
import { testFile } from "../compiler/testing/test-file.ts";
import { testedLibrary } from "../compiler/testing/tested-library.ts";
import { wrongRules } from "../test/testing/wrong-rules.ts";

interface BenchOptions {
  readonly seeds: number;
  readonly standardSeeds: number;
  readonly from: number;
}

await new Command("npm run bench:rules --")
  .description(
    "Tests the corpus of wrong rules with the default runs, and the standard library with a tenth of them, each for many seeds.",
  )
  .option("--seeds <n>", "for the wrong rules", positiveInteger, 20)
  .option("--standard-seeds <n>", "for the standard library", positiveInteger, 200)
  .option("--from <n>", "the first seed", positiveInteger, 1)
  .action(({ seeds, standardSeeds, from }: BenchOptions) => {
    const isGood = [findWrongRules(from, seeds), leavesInPeace(from, standardSeeds)];
    if (isGood.includes(false)) process.exitCode = 1;
  })
  .parseAsync();

/** Each is to be found for each seed, by the law that it breaks. */
function findWrongRules(from: number, seeds: number): boolean {
  const beyond: number[] = [];
  let missed = 0;
  let lost = 0;
  const corpus = wrongRules();
  for (const { name, law, smallest, tested } of corpus)
    for (let seed = from; seed < from + seeds; seed++) {
      const { failures } = testFile(name, tested, ops, { seed });
      const found = failures.filter((failure) => failure.law === law);
      if (found.length === 0) {
        missed++;
        console.log(`missed: ${name}, seed ${seed}, by ${law}`);
        continue;
      }
      const [least] = found.toSorted((a, b) => a.size - b.size);
      beyond.push(least!.size - smallest);
      const again = replay(least!.replay, tested, ops)?.failure;
      if (`${again?.graph}` !== `${least!.graph}`) {
        lost++;
        console.log(`not replayed: ${name}, ${least!.replay}`);
      }
    }
  const median = beyond.toSorted((a, b) => a - b)[Math.floor(beyond.length / 2)] ?? 0;
  console.log(
    `wrong rules: ${corpus.length}, found in ${beyond.length} of ${beyond.length + missed} runs; ` +
      `shrunk graphs: median ${median} nodes above the smallest, at most ${Math.max(...beyond)}; ` +
      `replayed ${beyond.length - lost} of ${beyond.length}`,
  );
  return missed === 0 && lost === 0 && median <= 1;
}

/** No standard rule is refuted. */
function leavesInPeace(from: number, seeds: number): boolean {
  let alarms = 0;
  const started = performance.now();
  for (const path of standardModules) {
    const { value } = testedLibrary(ruleSource(path), { ops, resolve: resolveRules });
    for (let seed = from; seed < from + seeds; seed++) {
      const report = testFile(path, value!, ops, { seed, runs: Math.round(defaultRuns / 10) });
      for (const { rule, law, replay: text, message } of report.failures) {
        alarms++;
        console.log(`refuted: ${path}, ${rule} (${law}), seed ${seed}: ${message}; ${text}`);
      }
    }
  }
  const seconds = (performance.now() - started) / 1000;
  console.log(
    `standard library: ${alarms} alarms in ${seeds} seeds, ${(seconds / seeds).toFixed(1)} s each`,
  );
  return alarms === 0;
}
