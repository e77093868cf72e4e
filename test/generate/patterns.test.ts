import { describe, expect, it } from "vitest";
import { generateMatch } from "../../compiler/generate/generate-match.ts";
import type { PatternedRule } from "../../compiler/generate/matching.ts";
import { verify } from "../../compiler/ir/verify.ts";
import { ops } from "../../compiler/ops/index.ts";
import { loadLibrary } from "../../compiler/rewrite/load-rules.ts";

/** Each form of patterns and conditions that the language has is met by generated graphs. */

function ruleOf(body: string, items: string | undefined): PatternedRule {
  const text = `${items ?? ""}\nquantize R {\n${body}\nset root.output = none\n}`;
  const { value, diagnostics } = loadLibrary(
    { path: "r.qcfg", text },
    { ops, resolve: () => undefined },
  );
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  expect(errors.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
  return value!.quantizes[0]!;
}

const cases: readonly (readonly [what: string, body: string, items?: string | undefined])[] = [
  ["a set of ops", "match root: Linear", "ops Linear = Dense | Conv2D"],
  ["any op", "match x -> root: any -> ReLU"],
  ["a chain", "match x -> Conv2D -> BatchNorm -> root: ReLU6"],
  [
    "operands by name",
    "match root: Conv2D(kernel = k: Const, bias = b)\nrequire isConst(k) && b.shape == [k.shape[0]]",
  ],
  [
    "an operand that may be absent",
    "match root: Conv2D(x, k, b?)\nrequire rank(x) == 4 && rank(k) == 4 && !present(b)",
  ],
  ["a value that is shared", "match root: Add(x, ReLU(x))"],
  ["a residual block", "match root: Add(x, x -> Conv2D -> ReLU -> Conv2D)"],
  [
    "two layers that meet",
    "match root: Add(a: Conv2D, b: Conv2D)\nrequire a.shape == b.shape && a.strides == b.strides",
  ],
  [
    "several roots",
    "match root: Add(c, y), a -> c: Conv2D, y -> d: Dense\nrequire a.shape != y.shape && present(d)",
  ],
  [
    "several readers of a value",
    "match x -> root: Conv2D, x -> other: MaxPool2D\nrequire other.strides == [1, 1]",
  ],
  ["any number of operands", "match root: Concat(...xs)\nrequire size(xs) >= 1"],
  [
    "operands that are all alike",
    "match root: Concat(...xs: Conv2D)\nrequire allEqual(xs.strides)",
  ],
  [
    "ends of the operands",
    "match root: Concat(first: ReLU, ...others, last: Tanh)\nrequire present(first) && present(last) && size(others) >= 0",
  ],
  ["an optional node", "match Conv2D -> root: ReLU? -> MaxPool2D"],
  [
    "an optional node at the end",
    "match c: Conv2D -> root: ReLU?\nrequire sole(c) || present(root)",
  ],
  [
    "a repetition",
    "match x -> (Conv2D -> act: ReLU6)+ -> root: GlobalAveragePool2D\nrequire size(act) >= 1",
  ],
  ["a repetition that may be absent", "match x -> (Tanh -> Abs)* -> root: Sigmoid"],
  [
    "a path",
    "match x: Conv2D ->>(between: Elementwise) root: Softmax\nrequire size(between) >= 0 && present(x)",
  ],
  ["a name before and behind a path", "match x ->>(ReLU) x -> root: Abs\nrequire present(x)"],
  [
    "an operand of many that may be absent",
    "match root: Concat(x, y?)\nrequire present(x) && present(y)",
  ],
  [
    "a choice with tags",
    'match one of { folded = c: Conv2D, plain = c: Conv2D -> BatchNorm } as which -> root: ReLU\nrequire which == "plain" && present(c)',
  ],
  [
    "a reusable pattern",
    "match Block(x, c) -> root: ReLU\nrequire c.groups == 1 && rank(x) == 4",
    "pattern Block(x, c) = x -> c: Conv2D -> BatchNorm",
  ],
  [
    "attributes",
    "match root: Conv2D { strides: [2, 2], padding: p, groups: 1 }\nrequire p[0] == 1",
  ],
  ["a window", "match root: MaxPool2D { poolSize: [5, 5], strides: [1, 1] }"],
  ["an input that nothing reads", "match root: Input :: f32[...]"],
  ["ranges of attributes", "match root: LeakyReLU { alpha: 0 .. 0.5 }"],
  ["comparisons of attributes", "match root: Softmax { axis: >= 1, beta: < 1 }"],
  [
    "attributes that are equal",
    "match MaxPool2D { poolSize: p } -> root: MaxPool2D { poolSize: p }",
  ],
  [
    "types with arithmetic",
    "match Dense :: f32[_, c] -> root: Dense :: f32[_, k]\nrequire c % 16 == 0 && k % 16 == 0 && c != k",
  ],
  ["sizes", "match x :: f32[1, _, _, 3] -> root: Conv2D :: f32[..., 16]"],
  ["a rest of dimensions", "match x :: f32[n, ..., c] -> root: ReLU\nrequire n == 2 && c == 7"],
  ["quantized types", "match x :: i8[...] -> root: Dequantize\nrequire x.zeroPoint[0] == 3"],
  [
    "truth values",
    "match root: Select(c :: bool[...], x, y)\nrequire x.shape == y.shape && c.shape == x.shape",
  ],
  [
    "a constant near a number",
    "match root: Multiply(x, k: Const)\nrequire k.value ~= 0.70710678 within 1e-6 && root.shape == x.shape",
  ],
  [
    "constants of a shape",
    "match root: Add(x, k: Const)\nrequire k.shape == x.shape && k.value == 0",
  ],
  [
    "a constant in a range",
    "match root: Add(x, k: Const)\nrequire max(abs(k)) < 3 && min(k) >= -1 && size(k) == 4 && rank(x) >= 1",
  ],
  [
    "arithmetic on attributes",
    "match root: Conv2D\nrequire root.padding[0] + root.padding[2] == root.kernel.shape[1] - 1",
  ],
  ["a remainder that is not 0", "match x -> root: Conv2D\nrequire x.shape[-1] % 8 == 4"],
  ["a size from below", "match x -> root: Dense\nrequire root.shape[-1] >= 24 && x.shape[-1] < 20"],
  [
    "divisibility of each other",
    "match x -> root: Conv2D\nrequire x.shape[3] % root.groups == 0 && root.groups > 1",
  ],
  [
    "either of two",
    "match root: Conv2D\nrequire root.strides == [2, 2] || root.padding == [1, 1, 1, 1]",
  ],
  ["neither", "match root: Clip\nrequire !(root.min == 0 || root.max == 6)"],
  ["one of a list", "match x -> root: Conv2D\nrequire root.shape[3] in [8, 16, 32]"],
  [
    "a let",
    "match x -> t: Transpose -> root: Transpose\nlet p = compose(t.permutation, root.permutation)\nrequire isIdentity(p) && !isIdentity(t.permutation)",
  ],
  ["a name", "match root: Dense\nrequire root.name ~ /(head|logits)_[0-9]+/"],
  ["a glob", 'match root: Dense\nrequire root.path ~ "encoder/**/dense"'],
  ["the op behind a value", 'match x -> root: Reshape\nrequire x.op == "Conv2D"'],
  ["absence", "match root: Conv2D\nunless root -> BatchNorm"],
  ["every user", "match root: Conv2D\nevery user of root is ReLU"],
  ["every operand", "match root: Concat\nevery operand of root is Conv2D | MaxPool2D"],
  ["how a value is used", "match root: Conv2D\nrequire sole(root) && !isOutput(root)"],
  ["an output", "match root: Conv2D -> ReLU\nrequire isOutput(root)"],
  ["readers", 'match root: Add\nrequire "Softmax" in readers(root)'],
  ["only some readers", 'match root: Add\nrequire onlyReadBy(root, ["Sqrt", "Log"])'],
  ["producers", 'match root: Add(x, y)\nrequire "Sigmoid" in producers([x, y])'],
  ["the first of an op", "match root: Conv2D -> Conv2D\nrequire root == first(Conv2D)"],
  ["the last of an op", "match root: Conv2D\nrequire root == last(Conv2D)"],
  ["depth", "match root: ReLU\nrequire root.depth >= 2"],
];

describe("a directed graph", () => {
  const all = cases.map(([what, body, items]) => ({ what, body, items }));

  it.each(all)("meets $what", ({ body, items }) => {
    const rule = ruleOf(body, items);
    const found = Array.from({ length: 20 }, (_, i) =>
      generateMatch(rule, [i * 7919 + 1], { ops }),
    );
    for (const made of found) if (made) expect(verify(made.graph, ops, "imported")).toEqual([]);
    expect(found.filter((made) => made === undefined)).toHaveLength(0);
  });
});
