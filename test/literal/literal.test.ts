import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GraphEditor } from "../../compiler/ir/edit.ts";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import { printGraph } from "../../compiler/ir/print.ts";
import { tensor } from "../../compiler/ir/types.ts";
import { verify } from "../../compiler/ir/verify.ts";
import { type BuiltGraph, buildLiteral } from "../../compiler/literal/build-literal.ts";
import { exactNumbers } from "../../compiler/literal/exact-numbers.ts";
import { printLiteral } from "../../compiler/literal/print-literal.ts";
import { ops } from "../../compiler/ops/index.ts";
import { vocabularyOf } from "../../compiler/rewrite/vocabulary.ts";
import type { Diagnostic } from "../../grammar/index.ts";
import { check, parse } from "../../grammar/index.ts";
import { kernels } from "../../runtime/reference/index.ts";
import { buildNetwork, networks } from "../support/networks.ts";
import { samples } from "../support/op-samples.ts";
import { runs } from "../support/runs.ts";

interface Read {
  readonly built?: BuiltGraph | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** The graph of `graph { text }`. */
function read(text: string): Read {
  const { value, diagnostics } = parse("test.qcfg", `test "t" { graph { ${text} } }`);
  const found = [...diagnostics, ...check(value, vocabularyOf(ops))];
  const [item] = value.items;
  const [clause] = item?.kind === "test" ? item.clauses : [];
  if (found.length > 0 || clause?.kind !== "graph") return { diagnostics: found };
  const { value: built, diagnostics: unfit } = buildLiteral(clause.graph, "t", ops);
  return { built, diagnostics: unfit };
}

function graphOf(text: string): BuiltGraph {
  const { built, diagnostics } = read(text);
  expect(diagnostics.map(({ code, message }) => `${code}: ${message}`)).toEqual([]);
  expect(verify(built!.graph, ops, "imported")).toEqual([]);
  return built!;
}

const textOf = (text: string) => printGraph(graphOf(text).graph, ops, "short");
const codesOf = (text: string) => read(text).diagnostics.map(({ code }) => code);

describe("a graph that is written out", () => {
  it("names nodes by what stands before or behind them", () => {
    expect(textOf("x :: f32[1, 4] -> r: ReLU -> Tanh -> y")).toBe(
      'graph "t" {\n  input %x\n  %x: f32[1, 4] = Input\n  %r: f32[1, 4] = ReLU(%x)\n  %y: f32[1, 4] = Tanh(%r)\n  output "y" = %y\n}\n',
    );
  });

  it("has what nothing reads as its outputs, and what gets a second name", () => {
    const { graph } = graphOf("x :: f32[1, 4] -> ReLU -> y -> Tanh -> z, y -> again, x -> copy");
    expect(graph.outputs.map(({ name }) => name)).toEqual(["z", "again", "copy"]);
  });

  it("fills weights that are left out with numbers that are the same each time", () => {
    const text = "x :: f32[1, 8, 8, 3] -> Conv2D { filters: 4, kernelSize: 3 } -> BatchNorm -> y";
    const { graph, filled } = graphOf(text);
    expect(filled.size).toBe(5);
    expect(printGraph(graph, ops)).toBe(printGraph(graphOf(text).graph, ops));
    expect(graph.outputs.map(({ value }) => graph.nodes.get(value.node)!.types[0]!.shape)).toEqual([
      [1, 6, 6, 4],
    ]);
  });

  it("gives several results by their places", () => {
    const { graph } = graphOf("x :: f32[1, 4] -> top: TopK { k: 2 }, top[1] -> places");
    expect(graph.outputs.map(({ name, value }) => [name, value.output])).toEqual([["places", 1]]);
  });

  it("has constants with and without a name", () => {
    const { graph } = graphOf(
      "x :: f32[2], k :: f32[2] = [1, -2], x -> Multiply(k) -> Add([0.5, 3]) -> Divide(2) -> y",
    );
    const y = evaluate(graph, new Map([["x", tensor("float32", [2], [4, 8])]]), { ops, kernels });
    expect([...y.get("y")!.data]).toEqual([2.25, -6.5]);
  });

  it("states types, which are checked", () => {
    expect(codesOf("x :: f32[1, 4] -> ReLU :: f32[_, 4] -> y :: f32[..., 4]")).toEqual([]);
    expect(codesOf("x :: f32[1, 4] -> ReLU :: f32[_, 5] -> y")).toEqual(["QC2142"]);
  });

  it.each([
    ["a kernel that does not fit", "x :: f32[1, 4] -> Dense { kernel: [[1, 2]] } -> y", "QC2141"],
    ["weights without a size", "x :: f32[1, 4] -> Dense -> y", "QC2141"],
    ["a wrong number of elements", "k :: f32[3] = [1, 2], x :: f32[3] -> Add(k) -> y", "QC2143"],
    ["a ragged list", "x :: f32[2, 2] -> Add([[1, 2], [3]]) -> y", "QC2143"],
    ["more elements than anybody needs", "x :: f32[1000000, 1000000] -> ReLU -> y", "QC2141"],
    ["a size that is no whole number", "x :: f32[1.5] -> ReLU -> y", "QC1022"],
    ["an element type of no graph", "x :: int3[4] -> ReLU -> y", "QC2141"],
    ["a result that is not there", "x :: f32[1, 4] -> r: ReLU, r[1] -> y", "QC2141"],
    ["a scale of 0", "x :: i8[4] { scale: 0 } -> Dequantize -> y", "QC2141"],
    ["weights without end", "x :: f32[1, 4] -> Dense { units: 1e9 } -> y", "QC2141"],
  ])("rejects %s", (_, text, code) => expect(codesOf(text)).toEqual([code]));

  it("prints as what reads back as the same", () => {
    fc.assert(
      fc.property(networks(), (choices) => {
        const text = printLiteral(buildNetwork(choices), ops).join(",\n");
        expect(printLiteral(graphOf(text).graph, ops).join(",\n")).toBe(text);
      }),
      runs(60, 3),
    );
  });
});

describe("every op", () => {
  it.each(samples)(
    "$name prints as what reads back as the same",
    ({ name, operands, attributes }) => {
      const editor = new GraphEditor(ops, "t");
      const values = operands.map((type, i) => type && editor.input(`x${i}`, type));
      const { id, types } = editor.add({
        op: name,
        operands: values,
        ...(attributes && { attributes }),
      });
      for (const output of types.keys())
        editor.output({ name: `y${output}`, value: { node: id, output } });
      const text = printLiteral(editor.finish(), ops).join(",\n");
      expect(printLiteral(graphOf(text).graph, ops).join(",\n")).toBe(text);
    },
  );
});

describe("exact numbers", () => {
  it("are the same for a seed, and others for another one", () => {
    expect(exactNumbers(7, 20)).toEqual(exactNumbers(7, 20));
    expect(exactNumbers(7, 20)).not.toEqual(exactNumbers(8, 20));
  });
});
