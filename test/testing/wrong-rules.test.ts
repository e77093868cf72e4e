import { describe, expect, it } from "vitest";
import { ops } from "../../compiler/ops/index.ts";
import { lawNames } from "../../compiler/testing/law.ts";
import { replay } from "../../compiler/testing/replay-failure.ts";
import { testFile } from "../../compiler/testing/test-file.ts";
import { seedOf } from "../support/runs.ts";
import { wrongRules } from "./wrong-rules.ts";

const corpus = wrongRules();

describe("wrong rules", () => {
  it("are many, of many kinds", () => {
    expect(corpus.length).toBeGreaterThanOrEqual(40);
    for (const { law } of corpus) expect(lawNames).toContain(law);
  });

  // `npm run bench:rules` does this for 20 seeds with the default runs.
  it.each(corpus)(
    "$name is found, by the law that it breaks, on a small graph that is replayed",
    (wrong) => {
      const { name, law, smallest, tested } = wrong;
      const { failures } = testFile(name, tested, ops, { runs: 40, seed: seedOf(3) });
      const found = failures.filter((failure) => failure.law === law);
      expect(found.length, `${failures.map((failure) => failure.law)}`).toBeGreaterThan(0);
      const size = Math.min(...found.map((failure) => failure.size));
      expect(size).toBeLessThanOrEqual(smallest + 2);
      const again = replay(found[0]!.replay, tested, ops);
      expect(again?.failure?.graph).toEqual(found[0]!.graph);
    },
  );
});
