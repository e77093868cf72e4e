import { describe, expect, it } from "vitest";
import { resolveRules, ruleSource } from "../../compiler/cli/rule-files.ts";
import { ops } from "../../compiler/ops/index.ts";
import { standardModules } from "../../compiler/rewrite/vocabulary.ts";
import { testFile } from "../../compiler/testing/test-file.ts";
import { testedLibrary } from "../../compiler/testing/tested-library.ts";
import { seedOf } from "../support/runs.ts";

/** With a fixed seed; `npm run fuzz` has others, and many more graphs. */
describe("the standard library keeps all laws", () => {
  it.each(standardModules)("%s", (name) => {
    const { value, diagnostics } = testedLibrary(ruleSource(name), { ops, resolve: resolveRules });
    expect(diagnostics).toEqual([]);
    const report = testFile(name, value!, ops, { runs: 6, seed: seedOf(1) });
    expect(report.failures.map(({ rule, law, message }) => `${rule} (${law}): ${message}`)).toEqual(
      [],
    );
    for (const rule of report.rules) expect(rule.matched, rule.rule).toBeGreaterThan(0);
  });
});
