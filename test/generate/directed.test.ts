import { describe, expect, it } from "vitest";
import { generateMatch } from "../../compiler/generate/generate-match.ts";
import type { PatternedRule } from "../../compiler/generate/matching.ts";
import { verify } from "../../compiler/ir/verify.ts";
import { ops } from "../../compiler/ops/index.ts";
import { standardLibrary } from "../rewrite/support.ts";

/** The generator finds graphs in which a rule matches, for every rule of the standard library. */

const libraries = [
  ...["canonical", "fold", "layout", "integer", "dynamic"],
  ...["reads8bit", "default8bit", "int16x8", "weights4", "operands8bit", "onnxruntime", "tflite"],
];

const runsPerRule = 24;

describe.each(libraries)("std/%s", (name) => {
  const { rewrites, quantizes, files } = standardLibrary(name);
  const own = new Set(files.filter(({ file }) => file.path === `std/${name}`));
  const rules = [...rewrites, ...quantizes].filter(
    (rule): rule is PatternedRule =>
      rule.kind !== "code" && [...own].some(({ file }) => file === rule.span?.file),
  );

  it("has each of its rules matched by graphs that are made for it", () => {
    const rates = rules.map((rule) => ({ rule: rule.name, ...rateOf(rule) }));
    const table = rates.map(
      ({ rule, matched, attempts }) =>
        `${rule.padEnd(30)} ${((100 * matched) / runsPerRule).toFixed(0).padStart(4)} %  ${(attempts / matched).toFixed(1)} attempts`,
    );
    expect(rates.length).toBeGreaterThan(0);
    expect(
      rates.filter(({ matched }) => matched < 0.95 * runsPerRule).map(({ rule }) => rule),
      table.join("\n"),
    ).toEqual([]);
  });
});

function rateOf(rule: PatternedRule): { readonly matched: number; readonly attempts: number } {
  let matched = 0;
  let attempts = 0;
  for (let seed = 1; seed <= runsPerRule; seed++) {
    const made = generateMatch(rule, [seed * 7919], { ops });
    if (made === undefined) continue;
    expect(verify(made.graph, ops, "imported")).toEqual([]);
    matched++;
    attempts += made.attempts;
  }
  return { matched, attempts };
}
