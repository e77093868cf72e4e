import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resolveRules } from "../../compiler/cli/rule-files.ts";
import { runtimeSources } from "../../compiler/cli/runtime-sources.ts";
import { GraphEditor } from "../../compiler/ir/edit.ts";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { parseGraph } from "../../compiler/ir/parse.ts";
import { printGraph } from "../../compiler/ir/print.ts";
import { type Tensor, tensor } from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";
import {
  calibrate,
  emitModel,
  loadRules,
  lowerModel,
  prepareModel,
  type QuantizedModel,
  quantizeModel,
} from "../../compiler/pipeline.ts";
import { simulate } from "../../compiler/quantize/simulate.ts";
import { SourceFile } from "../../grammar/source/source-file.ts";
import { kernels } from "../../runtime/reference/index.ts";
import { accepted, importDigits, loadEmitted, lowered } from "../support/models.ts";
import { buildNetwork, type NetworkChoices, networks, randomTensor } from "../support/networks.ts";
import { runs } from "../support/runs.ts";

/** Weights with a scale for each group of input channels. */

const rules = (group: number, activations: boolean) => `
${activations ? 'import "std/default8bit"' : ""}
quantizer grouped = LastValue(int4, per: group(${group}), symmetric)
quantize Grouped optional override {
  match layer: Conv2D | Dense
  require layer.kernel.shape[-1] % ${group} == 0
  set layer.kernel = grouped
}`;

function quantizedBy(
  text: string,
  graph: Graph,
  samples: readonly ReadonlyMap<string, Tensor>[],
): QuantizedModel {
  const model = { ...importDigits(), graph };
  const ready = accepted(
    prepareModel(model, accepted(loadRules({ path: "groups.qcfg", text }, resolveRules))),
  );
  const statistics = accepted(calibrate(ready, samples));
  return accepted(quantizeModel(ready, statistics, { io: "float" }));
}

function samplesOf({ height, width, channels, seed }: NetworkChoices, count: number) {
  return Array.from(
    { length: count },
    (_, i) => new Map([["x", randomTensor([1, height, width, channels], seed + 17 * i, 3)]]),
  );
}

describe.each(["onnx", "tflite"] as const)("mode %s", (requantize) => {
  const evaluation = { ops, kernels, requantize };

  it("simulation equals the integer graph and the text form of it on random networks", () => {
    let inGroups = 0;
    fc.assert(
      fc.property(networks(), fc.integer({ min: 1, max: 3 }), (choices, group) => {
        const text = rules(group, true);
        const model = quantizedBy(text, buildNetwork(choices), samplesOf(choices, 3));
        const integer = lowered(model, requantize);
        inGroups += integer.summary.floatNodes.filter(({ reason }) =>
          / group /.test(reason),
        ).length;
        const printed = new SourceFile("printed.qir", printGraph(model.graph, ops));
        const parsed = accepted(parseGraph(printed, ops));
        for (const sample of samplesOf(choices, 2)) {
          const simulated = simulate(model.graph, sample, evaluation);
          expect(evaluate(integer.graph, sample, evaluation)).toEqual(simulated);
          expect(simulate(parsed, sample, evaluation)).toEqual(simulated);
        }
      }),
      runs(60, 20260301),
    );
    expect(inGroups).toBeGreaterThan(50);
  });

  it("the emitted program gives the same bytes", async () => {
    await fc.assert(
      fc.asyncProperty(networks(), fc.boolean(), async (choices, activations) => {
        const text = rules(1, activations);
        const model = quantizedBy(text, buildNetwork(choices), samplesOf(choices, 3));
        const program = await loadEmitted(lowered(model, requantize));
        for (const sample of samplesOf(choices, 2)) {
          const simulated = simulate(model.graph, sample, evaluation);
          expect(program.run({ x: sample.get("x")!.data })).toEqual({
            y: simulated.get("y")!.data,
          });
        }
      }),
      runs(6, 20260302),
    );
  });
});

/** A dense layer, kernel `[outputs, inputs]`, with a bias. */
function dense(kernel: Tensor): Graph {
  const [outputs, inputs] = kernel.shape as readonly [number, number];
  const editor = new GraphEditor(ops, "dense");
  const x = editor.input("x", { dtype: "float32", shape: [1, inputs] });
  const bias = editor.constant(randomTensor([outputs], 3), "bias");
  const operands = [x, editor.constant(kernel, "kernel"), bias];
  editor.output({ name: "y", value: editor.value({ op: "Dense", operands, name: "layer" }) });
  return editor.finish();
}

it("each group has the scale that its own range asks for", () => {
  const kernel = tensor("float32", [2, 4], [7, 3.5, 0.7, -0.1, 70, 10, 14, 2]);
  const { graph } = quantizedBy(rules(2, false), dense(kernel), []);
  const constant = [...graph.nodes.values()].find(({ name }) => name === "kernel_quantized")!;
  expect(constant.types[0]!.quant).toEqual({
    scale: [1, Math.fround(0.1), 10, 2],
    zeroPoint: [0, 0, 0, 0],
    axis: 1,
    group: 2,
  });
  const { data } = constant.attributes.value as Tensor;
  expect([...data]).toEqual([7, 4, 7, -1, 7, 1, 7, 1]);
});

it("a group as long as the channel is the channel, with which layers become integers", () => {
  const kernel = randomTensor([3, 4], 5);
  const samples = [1, 2, 3].map((seed) => new Map([["x", randomTensor([1, 4], seed)]]));
  const model = quantizedBy(rules(4, true), dense(kernel), samples);
  const { summary } = accepted(lowerModel(model, { requantize: "onnx" }));
  expect(summary.floatNodes).toEqual([]);
});

it("the program holds small integers and says why the layer is in float", async () => {
  const samples = [1, 2, 3].map((seed) => new Map([["x", randomTensor([1, 64], seed)]]));
  const bytesOf = async (activations: boolean) => {
    const model = quantizedBy(rules(32, activations), dense(randomTensor([64, 64], 5)), samples);
    const integer = lowered(model, "onnx");
    expect(integer.summary.floatNodes).toEqual([
      { node: "layer", op: "Dense", reason: "its weights have a scale for each group of 32" },
    ]);
    const origin = {
      model: "",
      modelDigest: "",
      rulesDigest: "",
      rules: {},
      floatNodes: [],
      preprocessing: {},
    };
    const files = await emitModel(integer, { origin, target: "js", readSource: runtimeSources });
    return (files.get("model.bin") as Uint8Array).length;
  };
  // 64 · 64 weights and 128 groups; in float they are 16 kB.
  for (const activations of [false, true])
    expect(await bytesOf(activations)).toBeLessThan(64 * 64 + 128 * 8 + 600);
});
