import { describe, expect, it } from "vitest";
import type { Graph, Node } from "../../compiler/ir/graph.ts";
import { constantOf } from "../../compiler/ir/graph.ts";
import { apply, libraryOf, opsOf, outputsOf, Sketch } from "./support.ts";

function nodeOfOp(graph: Graph, op: string): Node {
  return [...graph.nodes.values()].find((node) => node.op === op)!;
}

const fold = `rewrite FoldBatchNorm {
  match x -> conv: Conv2D -> bn: BatchNorm
  let factor = bn.gamma / sqrt(bn.variance + bn.epsilon)
  replace bn with x -> Conv2D { ...conv, kernel: conv.kernel * factor, bias: (conv.bias - bn.mean) * factor + bn.beta }
}`;

/** conv (no bias) → bn → relu. */
function convolution() {
  const s = new Sketch();
  const conv = s.node(
    "Conv2D",
    [s.input("x", [1, 3, 3, 2]), s.random([4, 2, 2, 2], 1, "weights")],
    { padding: [0, 0, 1, 1] },
    "conv1",
  );
  const parameters = [2, 3, 4].map((seed) => s.random([4], seed));
  const bn = s.node("BatchNorm", [conv, ...parameters, s.constant([4], [1, 2, 3, 4])], {}, "bn1");
  return s.graph(s.node("ReLU", [bn], {}, "relu1"));
}

describe("replacements", () => {
  it("carry over attributes and operands, and broadcast factors along the channels", () => {
    const before = convolution();
    const { graph } = apply(before, libraryOf(fold));
    expect(opsOf(graph)).toEqual(["Input", "Conv2D", "ReLU"]);
    expect(nodeOfOp(graph, "Conv2D").attributes.padding).toEqual([0, 0, 1, 1]);
    const [was, is] = [outputsOf(before)[0]!, outputsOf(graph)[0]!];
    was.data.forEach((value, i) => {
      expect(Math.abs(value - is.data[i]!)).toBeLessThan(1e-4);
    });
  });

  it("keep the names of what they rebuild, and know where they come from", () => {
    const { graph } = apply(convolution(), libraryOf(fold));
    const conv = nodeOfOp(graph, "Conv2D");
    expect(conv.name).toBe("conv1");
    expect(graph.nodes.get(conv.operands[1]!.node)!.name).toBe("weights");
    expect(conv.provenance).toMatchObject({ sources: ["conv1"], rules: ["FoldBatchNorm"] });
    expect(conv.provenance.span?.file.path).toBe("rules.qcfg");
  });

  it("make constants of numbers and lists, and leave absent operands out", () => {
    const library = libraryOf(`rewrite Shift {
      match Dense(x, k, bias = b?) -> r: ReLU
      replace r with Add(Dense(x, k, b), [1, 2])
    }`);
    const s = new Sketch();
    const dense = s.node("Dense", [s.input("x", [1, 3]), s.random([2, 3])]);
    const { graph } = apply(s.graph(s.node("ReLU", [dense])), library);
    expect(nodeOfOp(graph, "Dense").operands).toHaveLength(2);
    const add = nodeOfOp(graph, "Add");
    expect(Array.from(constantOf(graph, add.operands[1])!.data)).toEqual([1, 2]);
  });

  it("spread variadic captures", () => {
    const library = libraryOf(`rewrite Below {
      match cat: Concat(...rs: ReLU)
      replace cat with Concat(...rs.input) { ...cat } -> ReLU
    }`);
    const s = new Sketch();
    const inputs = ["a", "b", "c"].map((name) => s.node("ReLU", [s.input(name, [2])]));
    const before = s.graph(s.node("Concat", inputs, { axis: 0 }));
    const { graph } = apply(before, library);
    expect(opsOf(graph).filter((op) => op === "ReLU")).toHaveLength(1);
    expect(outputsOf(graph)).toEqual(outputsOf(before));
  });

  it("take from a Quantize the parameters of its result and nothing else", () => {
    const library = libraryOf(`rewrite Island {
      match shared d: Dequantize -> f: Softmax -> q: Quantize
      replace q with same f { ...q, input: d.input }
    }`);
    const s = new Sketch();
    const quantize = (value: ReturnType<typeof s.input>, scale: number, zero: number) =>
      s.node("Quantize", [value], { dtype: "int8", scale: [scale], zeroPoint: [zero] });
    const x = s.node("Dequantize", [quantize(s.input("x", [2, 4]), 0.25, 0)]);
    const before = s.graph(quantize(s.node("Softmax", [x], { axis: 1 }), 1 / 256, -128));
    const { graph } = apply(before, library);
    expect(nodeOfOp(graph, "Softmax").attributes).toEqual({
      axis: 1,
      beta: 1,
      dtype: "int8",
      scale: [1 / 256],
      zeroPoint: [-128],
    });
  });

  it("pass the value through where the optional node to build again is absent", () => {
    const library = libraryOf(`rewrite Past {
      match x -> act: ReLU? -> t: Transpose
      replace t with x -> same act -> Tanh
    }`);
    const transposed = (build: (s: Sketch, x: ReturnType<Sketch["input"]>) => typeof x) => {
      const s = new Sketch();
      const t = s.node("Transpose", [build(s, s.input("x", [2, 2]))], { permutation: [1, 0] });
      return opsOf(apply(s.graph(t), library).graph);
    };
    expect(transposed((s, x) => s.node("ReLU", [x]))).toEqual(["Input", "ReLU", "Tanh"]);
    expect(transposed((_, x) => x)).toEqual(["Input", "Tanh"]);
  });

  it("can replace several nodes at once", () => {
    const library = libraryOf(`rewrite Swap {
      match x -> a: ReLU, x -> b: Tanh
      replace a with x -> ReLU6
      replace b with x -> Sigmoid
    }`);
    const s = new Sketch();
    const x = s.input("x", [4]);
    const graph = s.graph(s.node("ReLU", [x]), s.node("Tanh", [x]));
    expect(opsOf(apply(graph, library).graph).toSorted()).toEqual(["Input", "ReLU6", "Sigmoid"]);
  });

  it("a chain of 100,000 nodes is rewritten without a deep stack", () => {
    const library = libraryOf(
      "rewrite One { match x -> Tanh -> r: ReLU replace r with x -> ReLU }",
    );
    const s = new Sketch();
    let x = s.node("Tanh", [s.input("x", [1])]);
    for (let i = 0; i < 100_000; i++) x = s.node("ReLU", [x]);
    expect(apply(s.graph(x), library).fired.get("One")).toBe(1);
  });
});
