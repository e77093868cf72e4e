import { describe, expect, it } from "vitest";
import { GraphEditor } from "../../compiler/ir/edit.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { parseGraph } from "../../compiler/ir/parse.ts";
import { printGraph } from "../../compiler/ir/print.ts";
import { type Tensor, tensor } from "../../compiler/ir/types.ts";
import { verify } from "../../compiler/ir/verify.ts";
import { ops } from "../../compiler/ops/index.ts";
import { SourceFile } from "../../grammar/source/source-file.ts";

const digits = `graph "digits" {
  input %image as float16
  %image: f32[1, 4, 4, 1] = Input
  %kernel: f32[2, 3, 3, 1] = Constant base64 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
  %bias: f32[2] = Constant [0.1, -1e-7]
  %conv1: f32[1, 2, 2, 2] = Conv2D(%image, %kernel, _)
  %"conv;2": f32[1, 4, 4, 2] = Conv2D(%image, %kernel, %bias) { padding: [1, 1, 1, 1] }
  %q: i8[1, 2, 2, 2]{[0.5, 0.25], [0, -3], axis 3} = Quantize(%conv1) { dtype: "int8", scale: [0.5, 0.25], zeroPoint: [0, -3], axis: 3 }
  output "digit" = %"conv;2" as float16
  output "q" = %q
}
`;

function parse(text: string) {
  return parseGraph(new SourceFile("graph.qir", text), ops);
}

/** What is wrong, as `line:column code message`. */
function faults(text: string): readonly string[] {
  return parse(text).diagnostics.map(({ code, message, labels }) => {
    const place = labels[0]!.place;
    if (!("file" in place)) throw new Error("a text error has a span");
    const { line, column } = place.file.positionAt(place.start);
    return `${line}:${column} ${code} ${message}`;
  });
}

describe("the text form", () => {
  it("prints what it parses", () => {
    const { value, diagnostics } = parse(digits);
    expect(diagnostics).toEqual([]);
    expect(verify(value!, ops, "imported")).toEqual([]);
    expect(printGraph(value!, ops)).toBe(digits);
  });

  it("infers types that are left out and skips comments", () => {
    const text = `graph "g" { ; a comment
      input %x
      %x: f32[2] = Input
      %y = ReLU(%x) // another
      output "y" = %y
    }`;
    expect(parse(text).value!.nodes.get(1)!.types).toEqual([{ dtype: "float32", shape: [2] }]);
  });

  it.each([
    tensor("float32", [5], [0.1, Number.NaN, Number.POSITIVE_INFINITY, -0, 3.4e38]),
    tensor("float32", [], [1 / 3]),
    tensor("int8", [2, 0], []),
    tensor("bool", [2], [1, 0]),
    tensor(
      "int32",
      [40],
      Array.from({ length: 40 }, (_, i) => i * 1_000_003 - 2 ** 30),
    ),
    {
      ...tensor("int4", [2], [-8, 7]),
      quant: { scale: [2 ** -20, 1e30], zeroPoint: [0, 0], axis: 0 },
    },
    {
      ...tensor("int8", [2, 4], [1, 2, 3, 4, 5, 6, 7, 8]),
      quant: { scale: [1, 2, 3, 4], zeroPoint: [0, 0, -1, 0], axis: 1, group: 2 },
    },
  ])("keeps every bit of a constant (%#)", (value) => {
    const again = parse(printGraph(constantGraph(value), ops)).value!;
    const [node] = [...again.nodes.values()];
    expect(node!.attributes.value).toEqual(value);
  });

  it("shortens constants for readers", () => {
    const value = tensor("float32", [100], new Float32Array(100).fill(0.5));
    const text = printGraph(constantGraph(value), ops, "short");
    expect(text).toContain("= Constant [0.5, 0.5, 0.5, 0.5, …]");
  });

  it("reports every faulty line at its place", () => {
    const text = [
      'graph "g" {',
      "  input %x",
      "  %x: f32[2] = Input",
      "  %y = Relu(%x)",
      "  %z = ReLU(%nothing)",
      "  %x = ReLU(%x)",
      "  %w: f32[3] = ReLU(%x)",
      "  %v = Reshape(%x) { shape: [3] }",
      "  %u = ReLU(",
      '  output "x" = %x',
      '  output "y" = %y',
      "}",
    ];
    expect(faults(text.join("\n"))).toEqual([
      "4:8 QC2054 there is no op `Relu`",
      "5:13 QC2052 no node before is called `nothing`",
      "6:3 QC2053 two nodes are called `x`",
      "7:5 QC2056 the type is f32[2], not f32[3]",
      "8:8 QC2055 `Reshape`: [2] cannot be reshaped to [3]",
      "10:3 QC2051 expected a value (`%name`), found `output`",
      "11:16 QC2052 no node before is called `y`",
    ]);
  });

  it("reports any text that breaks off, and never throws", () => {
    for (let end = 0; end < digits.length - 3; end++) {
      expect(parse(digits.slice(0, end)).diagnostics.length).toBeGreaterThan(0);
    }
  });
});

function constantGraph(value: Tensor): Graph {
  const editor = new GraphEditor(ops, "constants");
  editor.output({ name: "value", value: editor.constant(value) });
  return editor.finish();
}
