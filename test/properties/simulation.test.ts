import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ImportedModel } from "../../compiler/frontends/import-model.ts";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import type { Tensor } from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";
import { calibrate, type QuantizedModel, quantizeModel } from "../../compiler/pipeline.ts";
import { simulate } from "../../compiler/quantize/simulate.ts";
import { kernels } from "../../runtime/reference/index.ts";
import {
  accepted,
  defaultRules,
  loadEmitted,
  lowered,
  ownRules,
  prepared,
} from "../support/models.ts";
import { buildNetwork, type NetworkChoices, networks, randomTensor } from "../support/networks.ts";
import { runs } from "../support/runs.ts";

const edges = ownRules(`
  quantizer s8 = AllValues(int8, per: tensor, symmetric)
  quantize Edges optional override {
    match op: Conv2D | Dense | Add | AveragePool2D | Sigmoid | Concat
    set op.input[0] = s8
  }`);
const floats = ownRules(`
  quantize Floats optional override {
    match op: Add | AveragePool2D | ReLU | Sigmoid | HardSwish | MaxPool2D
    set op.* = float
  }`);

/** Simulating the Q/DQ form gives what the integer form gives, and what the emitted program gives, bit for bit. */
describe.each(["onnx", "tflite"] as const)("mode %s", (requantize) => {
  const evaluation = ({ keptInFloat }: QuantizedModel) => ({
    ...{ ops, kernels, requantize },
    keptInFloat,
  });

  it.each([
    ["the default scheme", defaultRules()],
    ["edges with scales of their own", edges],
    ["ops that are kept in float", floats],
  ])("simulation equals the integer graph on random networks: %s", (_, rules) => {
    let integerNodes = 0;
    fc.assert(
      fc.property(networks(), (choices) => {
        const model = quantizedNetwork(choices, rules);
        const integer = lowered(model, requantize);
        for (const node of integer.graph.nodes.values())
          if (model.keptInFloat.has(node.id)) expect(node.types[0]!.dtype).toBe("float32");
        integerNodes += integer.summary.integerNodes;
        for (const sample of samples(choices, 3)) {
          const simulated = simulate(model.graph, sample, evaluation(model));
          expect(evaluate(integer.graph, sample, { ops, kernels, requantize })).toEqual(simulated);
        }
      }),
      runs(rules === defaultRules() ? 150 : 60, 20260101),
    );
    // A law about islands that were never fused proves nothing.
    expect(integerNodes).toBeGreaterThan(rules === defaultRules() ? 500 : 100);
  });

  it("the emitted program gives the same bytes", async () => {
    await fc.assert(
      fc.asyncProperty(networks(), async (choices) => {
        const model = quantizedNetwork(choices);
        const program = await loadEmitted(lowered(model, requantize));
        for (const sample of samples(choices, 2)) {
          const simulated = simulate(model.graph, sample, evaluation(model));
          expect(program.run({ x: sample.get("x")!.data })).toEqual({
            y: simulated.get("y")!.data,
          });
        }
      }),
      runs(12, 20260102),
    );
  });
});

function quantizedNetwork(choices: NetworkChoices, rules = defaultRules()): QuantizedModel {
  const model: ImportedModel = {
    name: "network",
    sources: [],
    graph: buildNetwork(choices),
    format: "onnx",
    quantized: false,
    dimensions: [],
    metadata: {},
  };
  const ready = prepared(model, { rules });
  const statistics = accepted(calibrate(ready, samples(choices, 4)));
  return accepted(quantizeModel(ready, statistics, { io: "float" }));
}

function* samples(
  { height, width, channels, seed }: NetworkChoices,
  count: number,
): Generator<ReadonlyMap<string, Tensor>> {
  for (let i = 0; i < count; i++)
    yield new Map([["x", randomTensor([1, height, width, channels], seed + 17 * i, 3)]]);
}
