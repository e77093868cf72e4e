import { describe, expect, it } from "vitest";
import { check, parse, type Span, type Vocabulary } from "../../grammar/index.ts";
import { testVocabulary } from "../support/vocabulary.ts";

const vocabulary: Vocabulary = {
  ...testVocabulary,
  functions: [
    ...testVocabulary.functions,
    { name: "rank", parameters: ["value"], result: "number" },
    { name: "isConst", parameters: ["value"], result: "boolean" },
  ],
  nodeMembers: [...testVocabulary.nodeMembers, { name: "op", kind: "string" }],
  valueMembers: [...testVocabulary.valueMembers, { name: "rank", kind: "number" }],
};

/** The clauses that contradict each other, as they are written, and what else is found. */
function found(match: string): readonly string[] {
  const text = `quantizer w8 = LastValue(int8)\nquantize A { match ${match} set n.output = w8 }`;
  const { value, diagnostics } = parse("", text);
  return [...diagnostics, ...check(value, vocabulary)].map(({ code, labels }) => {
    const parts = labels.map(({ place }) => text.slice((place as Span).start, (place as Span).end));
    return [code, ...parts.sort()].join(" ");
  });
}

describe("clauses that cannot hold together", () => {
  it.each([
    ["n: Dense :: f32[_, c] require c % 16 == 0 && c == 24", "c % 16 == 0", "c == 24"],
    ["n: Dense { units: > 9 } require n.units <= 9", "n.units <= 9", "units: > 9"],
    ["n: Dense { units: 5 .. 4 }", "units: 5 .. 4"],
    [
      'n: Dense { activation: "relu" } require n.activation == "linear"',
      'activation: "relu"',
      'n.activation == "linear"',
    ],
    ["n: Dense :: f32[2, _] require n.shape[0] == 3", "2", "n.shape[0] == 3"],
    ["x :: f32[_, 3] -> n: Dense, x :: f32[_, 4] -> ReLU", "3", "4"],
    [
      "n: Dense :: f32[c, c] require n.shape[0] == 3 && n.shape[1] == 4",
      "n.shape[0] == 3",
      "n.shape[1] == 4",
    ],
    ["n: Dense :: f32[d, c] require d < c && c < d", "c < d", "d < c"],
    ["n: Dense :: f32[_, c] require c > 3 && c < 4", "c < 4", "c > 3"],
    ["n: Dense :: f32[_, c] require c % 4 == 1 && c % 6 == 2", "c % 4 == 1", "c % 6 == 2"],
    ["n: Dense :: f32[_, c] require 2 * c + 1 == 4", "2 * c + 1 == 4"],
    ["n: Dense :: f32[_, c] require c < 0", "c < 0"],
    [
      "n: Dense :: f32[_, c] require (c == 3 || c == 5) && c % 2 == 0",
      "c % 2 == 0",
      "c == 3",
      "c == 5",
    ],
    ["n: Dense require rank(n) == 2 && n.rank == 3", "n.rank == 3", "rank(n) == 2"],
    [
      "n: Dense :: f32[...] let r = rank(n) require r == 2 && !(n.rank <= 2)",
      "!(n.rank <= 2)",
      "r == 2",
    ],
    [
      'n: Dense require n.name ~ /head_.*/ && n.name == "tail"',
      'n.name == "tail"',
      "n.name ~ /head_.*/",
    ],
    [
      'n: Dense require n.name in ["a", "b"] && n.name ~ /c.*/',
      'n.name in ["a", "b"]',
      "n.name ~ /c.*/",
    ],
    [
      "n: Dense require n.name ~ /head_.*/ && n.name ~ /.*_tail/ && n.name ~ /[a-z]+/",
      "n.name ~ /[a-z]+/",
      "n.name ~ /head_.*/",
    ],
    [
      'n: Dense require n.name ~ "stem*" && !(n.name ~ /s.*/)',
      'n.name ~ "stem*"',
      "n.name ~ /s.*/",
    ],
    ['n: Dense | ReLU require n.op == "Add"', "Dense", 'n.op == "Add"'],
    ['n: Dense { activation: a } require a == "relu9"', "Dense", 'a == "relu9"'],
    [
      "n: Conv2D { strides: [1, 1] } require n.strides[0] == 2",
      "n.strides[0] == 2",
      "strides: [1, 1]",
    ],
  ])("%s", (match, ...parts) => {
    const [diagnostic, ...others] = found(match);
    expect(others).toEqual([]);
    expect(diagnostic).toMatch(/^QC1240 /);
    const where = diagnostic!.replaceAll(/[!()]/g, "");
    for (const part of parts) expect(where).toContain(part.replaceAll(/[!()]/g, ""));
  });
});

describe("clauses that can hold", () => {
  it.each([
    "n: Dense :: f32[_, c] require c % 16 == 0 && c == 48",
    "n: Dense :: f32[_, c] require c % 4 == 1 && c % 6 == 3 && c > 100",
    "n: Dense { units: > 9 } require n.units < 9.5",
    "n: Dense :: f32[_, c] require c != 3 || c % 2 == 0",
    "n: Dense :: f32[d, c] require d <= c && c <= d",
    "x -> n: Dense :: f32[..., c] require c == n.shape[-1] && n.shape[0] == 3",
    'n: Dense require n.name ~ /head_.*/ && n.name ~ /.*_1/ && n.name != "head_2"',
    "n: Dense require n.name ~ /head_.*/ && n.name ~ /.*_tail/ && !(n.name ~ /head_tail/)",
    'n: Dense | ReLU require n.op != "ReLU"',
    // What need not be there says nothing.
    'n: Dense -> act: ReLU? require n.activation == "relu"',
    "n: Transpose require n.permutation[-1] == rank(n) - 2 && n.permutation[-2] == rank(n) - 1",
    "n: Dense require ts{ n.units > 3 } && n.units < 2",
    // Of every element: neither all are below nor all are above.
    "n: Dense(kernel = k) require !(k.value < 0) && !(k.value >= 0)",
  ])("%s", (match) => {
    expect(found(match).filter((one) => !one.startsWith("QC1210"))).toEqual([]);
  });

  it("nothing is said of a rule with another fault", () => {
    expect(
      found("n: Dense require n.unit == 1 && rank(n) == 2 && rank(n) == 3").join(),
    ).not.toContain("QC1240");
  });
});

describe("an op among alternatives", () => {
  it("that lacks an attribute, an operand or what a condition reads never matches", () => {
    expect(found("n: Dense | ReLU { units: 3 }")).toEqual(["QC1241 ReLU units: 3"]);
    expect(found("n: Add | Dense(x, bias = b)")).toEqual(["QC1241 Add bias = b"]);
    expect(found("n: Add | Concat(...xs)")).toEqual(["QC1241 ...xs Add"]);
    expect(found("n: ReLU | Add(x, y)")).toEqual(["QC1241 ReLU x"]);
    expect(found("n: Dense | ReLU require isConst(n.kernel)")).toEqual(["QC1241 ReLU n.kernel"]);
  });

  it("may be one that a condition does not read everywhere", () => {
    expect(found('n: Dense | ReLU require n.op == "ReLU" || isConst(n.kernel)')).toEqual([]);
    expect(found("n: Dense | ReLU require n.shape[0] == 1")).toEqual([]);
    expect(found("n: Elementwise | Dense(x, y)").length).toBeLessThan(1);
  });
});
