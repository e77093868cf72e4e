import { describe, expect, it } from "vitest";
import { constantOf, type Graph, type Node, typeOf, type Value } from "../../compiler/ir/graph.ts";
import { type QuantParams, sameQuant, type TensorType } from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";
import { conv, relu } from "../zoo/layers.ts";
import type { ZooModel } from "../zoo/model.ts";
import { compiled, zooModels } from "./compiled.ts";

/**
 * What TensorFlow Lite's 8-bit specification asks of each op, in graphs that `std/tflite` made. The ids are those of the
 * lines of the specification.
 */

const models = zooModels(
  ...["mobilenet v3, ops", "inception", "keras cnn", "yolo v5", "unet, bilinear", "pixel shuffle"],
  ...["sound net", "bert", "detr"],
);
/** What networks seldom have between two layers. */
const moved: ZooModel = {
  ...{ name: "moved", exporter: "torch2", opset: 17 },
  build(net) {
    const x = relu(net, conv(net, net.input("x", [1, 2, 4, 4]), [2, 8]));
    const deep = net.op("DepthToSpace", [x], { blocksize: 2 });
    const pads = net.ints([0, 0, 1, 1, 0, 0, 1, 1]);
    const tiled = net.op("Tile", [
      net.op("Pad", [deep, pads, net.float(0.25)]),
      net.ints([1, 2, 1, 1]),
    ]);
    net.output(net.op("Tanh", [relu(net, conv(net, tiled, [4, 2]))]), "y");
  },
};
const graphs = [moved, ...models.map(([, model]) => model)].map((model) =>
  compiled('import "std/tflite"', model, "tflite"),
);
const integers = graphs.map(({ lowered }) => lowered.graph);

interface Found {
  readonly graph: Graph;
  readonly node: Node;
  readonly y: TensorType;
  readonly operands: readonly (TensorType | undefined)[];
}

/** Nodes of some ops in the integer form, one at least. */
function integerNodes(...names: readonly string[]): readonly Found[] {
  const found = integers.flatMap((graph) =>
    [...graph.nodes.values()].flatMap((node): Found[] => {
      const [y] = node.types;
      if (!names.includes(node.op) || !y?.quant) return [];
      const operands = node.operands.map((value) => value && typeOf(graph, value));
      return [{ graph, node, y, operands }];
    }),
  );
  expect(found.length, names.join()).toBeGreaterThan(0);
  return found;
}

const weightsOf = ({ graph, node }: Found) => constantOf(graph, node.operands[1] as Value)!;
const parameters = (quant: QuantParams | undefined) => [quant!.scale[0], quant!.zeroPoint[0]];

describe("std/tflite", () => {
  it("T-02: activations are int8 per tensor and hold 0", () => {
    for (const { y } of integerNodes("Conv2D", "Dense", "Add", "Multiply")) {
      expect([y.dtype, y.quant!.scale.length]).toEqual(["int8", 1]);
      expect(Math.abs(y.quant!.zeroPoint[0]! + 0.5)).toBeLessThanOrEqual(127.5);
    }
  });

  it("T-03: weights are int8 in [−127, 127] around 0", () => {
    for (const found of integerNodes("Conv2D", "DepthwiseConv2D", "Dense")) {
      const { dtype, data, quant } = weightsOf(found);
      expect(dtype).toBe("int8");
      expect(Math.min(...data)).toBeGreaterThanOrEqual(-127);
      expect(new Set(quant!.zeroPoint)).toEqual(new Set([0]));
    }
  });

  it("T-04: filters have a scale for each output channel, depthwise ones along their last axis", () => {
    for (const found of integerNodes("Conv2D", "DepthwiseConv2D")) {
      const { quant, shape } = weightsOf(found);
      const axis = found.node.op === "Conv2D" ? 0 : 3;
      expect(quant!.scale).toHaveLength(shape[axis]!);
      if (shape[axis]! > 1) expect(quant!.axis).toBe(axis);
    }
  });

  it("T-05: fully connected weights have one scale", () => {
    for (const found of integerNodes("Dense"))
      expect(weightsOf(found).quant!.scale).toHaveLength(1);
  });

  it("T-06: biases are int32 in steps of the float32 product of the scales of input and weights", () => {
    for (const found of integerNodes("Conv2D", "DepthwiseConv2D", "Dense")) {
      const [x, , bias] = found.operands;
      if (!bias) continue;
      const { scale } = weightsOf(found).quant!;
      expect(bias.dtype).toBe("int32");
      bias.quant!.scale.forEach((step, channel) => {
        const product = Math.fround(x!.quant!.scale[0]! * scale[channel % scale.length]!);
        expect(Math.abs(step / product - 1)).toBeLessThan(2e-7);
      });
    }
  });

  it.each([
    ...["MaxPool2D", "Reshape", "Transpose", "Resize", "ResizeNearest", "Slice", "Pad"],
    ...["DepthToSpace", "Tile", "AveragePool2D"],
  ])("T-20: %s has the parameters of its input", (op) => {
    for (const { y, operands } of integerNodes(op))
      expect(sameQuant(y.quant, operands[0]!.quant)).toBe(true);
  });

  it("T-20, T-21: the inputs of a concatenation have the parameters of the output, unless one is fixed", () => {
    const fixed = [[1 / 256, -128].join(), [1 / 128, 0].join()];
    for (const { y, operands } of integerNodes("Concat")) {
      const found = operands.map((x) => parameters(x!.quant).join());
      if (found.some((each) => fixed.includes(each))) continue;
      for (const x of operands) expect(sameQuant(x!.quant, y.quant)).toBe(true);
    }
  });

  it("T-23: softmax and sigmoid are in steps of 1/256 from −128 on", () => {
    for (const { y } of integerNodes("Softmax", "Sigmoid"))
      expect(parameters(y.quant)).toEqual([1 / 256, -128]);
  });

  it("T-24: tanh is in steps of 1/128 around 0", () => {
    for (const { y } of integerNodes("Tanh")) expect(parameters(y.quant)).toEqual([1 / 128, 0]);
  });

  it("T-25: log-softmax ends at 127, in steps of 16/256", () => {
    const { quantized } = compiled('import "std/tflite"', {
      ...{ name: "logarithms", exporter: "torch2", opset: 17 },
      build: (net) =>
        net.output(net.op("Relu", [net.op("LogSoftmax", [net.input("x", [1, 8])])]), "y"),
    });
    const [first] = [...quantized.graph.nodes.values()].filter(({ op }) => op === "Quantize");
    expect(parameters(first!.types[0]!.quant)).toEqual([16 / 256, 127]);
  });

  it("everything else that has an integer kernel is in integers, unless it is behind a mask", () => {
    const left = graphs.flatMap(({ lowered }) =>
      lowered.summary.floatNodes.filter(({ op }) => ops.get(op)!.lowerInteger),
    );
    expect([...new Set(left.map(({ op, reason }) => `${op}: ${reason}`))]).toEqual([
      "AveragePool2D: it counts padding",
      "Add: no rule asks for integers of its result",
      "Softmax: its `input` is not quantized",
    ]);
  });
});
