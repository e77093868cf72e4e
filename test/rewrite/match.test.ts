import { describe, expect, it } from "vitest";
import type { Graph, Value } from "../../compiler/ir/graph.ts";
import { viewOf } from "../../compiler/ir/graph-view.ts";
import { ops } from "../../compiler/ops/index.ts";
import { forEachMatch } from "../../compiler/rewrite/near-miss.ts";
import { libraryOf, matchesOf, Sketch } from "./support.ts";

function sketch(build: (s: Sketch, x: Value) => readonly Value[] | Value): Graph {
  const s = new Sketch();
  const outputs = build(s, s.input("x", [2, 3]));
  return s.graph(...(Array.isArray(outputs) ? (outputs as Value[]) : [outputs as Value]));
}

const relu = (s: Sketch, x: Value, name = "relu") => s.node("ReLU", [x], {}, name);
const add = (s: Sketch, a: Value, b: Value, name = "add") => s.node("Add", [a, b], {}, name);

describe("patterns", () => {
  it("follow data flow from the last node of a chain upwards", () => {
    const graph = sketch((s, x) => s.node("Tanh", [relu(s, x)], {}, "tanh"));
    expect(matchesOf(graph, "match v -> r: ReLU -> root: Tanh require v.name != r.name")).toEqual([
      { v: "x", r: "relu" },
    ]);
    expect(matchesOf(graph, "match Tanh -> root: ReLU")).toEqual([]);
  });

  it("try commutative operands both ways, unless `ordered`", () => {
    const graph = sketch((s, x) => add(s, relu(s, x), x));
    expect(matchesOf(graph, "match root: Add(y, r: ReLU) require y.name != r.name")).toEqual([
      { y: "x", r: "relu" },
    ]);
    expect(
      matchesOf(graph, "match root: ordered Add(y, r: ReLU) require y.name != r.name"),
    ).toEqual([]);
    const subtract = sketch((s, x) => s.node("Subtract", [relu(s, x), x]));
    expect(matchesOf(subtract, "match root: Subtract(y, ReLU) require y.rank == 2")).toEqual([]);
  });

  it("bind a repeated name to one value", () => {
    const same = sketch((s, x) => add(s, x, relu(s, x)));
    const other = sketch((s, x) => add(s, s.input("z", [2, 3]), relu(s, x)));
    expect(matchesOf(same, "match root: Add(v, ReLU(v))")).toEqual([{ v: "x" }]);
    expect(matchesOf(other, "match root: Add(v, ReLU(v))")).toEqual([]);
  });

  it("take an optional node where it is there, and pass through where not", () => {
    const text =
      "match t: Tanh -> act: ReLU? -> root: Abs require t.rank == 2 && (act.rank == 2 || !present(act))";
    const chain = (between: boolean) =>
      sketch((s, x) => {
        const t = s.node("Tanh", [x], {}, "tanh");
        return s.node("Abs", [between ? relu(s, t) : t]);
      });
    expect(matchesOf(chain(true), text)).toEqual([{ t: "tanh", act: "relu" }]);
    expect(matchesOf(chain(false), text)).toEqual([{ t: "tanh", act: null }]);
  });

  it("find an optional node after the root, once for each user that fits", () => {
    const text = "match root: Tanh -> act: ReLU? require present(act) || !present(act)";
    const tanh = (s: Sketch, x: Value) => s.node("Tanh", [x], {}, "tanh");
    expect(matchesOf(sketch(tanh), text)).toEqual([{ act: null }]);
    const two = sketch((s, x) => {
      const t = tanh(s, x);
      return [relu(s, t, "r1"), relu(s, t, "r2"), s.node("Abs", [t])];
    });
    expect(matchesOf(two, text)).toEqual([{ act: "r1" }, { act: "r2" }]);
  });

  it("an optional operand may be absent; if it is there, it is what the pattern says", () => {
    const dense = (s: Sketch, x: Value, bias?: Value) =>
      s.node("Dense", [x, s.random([4, 3]), bias], {}, "dense");
    const text = "match root: Dense(_x, _k, bias = b: Const?) require present(b) || !present(b)";
    expect(
      matchesOf(
        sketch((s, x) => dense(s, x)),
        text,
      ),
    ).toMatchObject([{ b: null }]);
    expect(
      matchesOf(
        sketch((s, x) => dense(s, x, s.random([4], 1, "b"))),
        text,
      ),
    ).toMatchObject([{ b: "b" }]);
    expect(
      matchesOf(
        sketch((s, x) => dense(s, x, s.input("b", [4]))),
        text,
      ),
    ).toEqual([]);
  });

  it("spread the operands of a variadic op, with an element pattern and fixed ends", () => {
    const concat = (s: Sketch, ...xs: Value[]) => s.node("Concat", xs, { axis: 0 });
    const graph = sketch((s, x) => concat(s, x, relu(s, x, "a"), relu(s, x, "b"), x));
    expect(matchesOf(graph, "match root: Concat(...xs) require size(xs) == 4")).toHaveLength(1);
    expect(matchesOf(graph, "match root: Concat(...rs: ReLU) require size(rs) > 0")).toEqual([]);
    expect(matchesOf(graph, "match root: Concat(v, ...rs: ReLU, v) require size(rs) > 0")).toEqual([
      { v: "x", rs: ["a", "b"] },
    ]);
    expect(matchesOf(graph, "match root: Concat(v, v)")).toEqual([]);
    expect(
      matchesOf(
        graph,
        "match root: Concat(x1, x2, x3, x4) require x1.rank + x2.rank + x3.rank + x4.rank == 8",
      ),
    ).toHaveLength(1);
  });

  it("compare and bind attributes", () => {
    const graph = sketch((s, x) => s.node("Concat", [x], { axis: 1 }));
    expect(matchesOf(graph, "match root: Concat { axis: 1 }")).toEqual([{}]);
    expect(matchesOf(graph, "match root: Concat { axis: 0 }")).toEqual([]);
    expect(matchesOf(graph, "match root: Concat { axis: a } require a == 1")).toEqual([{ a: 1 }]);
  });

  it("compare types and bind dimensions", () => {
    const graph = sketch((s, x) => add(s, relu(s, x), s.node("Tanh", [x])));
    expect(matchesOf(graph, "match root: Add :: f32[n, m] require n < m")).toEqual([
      { n: 2, m: 3 },
    ]);
    expect(matchesOf(graph, "match root: Add :: i8[n, m] require n < m")).toEqual([]);
    expect(
      matchesOf(graph, "match ReLU :: f32[n, _] -> root: Add :: _[n, ...] require n == 2"),
    ).toEqual([{ n: 2 }]);
    expect(matchesOf(graph, "match ReLU :: f32[n, m] -> root: Add :: f32[m, n]")).toEqual([]);
    expect(matchesOf(graph, "match root: Add :: f32[..., 3]")).toEqual([{}]);
  });

  it("match several chains that share captures, above and beside", () => {
    const graph = sketch((s, x) => {
      const a = relu(s, x, "a");
      return [add(s, a, s.node("Tanh", [x], {}, "t")), s.node("Abs", [a], {}, "abs")];
    });
    expect(
      matchesOf(graph, "match v -> r: ReLU, root: Add(r, w) require v.name != w.name"),
    ).toEqual([{ v: "x", r: "a", w: "t" }]);
    expect(
      matchesOf(graph, "match r: ReLU -> root: Add, r -> other: Abs require other.rank == 2"),
    ).toEqual([{ r: "a", other: "abs" }]);
  });

  it("name sets of ops, and `any`", () => {
    const text = "ops Mine = ReLU | Tanh";
    const graph = sketch((s, x) => [relu(s, x), s.node("Tanh", [x]), s.node("Abs", [x])]);
    const count = (pattern: string) => {
      const { quantizes } = libraryOf(
        `${text} quantize R { match root: ${pattern} set root.output = none }`,
      );
      let matches = 0;
      for (const id of graph.nodes.keys())
        forEachMatch(quantizes[0]!, id, viewOf(graph), ops, () => matches++);
      return matches;
    };
    expect([count("Mine"), count("Elementwise"), count("any"), count("Movement")]).toEqual([
      2, 3, 4, 0,
    ]);
  });

  it("match names whole, by regular expression and by glob", () => {
    const graph = sketch((s, x) => [relu(s, x, "enc/block1/act"), relu(s, x, "act")]);
    const names = (condition: string) =>
      matchesOf(graph, `match root: ReLU require ${condition}`).length;
    expect(names("root.name ~ /act/")).toBe(1);
    expect(names("root.name ~ /.*act/")).toBe(2);
    expect(names('root.path ~ "enc/*"')).toBe(0);
    expect(names('root.path ~ "enc/**"')).toBe(1);
  });

  it("read an absent bias as zeros, and ask for constants by arithmetic", () => {
    const graph = sketch((s, x) => [
      s.node("Dense", [x, s.constant([2, 3], 2)], {}, "constant"),
      s.node("Dense", [x, s.input("k", [2, 3])], {}, "dynamic"),
    ]);
    expect(matchesOf(graph, "match root: Dense require root.kernel + root.bias == 2")).toHaveLength(
      1,
    );
  });
});
