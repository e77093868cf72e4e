import { describe, expect, it } from "vitest";
import type { Value } from "../../compiler/ir/graph.ts";
import { ops } from "../../compiler/ops/index.ts";
import { applyRules, type Firing } from "../../compiler/rewrite/driver.ts";
import { tracedFiring, traceText } from "../../compiler/rewrite/trace.ts";
import { apply, libraryOf, opsOf, outputsOf, Sketch } from "./support.ts";

const foldReluTwice = `
/// ReLU(ReLU(x)) = ReLU(x)
rewrite DropSecondReLU {
  match x -> ReLU -> second: ReLU
  replace second with x -> ReLU
  preserve bits
}`;

describe("applyRules", () => {
  it("replaces a chain and keeps what it computes", () => {
    const s = new Sketch();
    const x = s.input("x", [4]);
    const graph = s.graph(s.node("ReLU", [s.node("ReLU", [s.node("ReLU", [x])])]));
    const result = apply(graph, libraryOf(foldReluTwice));
    expect(opsOf(result.graph)).toEqual(["Input", "ReLU"]);
    expect(result.fired.get("DropSecondReLU")).toBe(2);
    expect(outputsOf(result.graph)).toEqual(outputsOf(graph));
  });

  it("leaves an interior node alone that something else uses", () => {
    const s = new Sketch();
    const first = s.node("ReLU", [s.input("x", [4])]);
    const graph = s.graph(s.node("ReLU", [first]), first);
    expect(apply(graph, libraryOf(foldReluTwice)).fired.size).toBe(0);
  });

  it("goes on until nothing matches, also where another user of an operand becomes what a rule looks for", () => {
    const library = libraryOf(`
      rewrite BesideExp { match shared f: Add(t: Abs(x), y), y -> Exp replace f with Multiply(t, y) }
      rewrite MakeExp { match shared y -> Negative -> r: ReLU replace r with y -> Exp }`);
    const s = new Sketch();
    const [x, y] = [s.input("x", [4]), s.input("y", [4])];
    const negative = s.node("Negative", [y]);
    const graph = s.graph(
      s.node("Add", [s.node("Abs", [x]), y]),
      s.node("ReLU", [negative]),
      negative,
    );
    const { fired } = applyRules(graph, library.rewrites, { ops });
    expect([...fired]).toEqual([
      ["MakeExp", 1],
      ["BesideExp", 1],
    ]);
  });

  it("reports a loop with the circle of rules", () => {
    const library = libraryOf(`
      rewrite There { match x -> r: ReLU replace r with x -> ReLU6 }
      rewrite Back { match x -> r: ReLU6 replace r with x -> ReLU }`);
    const s = new Sketch();
    const graph = s.graph(s.node("ReLU", [s.input("x", [4])]));
    const { diagnostics } = applyRules(graph, library.rewrites, { ops });
    expect(diagnostics.map(({ code }) => code)).toEqual(["QC2101"]);
    expect(diagnostics[0]!.message).toMatch(/`(There` → `Back|Back` → `There)`/);
  });

  it("names each rule of a loop once, at however many nodes it goes round", () => {
    const library = libraryOf(`
      rewrite There { match x -> r: ReLU replace r with x -> ReLU6 }
      rewrite Back { match x -> r: ReLU6 replace r with x -> ReLU }`);
    const s = new Sketch();
    const x = s.input("x", [4]);
    const graph = s.graph(s.node("ReLU", [x]), s.node("ReLU", [x]));
    const { diagnostics } = applyRules(graph, library.rewrites, { ops });
    expect(diagnostics[0]!.message).toMatch(/rules `(There` → `Back|Back` → `There)` follow/);
    expect(diagnostics[0]!.labels).toHaveLength(3);
  });

  it("reports a rule that changes nothing and does not count it", () => {
    const library = libraryOf("rewrite Same { match x -> r: ReLU replace r with x -> ReLU }");
    const s = new Sketch();
    const graph = s.graph(s.node("ReLU", [s.input("x", [4])]));
    const { diagnostics, fired } = applyRules(graph, library.rewrites, { ops });
    expect(diagnostics.map(({ code }) => code)).toEqual(["QC2103"]);
    expect(fired.size).toBe(0);
  });

  it("reports a replacement of another type", () => {
    const library = libraryOf(
      "rewrite Flat { match x -> r: ReLU replace r with x -> Reshape { shape: [4] } }",
    );
    const s = new Sketch();
    const graph = s.graph(s.node("ReLU", [s.input("x", [2, 2])]));
    const { diagnostics, fired } = applyRules(graph, library.rewrites, { ops });
    expect(diagnostics.map(({ code }) => code)).toEqual(["QC2102"]);
    expect(fired.size).toBe(0);
  });

  it("puts something behind a node once, where the rule says so", () => {
    const library = libraryOf("rewrite Behind once { match i: Input replace i with i -> Abs }");
    const s = new Sketch();
    const graph = s.graph(s.node("ReLU", [s.input("x", [2, 2])]));
    const { diagnostics, graph: after } = applyRules(graph, library.rewrites, { ops });
    expect(diagnostics).toEqual([]);
    expect(opsOf(after)).toEqual(["Input", "Abs", "ReLU"]);
  });

  it("reports an input that a rule would add", () => {
    const library = libraryOf("rewrite More { match ReLU -> t: Tanh replace t with Input }");
    const s = new Sketch();
    const graph = s.graph(s.node("Tanh", [s.node("ReLU", [s.input("x", [2, 2])])]));
    const { diagnostics } = applyRules(graph, library.rewrites, { ops });
    expect(diagnostics.map(({ code }) => code)).toEqual(["QC2104"]);
  });

  it("reports a node that cannot be", () => {
    const library = libraryOf(
      "rewrite Flat { match x -> r: ReLU replace r with x -> Reshape { shape: [3] } }",
    );
    const s = new Sketch();
    const graph = s.graph(s.node("ReLU", [s.input("x", [2, 2])]));
    const { diagnostics, graph: after } = applyRules(graph, library.rewrites, { ops });
    expect(diagnostics.map(({ code }) => code)).toEqual(["QC2104"]);
    expect(opsOf(after)).toEqual(["Input", "ReLU"]);
  });

  it("refuses an integer form that no kernel computes, and says why", () => {
    const library = libraryOf(`rewrite Island {
      match shared dx: Dequantize -> layer: Dense(dk: Dequantize) -> q: Quantize
      replace q with same layer { ...q, input: dx.input, kernel: dk.input }
    }`);
    const s = new Sketch();
    const quantized = (value: Value, scale: readonly number[]) => {
      const zeroPoint = scale.map(() => 0);
      return s.node("Quantize", [value], { dtype: "int8", scale, zeroPoint, axis: 1 });
    };
    const x = s.node("Dequantize", [quantized(s.input("x", [1, 2]), [0.5, 0.25])]);
    const k = s.node("Dequantize", [quantized(s.random([3, 2]), [0.5])]);
    const graph = s.graph(quantized(s.node("Dense", [x, k], {}, "dense1"), [1]));
    const { refusals, fired } = applyRules(graph, library.rewrites, { ops });
    expect(fired.size).toBe(0);
    expect(refusals).toEqual([
      {
        rule: "Island",
        node: "dense1",
        op: "Dense",
        reason: "its input has a scale for each channel",
      },
    ]);
  });

  it("writes a trace", () => {
    const lines: string[] = [];
    const s = new Sketch();
    const inner = s.node("ReLU", [s.input("x", [4])], {}, "first");
    const graph = s.graph(s.node("ReLU", [inner], {}, "second"));
    const observe = (firing: Firing) => lines.push(traceText(tracedFiring("fold", firing)));
    applyRules(graph, libraryOf(foldReluTwice).rewrites, { ops, observe });
    expect(lines).toEqual(["fold: DropSecondReLU (rules.qcfg:3): second ReLU -> second ReLU"]);
  });
});
