import { describe, expect, it } from "vitest";
import { analyseRules } from "../../compiler/analyses/analyse-rules.ts";
import { ops } from "../../compiler/ops/index.ts";
import { standardModules } from "../../compiler/rewrite/vocabulary.ts";
import { found, libraryWithImports } from "./support.ts";

const quantizers = `
  quantizer a8 = AllValues(int8)
  quantizer other8 = AllValues(int8, per: tensor, affine)
  quantizer a16 = AllValues(int16, symmetric)`;

/** The pairs that contradict each other. */
function conflicts(text: string): readonly string[] {
  return found(quantizers + text)
    .filter((one) => one.startsWith("QC2122"))
    .map((one) =>
      [...one.matchAll(/`([A-Z]\w*)`/g)]
        .slice(0, 2)
        .map(([, name]) => name)
        .join(" "),
    );
}

describe("two rules that ask for different things", () => {
  it.each([
    [
      "of one node",
      "quantize A { match n: Conv2D set n.output = a8 } quantize B { match n: Conv2D set n.output = float }",
    ],
    [
      "of an operand by its name and by its place",
      "quantize A { match n: Dense set n.input[0] = a8 } quantize B { match n: Dense set n.input = a16 }",
    ],
    [
      "of nodes that can be one",
      "quantize A { match n: Conv2D | Dense set n.kernel = a8 } quantize B { match n: Dense -> ReLU set n.kernel = a16 }",
    ],
    [
      "where the conditions of both can hold",
      "quantize A { match n: Dense :: f32[_, c] require c % 4 == 0 set n.output = a8 } quantize B { match n: Dense :: f32[_, c] require c > 9 set n.output = a16 }",
    ],
    [
      "where every name that fits one fits the other",
      "quantize A { match n: Dense require n.name ~ /head_.*/ set n.output = a8 } quantize B { match n: Dense require n.name ~ /head_1/ set n.output = a16 }",
    ],
    [
      "where all names but some fit one",
      "quantize A { match n: Dense require !(n.name ~ /head_.*/) set n.output = a8 } quantize B { match n: Dense require n.name ~ /.*_1/ set n.output = a16 }",
    ],
    [
      "where one is picked by its place and the other is any",
      "quantize A { match n: Dense -> ReLU set n.output = a8 } quantize B { match n: Dense require n == first(Dense) set n.output = a16 }",
    ],
    [
      "inside of what one of them fuses",
      "quantize A { match n: Dense -> r: ReLU fuse n, r set r.output = a8 } quantize B { match n: Dense set n.output = a16 }",
    ],
    [
      "of what one of them ties",
      "quantize A { match c: Concat(...xs) tie c.output, xs.output = a8 } quantize B { match c: Concat -> s: Softmax set c.output = a16 set s.output = a8 }",
    ],
    [
      "of what one of them ties to a value that it names",
      "quantize A { match n: Dense -> ReLU set n.output = a8 } quantize B { match x -> r: ReLU tie x.output, r.output set r.output = a16 }",
    ],
    [
      "of a node with a reader for each of them",
      "quantize A { match n: Dense -> ReLU set n.output = a8 } quantize B { match n: Dense -> ReLU6 set n.output = a16 }",
    ],
    [
      "by two names of a slot",
      "quantize A { match n: Dense set n.activation = a8 } quantize B { match n: Dense set n.output = a16 }",
    ],
    [
      "of all slots",
      "quantize A { match n: Dense set n.* = float } quantize B { match n: Dense set n.kernel = a16 }",
    ],
  ])("%s", (_, text) => {
    expect(conflicts(text)).toEqual(["A B"]);
  });
});

describe("the way out", () => {
  const help = (kind: string, [first, second]: readonly [string, string]) => {
    const rule = (name: string, pattern: string, q: string) =>
      `quantize ${name} ${kind} { ${pattern} set n.output = ${q} }`;
    const text = quantizers + rule("A", first, "a8") + rule("B", second, "a16");
    return analyseRules(libraryWithImports(text), ops).diagnostics[0]?.help;
  };

  it("of rules of which one matches at some of the other's places, that one is made an override", () => {
    expect(help("", ["match n: Conv2D", "match n: Conv2D -> ReLU"])).toMatch(
      /^put `override` after `B`, which matches at some of the other's places/,
    );
  });

  it("of rules that match at the same places, one goes", () => {
    expect(help("", ["match n: Conv2D", "match n: Conv2D"])).toMatch(/^leave out one of them/);
  });

  it("of rules that share some places, one is made an override", () => {
    expect(help("", ["match n: Conv2D | Dense", "match n: Conv2D | ReLU"])).toMatch(
      /^put `override` after the name of the rule that is to win/,
    );
  });

  it("of overrides one cannot win by being one", () => {
    expect(help("override", ["match n: Conv2D | Dense", "match n: Conv2D"])).toMatch(
      /^move the rule that is to lose into a file that this one imports/,
    );
  });
});

describe("no conflict", () => {
  it.each([
    [
      "where the requests are equal",
      "quantize A { match n: Conv2D set n.output = a8 } quantize B { match n: Conv2D set n.output = other8 }",
    ],
    [
      "where one asks for nothing",
      "quantize A { match n: Conv2D set n.output = a8 } quantize B { match n: Conv2D set n.output = none }",
    ],
    [
      "where one is stronger",
      "quantize A override { match n: Conv2D set n.output = a8 } quantize B { match n: Conv2D set n.output = a16 }",
    ],
    [
      "of different ops",
      "quantize A { match n: Conv2D set n.output = a8 } quantize B { match n: Dense set n.output = a16 }",
    ],
    [
      "of different slots",
      "quantize A { match n: Dense set n.output = a8 } quantize B { match n: Dense set n.kernel = a16 }",
    ],
    [
      "where conditions exclude each other",
      "quantize A { match n: Dense :: f32[_, c] require c % 4 == 0 set n.output = a8 } quantize B { match n: Dense :: f32[_, c] require c % 4 != 0 set n.output = a16 }",
    ],
    [
      "where attributes exclude each other",
      'quantize A { match n: Dense { activation: "linear" } set n.output = a8 } quantize B { match n: Dense { activation: "relu" } set n.output = a16 }',
    ],
    [
      "where names exclude each other",
      "quantize A { match n: Dense require n.name ~ /head_.*/ set n.output = a8 } quantize B { match n: Dense require n.name ~ /tail_.*/ set n.output = a16 }",
    ],
    [
      "where only some model can have a name that both mean",
      'quantize A { match n: any require n.name ~ /conv1|stem_.*/ set n.* = float } quantize B { match n: Dense require n.name ~ /.*logits/ || n.path ~ "head/**" set n.kernel = a16 }',
    ],
    [
      "where only a model of one layer has the first that is the last",
      "quantize A { match n: Conv2D require n == first(Conv2D) set n.output = a8 } quantize B { match n: Conv2D require last(Conv2D) == n set n.output = a16 }",
    ],
    [
      "of a name and a position",
      "quantize A { match n: Conv2D require n.name ~ /stem/ set n.output = a8 } quantize B { match n: Conv2D require n.depth > 3 set n.output = a16 }",
    ],
    [
      "where the user's file is nearer",
      'import "std/default8bit" quantize A { match n: Conv2D set n.output = a16 }',
    ],
  ])("%s", (_, text) => {
    expect(conflicts(text)).toEqual([]);
  });
});

it("is an error where one rule matches wherever the other does, else a warning", () => {
  const severities = (second: string) =>
    analyseRules(
      libraryWithImports(
        `${quantizers} quantize A { match n: Dense set n.output = a8 } quantize B { ${second} set n.output = a16 }`,
      ),
      ops,
    ).diagnostics.map(({ severity }) => severity);
  expect(severities("match n: Dense")).toEqual(["error"]);
  expect(severities("match n: Dense -> ReLU")).toEqual(["error"]);
  expect(severities("match n: Dense | Conv2D require n.name ~ /a.*/")).toEqual(["warning"]);
  expect(severities("match n: Conv2D")).toEqual([]);
});

describe.each(standardModules)("%s", (name) => {
  it("has no conflict in itself", () => {
    const { conflicts } = analyseRules(libraryWithImports(`import "${name}"`), ops, {
      isOwn: () => true,
    });
    expect(conflicts.map(({ first, second }) => `${first.rule.name} ${second.rule.name}`)).toEqual(
      [],
    );
  });
});

it("of different operands of one node none decides over the other", () => {
  const rules = (first: string) =>
    found(`${quantizers}
      quantize A ${first} { match n: MatMul(x, _y) set n.input[x] = a8 }
      quantize B { match n: MatMul(_x, y) set n.input[y] = a16 }`).filter(
      (one) => !one.startsWith("QC2122: `A` and `B` can"),
    );
  expect(rules("")).toEqual([]);
  expect(rules("override")).toEqual([]);
});
