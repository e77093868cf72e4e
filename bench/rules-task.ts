import { resolveRules, ruleSource } from "../compiler/cli/rule-files.ts";
import { ops } from "../compiler/ops/index.ts";
import { defaultRuns } from "../compiler/testing/law-options.ts";
import { replay } from "../compiler/testing/replay-failure.ts";
import { testFile } from "../compiler/testing/test-file.ts";
import { type TestedLibrary, testedLibrary } from "../compiler/testing/tested-library.ts";
import { type WrongRules, wrongRules } from "../test/testing/wrong-rules.ts";

/** One seed on one file. */
export interface RulesTask {
  readonly kind: "wrong" | "standard";
  readonly name: string;
  readonly seed: number;
}

/** What came of it: plain data, which threads send. */
export interface RulesOutcome {
  readonly seconds: number;
  /** What should not be, as lines. */
  readonly faults: readonly string[];
  /** Of a wrong rule that was found: nodes above the smallest graph. */
  readonly beyond?: number;
}

let corpus: ReadonlyMap<string, WrongRules> | undefined;
const standard = new Map<string, TestedLibrary>();

/** Tests one file with one seed. */
export function runTask(task: RulesTask): RulesOutcome {
  const started = performance.now();
  const outcome = task.kind === "wrong" ? findWrong(task) : leaveInPeace(task);
  return { ...outcome, seconds: (performance.now() - started) / 1000 };
}

/** With the default runs it is found, by the law that it breaks, and found again from its string. */
function findWrong({ name, seed }: RulesTask): Omit<RulesOutcome, "seconds"> {
  corpus ??= new Map(wrongRules().map((rules) => [rules.name, rules]));
  const { law, smallest, tested } = corpus.get(name)!;
  const { failures } = testFile(name, tested, ops, { seed });
  const [least] = failures
    .filter((failure) => failure.law === law)
    .toSorted((a, b) => a.size - b.size);
  if (least === undefined) return { faults: [`missed: ${name}, seed ${seed}, by ${law}`] };
  const again = replay(least.replay, tested, ops)?.failure;
  const isSame = again?.graph.join() === least.graph.join();
  return {
    beyond: least.size - smallest,
    faults: isSame ? [] : [`not replayed: ${name}, seed ${seed}, ${least.replay}`],
  };
}

/** With a tenth of the default runs no rule is refuted. */
function leaveInPeace({ name, seed }: RulesTask): Omit<RulesOutcome, "seconds"> {
  const options = { ops, resolve: resolveRules };
  const tested = standard.get(name) ?? testedLibrary(ruleSource(name), options).value!;
  standard.set(name, tested);
  const { failures } = testFile(name, tested, ops, { seed, runs: Math.round(defaultRuns / 10) });
  return {
    faults: failures.map(
      ({ rule, law, message, replay: text }) =>
        `refuted: ${name}, ${rule} (${law}), seed ${seed}: ${message}; ${text}`,
    ),
  };
}
