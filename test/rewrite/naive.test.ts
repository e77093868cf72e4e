import { describe, expect, it } from "vitest";
import { compareMatchers, matchedGraphs, standardRules } from "../support/compare-matchers.ts";
import { seedOf } from "../support/runs.ts";

/** `npm run fuzz` compares them on 100,000 graphs. */
describe("the matcher", () => {
  it("finds what a naive one finds, in random graphs of random rules and of the standard library", () => {
    const standard = standardRules();
    let graphs = 0;
    let found = 0;
    for (let i = 0; graphs < 300; i++)
      for (const matched of matchedGraphs(seedOf(1), i, standard)) {
        const compared = compareMatchers(matched);
        graphs++;
        found += compared.found;
        expect(compared.disagreement, matched.text ?? matched.rule.name).toBeUndefined();
      }
    expect(found).toBeGreaterThan(graphs / 4);
  });
});
