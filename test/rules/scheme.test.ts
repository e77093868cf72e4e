import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { modules } from "../../compiler/cli/modules.ts";
import { resolveRules } from "../../compiler/cli/rule-files.ts";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import type { Tensor } from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";
import {
  calibrate,
  loadRules,
  lowerModel,
  prepareModel,
  quantizeModel,
} from "../../compiler/pipeline.ts";
import { simulate } from "../../compiler/quantize/simulate.ts";
import { kernels } from "../../runtime/reference/index.ts";
import { Sketch } from "../rewrite/support.ts";
import { accepted } from "../support/models.ts";
import { randomTensor } from "../support/networks.ts";

/** A scheme of a user's own with a bit of everything, on a network in which each of its rules has something to say. */

const path = new URL("../../examples/typescript/scheme.qcfg", import.meta.url).pathname;
const rules = accepted(
  loadRules({ path, text: readFileSync(path, "utf8") }, resolveRules, { modules }),
);

/** x → conv1 → conv → BatchNorm → ReLU, beside another one → concat → flatten → dense → ReLU6 → dense → logits */
function network() {
  const s = new Sketch();
  const x = s.input("x", [1, 4, 4, 3]);
  const conv = (input: Parameters<Sketch["node"]>[1][number], name: string, channels: number) =>
    s.node("Conv2D", [input, s.random([4, 1, 1, channels], 2), s.random([4])], {}, name);
  const stem = conv(x, "conv1", 3);
  const statistics = [s.random([4], 3), s.random([4], 4), s.random([4], 5), s.constant([4], 1.5)];
  const normed = s.node(
    "BatchNorm",
    [conv(stem, "left", 4), ...statistics],
    { epsilon: 1e-3 },
    "bn",
  );
  const left = s.node("ReLU", [normed], {}, "relu");
  const cat = s.node(
    "Concat",
    [left, conv(stem, "right", 4), conv(stem, "third", 4)],
    { axis: 3 },
    "cat",
  );
  const flat = s.node("Reshape", [cat], { shape: [1, 192] }, "flat");
  const dense = (input: typeof flat, name: string, [from, to]: readonly [number, number]) =>
    s.node("Dense", [input, s.random([to, from], 6), s.random([to])], {}, name);
  const clipped = s.node("ReLU6", [dense(flat, "dense1", [192, 32])], {}, "relu6");
  const graph = s.graph(dense(dense(clipped, "dense2", [32, 16]), "logits", [16, 5]));
  return {
    name: "network",
    sources: [],
    graph,
    format: "onnx",
    quantized: false,
    dimensions: [],
    metadata: {},
  } as const;
}

const ready = accepted(prepareModel(network(), rules));
const samples = Array.from(
  { length: 8 },
  (_, i) => new Map<string, Tensor>([["x", randomTensor([1, 4, 4, 3], i)]]),
);
const quantized = accepted(
  quantizeModel(ready, accepted(calibrate(ready, samples)), { io: "float" }),
);
const { graph, summary } = accepted(lowerModel(quantized, { requantize: "onnx" }));

describe("a scheme of a user's own", () => {
  it("fires rule by rule", () => {
    expect(summary.fired).toMatchObject({
      MyDense: 3,
      FoldConvBatchNorm: 1,
      ConvRelu: 2,
      ConcatOneScale: 1,
      StemInFloat: 1,
      HeadInInt16: 1,
      DenseRelu6Dense: 1,
    });
  });

  it("keeps the stem in float, and nothing else", () => {
    expect(summary.floatNodes.map(({ node }) => node)).toEqual(["conv1"]);
    expect(summary.floatNodes[0]!.reason).toContain("StemInFloat");
  });

  it("gives the logits 16 bits, the rest 8, and a concatenation one scale", () => {
    const types = new Map(
      [...graph.nodes.values()].map(({ name, types: [type] }) => [name, type!]),
    );
    expect(types.get("logits")!.dtype).toBe("int16");
    const cat = [...graph.nodes.values()].find(({ op }) => op === "Concat")!;
    const quants = cat.operands.map((x) => graph.nodes.get(x!.node)!.types[x!.output]!.quant);
    for (const quant of quants) expect(quant).toEqual(cat.types[0]!.quant);
  });

  it("is simulated as it runs", () => {
    const evaluation = { ops, kernels, keptInFloat: quantized.keptInFloat };
    for (const sample of samples)
      expect(evaluate(graph, sample, evaluation)).toEqual(
        simulate(quantized.graph, sample, evaluation),
      );
  });
});
