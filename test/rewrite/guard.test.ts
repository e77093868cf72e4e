import { describe, expect, it } from "vitest";
import { GraphEditor } from "../../compiler/ir/edit.ts";
import { viewOf } from "../../compiler/ir/graph-view.ts";
import { tensor } from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";
import { canMatchAt } from "../../compiler/rewrite/guard.ts";
import { plainConditions } from "../../compiler/rewrite/plain-conditions.ts";
import { apply, libraryOf, Sketch, standardLibrary } from "./support.ts";

/** Names of the nodes that the guard of a rule lets through: in `x -> Abs -> Clip(0, 6) -> ReLU`, then `-> Add(x)`. */
function passed(match: string): readonly string[] {
  const s = new Sketch();
  const x = s.input("x", [4]);
  const clip = s.node("Clip", [s.node("Abs", [x])], { min: 0, max: 6 });
  const graph = s.graph(s.node("Add", [s.node("ReLU", [clip]), x]));
  const [rule] = libraryOf(`quantize R { match ${match} set r.output = float }`).quantizes;
  const view = viewOf(graph);
  return [...graph.nodes.values()]
    .filter((node) => canMatchAt(rule!, node, view, ops))
    .map(({ op }) => op);
}

describe("guards", () => {
  it("look at ops on the way to operands that keep their places", () => {
    expect(passed("Clip -> r: ReLU")).toEqual(["ReLU"]);
    expect(passed("Abs -> r: ReLU")).toEqual([]);
    expect(passed("Abs -> Clip -> r: ReLU")).toEqual(["ReLU"]);
    expect(passed("Tanh -> Clip -> r: ReLU")).toEqual([]);
    expect(passed("r: any")).toEqual(["Input", "Abs", "Clip", "ReLU", "Add"]);
  });

  it("do not care in which order operands are that may change places", () => {
    expect(passed("r: Add(ReLU, Input)")).toEqual(["Add"]);
    expect(passed("r: Add(Input, ReLU)")).toEqual(["Add"]);
    expect(passed("r: Add(Input, Tanh)")).toEqual([]);
    expect(passed("r: ordered Add(Input, ReLU)")).toEqual([]);
  });

  it("let optional nodes be absent", () => {
    expect(passed("Abs -> Tanh? -> r: Clip")).toEqual(["Clip"]);
    expect(passed("shared Abs -> r: Clip, r -> Abs?")).toContain("Clip");
  });

  it("look at attributes that are to be one value, and at plain conditions", () => {
    expect(passed("Clip { max: 6 } -> r: ReLU")).toEqual(["ReLU"]);
    expect(passed("Clip { max: 5 } -> r: ReLU")).toEqual([]);
    expect(passed("c: Clip -> r: ReLU require c.max == 6 && rank(c) == 1")).toEqual(["ReLU"]);
    expect(passed("c: Clip -> r: ReLU require c.shape[0] == 3")).toEqual([]);
    expect(passed("c: Clip -> r: ReLU require c.shape[7] == 3 || true")).toEqual([]);
  });

  it("leave what calls TypeScript, and all behind it, for the match", () => {
    const [rule] = libraryOf(`
      quantize R { match r: ReLU require r.name != "a" require ts{ true } require r.name != "b" set r.output = float }`).quantizes;
    const plain = plainConditions(rule!.conditions, (name) => name === "r", ops);
    expect(plain).toHaveLength(1);
  });
});

describe("sources", () => {
  it("are at most 64 where a chain joins to one node", () => {
    const editor = new GraphEditor(ops, "chain");
    let value = editor.input("x", { dtype: "float32", shape: [2] });
    const one = editor.constant(tensor("float32", [2], [1, 1]));
    for (let i = 0; i < 100; i++) {
      const provenance = { sources: [`add${i}`], rules: [] };
      value = editor.value({ op: "Add", operands: [value, one], provenance });
    }
    editor.output({ name: "y", value });
    const { graph } = apply(editor.finish(), standardLibrary("canonical"));
    const sum = [...graph.nodes.values()].find(({ op }) => op === "Add")!;
    expect(sum.provenance.sources).toHaveLength(64);
  });
});
