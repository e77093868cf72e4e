import { describe, expect, it } from "vitest";
import type { AnyLayer } from "../../compiler/config/index.ts";
import { generateMatch, type Tally } from "../../compiler/generate/generate-match.ts";
import { ops } from "../../compiler/ops/index.ts";
import { load } from "../config/support.ts";

/** Conditions in TypeScript are met by trying again; how often that works is counted. */

function rateOf(text: string, predicate: (layer: AnyLayer) => boolean) {
  const source = `import { fits } from "./predicates.ts"\n${text}`;
  const { value, diagnostics } = load(source, { "./predicates.ts": { fits: predicate } });
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  const tally: Tally = { tried: 0, accepted: 0 };
  const found = Array.from({ length: 20 }, (_, i) =>
    generateMatch(value!.quantizes[0]!, [i + 1], { ops, tally }),
  );
  return { tally, found: found.filter((made) => made !== undefined).length };
}

const rule = `quantize R {
  match layer: Dense
  require fits(layer)
  set layer.output = none
}`;

describe("a predicate in TypeScript", () => {
  it("is met as often as it holds", () => {
    const { tally, found } = rateOf(rule, (layer) => layer.output.shape.at(-1)! % 2 === 0);
    expect(found).toBe(20);
    expect(tally.accepted).toBe(20);
    expect(tally.accepted / tally.tried).toBeGreaterThan(0.3);
    expect(tally.accepted / tally.tried).toBeLessThan(1);
  });

  it("that never holds, or that fails, is given up after some attempts", () => {
    const never = rateOf(rule, () => false);
    expect(never.found).toBe(0);
    expect(never.tally.accepted).toBe(0);
    expect(never.tally.tried).toBeGreaterThan(20 * 20);
    const failing = rateOf(rule, () => {
      throw new Error("no");
    });
    expect(failing.found).toBe(0);
  });

  it("stands beside conditions that are solved", () => {
    const both = rule.replace("require fits", "require layer.shape[-1] % 16 == 0 require fits");
    const { found } = rateOf(both, (layer) => layer.output.shape.length === 2);
    expect(found).toBe(20);
  });
});
