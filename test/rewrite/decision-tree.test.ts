import { describe, expect, it } from "vitest";
import { Draw, mixed } from "../../compiler/generate/choices.ts";
import { decodeGraph } from "../../compiler/generate/decode.ts";
import type { PatternedRule } from "../../compiler/generate/matching.ts";
import type { Graph, Node } from "../../compiler/ir/graph.ts";
import { viewOf } from "../../compiler/ir/graph-view.ts";
import { ops } from "../../compiler/ops/index.ts";
import { candidatesAt } from "../../compiler/rewrite/decision-tree.ts";
import { canMatchAt } from "../../compiler/rewrite/guard.ts";
import { standardRules } from "../support/compare-matchers.ts";
import { fewOps, randomRule } from "../support/random-rules.ts";
import { seedOf } from "../support/runs.ts";
import { libraryOf, Sketch } from "./support.ts";

/** For each node the rules whose guards let it through: of those that the tree leaves, and of all. */
function compared(rules: readonly PatternedRule[], graph: Graph) {
  const view = viewOf(graph);
  const candidates = candidatesAt(rules, ops, (rule) => rule);
  const left = (node: Node) => candidates(node, view);
  const told = (node: Node) =>
    left(node).flatMap(({ item, guard }) => (guard(node, view) ? [item] : []));
  const all = (node: Node) =>
    rules.filter((rule) => (rule.roots?.has(node.op) ?? true) && canMatchAt(rule, node, view, ops));
  return [...graph.nodes.values()].map((node) => ({
    node: node.name,
    left: left(node).length,
    told: told(node).map(({ name }) => name),
    all: all(node).map(({ name }) => name),
  }));
}

/** Rules of ReLU after Clip in `x -> Clip(0, 6) -> ReLU`, by the conditions that hold there. */
function leftAtRelu(conditions: readonly string[]): readonly string[] {
  const s = new Sketch();
  const graph = s.graph(
    s.node("ReLU", [s.node("Clip", [s.input("x", [1, 4])], { min: 0, max: 6 })]),
  );
  const text = conditions
    .map(
      (one, i) => `quantize R${i} { match c: Clip -> r: ReLU require ${one} set r.output = float }`,
    )
    .join("\n");
  const found = compared(libraryOf(text).quantizes, graph);
  return found.at(-1)!.told.map((name) => conditions[Number(name.slice(1))]!);
}

describe("rules at one op", () => {
  it("are told apart by one question, whatever number of them asks it", () => {
    const text = Array.from(
      { length: 50 },
      (_, i) => `quantize R${i} { match r: ReLU require r.name == "n${i}" set r.output = float }`,
    ).join("\n");
    const s = new Sketch();
    const graph = s.graph(s.node("ReLU", [s.input("x", [4])]));
    expect(compared(libraryOf(text).quantizes, graph).map(({ left }) => left)).toEqual([0, 0]);
  });

  it("are told apart by what names begin with, and looked at one by one where that is no letter of ASCII", () => {
    const rules = Array.from(
      { length: 20 },
      (_, i) =>
        `quantize R${i} { match r: ReLU require r.name ~ /${i % 2 ? "stage" : "(block|é)"}${i}.*/ set r.output = float }`,
    ).join("\n");
    const { quantizes } = libraryOf(rules);
    const found = (name: string) => {
      const s = new Sketch();
      const relu = s.node("ReLU", [s.input("x", [4])], {}, name);
      return compared(quantizes, s.graph(relu)).at(-1)!;
    };
    expect(found("head1")).toMatchObject({ left: 0 });
    expect(found("stage1/act")).toMatchObject({ left: 10, told: ["R1"], all: ["R1"] });
    expect(found("é4")).toMatchObject({ left: 20, told: ["R4"], all: ["R4"] });
  });

  it("ask for numbers, words and lists", () => {
    expect(leftAtRelu(["c.max == 6", "c.max == 5", "6 == c.max", "c.max != 6"])).toEqual([
      "c.max == 6",
      "6 == c.max",
    ]);
    const shapes = ["c.shape == [1, 4]", "c.shape == [4, 1]", "c.shape == [1, 4, 1]"];
    expect(leftAtRelu(shapes)).toEqual(["c.shape == [1, 4]"]);
    expect(
      leftAtRelu(["rank(c) == 2", "rank(c) == 2 && rank(r) == 3", "rank(c) == 3", "c.rank == 2"]),
    ).toEqual(["rank(c) == 2", "c.rank == 2"]);
    expect(leftAtRelu(["c.shape[7] == 4", "c.shape[1] == 4", "c.shape[0] == 4"])).toEqual([
      "c.shape[1] == 4",
    ]);
  });

  it("are those that all of them tested one by one leave, in the same order, in random graphs", () => {
    const standard = standardRules();
    for (let i = 0; i < 60; i++) {
      const draw = new Draw([mixed(seedOf(7), i) | 1]);
      const random = Array.from({ length: 24 }, () => randomRule(draw)?.rule ?? []).flat();
      for (const rules of [standard, random])
        for (const { told, all } of compared(
          rules,
          decodeGraph([draw.seed()], { ops: rules === random ? fewOps : ops }),
        ))
          expect(told).toEqual(all);
    }
  });
});
