import { describe, expect, it } from "vitest";
import { analyseRules } from "../../compiler/analyses/analyse-rules.ts";
import { terminationOf } from "../../compiler/analyses/termination.ts";
import { ops } from "../../compiler/ops/index.ts";
import { found, libraryWithImports, standard, standardSets } from "./support.ts";

function termination(text: string) {
  return terminationOf(libraryWithImports(text).rewrites, ops);
}

function cyclesOf(text: string): readonly string[] {
  return termination(text).unproved.map((circle) =>
    circle
      .map(({ name }) => name)
      .sort()
      .join(" "),
  );
}

describe("rules end", () => {
  it("by a weight of each op", () => {
    const { arguments: found, unproved } = termination(`
      rewrite A { match x -> s: Swish replace s with Multiply(x, x -> Sigmoid) }
      rewrite B { match x -> s: Sigmoid replace s with x -> HardSigmoid }`);
    expect(unproved).toEqual([]);
    const [argument, ...others] = found;
    expect(others).toEqual([]);
    const weight = (op: string) => argument!.weights.get(op) ?? 0;
    expect(weight("Swish")).toBeGreaterThan(weight("Multiply") + weight("Sigmoid"));
    expect(weight("Sigmoid")).toBeGreaterThan(weight("HardSigmoid"));
  });

  it("by a weight of nodes with an attribute", () => {
    const text = `rewrite Turn {
      match m: MatMul(x, y) { transposeA: true }
      replace m with same m(x -> ReLU, y) { transposeA: false }
    }`;
    expect(cyclesOf(text)).toEqual([]);
    const [argument] = termination(text).arguments;
    expect(argument!.weights.get("MatMul { transposeA: true }")).toBeGreaterThan(0);
  });

  it.each([
    [
      "that is not the one that is written",
      'match x -> d: Dense { activation: != "linear" } replace d with x -> same d { activation: "linear" } -> ReLU',
      'Dense { activation: != "linear" }',
    ],
    [
      "that a condition excludes",
      "match x -> l: LeakyReLU require l.alpha > 0.5 replace l with x -> LeakyReLU { alpha: 0.25 } -> ReLU",
      "LeakyReLU { alpha: != 0.25 }",
    ],
    [
      "that is a list",
      "match x -> c: Conv2D { padding: p } require p != [0, 0, 0, 0] replace c with x -> Pad { padding: [0, p[0], p[1], 0, 0, p[2], p[3], 0] } -> Conv2D { ...c, padding: [0, 0, 0, 0] }",
      "Conv2D { padding: != [0, 0, 0, 0] }",
    ],
  ])("by a weight of nodes with an attribute %s", (_, clauses, mark) => {
    const { arguments: found, unproved } = termination(`rewrite A { ${clauses} }`);
    expect(unproved).toEqual([]);
    expect(found[0]!.weights.get(mark)).toBeGreaterThan(0);
  });

  it("by such weights of several attributes, each of which one rule takes away and the other carries over", () => {
    const text = `
      rewrite A { match x -> c: Conv2D { groups: > 1 } replace c with x -> ReLU -> Conv2D { ...c, groups: 1 } }
      rewrite B { match x -> c: Conv2D { dilationRate: != [1, 1] } replace c with x -> Conv2D { ...c, dilationRate: [1, 1] } -> ReLU }`;
    expect(cyclesOf(text)).toEqual([]);
  });

  it("by no weight of an attribute that may be the one that is written", () => {
    expect(
      cyclesOf(
        "rewrite A { match x -> l: LeakyReLU require l.alpha < 0.5 replace l with x -> LeakyReLU { alpha: 0.25 } -> ReLU }",
      ),
    ).toEqual(["A"]);
    expect(
      cyclesOf(
        "rewrite A { match x -> c: Conv2D { padding: p } require p != [1, 0, 0, 0] replace c with x -> ReLU -> Conv2D { ...c, padding: [0, 0, 0, 0] } }",
      ),
    ).toEqual(["A"]);
  });

  it("by an attribute that one rule asks for and another one never writes", () => {
    const text = `
      rewrite ToClip { match x -> r: ReLU replace r with x -> Clip { min: 0, max: 5 } }
      rewrite ToReLU { match x -> c: Clip { min: 0, max: infinity() } replace c with x -> ReLU }`;
    expect(cyclesOf(text)).toEqual([]);
    expect(cyclesOf(text.replace(", max: 5", ""))).toEqual(["ToClip ToReLU"]);
    expect(found(`import "std/layout" ${text}`)).toEqual([]);
  });

  it("by the value of what moves outwards", () => {
    const { arguments: found, unproved } = termination(`
      rewrite Out { match shared x -> t: Transpose -> f: UnaryElementwise replace f with x -> same f -> same t }
      rewrite Meet { match shared f: BinaryElementwise(s: Transpose(x), t: Transpose(y)) require s.permutation == t.permutation replace f with same f { a: x, b: y } -> same t }`);
    expect(unproved).toEqual([]);
    expect(found.map(({ kind }) => kind)).toContain("values");
  });

  it("where nothing that is built can be matched again", () => {
    // The product is of two things, and what is matched is of a thing with itself.
    expect(
      cyclesOf("rewrite A { match m: Square(x) replace m with x -> ReLU -> Square -> ReLU6 }"),
    ).toEqual(["A"]);
    expect(
      cyclesOf(
        "rewrite A { match Sigmoid -> m: Square replace m with Softmax(m.input) -> Square -> Square }",
      ),
    ).toEqual([]);
  });

  it("because they say so", () => {
    const grows = "{ match x -> r: ReLU replace r with x -> ReLU -> ReLU }";
    expect(cyclesOf(`rewrite A ${grows}`)).toEqual(["A"]);
    expect(cyclesOf(`rewrite A once ${grows}`)).toEqual([]);
    const measured = "{ match x -> r: ReLU replace r with x -> ReLU -> ReLU decreases r.rank }";
    expect(termination(`rewrite A ${measured}`).stated).toEqual(["A"]);
  });
});

describe("rules that may not end", () => {
  it("undo each other", () => {
    const text = `
      rewrite Up { match x -> q: Quantize -> m: MaxPool2D replace m with x -> same m -> same q }
      rewrite Down { match x -> m: MaxPool2D -> q: Quantize replace q with x -> same q -> same m }`;
    expect(cyclesOf(text)).toEqual(["Down Up"]);
    expect(found(text)).toEqual([
      'QC2120: `Up` and `Down` follow each other without end: `Input → Quantize { dtype: "int8" } → MaxPool2D` is rewritten for ever',
    ]);
  });

  it("only where one keeps what it takes from inside", () => {
    const rule = (shared: string) =>
      `rewrite A { match ${shared} x -> r: ReLU -> s: Sigmoid replace s with x -> ReLU -> Tanh }
       rewrite B { match x -> t: Tanh replace t with x -> ReLU6 -> Sigmoid }`;
    expect(cyclesOf(rule(""))).toEqual([]);
    expect(cyclesOf(rule("shared"))).toEqual([]);
  });

  it("count two nodes of a pattern that can be one of the graph as one", () => {
    // ReLU(x) + ReLU(x) may read one node twice: then one goes and one comes.
    const text = `rewrite A {
      match add: Add(a: ReLU(x), b: ReLU(y))
      replace add with Add(x -> ReLU, y)
    }`;
    expect(termination(text).arguments.map(({ kind }) => kind)).toEqual(["values"]);
  });

  it("are told by those of the user's own that are enough, in the order of the file", () => {
    const text = `import "std/canonical" import "std/fold" import "std/layout"
      rewrite Harmless { match x -> ReLU -> r: ReLU6 replace r with x -> ReLU6 }
      rewrite There { match x -> r: Sigmoid replace r with x -> Tanh }
      rewrite Back { match x -> r: Tanh replace r with x -> Sigmoid }`;
    expect(found(text).filter((one) => one.startsWith("QC2120"))).toEqual([
      "QC2120: `There` and `Back` follow each other without end: `Input → Sigmoid` is rewritten for ever",
    ]);
  });

  it("are told with the standard rule that undoes one of the user's, whose place is the first", () => {
    const text = `import "std/canonical"
      rewrite Apart { match x -> s: Swish replace s with Multiply(x, x -> Sigmoid) }`;
    const { diagnostics } = analyseRules(libraryWithImports(text), ops);
    expect(diagnostics).toMatchObject([
      {
        severity: "error",
        message:
          "`Apart` and `SigmoidIsSwish` follow each other without end: `Input → Swish` is rewritten for ever",
        labels: [
          { place: { file: { path: "own.qcfg" } } },
          { place: { file: { path: "std/canonical.qcfg" } } },
        ],
      },
    ]);
  });

  it("are not said to go on where nothing does", () => {
    // Each of them makes a place for the other, but at most one time after the other.
    const text = `
      rewrite A { match x -> r: ReLU require x.op == "Tanh" replace r with x -> ReLU6 }
      rewrite B { match x -> r: ReLU6 require x.op == "Sigmoid" replace r with x -> ReLU }`;
    expect(found(text)).toEqual([
      "QC2120: `A` and `B` can make places for each other in a circle, and nothing shows that this comes to an end",
    ]);
  });

  it("are no error where only a part of them goes on, which another rule ends", () => {
    const text = `
      rewrite A { match x -> r: Sigmoid replace r with x -> Tanh }
      rewrite B { match x -> r: Tanh replace r with x -> Sigmoid }
      rewrite End { match x -> r: Tanh replace r with x -> Softsign before B }`;
    const { diagnostics } = analyseRules(libraryWithImports(text), ops);
    expect(diagnostics.filter(({ code }) => code === "QC2120")).toMatchObject([
      { severity: "warning", labels: [{}, {}] },
    ]);
  });

  it("do not hide what is known of the others", () => {
    const { arguments: found, unproved } = termination(`import "std/canonical"
      rewrite There { match x -> r: Sigmoid replace r with x -> Tanh }
      rewrite Back { match x -> r: Tanh replace r with x -> Sigmoid }`);
    expect(unproved).toHaveLength(1);
    expect(found.length).toBeGreaterThan(0);
  });

  it("are told with a label for each, but not those of the standard library alone", () => {
    expect(found('import "std/canonical"\nimport "std/fold"\nimport "std/layout"')).toEqual([]);
    const told = found(`import "std/fold"
        rewrite Apart { match m: Add(x, k: Const) replace m with x -> BatchNorm(k, k, k, k) }`);
    expect(told.filter((one) => one.startsWith("QC2120"))).toHaveLength(1);
  });
});

it("many rules that are alike end as few do", () => {
  const rules = Array.from(
    { length: 60 },
    (_, i) =>
      `rewrite R${i} { match x -> t: Transpose { permutation: [0, 1] } require t.name == "n${i}" replace t with x }`,
  );
  expect(cyclesOf(`import "std/layout"\nimport "std/canonical"\n${rules.join("\n")}`)).toEqual([]);
});

describe.each(standardSets)("the standard library %s …", (...names) => {
  it("ends", () => {
    for (const { rules } of standard(names).phases) {
      const { unproved } = terminationOf(rules, ops);
      expect(unproved.map((circle) => circle.map(({ name }) => name))).toEqual([]);
    }
  });
});
