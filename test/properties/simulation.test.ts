import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ImportedModel } from "../../compiler/frontends/import-model.ts";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import type { Tensor } from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";
import { calibrate, type QuantizedModel, quantizeModel } from "../../compiler/pipeline.ts";
import { simulate } from "../../compiler/quantize/simulate.ts";
import { kernels } from "../../runtime/reference/index.ts";
import { accepted, loadEmitted, lowered, prepared } from "../support/models.ts";
import { buildNetwork, type NetworkChoices, networks, randomTensor } from "../support/networks.ts";
import { runs } from "../support/runs.ts";

/** Simulating the Q/DQ form gives what the integer form gives, and what the emitted program gives, bit for bit. */
describe.each(["onnx", "tflite"] as const)("mode %s", (requantize) => {
  it("simulation equals the integer graph on random networks", () => {
    let integerNodes = 0;
    fc.assert(
      fc.property(networks(), (choices) => {
        const model = quantizedNetwork(choices);
        const integer = lowered(model, requantize);
        integerNodes += integer.summary.integerNodes;
        for (const sample of samples(choices, 3)) {
          const simulated = simulate(model.graph, sample, { ops, kernels, requantize });
          expect(evaluate(integer.graph, sample, { ops, kernels, requantize })).toEqual(simulated);
        }
      }),
      runs(150, 20260101),
    );
    // A law about islands that were never fused proves nothing.
    expect(integerNodes).toBeGreaterThan(500);
  });

  it("the emitted program gives the same bytes", async () => {
    await fc.assert(
      fc.asyncProperty(networks(), async (choices) => {
        const model = quantizedNetwork(choices);
        const program = await loadEmitted(lowered(model, requantize));
        for (const sample of samples(choices, 2)) {
          const simulated = simulate(model.graph, sample, { ops, kernels, requantize });
          expect(program.run({ x: sample.get("x")!.data })).toEqual({
            y: simulated.get("y")!.data,
          });
        }
      }),
      runs(12, 20260102),
    );
  });
});

function quantizedNetwork(choices: NetworkChoices): QuantizedModel {
  const model: ImportedModel = {
    name: "network",
    sources: [],
    graph: buildNetwork(choices),
    format: "onnx",
    quantized: false,
    dimensions: [],
    metadata: {},
  };
  const ready = prepared(model);
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
