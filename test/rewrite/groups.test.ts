import { describe, expect, it } from "vitest";
import type { Graph, Value } from "../../compiler/ir/graph.ts";
import { ops } from "../../compiler/ops/index.ts";
import { applyPhases } from "../../compiler/rewrite/phases.ts";
import { apply, libraryOf, matchesOf, opsOf, Sketch } from "./support.ts";

/** Nodes one after the other from the input `x`: `a:ReLU` is a ReLU with the name `a`. */
function chain(...nodes: readonly string[]): Graph {
  const s = new Sketch();
  return s.graph(extend(s, s.input("x", [2, 3]), ...nodes));
}

function extend(s: Sketch, from: Value, ...nodes: readonly string[]): Value {
  return nodes.reduce((value, text) => {
    const [name, op] = text.split(":") as [string, string];
    return s.node(op, [value], {}, name);
  }, from);
}

describe("repetitions", () => {
  const text =
    "match v -> (a: ReLU -> b: Tanh)+ -> root: Abs require v.rank == 2 && size(a) == size(b)";

  it("take as many times as fit, and name lists, inputs first", () => {
    const graph = chain("r1:ReLU", "t1:Tanh", "r2:ReLU", "t2:Tanh", "end:Abs");
    expect(matchesOf(graph, text)).toEqual([{ v: "x", a: ["r1", "r2"], b: ["t1", "t2"] }]);
  });

  it("take fewer where what comes before asks for it", () => {
    const graph = chain("r1:ReLU", "t1:Tanh", "r2:ReLU", "t2:Tanh", "end:Abs");
    expect(
      matchesOf(
        graph,
        "match first: Tanh -> (a: ReLU -> Tanh)+ -> root: Abs require size(a) > 0 && first.rank == 2",
      ),
    ).toEqual([{ first: "t1", a: ["r2"] }]);
  });

  it("do not match a part of one time", () => {
    expect(matchesOf(chain("t1:Tanh", "end:Abs"), text)).toEqual([]);
    expect(matchesOf(chain("r1:ReLU", "end:Abs"), text)).toEqual([]);
  });

  it("may be absent as `*`, and once at most as `?`", () => {
    const any = "match t: Tanh -> (a: ReLU)* -> root: Abs require t.rank == 2 && size(a) >= 0";
    expect(matchesOf(chain("t:Tanh", "end:Abs"), any)).toEqual([{ t: "t", a: [] }]);
    expect(matchesOf(chain("t:Tanh", "r1:ReLU", "r2:ReLU", "end:Abs"), any)).toEqual([
      { t: "t", a: ["r1", "r2"] },
    ]);
    const once = any.replace("*", "?");
    expect(matchesOf(chain("t:Tanh", "r1:ReLU", "r2:ReLU", "end:Abs"), once)).toEqual([]);
    expect(matchesOf(chain("t:Tanh", "r1:ReLU", "end:Abs"), once)).toHaveLength(1);
  });

  it("keep a name of the outside what it is", () => {
    const s = new Sketch();
    const x = s.input("x", [2, 3]);
    const one = s.node("Add", [s.node("ReLU", [x], {}, "r"), x], {}, "a1");
    const graph = s.graph(s.node("Abs", [s.node("Add", [one, x], {}, "a2")], {}, "end"));
    const text = "match x -> ReLU -> (a: Add(x))+ -> root: Abs require size(a) > 0";
    expect(matchesOf(graph, text)).toEqual([{ x: "x", a: ["a1", "a2"] }]);
  });

  it("go on through any operand through which more times fit", () => {
    const s = new Sketch();
    const t = s.node("Tanh", [s.input("x", [2, 3])], {}, "t");
    const a1 = s.node("Add", [s.input("z", [2, 3]), t], {}, "a1");
    const graph = s.graph(
      s.node("Abs", [s.node("Add", [s.input("w", [2, 3]), a1], {}, "a2")], {}, "end"),
    );
    const text = "match t: Tanh -> (a: Add)+ -> root: Abs require t.rank == 2 && size(a) > 0";
    expect(matchesOf(graph, text)).toEqual([{ t: "t", a: ["a1", "a2"] }]);
  });

  it("bind a name of the outside by which another chain is found", () => {
    const text =
      "match (x -> ReLU)+ -> root: Abs, x -> other: Tanh require other.rank == 2 && x.rank == 2";
    const graph = (name: string) => {
      const s = new Sketch();
      const x = s.input("x", [2, 3]);
      return s.graph(extend(s, x, "r:ReLU", "end:Abs"), s.node(name, [x], {}, "other"));
    };
    expect(matchesOf(graph("Tanh"), text)).toEqual([{ x: "x", other: "other" }]);
    expect(matchesOf(graph("Sigmoid"), text)).toEqual([]);
  });

  it("that are absent do not keep another chain from being found", () => {
    const s = new Sketch();
    const x = s.input("x", [2, 3]);
    const y = s.input("y", [2, 3]);
    const sum = s.node("Add", [x, y], {}, "sum");
    const graph = s.graph(s.node("Maximum", [sum, y], {}, "most"));
    const text =
      "match a -> root: Add(b), b -> (a -> ReLU(a))? -> d: Maximum require a != b && present(d)";
    expect(matchesOf(graph, text)).toEqual([{ a: "x", b: "y", d: "most" }]);
  });

  it("of a node that may be absent are a way of no nodes too", () => {
    const text = "match c -> root: Abs, Tanh -> c: ReLU -> (Sigmoid?)+ require c.rank == 2";
    expect(matchesOf(chain("t:Tanh", "r:ReLU", "end:Abs"), text)).toEqual([{ c: "r" }]);
  });

  it("of one name are one list", () => {
    const graph = (...ops: readonly string[]) => {
      const s = new Sketch();
      const x = s.input("x", [2, 3]);
      return s.graph(
        s.node(
          "Add",
          ops.map((op) => s.node(op, [x])),
        ),
      );
    };
    const text =
      "match root: Add(b -> ReLU, (b -> Tanh)+), b -> ReLU require root.rank == 2 && present(b)";
    expect(matchesOf(graph("ReLU", "Tanh"), text)).toEqual([{ b: "x" }]);
    const lists = "match root: Add((b -> ReLU)+, (b -> Tanh)+) require size(b) == 1";
    expect(matchesOf(graph("ReLU", "Tanh"), lists)).toEqual([{ b: ["x"] }]);
  });

  it("in a rewrite replace everything that they cover", () => {
    const library = libraryOf(
      "rewrite Shorten { match x -> (ReLU -> Tanh)+ -> end: Abs replace end with x -> Abs }",
    );
    const graph = chain("s:Sigmoid", "r1:ReLU", "t1:Tanh", "r2:ReLU", "t2:Tanh", "end:Abs");
    expect(opsOf(apply(graph, library).graph)).toEqual(["Input", "Sigmoid", "Abs"]);
  });
});

describe("paths", () => {
  const text =
    "match a: Sigmoid ->>(mid: ReLU | Tanh | Add) root: Abs require a.rank == 2 && size(mid) >= 0";

  it("lead through nodes of their ops, also none", () => {
    expect(matchesOf(chain("s:Sigmoid", "end:Abs"), text)).toEqual([{ a: "s", mid: [] }]);
    expect(matchesOf(chain("s:Sigmoid", "r:ReLU", "t:Tanh", "end:Abs"), text)).toEqual([
      { a: "s", mid: ["r", "t"] },
    ]);
  });

  it("keep their list where its name stands in a repetition", () => {
    const text =
      "match a ->>(mid: ReLU) (Add(mid))* -> root: Abs require size(mid) == 1 && present(a)";
    expect(matchesOf(chain("r:ReLU", "end:Abs"), text)).toEqual([{ a: "x", mid: ["r"] }]);
  });

  it("end at another op", () => {
    expect(matchesOf(chain("s:Sigmoid", "r:ReLU", "e:Exp", "end:Abs"), text)).toEqual([]);
  });

  it("lead through any operand, each node once", () => {
    const s = new Sketch();
    const start = s.node("Sigmoid", [s.input("x", [2, 3])], {}, "s");
    const sum = s.node(
      "Add",
      [s.node("Tanh", [s.input("y", [2, 3])]), s.node("ReLU", [start], {}, "r")],
      {},
      "sum",
    );
    const graph = s.graph(s.node("Abs", [s.node("Add", [sum, sum], {}, "twice")], {}, "end"));
    expect(matchesOf(graph, text)).toEqual([{ a: "s", mid: ["r", "sum", "twice"] }]);
  });
});

describe("alternatives of patterns", () => {
  const text =
    'match v -> one of { long = a: ReLU -> b: Tanh, short = b: Tanh } as which -> root: Abs require v.rank == 2 && (present(a) || present(b)) && which != ""';

  it("take the first that fits, and name it", () => {
    expect(matchesOf(chain("r:ReLU", "t:Tanh", "end:Abs"), text)).toEqual([
      { v: "x", a: "r", b: "t", which: "long" },
    ]);
    expect(matchesOf(chain("s:Sigmoid", "t:Tanh", "end:Abs"), text)).toEqual([
      { v: "s", a: null, b: "t", which: "short" },
    ]);
    expect(matchesOf(chain("s:Sigmoid", "end:Abs"), text)).toEqual([]);
  });

  it("leave names alone that stand elsewhere too", () => {
    const s = new Sketch();
    const x = s.input("x", [2, 3]);
    const graph = s.graph(s.node("Subtract", [s.node("Tanh", [x]), x]));
    const text = "match one of { Tanh, b: Sigmoid } -> root: Subtract(b) require present(b)";
    expect(matchesOf(graph, text)).toEqual([{ b: "x" }]);
  });

  it("leave another chain to be found by what is there", () => {
    const text =
      "match d -> one of { c: Sigmoid, d -> Tanh } -> root: Abs, d: any? -> c require present(c)";
    expect(matchesOf(chain("r:ReLU", "t:Tanh", "end:Abs"), text)).toEqual([{ c: "r", d: "r" }]);
  });

  it("can be the end of a pattern", () => {
    const last =
      "match root: Sigmoid -> one of { r: ReLU, Tanh } require present(r) || !present(r)";
    expect(matchesOf(chain("s:Sigmoid", "r:ReLU"), last)).toEqual([{ r: "r" }]);
    expect(matchesOf(chain("s:Sigmoid", "t:Tanh"), last)).toEqual([{ r: null }]);
  });
});

describe("named patterns", () => {
  const items = "pattern Squash(v, act) = v -> act: ReLU -> _inner: Tanh";

  it("stand for their chain, with what the chain gives as the first operand", () => {
    const graph = chain("r:ReLU", "t:Tanh", "end:Abs");
    const text =
      "match y -> last: Squash(r) -> root: Abs require y.rank == 2 && r.rank == last.rank";
    const [match] = matchesOf(graph, text, items);
    expect(match).toMatchObject({ y: "x", r: "r", last: "t" });
  });

  it("can be used twice: what they name inside is their own", () => {
    const graph = chain("r1:ReLU", "t1:Tanh", "r2:ReLU", "t2:Tanh", "end:Abs");
    const text = "match y -> Squash(a) -> Squash(b) -> root: Abs require a.rank == b.rank";
    expect(matchesOf(graph, text, items)[0]).toMatchObject({ y: "x", a: "r1", b: "r2" });
  });

  it("take a pattern for a parameter, and may use another pattern", () => {
    const graph = chain("s:Sigmoid", "r:ReLU", "t:Tanh", "end:Abs");
    const nested = `${items} pattern Outer(w, a) = Squash(w, a) -> Abs`;
    const text = "match root: Outer(s: Sigmoid, r) require s.rank == r.rank";
    expect(matchesOf(graph, text, nested)[0]).toMatchObject({ s: "s", r: "r" });
    expect(matchesOf(chain("e:Exp", "r:ReLU", "t:Tanh", "end:Abs"), text, nested)).toEqual([]);
  });
});

describe("what the neighbourhood must be like", () => {
  const two = (users: readonly string[], leaves = false) => {
    const s = new Sketch();
    const relu = s.node("ReLU", [s.input("x", [2, 3])], {}, "r");
    const outputs = users.map((op) => s.node(op, [relu], {}, op));
    return s.graph(...outputs, ...(leaves ? [relu] : []));
  };

  it("`unless` refuses a match that could go on", () => {
    const text = "match root: ReLU unless root -> Tanh -> Abs";
    expect(matchesOf(chain("r:ReLU", "t:Tanh", "e:Abs"), text)).toEqual([]);
    expect(matchesOf(chain("r:ReLU", "t:Tanh", "e:Exp"), text)).toHaveLength(1);
    expect(matchesOf(two(["Abs", "Exp"]), text)).toHaveLength(1);
  });

  it("`unless` looks towards the operands as well, and its names are its own", () => {
    const text = "match v -> root: ReLU unless other: Add(y) -> v require v.rank == 2";
    const s = new Sketch();
    const x = s.input("x", [2, 3]);
    const sum = s.node("Add", [x, x], {}, "sum");
    const graph = s.graph(s.node("ReLU", [sum], {}, "r"), s.node("ReLU", [x], {}, "q"));
    const found = matchesOf(graph, text.replace("(y)", "").replace("other: ", ""));
    expect(found).toEqual([{ v: "x" }]);
  });

  it("`every user` asks all of them, and leaving the model is a use", () => {
    const text = "match root: ReLU every user of root is Abs | Tanh";
    expect(matchesOf(two(["Abs", "Tanh"]), text)).toHaveLength(1);
    expect(matchesOf(two(["Abs", "Exp"]), text)).toEqual([]);
    expect(matchesOf(two(["Abs"], true), text)).toEqual([]);
  });

  it("`every operand` asks what computes each of them", () => {
    const text = "match root: Add every operand of root is ReLU :: f32[_, 3]";
    const s = new Sketch();
    const [x, y] = [s.input("x", [2, 3]), s.input("y", [2, 1])];
    const relu = s.node("ReLU", [x], {}, "r");
    const graph = s.graph(
      s.node("Add", [relu, relu], {}, "good"),
      s.node("Add", [relu, x], {}, "one"),
      s.node("Add", [relu, s.node("ReLU", [y])], {}, "narrow"),
    );
    expect(matchesOf(graph, `${text} require root.name == "good"`)).toHaveLength(1);
    expect(matchesOf(graph, text)).toHaveLength(1);
  });

  it("attributes are compared and bounded", () => {
    const s = new Sketch();
    const x = s.input("x", [2, 3]);
    const graph = s.graph(
      ...[0.1, 0.2, 0.3].map((alpha) => s.node("LeakyReLU", [x], { alpha }, `a${alpha}`)),
    );
    const names = (test: string) =>
      matchesOf(
        graph,
        `match root: LeakyReLU { alpha: ${test} } let name = root.name require name != ""`,
      ).map(({ name }) => name);
    expect(names("0.15 .. 0.3")).toEqual(["a0.2", "a0.3"]);
    expect(names("> 0.2")).toEqual(["a0.3"]);
    expect(names("<= 0.2")).toEqual(["a0.1", "a0.2"]);
    expect(names("!= 0.2")).toEqual(["a0.1", "a0.3"]);
  });
});

describe("how often rules are applied", () => {
  const relus = () => chain("r:ReLU", "end:Abs");

  it("a rule that is `once` does not match what it built", () => {
    const library = libraryOf(
      "rewrite Grow once { match x -> r: ReLU replace r with x -> ReLU -> ReLU6 }",
    );
    expect(opsOf(apply(relus(), library).graph)).toEqual(["Input", "ReLU", "ReLU6", "Abs"]);
  });

  it("a measure that becomes smaller ends a rule that matches its own work", () => {
    const text = (measure: string) => `rewrite Halve {
      match x -> c: LeakyReLU { alpha: a }
      require a > 1
      replace c with x -> LeakyReLU { alpha: a / 2 }
      decreases ${measure}
      preserve within 1000
    }`;
    const s = new Sketch();
    const graph = s.graph(s.node("LeakyReLU", [s.input("x", [2])], { alpha: 8 }));
    const good = apply(graph, libraryOf(text("round(a)")));
    expect(good.fired.get("Halve")).toBe(3);
    const bad = applyPhases(graph, libraryOf(text("rank(x)")).phases, { ops });
    expect(bad.diagnostics.map(({ code }) => code)).toEqual(["QC2191"]);
    expect(bad.fired.get("Halve")).toBe(1);
  });

  it("phases run in the order of their `before`, each to its own end", () => {
    const library = libraryOf(`
      rewrite ToTanh { match x -> r: ReLU replace r with x -> Tanh }
      rewrite ToExp { match x -> r: ReLU replace r with x -> Exp }
      phase early { rules ToExp before main }`);
    expect(opsOf(apply(relus(), library).graph)).toEqual(["Input", "Exp", "Abs"]);
    const late = libraryOf(`
      rewrite ToTanh { match x -> r: ReLU replace r with x -> Tanh }
      rewrite ToExp { match x -> r: ReLU replace r with x -> Exp }
      phase late { rules ToExp }
      phase main { before late }`);
    expect(opsOf(apply(relus(), late).graph)).toEqual(["Input", "Tanh", "Abs"]);
  });

  it("a walk looks at each node one time", () => {
    const text = (driver: string) => `
      rewrite Grow { match x -> r: ReLU replace r with x -> ReLU -> ReLU6 }
      rewrite Turn { match x -> r: ReLU6 replace r with x -> Tanh }
      phase once { driver ${driver} rules Grow, Turn before main }`;
    expect(opsOf(apply(relus(), libraryOf(text("walk"))).graph)).toEqual([
      "Input",
      "ReLU",
      "ReLU6",
      "Abs",
    ]);
    expect(opsOf(apply(relus(), libraryOf(text("once"))).graph)).toEqual([
      "Input",
      "ReLU",
      "Tanh",
      "Abs",
    ]);
  });
});

describe("positions in the model", () => {
  const graph = () => chain("r1:ReLU", "t:Tanh", "r2:ReLU", "r3:ReLU", "end:Abs");

  it("are the first and the last of some ops, and the way from the inputs", () => {
    const named = (condition: string) =>
      matchesOf(
        graph(),
        `match root: ReLU | Tanh let name = root.name require ${condition} && name != ""`,
      ).map(({ name }) => name);
    expect(named("root == first(ReLU)")).toEqual(["r1"]);
    expect(named("root == last(ReLU | Tanh)".replace(" | Tanh", ""))).toEqual(["r3"]);
    expect(named("root.depth > 2")).toEqual(["r2", "r3"]);
    expect(named("root.op in Monotone && root.depth == 2")).toEqual(["t"]);
  });

  it("mean nothing where the model has no such node", () => {
    expect(matchesOf(graph(), "match root: ReLU require root == first(Conv2D)")).toEqual([]);
  });
});
