import { describe, expect, it } from "vitest";
import { analyseRules } from "../../compiler/analyses/analyse-rules.ts";
import { ops } from "../../compiler/ops/index.ts";
import { loadLibrary } from "../../compiler/rewrite/load-rules.ts";
import { standardModules } from "../../compiler/rewrite/vocabulary.ts";
import { libraryWithImports } from "./support.ts";

const quantizers = `
  quantizer a8 = AllValues(int8)
  quantizer a16 = AllValues(int16, symmetric)
  quantizer w8 = LastValue(int8, per: channel, symmetric)`;

/** For each rule that can never win those that win: `A < B, C`. */
function shadowed(text: string): readonly string[] {
  return analyseRules(libraryWithImports(quantizers + text), ops).shadowed.map(
    ({ rule, winners }) => `${rule.name} < ${winners.map((winner) => winner.rule.name).join(", ")}`,
  );
}

/** `A`, and an override `B`. */
function pair(weak: string, strong: string): string {
  return `quantize A { ${weak} } quantize B override { ${strong} }`;
}

describe("a rule that can never win", () => {
  it.each([
    ["match n: Dense set n.output = a8", "match n: Dense set n.output = a16"],
    ["match n: Dense set n.output = a8", "match n: Dense | Conv2D set n.output = float"],
    ["match n: Dense set n.activation = a8", "match n: any set n.output = float"],
    ["match n: Dense set n.kernel = w8 set n.output = a8", "match n: Dense set n.* = float"],
    ["match n: Dense -> r: ReLU set n.output = a8", "match d: Dense set d.output = a16"],
    ["match n: Dense -> r: ReLU set r.output = a8", "match d: Dense -> r: ReLU set r.output = a16"],
    ["match n: Dense -> r: ReLU set n.output = a8", "match d: Dense -> r: ReLU set d.output = a16"],
    [
      "match n: Dense -> r: ReLU -> Softmax set n.output = a8",
      "match d: any -> ReLU set d.output = a16",
    ],
    ["match c: Concat(...xs: Dense) set c.output = a8", "match c: Concat set c.output = a16"],
    ["match a: Add(x, r: ReLU) set r.output = a8", "match Add(r: ReLU, y) set r.output = a16"],
    ["match n: Dense(x, bias = b) set n.output = a8", "match n: Dense(x) set n.output = a16"],
    [
      'match n: Dense { activation: "relu" } set n.output = a8',
      'match n: Dense { activation: != "linear" } set n.output = a16',
    ],
    [
      "match n: Dense :: f32[_, c] require c % 16 == 0 set n.output = a8",
      "match d: Dense :: f32[b, k] require k % 8 == 0 && k > 0 || k == 0 set d.output = a16",
    ],
    [
      "match n: Conv2D require n.name ~ /conv1/ set n.output = a8",
      "match layer: any require layer.name ~ /conv.*/ set layer.* = float",
    ],
    [
      "match x -> n: Dense require sole(n) set n.output = a8",
      "match m: Dense require sole(m) set m.output = a16",
    ],
    [
      "match n: Conv2D -> r: ReLU fuse n, r set n.kernel = w8",
      "match n: Conv2D set n.kernel = float",
    ],
    ["match n: Conv2D derive n.bias = n.input * n.kernel", "match n: Conv2D set n.bias = float"],
    ["match n: Dense set n.* = a8", "match n: Dense set n.{input, kernel, bias, output} = float"],
    [
      "match d: Dense -> r: ReLU tie d.output, r.output = a8",
      "match n: ReLU set n.output = a16 set n.input = float",
    ],
    [
      "match d: Dense -> r: ReLU tie d.output, r.output set r.output = a8",
      "match n: Dense set n.output = a16",
    ],
    ["match c: Concat(...xs) tie c.output, xs.output = a8", "match n: Concat set n.output = a16"],
    [
      "match d: Dense -> r: ReLU -> s: ReLU tie d.output, r.output tie r.output, s.output = a8",
      "match n: Dense set n.output = a16",
    ],
    [
      "match d: Dense -> r: ReLU tie d.output, r.output = a8",
      "match n: Dense | ReLU set n.output = float",
    ],
  ])("%s, where an override says: %s", (weak, strong) => {
    expect(shadowed(pair(weak, strong))).toEqual(["A < B"]);
  });

  it("loses against several, one for each op", () => {
    const text = `quantize A { match n: Dense | Conv2D set n.output = a8 }
      quantize B override { match n: Dense set n.output = a16 }
      quantize C override { match n: Conv2D set n.output = float }`;
    expect(shadowed(text)).toEqual(["A < B, C"]);
  });

  it("loses against several, one for each slot", () => {
    const text = `quantize A { match n: Dense set n.output = a8 set n.kernel = w8 }
      quantize B override { match n: Dense set n.output = a16 }
      quantize C override { match n: Dense set n.kernel = float }`;
    expect(shadowed(text)).toEqual(["A < B, C"]);
  });
});

describe("a rule that wins somewhere", () => {
  it.each([
    ["match n: Dense | Conv2D set n.output = a8", "match n: Dense set n.output = a16"],
    ["match n: Dense set n.output = a8 set n.kernel = w8", "match n: Dense set n.output = a16"],
    ["match n: Dense set n.* = a8", "match n: Dense set n.output = a16"],
    ["match n: Dense set n.output = a8", "match n: Dense -> r: ReLU set n.output = a16"],
    [
      "match n: Dense set n.output = a8",
      'match n: Dense { activation: "relu" } set n.output = a16',
    ],
    [
      "match n: Dense set n.output = a8",
      "match n: Dense :: f32[_, c] require c > 3 set n.output = a16",
    ],
    [
      "match n: Dense set n.output = a8",
      "match n: Dense require n.name ~ /a.*/ set n.output = a16",
    ],
    ["match n: Dense set n.output = a8", "match n: Dense unless n -> ReLU set n.output = a16"],
    [
      "match n: Dense set n.output = a8",
      "match n: Dense every user of n is ReLU set n.output = a16",
    ],
    ["match n: Dense set n.output = a8", "match n: Dense(x, bias = b) set n.output = a16"],
    [
      "match n: Dense set n.output = a8",
      "match n: Dense require ts{ n.kernel.maxAbs() < 8 } set n.output = a16",
    ],
    ["match c: Concat(...xs) tie c.output, xs.output = a8", "match n: Concat set n.output = float"],
    ["match d: Dense -> r: ReLU tie d.output, r.output", "match n: any set n.output = a16"],
    [
      "match d: Dense -> r: ReLU? -> s: Softmax tie d.output, r.output = a8",
      "match n: ReLU set n.output = a16",
    ],
    ["match x -> n: Dense set x.output = a8", "match n: Conv2D set n.output = a16"],
    ["match Add(x, r: ReLU) set r.output = a8", "match ordered Add(x, r: ReLU) set r.output = a16"],
    ["match n: Dense set n.output = a8", "match n: Dense set n.output = none"],
    ["match n: Dense set n.output = a8", "match n: Dense set n.output = a8"],
    ["match n: Conv2D -> r: ReLU set r.output = a8", "match Dense -> r: ReLU set r.output = a16"],
    ["match c: Concat(...xs) set c.output = a8", "match c: Concat(x, y) set c.output = a16"],
    [
      "match n: Dense :: f32[_, c] require c % 8 == 0 set n.output = a8",
      "match n: Dense :: f32[_, c] require c % 16 == 0 set n.output = a16",
    ],
    [
      "match n: Conv2D require n.name ~ /conv.*/ set n.output = a8",
      "match n: Conv2D require n.name ~ /conv1/ set n.output = a16",
    ],
    [
      "match n: Conv2D -> m: Conv2D require n.name ~ /a/ set m.output = a8",
      "match n: Conv2D require n.name ~ /a/ set n.output = a16",
    ],
    [
      "match n: Conv2D { strides: s } -> m: Conv2D set m.output = a8",
      "match n: Conv2D { strides: s } -> m: Conv2D { strides: s } set m.output = a16",
    ],
  ])("%s, where an override says: %s", (weak, strong) => {
    expect(shadowed(pair(weak, strong))).toEqual([]);
  });
});

describe("with a config, whose requests no check can know", () => {
  const using = "using C";
  it.each([
    [`quantize A on n: Dense ${using}`, "match n: Dense set n.* = float"],
    [`quantize A on n: Dense ${using}`, "match n: Dense set n.{input, kernel, bias, output} = a16"],
    [`quantize A on n: Dense ${using} set output = a8`, "match n: any set n.* = float"],
    [`quantize A ${using} { match n: Dense }`, "match n: any set n.* = float"],
  ])("%s never wins where an override takes all slots: %s", (weak, strong) => {
    expect(shadowed(`${weak} quantize B override { ${strong} }`)).toEqual(["A < B"]);
  });

  it.each([
    [`quantize A on n: Dense ${using}`, "quantize B override on n: Dense set kernel = w8"],
    [`quantize A on n: Dense ${using}`, "quantize B override on n: Conv2D set * = float"],
    ["quantize A on n: Dense set output = a8", `quantize B override on n: Dense ${using}`],
  ])("%s may win against %s", (weak, strong) => {
    expect(shadowed(`${weak} ${strong}`)).toEqual([]);
  });
});

describe("between files", () => {
  const base = "quantize Base { match n: Dense set n.output = a8 }";
  const codes = (root: string, imported: string) => {
    const { value, diagnostics } = loadLibrary(
      { path: "root.qcfg", text: `import "./base.qcfg"${quantizers}${root}` },
      {
        ops,
        resolve: () => ({ path: "base.qcfg", text: quantizers + imported }),
      },
    );
    expect(diagnostics).toEqual([]);
    const found = analyseRules(value!, ops);
    return { names: found.shadowed.map(({ rule }) => rule.name), told: found.diagnostics };
  };

  it("a nearer rule wins, which is what it is for: it is known and not told", () => {
    const { names, told } = codes("quantize Own { match n: Dense set n.output = a16 }", base);
    expect(names).toEqual(["Base"]);
    expect(told).toEqual([]);
  });

  it("an override of an imported file wins against the file's own rule, which is told", () => {
    const { names, told } = codes(
      base,
      "quantize Own override { match n: Dense set n.output = a16 }",
    );
    expect(names).toEqual(["Base"]);
    expect(told).toMatchObject([
      {
        code: "QC2125",
        severity: "warning",
        message: "`Base` can never win: wherever it matches, `Own` is stronger",
        labels: [
          { place: { file: { path: "root.qcfg" } } },
          { place: { file: { path: "base.qcfg" } } },
        ],
      },
    ]);
  });
});

it("says what is left of a rule that fuses", () => {
  const text = pair(
    "match n: Dense -> r: ReLU fuse n, r set r.output = a8",
    "match r: ReLU set r.output = a16",
  );
  const [told] = analyseRules(libraryWithImports(quantizers + text), ops).diagnostics;
  expect(told?.help).toContain("its `fuse` holds all the same");
});

describe.each(standardModules)("%s", (name) => {
  it("has no rule that can never win, besides those that a nearer file replaces", () => {
    const { shadowed } = analyseRules(libraryWithImports(`import "${name}"`), ops, {
      isOwn: () => true,
    });
    const surprising = shadowed.filter(({ rule, winners }) =>
      winners.some((winner) => winner.rule.distance >= rule.distance),
    );
    expect(surprising.map(({ rule }) => rule.name)).toEqual([]);
  });
});
