import { describe, expect, it } from "vitest";
import { clausesOf, withoutClause } from "../../compiler/generate/clauses.ts";
import { generateMiss } from "../../compiler/generate/generate-miss.ts";
import { type PatternedRule, placesOf } from "../../compiler/generate/matching.ts";
import { verify } from "../../compiler/ir/verify.ts";
import { ops } from "../../compiler/ops/index.ts";
import { libraryOf, standardLibrary } from "../rewrite/support.ts";

/** Graphs that a rule misses by one clause, which dropping the clause turns into matches. */

function ruleOf(text: string): PatternedRule {
  const { rewrites, quantizes } = libraryOf(text);
  return [...rewrites, ...quantizes].find((rule) => rule.kind !== "code")!;
}

const seeds = [1, 2, 3, 4, 5, 6].map((n) => n * 7919);

/** The kinds of clauses that could be broken. */
function brokenIn(rule: PatternedRule): readonly string[] {
  return clausesOf(rule, ops).flatMap((clause) => {
    const misses = seeds.flatMap((seed) => generateMiss(rule, clause, [seed], { ops }) ?? []);
    for (const { graph, place, dropped } of misses) {
      expect(verify(graph, ops, "imported")).toEqual([]);
      expect(placesOf(rule, graph, ops).filter(({ root }) => root === place.root)).toEqual([]);
      expect(dropped).toBe(withoutClause(rule, clause, ops));
      const found = placesOf(dropped, graph, ops).some(({ nodes }) => nodes.has(place.root));
      if (clause.kind !== "op") expect(found, clause.text).toBe(true);
    }
    return misses.length > 0 ? [`${clause.kind}: ${clause.text}`] : [];
  });
}

describe("near misses", () => {
  it("break each condition of a rule, around the numbers that it speaks of", () => {
    const rule = ruleOf(`rewrite R {
      match x :: f32[_, c] -> d: Dense -> r: ReLU
      require c % 16 == 0
      replace r with x -> Dense(d.kernel, d.bias)
    }`);
    expect(brokenIn(rule)).toEqual([
      "require: c % 16 == 0",
      "op: `r` is ReLU",
      "op: `d` is Dense",
      "type: its dtype is f32",
      "single-use: `d` has no other user",
    ]);
    const more = [...seeds, ...seeds.map((seed) => seed + 1)];
    const misses = more.map((seed) => generateMiss(rule, { id: "require1" }, [seed], { ops })!);
    const channels = misses.map(({ graph, place }) => {
      const dense = [...place.nodes]
        .map((id) => graph.nodes.get(id)!)
        .find(({ op }) => op === "Dense")!;
      return graph.nodes.get(dense.operands[0]!.node)!.types[0]!.shape[1]!;
    });
    expect(channels.filter((c) => c % 16 === 0)).toEqual([]);
    expect(channels.filter((c) => c === 15 || c === 17).length, `${channels}`).toBeGreaterThan(0);
  });

  it("break attributes, the order of operands, shared values and absences", () => {
    const rule = ruleOf(`rewrite R {
      match y: Subtract(Abs(x), Square(x)) -> p: MaxPool2D { strides: [1, 1] }
      unless p -> Sqrt
      replace p with y
    }`);
    expect(brokenIn(rule)).toEqual([
      "unless: unless p -> Sqrt",
      "op: `p` is MaxPool2D",
      "attribute: strides: [1, 1]",
      "op: `y` is Subtract",
      "order: the operands of `y` stand in this order",
      "op: a node is Abs",
      "op: a node is Square",
      "same-value: both `x` are one value",
      "single-use: `y` has no other user",
      "single-use: a node has no other user",
      "single-use: a node has no other user",
    ]);
  });

  it("break the number of operands", () => {
    const rule = ruleOf(`rewrite R {
      match c: Concat(x, y) -> r: ReLU
      require x.shape == y.shape
      replace r with c
    }`);
    expect(brokenIn(rule)).toEqual([
      "require: x.shape == y.shape",
      "op: `r` is ReLU",
      "count: the operands of `c` are 2",
      "single-use: `c` has no other user",
    ]);
  });

  it("are of clauses that speak of nodes without a name as such, where sizes are asked of these", () => {
    const rule = ruleOf(
      "rewrite R { match shared x -> Dense { units: > 3, useBias: true } -> r: ReLU replace r with x -> Exp }",
    );
    const texts = clausesOf(rule, ops).map(({ text }) => text);
    expect(texts).toContain("a node is Dense");
    expect(texts.filter((text) => text.includes("#"))).toEqual([]);
  });

  it("break nearly all clauses of the standard rules for folding", () => {
    const rules = standardLibrary("fold").rewrites.filter((rule) => rule.kind !== "code");
    const all = rules.flatMap((rule) => clausesOf(rule, ops).map(() => rule.name)).length;
    const broken = rules.flatMap(brokenIn).length;
    // What is left follows from other clauses, or is of no float layer (`activation: "linear"`).
    expect(broken / all).toBeGreaterThan(0.8);
  });
});
