import { describe, expect, it } from "vitest";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import { constantOf, type Graph, type Node, typeOf } from "../../compiler/ir/graph.ts";
import { type Tensor, tensor } from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";
import { evaluator } from "../../compiler/pipeline.ts";
import { simulate } from "../../compiler/quantize/simulate.ts";
import { kernels } from "../../runtime/reference/index.ts";
import {
  batchNorm,
  concat,
  conv,
  convTranspose,
  depthwise,
  linear,
  relu,
  relu6,
  resizeBy,
} from "../zoo/layers.ts";
import type { Net } from "../zoo/writer.ts";
import { compiled } from "./compiled.ts";

/** What TFMOT's default scheme gets wrong, on the graphs on which it does: one test for each defect. */

type Build = (net: Net, x: string) => string;

const [image, rows] = [
  [1, 4, 8, 8],
  [1, 12],
];

function underDefault(shape: readonly number[], build: Build, rules = "") {
  const model = compiled(`import "std/default8bit"\n${rules}`, {
    ...{ name: "defect", exporter: "tf2onnx", opset: 17 },
    build: (net) => net.output(build(net, net.input("x", shape)), "y"),
  });
  return { ...model, integer: model.lowered.graph };
}

const nodesOf = (graph: Graph, ...names: readonly string[]): readonly Node[] =>
  [...graph.nodes.values()].filter(({ op }) => names.includes(op));
/** What computes the values that are quantized; the layout of the file, whose transposes move integers, apart. */
const quantizers = ({ quantized }: ReturnType<typeof underDefault>) =>
  nodesOf(quantized.graph, "Quantize")
    .map(({ operands: [x] }) => sourceOf(quantized.graph, x!.node))
    .filter((op) => op !== "Transpose");
const sourceOf = (graph: Graph, id: Node["id"]): string => graph.nodes.get(id)!.op;
const floatOps = ({ lowered }: ReturnType<typeof underDefault>) =>
  lowered.summary.floatNodes.map(({ op }) => op);
const dense: Build = (net, x) => linear(net, x, [12, 6], "Gemm");

/** What training sees and what is deployed: the same bits. */
function expectSimulated({ quantized, integer, inputs }: ReturnType<typeof underDefault>): void {
  const evaluation = { ops, kernels, keptInFloat: quantized.keptInFloat };
  for (const sample of inputs)
    expect(evaluate(integer, sample, evaluation)).toEqual(
      simulate(quantized.graph, sample, evaluation),
    );
}

describe("the default scheme has none of TFMOT's defects", () => {
  it.each<readonly [string, readonly number[], Build]>([
    ["Conv2D", image, (net, x) => conv(net, x, [4, 6])],
    ["DepthwiseConv2D", image, (net, x) => depthwise(net, x, 4)],
    ["Dense", rows, dense],
  ])(
    "B1: the weights of a %s with a ReLU behind it are quantized, as they are deployed",
    (op, shape, build) => {
      const model = underDefault(shape, (net, x) => relu(net, build(net, x)));
      const { graph } = model.quantized;
      const [layer] = nodesOf(graph, op);
      const [, kernel] = layer!.operands;
      expect(sourceOf(graph, kernel!.node)).toBe("Dequantize");
      const integers = typeOf(graph, graph.nodes.get(kernel!.node)!.operands[0]!);
      expect(integers).toMatchObject({
        dtype: "int8",
        quant: { zeroPoint: expect.arrayContaining([0]) },
      });
      expectSimulated(model);
    },
  );

  it("B2: what the user asks for a layer stays, and its ReLU is fused all the same", () => {
    const rules =
      "quantize Mine on layer: Dense set kernel = LastValue(int4, per: tensor, symmetric)";
    const model = underDefault(rows, (net, x) => relu(net, dense(net, x)), rules);
    const [layer] = nodesOf(model.integer, "Dense");
    const kernel = constantOf(model.integer, layer!.operands[1]!)!;
    expect(kernel.quant!.scale).toHaveLength(1);
    expect(Math.max(...kernel.data.map(Math.abs))).toBeLessThanOrEqual(8);
    expect(quantizers(model)).toEqual(["Input", "ReLU"]);
    expect(floatOps(model)).toEqual([]);
  });

  it("B3: Dense, BatchNorm and ReLU have one quantizer, behind the last", () => {
    const model = underDefault(rows, (net, x) => relu(net, batchNorm(net, dense(net, x), 6)));
    expect(quantizers(model)).toEqual(["Input", "ReLU"]);
    expect(nodesOf(model.integer, "Dense")).toHaveLength(1);
  });

  it("B4: nothing is quantized between a BatchNorm and relu6", () => {
    const model = underDefault(image, (net, x) =>
      relu6(net, batchNorm(net, conv(net, x, [4, 6]), 6)),
    );
    expect(quantizers(model)).toEqual(["Input", "ReLU6"]);
  });

  it.each<readonly [string, (net: Net, y: string) => string]>([
    ["swish", (net, y) => net.op("Mul", [y, net.op("Sigmoid", [y])])],
    ["LeakyReLU", (net, y) => net.op("LeakyRelu", [y], { alpha: { float: 0.3 } })],
  ])(
    "B4: where %s follows a BatchNorm, its argument is what the program has there, and nothing else",
    (_, act) => {
      const model = underDefault(image, (net, x) =>
        act(net, batchNorm(net, conv(net, x, [4, 6]), 6)),
      );
      expect(quantizers(model)).toHaveLength(3);
      expect(nodesOf(model.integer, "Multiply", "Add", "Sigmoid", "BatchNorm")).toEqual([]);
      expectSimulated(model);
    },
  );

  it.each<readonly [string, readonly number[], Build]>([
    ["Conv2D", image, (net, x) => conv(net, x, [4, 6])],
    ["Dense", rows, dense],
  ])(
    "B5: the inputs and the output of a concatenation of %s share one scale",
    (_, shape, build) => {
      const model = underDefault(shape, (net, x) => concat(net, [build(net, x), build(net, x)]));
      expectOneScale(model.integer);
    },
  );

  it("B6: of seven inputs too, one that others read and one that an unusual layer computes", () => {
    const model = underDefault(image, (net, x) => {
      const y = conv(net, x, [4, 4]);
      const others = [relu(net, conv(net, x, [4, 2])), net.op("Abs", [conv(net, x, [4, 2])])];
      const more = Array.from({ length: 4 }, () => conv(net, x, [4, 2]));
      const joined = concat(net, [y, ...others, ...more]);
      return conv(net, net.op("Concat", [joined, conv(net, y, [4, 3])], { axis: 1 }), [19, 2]);
    });
    expectOneScale(model.integer);
    expect(floatOps(model)).toEqual([]);
  });

  it("B7: a transposed convolution is folded by a rule that names it, and matched by none that does not", () => {
    const build: Build = (net, x) => relu(net, batchNorm(net, convTranspose(net, x, [4, 3], 2), 3));
    const model = underDefault(image, build);
    expect(quantizers(model)).toEqual(["Input", "ReLU"]);
    expect(floatOps(model)).toEqual([]);
    const rule = "quantize Named optional on layer: Conv2D | DepthwiseConv2D set output = float";
    expect(underDefault(image, build, rule).lowered.summary.fired.Named).toBe(0);
  });

  it("B8: Dense and BatchNorm are one integer layer", () => {
    const model = underDefault(rows, (net, x) => batchNorm(net, dense(net, x), 6));
    expect(floatOps(model)).toEqual([]);
    expect(nodesOf(model.integer, "Dense").map(({ types }) => types[0]!.dtype)).toEqual(["int8"]);
    expect(nodesOf(model.integer, "Multiply", "Add")).toEqual([]);
  });

  it("B9: operands keep their order, whatever was computed first", () => {
    const model = underDefault([1, 2], (net, x) => {
      const weights = (sign: number) => net.parameter([2, 2], [sign, 0, 0, sign]);
      const [first, second] = [1, -1].map((sign) => net.op("Gemm", [x, weights(sign)]));
      return concat(net, [second!, first!]);
    });
    const sample = new Map([["x", tensor("float32", [1, 2], [0.25, 0.5])]]);
    const { data } = evaluate(model.integer, sample, { ops, kernels }).get("y")!;
    expect([...data].map(Math.sign)).toEqual([-1, -1, 1, 1]);
  });

  it("B10: bilinear upsampling is near float, and what is simulated is what runs", () => {
    const model = underDefault(image, (net, x) =>
      conv(
        net,
        resizeBy(net, relu(net, conv(net, x, [4, 4])), 2, {
          mode: "linear",
          coordinates: "half_pixel",
        }),
        [4, 3],
      ),
    );
    expect(floatOps(model)).toEqual([]);
    expectSimulated(model);
    expect(farthest(model)).toBeLessThan(0.03);
  });
});

function expectOneScale(graph: Graph): void {
  const joins = nodesOf(graph, "Concat");
  expect(joins.length).toBeGreaterThan(0);
  for (const { operands, types } of joins) {
    for (const operand of operands) expect(typeOf(graph, operand!).quant).toEqual(types[0]!.quant);
  }
  expect(nodesOf(graph, "Requantize")).toEqual([]);
}

/** The largest difference from float, relative to the largest magnitude. */
function farthest({ ready, integer, inputs }: ReturnType<typeof underDefault>): number {
  const [float, run] = [evaluator(ready.graph), evaluator(integer, "onnx")];
  const dataOf = (outputs: ReadonlyMap<string, Tensor>) => [...outputs.values()][0]!.data;
  let [difference, magnitude] = [0, 0];
  for (const sample of inputs) {
    const found = dataOf(run(sample));
    dataOf(float(sample)).forEach((want, i) => {
      magnitude = Math.max(magnitude, Math.abs(want));
      difference = Math.max(difference, Math.abs(want - found[i]!));
    });
  }
  return difference / magnitude;
}
