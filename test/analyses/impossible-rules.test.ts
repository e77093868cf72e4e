import { describe, expect, it } from "vitest";
import { analyseRules } from "../../compiler/analyses/analyse-rules.ts";
import { ops } from "../../compiler/ops/index.ts";
import { standardModules } from "../../compiler/rewrite/vocabulary.ts";
import type { Diagnostic, Span } from "../../grammar/index.ts";
import { libraryWithImports } from "./support.ts";

/** The clauses that keep a rule from matching anywhere, as they are written. */
function impossible(clauses: string): readonly string[] {
  const text = `quantize A { ${clauses} set n.output = float }`;
  return told(text).map(({ labels }) => {
    const { start, end } = labels[0]!.place as Span;
    return text.slice(start, end);
  });
}

function told(text: string): readonly Diagnostic[] {
  const { diagnostics } = analyseRules(libraryWithImports(text), ops, { isOwn: () => true });
  return diagnostics.filter(({ code }) => code === "QC1240");
}

describe("a rule matches nowhere whose pattern has what", () => {
  it.each([
    ["match n: Dense -> ReLU", "unless n -> ReLU"],
    ["match n: Dense -> ReLU | ReLU6", "unless n -> UnaryElementwise"],
    ["match n: Dense -> ReLU", "unless n -> any"],
    ["match x -> n: Dense -> r: ReLU", "unless ReLU -> r"],
    ["match x -> n: Dense -> ReLU", "unless x -> Dense -> ReLU"],
    ["match n: Add(a, r: ReLU)", "unless Add(r, a)"],
    ["match x -> n: Dense -> ReLU?", "unless x -> Dense"],
    [
      'match x -> n: Dense { activation: "relu" } -> ReLU',
      'unless x -> _d: Dense { activation: != "linear" }',
    ],
    ["match n: Dense -> ReLU", "every user of n is Softmax"],
    ["match n: Concat(a: Dense, b)", "every operand of n is Conv2D"],
  ])("%s %s", (match, condition) => {
    expect(impossible(`${match} ${condition}`)).toEqual([condition]);
  });

  it("also of a rewrite", () => {
    const [only, ...others] = told(
      "rewrite A { match x -> d: Tanh -> r: ReLU unless d -> ReLU replace r with x -> ReLU6 }",
    );
    expect(others).toEqual([]);
    expect(only).toMatchObject({ severity: "error" });
  });
});

describe("a rule may match where", () => {
  it.each([
    "match n: Dense -> ReLU unless n -> ReLU6",
    "match n: Dense -> ReLU unless n -> ReLU -> Softmax",
    "match n: Dense -> UnaryElementwise unless n -> ReLU",
    "match n: Dense -> ReLU unless Conv2D -> n",
    "match n: Subtract(a, r: ReLU) unless Subtract(r, a)",
    'match x -> n: Dense -> ReLU unless x -> _d: Dense { activation: "relu" } -> ReLU',
    "match n: Dense -> ReLU unless n :: f32[_, 3] -> ReLU",
    "match n: Dense(x, bias = b?) unless Dense(x, bias = b)",
    "match n: Dense -> (ReLU -> Tanh)+ -> Softmax unless n -> ReLU -> Tanh -> ReLU",
    "match n: Dense -> ReLU? -> Softmax unless n -> ReLU",
    "match n: Dense -> ReLU every user of n is UnaryElementwise",
    "match n: Dense -> ReLU | ReLU6 every user of n is ReLU",
    "match n: Concat(a: Dense, b) every operand of n is Dense | Conv2D",
  ])("%s", (clauses) => {
    expect(impossible(clauses)).toEqual([]);
  });
});

it.each(standardModules)("%s has no such rule", (name) => {
  expect(told(`import "${name}"`)).toEqual([]);
});
