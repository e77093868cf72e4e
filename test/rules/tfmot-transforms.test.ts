import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  add,
  averagePool,
  batchNorm,
  concat,
  conv,
  depthwise,
  linear,
  relu,
  relu6,
  squeeze,
  unsqueeze,
} from "../zoo/layers.ts";
import type { Net } from "../zoo/writer.ts";
import { compiled } from "./compiled.ts";
import { registered } from "./onnx-layers.ts";

/** The transforms and the registry of TFMOT as rules, on the graphs of its own tests. */

const folder = new URL("../../examples/from-tfmot/", import.meta.url);
const textOf = (name: string) => readFileSync(new URL(name, folder), "utf8");
const scheme = {
  path: new URL("scheme.qcfg", folder).pathname,
  text: 'import "./transforms.qcfg"\n',
};

type Build = (net: Net, x: string) => string;

const image = [1, 4, 8, 8];
const signal = [1, 4, 16];
const rows = [1, 12];

/** A convolution over one dimension as Keras has it: a picture of height 1, squeezed behind the layer. */
const squeezedConv = (net: Net, x: string) =>
  squeeze(net, conv(net, unsqueeze(net, x, [2]), [4, 6], [1, 3]), [2]);
const parts = (count: number) => (net: Net, x: string) =>
  concat(
    net,
    Array.from({ length: count }, () => conv(net, x, [4, 2])),
  );
const dense = (net: Net, x: string) => linear(net, x, [12, 6], "Gemm");

/** For each rule, in the order of TFMOT's list, a graph on which its transform fires. */
const graphs: Readonly<Record<string, readonly [readonly number[], Build]>> = {
  InputLayer: [image, (net, x) => conv(net, x, [4, 3])],
  SeparableConv1D: [
    signal,
    (net, x) => conv(net, depthwise(net, x, 4, [3], { bias: false }), [4, 6], [1]),
  ],
  SeparableConv2D: [
    image,
    (net, x) => conv(net, depthwise(net, x, 4, 3, { bias: false }), [4, 6], 1),
  ],
  Conv2DReshapeBatchNormReLU: [
    signal,
    (net, x) => relu(net, batchNorm(net, squeezedConv(net, x), 6)),
  ],
  Conv2DReshapeBatchNormActivation: [
    signal,
    (net, x) => relu6(net, batchNorm(net, squeezedConv(net, x), 6)),
  ],
  Conv2DBatchNormReLU: [image, (net, x) => relu(net, batchNorm(net, conv(net, x, [4, 6]), 6))],
  Conv2DBatchNormActivation: [
    image,
    (net, x) => relu6(net, batchNorm(net, depthwise(net, x, 4), 4)),
  ],
  Conv2DReshapeBatchNorm: [signal, (net, x) => batchNorm(net, squeezedConv(net, x), 6)],
  Conv2DBatchNorm: [image, (net, x) => batchNorm(net, conv(net, x, [4, 6]), 6)],
  ConcatOf6: [image, parts(6)],
  ConcatOf5: [image, parts(5)],
  ConcatOf4: [image, parts(4)],
  ConcatOf3: [image, parts(3)],
  ConcatOf2: [image, parts(2)],
  DenseBatchNorm: [rows, (net, x) => batchNorm(net, dense(net, x), 6)],
  DenseBatchNormReLU: [rows, (net, x) => relu(net, batchNorm(net, dense(net, x), 6))],
  DenseBatchNormActivation: [rows, (net, x) => relu6(net, batchNorm(net, dense(net, x), 6))],
  LayerReLU: [image, (net, x) => relu(net, add(net, conv(net, x, [4, 4]), averagePool(net, x, 1)))],
  LayerReLUActivation: [rows, (net, x) => relu6(net, dense(net, x))],
};

function underScheme(name: string, shape: readonly number[], build: Build) {
  const layer = (net: Net) => net.output(build(net, net.input("x", shape)), "y");
  return compiled(scheme, { name, exporter: "tf2onnx", opset: 17, build: layer });
}

describe("TFMOT's transforms as rules", () => {
  it("are all there, in its order", () => {
    const rules = [...textOf("transforms.qcfg").matchAll(/^(?:quantize|rewrite) (\w+)/gm)];
    expect(rules.map(([, name]) => name)).toEqual(Object.keys(graphs));
  });

  it.each(Object.entries(graphs))("%s", (rule, [shape, build]) => {
    const { summary, graph } = underScheme(rule, shape, build).lowered;
    expect(summary.fired[rule]).toBeGreaterThan(0);
    expect(summary.floatNodes).toEqual([]);
    const borders = [...graph.nodes.values()].map(({ op }) => op).filter((op) => /ntize$/.test(op));
    expect(borders.sort()).toEqual(["Dequantize", "Quantize"]);
  });
});

describe("TFMOT's registry as rules", () => {
  it.each(registered.map((layer) => [layer.name, layer] as const))("%s", (name, layer) => {
    const { summary } = underScheme(name, layer.shape, layer.build).lowered;
    expect(summary.floatNodes).toEqual([]);
  });
});
