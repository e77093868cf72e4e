import { describe, expect, it } from "vitest";
import { exportOnnx } from "../../compiler/backends/onnx/export-onnx.ts";
import { importModel } from "../../compiler/frontends/import-model.ts";
import { type Tensor, tensor } from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";
import { calibrate, evaluator, type LoweredModel, quantizeModel } from "../../compiler/pipeline.ts";
import { simulate } from "../../compiler/quantize/simulate.ts";
import { kernels } from "../../runtime/reference/index.ts";
import { accepted, lowered, prepared } from "../support/models.ts";
import { openSession } from "../support/onnxruntime.ts";
import { samples } from "./inspect.ts";
import {
  add,
  clip,
  concat,
  conv,
  layerNorm,
  linear,
  multiply,
  normal,
  reduceMean,
  reduceSum,
  relu,
  reshape,
  resizeBy,
  sigmoid,
  transpose,
} from "./layers.ts";
import type { ZooModel } from "./model.ts";
import { type Net, writer } from "./writer.ts";

/** The smallest models that show what the default scheme must leave in float, and what it must not. */

/** A model calibrated on eight samples, in float and as integers. */
function quantize(build: (net: Net) => void, below: ZooModel["below"] = {}) {
  const zoo: ZooModel = { name: "small", exporter: "torch2", opset: 17, build, below };
  const net = writer(zoo);
  build(net);
  const model = accepted(importModel(net.bytes(), { name: zoo.name }));
  const ready = prepared(model);
  const inputs = samples(zoo, model.graph, 8, 1);
  const statistics = accepted(calibrate(ready, inputs));
  const quantized = accepted(quantizeModel(ready, statistics, { io: "float" }));
  const integer = lowered(quantized, "onnx");
  return { float: evaluator(ready.graph), quantized, integer, inputs };
}

const opsOf = ({ graph }: LoweredModel) => [...graph.nodes.values()].map(({ op }) => op);
const floatOps = ({ summary }: LoweredModel) => summary.floatNodes.map(({ op }) => op);

/** Decibels of one part of an output over all samples. */
function ratio(
  { float, integer, inputs }: ReturnType<typeof quantize>,
  part = (data: Tensor["data"]) => Array.from(data),
): number {
  const run = evaluator(integer.graph, "onnx");
  let [signal, noise] = [0, 0];
  for (const sample of inputs) {
    const wanted = part([...float(sample).values()][0]!.data);
    const got = part([...run(sample).values()][0]!.data);
    wanted.forEach((want, i) => {
      signal += want * want;
      noise += (want - got[i]!) ** 2;
    });
  }
  return 10 * Math.log10(signal / noise);
}

describe("a layer is an integer layer", () => {
  it("behind a float op whose result is only moved", () => {
    const { integer } = quantize((net) => {
      const x = layerNorm(net, net.input("x", [1, 4, 8]), 8);
      const moved = transpose(net, reshape(net, x, [1, 2, 2, 8]), [0, 2, 1, 3]);
      net.output(linear(net, moved, [8, 3]), "y");
    });
    expect(floatOps(integer)).toEqual(["LayerNorm"]);
  });

  it("behind bilinear resizing, in both modes", () => {
    const { quantized } = quantize((net) => {
      const x = relu(net, conv(net, net.input("x", [1, 2, 6, 6]), [2, 4]));
      const up = resizeBy(net, x, 2, { mode: "linear", coordinates: "half_pixel" });
      net.output(conv(net, up, [4, 2], 1), "y");
    });
    for (const mode of ["onnx", "tflite"] as const)
      expect(floatOps(lowered(quantized, mode))).toEqual([]);
  });

  it("in front of limits that saturation implies, and of others", () => {
    const { quantized, integer, inputs } = quantize((net) => {
      const x = net.input("x", [1, 2, 6, 6]);
      const gate = clip(net, conv(net, x, [2, 4], 3, { gain: 3 }), 0, 1);
      const other = clip(net, conv(net, x, [2, 4], 3, { gain: 3 }), -0.25, 0.5);
      net.output(conv(net, concat(net, [gate, other, conv(net, x, [2, 4], 3)]), [12, 2], 1), "y");
    });
    expect(floatOps(integer)).toEqual([]);
    const sample = inputs[0]!;
    expect(evaluator(integer.graph)(sample)).toEqual(
      simulate(quantized.graph, sample, { ops, kernels }),
    );
  });
});

describe("precision is kept", () => {
  it("of scores behind a mask of large negative numbers", () => {
    const build = (net: Net) => {
      const x = net.input("x", [1, 8, 16]);
      const mask = net.op("Cast", [net.input("mask", [1, 1, 8], "int64")], { to: 1 });
      const penalty = multiply(net, net.op("Sub", [net.float(1), mask]), net.float(-10000));
      const scores = net.op("MatMul", [x, transpose(net, x, [0, 2, 1])]);
      const weights = net.op("Softmax", [add(net, scores, penalty)], { axis: -1 });
      net.output(net.op("MatMul", [weights, x]), "y");
    };
    expect(ratio(quantize(build, { mask: 2 }))).toBeGreaterThan(30);
  });

  it("of values beside a constant that says which are never chosen", () => {
    const model = quantize(
      (net) => {
        const x = linear(net, net.input("x", [1, 8, 16]), [16, 6]);
        const mask = net.op("Cast", [net.input("mask", [1, 8, 1], "int64")], { to: 9 });
        const kept = net.op("Where", [mask, x, net.float(-10000)]);
        const largest = net.op("ReduceMax", [kept], { axes: [1], keepdims: 0 });
        net.output(linear(net, largest, [6, 4], "Gemm"), "y");
      },
      { mask: 2 },
    );
    expect(ratio(model)).toBeGreaterThan(30);
  });

  it("of scores beside boxes in one output", () => {
    const model = quantize((net) => {
      const x = relu(net, conv(net, net.input("x", [1, 2, 8, 8]), [2, 8]));
      const boxes = multiply(net, conv(net, x, [8, 4], 1), net.float(100));
      const both = concat(net, [boxes, sigmoid(net, conv(net, x, [8, 4], 1))]);
      net.output(reshape(net, both, [1, 8, 64]), "y");
    });
    expect(ratio(model, (data) => Array.from(data).slice(4 * 64))).toBeGreaterThan(30);
    expect(floatOps(model.integer)).toEqual(["Concat", "Reshape", "Transpose"]);
  });

  it("of a recurrent state, which nothing rounds on its way in and out", () => {
    const model = quantize((net) => {
      const parameters = [
        net.parameter([1, 12, 5], normal(net, 60, 0.4)),
        net.parameter([1, 12, 4], normal(net, 48, 0.4)),
        net.parameter([1, 24], normal(net, 24, 0.1)),
      ];
      const [x, h] = [net.input("x", [1, 1, 5]), net.input("h", [1, 1, 4])];
      const [y, last] = net.ops("GRU", [x, ...parameters, "", h], { hidden_size: 4 }, 2);
      net.output(last!, "state");
      net.output(linear(net, reshape(net, y!, [1, 4]), [4, 2]), "y");
    });
    expect(ratio(model)).toBe(Number.POSITIVE_INFINITY);
  });

  it("of a divisor: the smallest one is not rounded to zero", () => {
    const { integer, inputs } = quantize((net) => {
      const x = net.input("x", [1, 6]);
      const size = reduceSum(net, net.op("Abs", [x]), [1]);
      const floor = net.op("Max", [size, net.float(1e-6)]);
      net.output(linear(net, net.op("Div", [x, floor]), [6, 2], "Gemm"), "y");
    });
    const run = evaluator(integer.graph, "onnx");
    const zeros = new Map([["x", tensor("float32", [1, 6], new Float32Array(6))]]);
    for (const sample of [...inputs, zeros])
      expect([...run(sample).get("y")!.data].every(Number.isFinite)).toBe(true);
    expect(run(zeros).get("y")!.data).not.toEqual(run(inputs[0]!).get("y")!.data);
  });
});

describe("nothing is rounded twice", () => {
  it("between a float op and the limit behind it", () => {
    const { integer } = quantize((net) => {
      const x = net.input("x", [1, 4, 6, 6]);
      const ones = net.parameter([4], [1, 1, 1, 1]);
      const zeros = net.parameter([4], [0, 0, 0, 0]);
      const norm = net.op("InstanceNormalization", [conv(net, x, [4, 4]), ones, zeros]);
      net.output(conv(net, relu(net, norm), [4, 2], 1), "y");
    });
    expect(opsOf(integer).filter((op) => op === "Quantize")).toHaveLength(2);
    expect(floatOps(integer)).toEqual(["GroupNorm"]);
  });

  it("between a table of embeddings and its reader", () => {
    const build = (net: Net) => {
      const table = net.parameter([10, 6], normal(net, 60, 1));
      const words = net.op("Gather", [table, net.input("words", [1, 4], "int64")]);
      net.output(linear(net, reduceMean(net, words, [1], false), [6, 2], "Gemm"), "y");
    };
    const { integer } = quantize(build, { words: 10 });
    expect(opsOf(integer)).not.toContain("Requantize");
    expect(floatOps(integer)).toEqual([]);
  });
});

describe("an exported model", () => {
  it("has the int64 ports of the file", async () => {
    const build = (net: Net) => {
      const places = net.input("places", [1, 4], "int64");
      const next = net.op("Mod", [add(net, places, net.ints([1])), net.ints([5])]);
      net.output(next, "next", "int64");
    };
    const { quantized } = quantize(build, { places: 9 });
    const session = await openSession(exportOnnx(quantized.graph, ops));
    const types = [...session.inputMetadata, ...session.outputMetadata].map(
      (port) => port.isTensor && port.type,
    );
    await session.release();
    expect(types).toEqual(["int64", "int64"]);
  });
});
