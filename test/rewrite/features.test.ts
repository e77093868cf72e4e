import { describe, expect, it } from "vitest";
import type { Attributes, Graph, Value } from "../../compiler/ir/graph.ts";
import { viewOf } from "../../compiler/ir/graph-view.ts";
import { ops } from "../../compiler/ops/index.ts";
import { annotate } from "../../compiler/quantize/annotate.ts";
import { loadLibrary } from "../../compiler/rewrite/load-rules.ts";
import { missAt } from "../../compiler/rewrite/near-miss.ts";
import { applyPhases } from "../../compiler/rewrite/phases.ts";
import { libraryOf, Sketch } from "./support.ts";

/**
 * Every feature of patterns in both kinds of rules: where it matches, where it nearly does and what a near miss says, and what
 * a wrong use of it is told.
 */
interface Feature {
  readonly name: string;
  /** Clauses around `root`, the node that is annotated or replaced. */
  readonly clauses: string;
  readonly items?: string;
  readonly matches: string;
  readonly misses: string;
  /** Of the near miss; none where not even the root fits. */
  readonly reason?: RegExp;
  /** The same, used wrongly, and the code of what is said. */
  readonly wrong: readonly [clauses: string, code: string];
  /** What asks for a place in the model cannot be asked by rules that change it. */
  readonly only?: "quantize";
}

const features: readonly Feature[] = [
  {
    name: "one op",
    clauses: "match root: ReLU",
    matches: "root = ReLU(x)",
    misses: "root = ReLU6(x)",
    wrong: ["match root: Relu", "QC1201"],
  },
  {
    name: "an alternative",
    clauses: "match root: ReLU | Tanh",
    matches: "root = Tanh(x)",
    misses: "root = Abs(x)",
    wrong: ["match root: ReLU | Thanh", "QC1201"],
  },
  {
    name: "a named op set",
    items: "ops Squash = Tanh | Sigmoid",
    clauses: "match root: Squash",
    matches: "root = Sigmoid(x)",
    misses: "root = ReLU(x)",
    wrong: ["match root: Squish", "QC1201"],
  },
  {
    name: "an op set by trait",
    clauses: "match Movement -> root: Elementwise",
    matches: "m = Transpose(x) {permutation: [1, 0]}; root = Exp(m)",
    misses: "m = Exp(x); root = Exp(m)",
    reason: /`m` is Exp, wanted is /,
    wrong: ["match root: Elementwise2", "QC1201"],
  },
  {
    name: "anything",
    clauses: "match Tanh -> root: any require root.rank == 2",
    matches: "t = Tanh(x); root = Exp(t)",
    misses: "t = Tanh(x); root = Reshape(t) {shape: [6]}",
    reason: /root\.rank == 2` does not hold: root\.rank = 1/,
    wrong: ["match root: Any", "QC1201"],
  },
  {
    name: "a chain",
    clauses: "match Tanh -> ReLU -> root: Abs",
    matches: "t = Tanh(x); r = ReLU(t); root = Abs(r)",
    misses: "t = Exp(x); r = ReLU(t); root = Abs(r)",
    reason: /`t` is Exp, wanted is Tanh/,
    wrong: ["match Tanh -> -> root: Abs", "QC1003"],
  },
  {
    name: "the full operand form",
    clauses: "match root: Subtract(Tanh, y) require y.rank == 2",
    matches: "t = Tanh(x); root = Subtract(t, x)",
    misses: "t = Tanh(x); root = Subtract(x, t)",
    reason: /`x` is Input, wanted is Tanh/,
    wrong: ["match root: Subtract(Tanh, y, z) require y == z", "QC1302"],
  },
  {
    name: "operands by name",
    clauses: "match root: Subtract(b = Tanh)",
    matches: "t = Tanh(x); root = Subtract(x, t)",
    misses: "t = Tanh(x); root = Subtract(t, x)",
    reason: /`x` is Input, wanted is Tanh/,
    wrong: ["match root: Subtract(right = Tanh)", "QC1202"],
  },
  {
    name: "sharing",
    clauses: "match root: Add(v, ReLU(v))",
    matches: "r = ReLU(x); root = Add(x, r)",
    misses: "t = Tanh(x); r = ReLU(t); root = Add(x, r)",
    reason: /\S/,
    wrong: ["match root: Add(v: ReLU, v: Tanh) require v.rank == 2", "QC1209"],
  },
  {
    name: "several chains",
    clauses: "match t: Tanh -> root: ReLU, t -> Abs",
    matches: "t = Tanh(x); root = ReLU(t); a = Abs(t)",
    misses: "t = Tanh(x); root = ReLU(t); a = Exp(t)",
    reason: /\S/,
    wrong: ["match root: ReLU, Tanh -> Abs", "QC1211"],
  },
  {
    name: "commutative operands",
    clauses: "match root: Add(Tanh, y) require y.rank == 2",
    matches: "t = Tanh(x); root = Add(x, t)",
    misses: "root = Add(x, x)",
    reason: /wanted is Tanh/,
    wrong: ["match root: Add(Tanh, a, b) require a == b", "QC1302"],
  },
  {
    name: "ordered operands",
    clauses: "match root: ordered Add(Tanh, y) require y.rank == 2",
    matches: "t = Tanh(x); root = Add(t, x)",
    misses: "t = Tanh(x); root = Add(x, t)",
    reason: /wanted is Tanh/,
    wrong: ["match root: ordered", "QC1003"],
  },
  {
    name: "variadic operands with an element pattern",
    clauses: "match root: Concat(...ts: Tanh) require size(ts) > 1",
    matches: "a = Tanh(x); b = Tanh(x); root = Concat(a, b) {axis: 1}",
    misses: "a = Tanh(x); root = Concat(a, x) {axis: 1}",
    reason: /`x` is Input, wanted is Tanh/,
    wrong: ["match root: Add(...ts: Tanh) require size(ts) > 1", "QC1305"],
  },
  {
    name: "variadic operands with fixed ends",
    clauses:
      "match root: Concat(Tanh, ...rest, last: Abs) require size(rest) == 1 && last.rank == 2",
    matches: "t = Tanh(x); a = Abs(x); root = Concat(t, x, a) {axis: 1}",
    misses: "t = Tanh(x); a = Abs(x); root = Concat(t, a, x) {axis: 1}",
    reason: /`x` is Input, wanted is Abs/,
    wrong: [
      "match root: Concat(Tanh, ...rest, ...more) require size(rest) == size(more)",
      "QC1311",
    ],
  },
  {
    name: "an optional node",
    clauses: "match Tanh -> ReLU? -> root: Abs",
    matches: "t = Tanh(x); root = Abs(t)",
    misses: "t = Tanh(x); e = Exp(t); root = Abs(e)",
    reason: /`e` is Exp, wanted is /,
    wrong: ["match Tanh -> root: ReLU? -> Abs?? ", "QC1003"],
  },
  {
    name: "an optional operand",
    clauses:
      "match root: Dense(x, k, bias = b: Const?) require k.rank + x.rank == 4 && !present(b)",
    matches: "k = Const([4, 3]); root = Dense(x, k)",
    misses: "k = Const([4, 3]); b = Const([4]); root = Dense(x, k, b)",
    reason: /!present\(b\)/,
    wrong: ["match root: Dense(x, k, bais = b?) require present(b) && k.rank == x.rank", "QC1202"],
  },
  {
    name: "a repetition",
    clauses: "match Exp -> (a: ReLU -> Tanh)+ -> root: Abs require size(a) == 2",
    matches: "e = Exp(x); a = ReLU(e); b = Tanh(a); c = ReLU(b); d = Tanh(c); root = Abs(d)",
    misses: "e = Exp(x); a = ReLU(e); b = Tanh(a); root = Abs(b)",
    reason: /size\(a\) = 1/,
    wrong: ["match root: Abs -> (ReLU)*", "QC1219"],
  },
  {
    name: "a path",
    clauses: "match Exp ->>(mid: Elementwise) root: Abs require size(mid) < 3",
    matches: "e = Exp(x); a = ReLU(e); b = Tanh(a); root = Abs(b)",
    misses: "e = Exp(x); a = ReLU(e); b = Tanh(a); c = Tanh(b); root = Abs(c)",
    reason: /size\(mid\) = 3/,
    wrong: ["match Exp ->>(mid: Elemental) root: Abs require size(mid) < 3", "QC1201"],
  },
  {
    name: "one of several patterns",
    clauses:
      'match one of { two = Exp -> n: ReLU, one = n: Tanh } as which -> root: Abs require which == "two" && n.rank == 2',
    matches: "e = Exp(x); n = ReLU(e); root = Abs(n)",
    misses: "n = Tanh(x); root = Abs(n)",
    reason: /which = "one"/,
    wrong: [
      'match one of { Exp, one = Tanh } as which -> root: Abs require which == "one"',
      "QC1218",
    ],
  },
  {
    name: "a negative condition",
    clauses: "match v -> root: ReLU unless root -> Add(v)",
    matches: "root = ReLU(x); a = Add(root, root)",
    misses: "root = ReLU(x); a = Add(x, root)",
    reason: /`root -> Add\(v\)` fits as well/,
    wrong: ["match root: ReLU unless Tanh -> Abs", "QC1211"],
  },
  {
    name: "every user",
    clauses: "match root: ReLU every user of root is Elementwise",
    matches: "root = ReLU(x); a = Tanh(root); b = Exp(root)",
    misses: "root = ReLU(x); a = Tanh(root); b = Reshape(root) {shape: [6]}",
    reason: /`b`/,
    wrong: ["match root: ReLU every user of rut is Tanh", "QC1204"],
  },
  {
    name: "every operand",
    clauses: "match root: Concat every operand of root is ReLU | Tanh",
    matches: "a = ReLU(x); b = Tanh(x); root = Concat(a, b) {axis: 0}",
    misses: "a = ReLU(x); root = Concat(a, x) {axis: 0}",
    reason: /`x`/,
    wrong: ["match root: Concat every operand of root is Rectifier", "QC1201"],
  },
  {
    name: "the number of uses",
    clauses: "match t: Tanh -> root: ReLU require sole(t)",
    matches: "t = Tanh(x); root = ReLU(t)",
    misses: "t = Tanh(x); root = ReLU(t); a = Abs(t)",
    reason: /\S/,
    wrong: ["match t: Tanh -> root: ReLU require single(t)", "QC1206"],
  },
  {
    name: "attributes that are equal, in a range, and bound",
    clauses:
      "match LeakyReLU { alpha: 0.1 .. 0.3 } -> root: LeakyReLU { alpha: a } require a == 0.5",
    matches: "l = LeakyReLU(x) {alpha: 0.2}; root = LeakyReLU(l) {alpha: 0.5}",
    misses: "l = LeakyReLU(x) {alpha: 0.4}; root = LeakyReLU(l) {alpha: 0.5}",
    reason: /alpha/,
    wrong: ["match root: LeakyReLU { slope: 0.5 }", "QC1203"],
  },
  {
    name: "types with arithmetic over dimensions",
    clauses: "match root: ReLU :: f32[n, m] require m % 3 == 0 && n < m",
    matches: "root = ReLU(x)",
    misses: "t = Transpose(x) {permutation: [1, 0]}; root = ReLU(t)",
    reason: /m = 2|m % 3/,
    wrong: ["match root: ReLU :: f33[n, m] require n < m", "QC1213"],
  },
  {
    name: "constants with a tolerance",
    clauses: "match root: Multiply(v, k: Const) require k.value ~= 0.5 within 1e-6 && v.rank == 2",
    matches: "k = Const([1], 0.5000001); root = Multiply(x, k)",
    misses: "k = Const([1], 0.51); root = Multiply(x, k)",
    reason: /k\.value/,
    wrong: ["match root: Multiply(v, k: Const) require k.valeu ~= 0.5 && v.rank == 2", "QC1214"],
  },
  {
    name: "constants, element by element, and their shapes",
    clauses: "match root: Multiply(v, k: Const) require k.value == 0 && k.shape == v.shape",
    matches: "k = Const([2, 3], 0); root = Multiply(x, k)",
    misses: "k = Const([3], 0); root = Multiply(x, k)",
    reason: /k\.shape = \[3\]/,
    wrong: ["match root: Multiply(v, k: Const) require k.value == 0 == v", "QC1003"],
  },
  {
    name: "names by regular expression",
    clauses: "match v -> root: ReLU require v.name ~ /head_.*/",
    matches: "head_1 = Tanh(x); root = ReLU(head_1)",
    misses: "my_head_1 = Tanh(x); root = ReLU(my_head_1)",
    reason: /v\.name = "my_head_1"/,
    wrong: ["match root: ReLU require root.name ~ /(head/", "QC1010"],
  },
  {
    name: "paths by glob",
    clauses: 'match v: Tanh -> root: ReLU require v.path ~ "encoder/**"',
    matches: "encoder/1/t = Tanh(x); root = ReLU(encoder/1/t)",
    misses: "decoder/1/t = Tanh(x); root = ReLU(decoder/1/t)",
    reason: /decoder/,
    wrong: ["match root: ReLU require root.rank ~ /two/", "QC1304"],
  },
  {
    name: "named patterns with parameters",
    items: "pattern Unit(v, act) = v -> Tanh -> act: ReLU",
    clauses: "match y -> Unit(a) -> root: Abs require a.rank == y.rank",
    matches: "t = Tanh(x); r = ReLU(t); root = Abs(r)",
    misses: "t = Exp(x); r = ReLU(t); root = Abs(r)",
    reason: /wanted is Tanh/,
    wrong: ["match y -> Unit(a, b, c) -> root: Abs require a == b && b == c && y == a", "QC1220"],
  },
  {
    name: "places in the model",
    clauses: "match root: ReLU require root == first(ReLU) && root.depth < 2",
    matches: "root = ReLU(x); r = ReLU(root)",
    misses: "a = Tanh(x); b = Abs(a); root = ReLU(b)",
    reason: /root\.depth = 3/,
    wrong: ["match root: ReLU require root == first(Relu)", "QC1201"],
    only: "quantize",
  },
];

/** `name = Op(operand, …) {attribute: value}`, one after the other; `x` is an input of 2 × 3, and unused results are outputs. */
function graphOf(text: string): Graph {
  const s = new Sketch();
  const values = new Map<string, Value>([["x", s.input("x", [2, 3])]]);
  const used = new Set<string>();
  for (const line of text.split("; ")) {
    const [, name = "", op = "", inside = "", attributes = ""] =
      /^(\S+) = (\w+)\((.*)\)(?: \{(.*)\})?$/.exec(line)!;
    if (op === "Const") {
      const [, shape = "", value = "1"] = /^(\[.*\])(?:, (.*))?$/.exec(inside)!;
      values.set(name, s.constant(JSON.parse(shape), Number(value), name));
      used.add(name);
      continue;
    }
    const operands = inside.split(", ");
    for (const operand of operands) used.add(operand);
    const parsed: Attributes = JSON.parse(`{${attributes.replaceAll(/(\w+):/g, '"$1":')}}`);
    const read = operands.map((operand) => values.get(operand)!);
    values.set(name, s.node(op, read, parsed, name));
  }
  const outputs = [...values].filter(([name]) => !used.has(name) && name !== "x");
  return s.graph(...outputs.map(([, value]) => value));
}

const quantizeRule = ({ items = "" }: Feature, clauses: string) =>
  `${items} quantize R optional { ${clauses} set root.output = float }`;

/** What is there is replaced by something of the same type that no rule matches. */
const rewriteRule = ({ items = "" }: Feature, clauses: string) =>
  `${items} rewrite R optional { ${clauses} replace root with Expand([0]) { shape: root.shape } }`;

function matchesQuantize(rule: Feature, graph: Graph): number {
  const library = libraryOf(quantizeRule(rule, rule.clauses));
  return annotate(graph, library.quantizes, { ops }).annotations.fired.get("R")!;
}

function matchesRewrite(rule: Feature, graph: Graph): number {
  const text = rewriteRule(rule, rule.clauses).replace("R optional {", "R optional once {");
  const shared = text.replace("match ", "match shared ");
  const library = libraryOf(shared);
  const { fired, diagnostics } = applyPhases(graph, library.phases, { ops });
  expect(diagnostics).toEqual([]);
  return fired.get("R") ?? 0;
}

function codesOf(text: string): readonly string[] {
  const resolve = () => undefined;
  return loadLibrary({ path: "rules.qcfg", text }, { ops, resolve }).diagnostics.map(
    ({ code }) => code,
  );
}

describe.each(features)("$name", (feature) => {
  const [good, near] = [graphOf(feature.matches), graphOf(feature.misses)];

  it("matches in `quantize` rules, and says why where it nearly does", () => {
    expect(matchesQuantize(feature, good)).toBe(1);
    expect(matchesQuantize(feature, near)).toBe(0);
    if (feature.reason === undefined) return;
    const [rule] = libraryOf(quantizeRule(feature, feature.clauses)).quantizes;
    const root = [...near.nodes.values()].find(({ name }) => name === "root")!;
    expect(missAt(rule!, root.id, viewOf(near), ops)?.reason).toMatch(feature.reason);
  });

  it.skipIf(feature.only)("matches in `rewrite` rules", () => {
    expect(matchesRewrite(feature, good)).toBe(1);
    expect(matchesRewrite(feature, near)).toBe(0);
  });

  it("is told where it is used wrongly, in both kinds of rules alike", () => {
    const [clauses, code] = feature.wrong;
    expect(codesOf(quantizeRule(feature, clauses))).toEqual([code]);
    expect(new Set(codesOf(rewriteRule(feature, clauses)))).toContain(code);
  });
});
