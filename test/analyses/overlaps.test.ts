import { describe, expect, it } from "vitest";
import { analyseRules } from "../../compiler/analyses/analyse-rules.ts";
import { CanonicalForms } from "../../compiler/analyses/canonical-forms.ts";
import { ops } from "../../compiler/ops/index.ts";
import { Sketch } from "../rewrite/support.ts";
import { found, libraryWithImports } from "./support.ts";

const about = (code: string, text: string) => found(text).filter((one) => one.startsWith(code));

const shorter =
  'match x -> d: Dense { activation: "linear" } -> bn: BatchNorm replace bn with same d { bias: bn.beta }';
const longer =
  'match x -> d: Dense { activation: "linear" } -> bn: BatchNorm -> r: ReLU replace r with same d { bias: bn.beta, activation: "relu" }';

describe("a rule that is never reached", () => {
  it("is not said where most graphs are special cases of another rule", () => {
    const text = `
      rewrite Drop { match x -> r: Reshape require r.shape == x.shape replace r with x }
      rewrite Join { match x -> Reshape -> r: Reshape replace r with x -> Reshape { shape: r.shape } }`;
    expect(about("QC2121", text)).toEqual([]);
  });

  it("is told with the rule that takes its places", () => {
    expect(
      about("QC2121", `rewrite Short { ${shorter} before Long } rewrite Long { ${longer} }`),
    ).toEqual([
      "QC2121: `Long` is never applied: in all 24 graphs made for it `Short` was first and left nothing for it",
    ]);
  });

  it("is none that `before` puts ahead, also by way of another one", () => {
    const saved = `rewrite Short { ${shorter} } rewrite Long { ${longer} before Short }`;
    expect(about("QC2121", saved)).toEqual([]);
    const between = "match x -> Softplus -> y: Mish replace y with x -> Mish before Short";
    expect(
      about(
        "QC2121",
        `rewrite Short { ${shorter} } rewrite Long { ${longer} before Between } rewrite Between { ${between} }`,
      ),
    ).toEqual([]);
  });

  it("can be one whose places a library takes", () => {
    expect(about("QC2121", `import "std/fold" rewrite Long { ${longer} }`)).toEqual([
      expect.stringContaining("`FoldBatchNorm` was first"),
    ]);
  });

  it("is no rule that a condition leaves something to, or that starts at the same node and is larger", () => {
    expect(
      about(
        "QC2121",
        `rewrite Short { ${shorter.replace("replace", "require d.name ~ /a.*/ replace")} } rewrite Long { ${longer} }`,
      ),
    ).toEqual([]);
    expect(
      about(
        "QC2121",
        "rewrite Small { match x -> r: ReLU replace r with x -> ReLU6 } rewrite Large { match x -> Dense -> r: ReLU replace r with x -> ReLU6 }",
      ),
    ).toEqual([]);
  });
});

describe("an order that matters", () => {
  const clip = "rewrite Clip6 { match x -> ReLU -> r: ReLU6 replace r with x -> ReLU6 }";
  const fuse = (more: string) =>
    `rewrite Fuse { match x -> d: Dense { activation: "linear" } -> r: ReLU replace r with x -> same d { activation: "relu" } ${more} }`;

  it("is found where one rule takes a node from the inside of the other", () => {
    expect(about("QC2123", clip + fuse(""))).toEqual([
      'QC2123: `Clip6` and `Fuse` lead to different graphs, depending on which is first: `Input → Dense → ReLU → ReLU6` becomes `Input → Dense → ReLU6` or `Input → Dense { activation: "relu" } → ReLU6`',
    ]);
  });

  it("is none where `before` or phases say it, or where both ways lead to one graph", () => {
    expect(about("QC2123", clip + fuse("before Clip6"))).toEqual([]);
    expect(
      about(
        "QC2123",
        `${clip}${fuse("")} phase late { driver fixpoint rules Clip6 } phase main { driver fixpoint before late }`,
      ),
    ).toEqual([]);
    const twice = "rewrite Twice { match x -> ReLU -> r: ReLU replace r with x -> ReLU }";
    expect(about("QC2123", clip + twice)).toEqual([]);
    const { pairs } = analyseRules(libraryWithImports(clip + twice), ops);
    expect(pairs.length).toBeGreaterThan(1);
    expect(pairs.every(({ joins }) => joins)).toBe(true);
  });

  it("is not told of where the file expects any result", () => {
    const all = `expect any result ${clip}${fuse("")}`;
    expect(about("QC2123", all)).toEqual([]);
    const { pairs } = analyseRules(libraryWithImports(all), ops);
    expect(pairs.some(({ joins }) => !joins)).toBe(true);
  });

  it("may be one of numbers alone", () => {
    const above =
      'rewrite Above { match m: Multiply(d: Dense { activation: "linear" }, c: Const) require size(c) == 1 replace m with same d { kernel: d.kernel * flat(c) } }';
    const below =
      "rewrite Below { match d: Dense(m: Multiply(x, c: Const)) require size(c) == 1 replace d with x -> same d { kernel: d.kernel * flat(c) } }";
    expect(about("QC2123", above + below)).toEqual([
      "QC2123: `Above` and `Below` lead to different graphs, depending on which is first: `Input → Dense → Multiply → Dense` becomes `Input → Dense → Dense` with other numbers in its constants or attributes",
    ]);
  });

  it("is one that a completing rule makes one", () => {
    const complete =
      'rewrite Complete { match x -> d: Dense { activation: "relu" } -> r: ReLU6 replace r with x -> same d { activation: "linear" } -> ReLU6 }';
    expect(about("QC2123", clip + fuse("") + complete)).toEqual([]);
  });
});

describe("the type of a replacement", () => {
  const types = (text: string) =>
    analyseRules(libraryWithImports(text), ops).types.map(({ kind }) => kind);

  it("is proved by the pattern, or tried", () => {
    expect(
      types("rewrite A { match x -> ReLU -> r: Sigmoid replace r with x -> HardSigmoid }"),
    ).toEqual(["proved"]);
    expect(
      types(
        "rewrite A { match x -> p: MaxPool2D replace p with x -> AveragePool2D { poolSize: p.poolSize, strides: p.strides, padding: p.padding } }",
      ),
    ).toEqual(["tried"]);
  });

  it("is told where a graph was made in which it changes", () => {
    const text = "rewrite A { match x -> p: MaxPool2D replace p with x }";
    expect(types(text)).toEqual(["changed"]);
    expect(about("QC2124", text)).toHaveLength(1);
    expect(about("QC2124", text.replace("replace", "require p.shape == x.shape replace"))).toEqual(
      [],
    );
  });
});

describe("what a rule builds", () => {
  it("is told where it is not possible in a graph that was made for the rule", () => {
    const rule = (kernel: string) =>
      about(
        "QC2127",
        `rewrite A once { match x -> c: Conv2D replace c with same c { kernel: ${kernel} } }`,
      );
    expect(rule("sum(c.kernel)")).toEqual([
      expect.stringContaining("operand `kernel` must have 4 dimensions, not 0, in one of 1 graph"),
    ]);
    expect(rule("2 * c.kernel")).toEqual([]);
  });
});

describe("canonical forms", () => {
  const graph = (build: (s: Sketch) => void) => {
    const sketch = new Sketch();
    build(sketch);
    return sketch.editor.finish();
  };
  const sum = (swap: boolean, k: number, name = "k") =>
    graph((s) => {
      const [x, y] = [s.input("x", [1, 2]), s.constant([1, 2], k, name)];
      s.editor.output({ name: "y", value: s.node("Add", swap ? [y, x] : [x, y]) });
    });

  it("are equal for equal graphs, whatever the order of operands and the names of nodes", () => {
    const forms = new CanonicalForms(ops);
    expect(forms.of(sum(false, 0.5))).toBe(forms.of(sum(true, 0.5, "other")));
    expect(forms.of(sum(false, 0.5))).not.toBe(forms.of(sum(false, 0.25)));
  });
});
