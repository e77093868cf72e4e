import { describe, expect, it } from "vitest";
import type { Graph, Node } from "../../compiler/ir/graph.ts";
import { parseGraph } from "../../compiler/ir/parse.ts";
import { typeFault, verify } from "../../compiler/ir/verify.ts";
import { ops } from "../../compiler/ops/index.ts";
import { SourceFile } from "../../grammar/source/source-file.ts";

const text = `graph "g" {
  input %x
  input %ints
  %x: f32[1, 4, 4, 1] = Input
  %ints: i8[1, 2, 2, 2]{0.5, 0} = Input
  %kernel: f32[2, 3, 3, 1] = Constant [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
  %conv = Conv2D(%x, %kernel)
  %relu = ReLU(%conv)
  %q = Quantize(%relu) { dtype: "int8", scale: [0.5], zeroPoint: [0] }
  output "y" = %q
}`;

const graph = parseGraph(new SourceFile("g.qir", text), ops).value!;
const ids = new Map([...graph.nodes.values()].map(({ name, id }) => [name, id]));

/** What the verifier says once the node called `name` is changed. */
function broken(name: string, change: Partial<Node>): readonly string[] {
  const id = ids.get(name)!;
  const nodes = new Map([...graph.nodes, [id, { ...graph.nodes.get(id)!, ...change }]]);
  return verify({ ...graph, nodes }, ops, "imported");
}

describe("the verifier", () => {
  it("finds nothing in a good graph", () => {
    expect(verify(graph, ops, "quantized")).toEqual([]);
  });

  const value = (name: string, output = 0) => ({ node: ids.get(name)!, output });
  const relu = graph.nodes.get(ids.get("relu")!)!;
  const conv = graph.nodes.get(ids.get("conv")!)!;

  const cases: readonly (readonly [string, string, Partial<Node>])[] = [
    ["comes after it", "relu", { operands: [value("q")] }],
    ["does not exist", "relu", { operands: [{ node: 99, output: 0 }] }],
    ["has no result 1", "relu", { operands: [value("conv", 1)] }],
    ["shares its name", "relu", { name: "conv" }],
    ["op that does not exist", "relu", { op: "Relu" }],
    ["no attribute `speed`", "relu", { attributes: { speed: 2 } }],
    ["does not state attribute `groups`", "conv", { attributes: without(conv, "groups") }],
    ["ill-typed attribute `groups`", "conv", { attributes: { ...conv.attributes, groups: "1" } }],
    ["where inference gives", "relu", { types: [{ dtype: "float32", shape: [1] }] }],
    ["where inference gives", "relu", { types: [...relu.types, ...relu.types] }],
    ["operand `input` is missing", "relu", { operands: [] }],
    [
      "an impossible scale",
      "q",
      { types: [{ dtype: "int8", shape: [1], quant: { scale: [0], zeroPoint: [0] } }] },
    ],
    [
      "ill-typed attribute `value`",
      "kernel",
      { attributes: { value: { dtype: "float32", shape: [3], data: new Float32Array(2) } } },
    ],
    ["operand `input` is quantized", "relu", { operands: [value("ints")] }],
    ["has the activation relu", "conv", { attributes: { ...conv.attributes, activation: "relu" } }],
    ["which form imported forbids", "conv", integerConv(conv)],
  ];

  it.each(cases)("says: %s", (message, name, change) => {
    expect(broken(name, change).join("\n")).toContain(message);
  });

  it.each([
    [[1, 4], { axis: 1, group: 2 }, 2, undefined],
    [[2, 2, 4], { axis: 2, group: 4 }, 4, undefined],
    [[1, 4], { axis: 1, group: 3 }, 2, "groups that do not divide the last axis"],
    [[1, 4], { axis: 1, group: 0 }, 2, "groups that do not divide the last axis"],
    [[4, 1], { axis: 0, group: 2 }, 2, "groups that do not divide the last axis"],
    [[2, 4], { axis: 1, group: 2 }, 2, "the scales do not fit the groups"],
    [[2, 4], { axis: 2 }, 2, "the scales do not fit the axis"],
  ] as const)("looks at the groups of [%s]%o", (shape, along, count, fault) => {
    const quant = { ...along, scale: Array(count).fill(1), zeroPoint: Array(count).fill(0) };
    expect(typeFault({ dtype: "int8", shape, quant })).toBe(fault);
  });

  it("looks at the ports", () => {
    const output = { name: "z", value: { node: 42, output: 0 } };
    const faulty: Graph = { ...graph, inputs: [], outputs: [output, output] };
    expect(verify(faulty, ops, "imported")).toEqual([
      "node `x` (Input) is no input of the graph",
      "node `ints` (Input) is no input of the graph",
      "output `z` does not exist",
      "output `z` does not exist",
      "two outputs are called `z`",
    ]);
  });
});

function without({ attributes }: Node, name: string) {
  return Object.fromEntries(Object.entries(attributes).filter(([key]) => key !== name));
}

function integerConv({ attributes, types }: Node): Partial<Node> {
  const quant = { scale: [1], zeroPoint: [0] };
  return {
    attributes: { ...attributes, dtype: "int8", ...quant },
    types: [{ dtype: "int8", shape: types[0]!.shape, quant }],
  };
}
