import { describe, expect, it } from "vitest";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import type { Tensor } from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";
import { simulate } from "../../compiler/quantize/simulate.ts";
import { kernels } from "../../runtime/reference/index.ts";
import {
  arrayOf,
  asArrays,
  hasShared,
  importShared,
  loadEmitted,
  lowered,
  quantized,
  samplesOf,
  take,
} from "../support/models.ts";

/** Quantized TFLite models against TensorFlow Lite's reference kernels: every bit before the softmax. */
describe.skipIf(!hasShared)("quantized TFLite models in mode tflite", () => {
  it.each(["kws_int8", "resnet8_int8"])(
    "%s equals the reference kernels on all golden samples",
    async (name) => {
      const model = quantized(importShared(`${name}.tflite`));
      const integer = lowered(model, "tflite");
      expect(integer.summary.floatNodes).toEqual([]);
      const program = await loadEmitted(integer);
      const samples = samplesOf(integer.graph, `golden/${name}_x.npy`);
      const logits = arrayOf(`golden/${name}_logits.npy`);
      const outputs = arrayOf(`golden/${name}_y.npy`);
      const found: number[] = [];
      const results: number[] = [];
      for (const sample of take(samples)) {
        found.push(...operandOf("Softmax", integer.graph, sample));
        results.push(...Object.values(program.run(asArrays(sample)))[0]!);
      }
      expect(found).toEqual(Array.from(logits.data, Number));
      const steps = results.map((q, i) => Math.abs(q - Number(outputs.data[i])));
      expect(Math.max(...steps)).toBeLessThanOrEqual(1);
    },
  );

  it.each(["kws_int8", "resnet8_int8", "ad_int8", "vww_int8"])(
    "%s: simulation, integer graph and program agree",
    async (name) => {
      const model = quantized(importShared(`${name}.tflite`));
      const integer = lowered(model, "tflite");
      const program = await loadEmitted(integer);
      for (const sample of randomSamples(integer.graph, 3)) {
        const simulated = simulate(model.graph, sample, { ops, kernels, requantize: "tflite" });
        const evaluated = evaluate(integer.graph, sample, { ops, kernels, requantize: "tflite" });
        const run = program.run(asArrays(sample));
        for (const [port, { data }] of simulated) {
          expect(evaluated.get(port)!.data).toEqual(data);
          expect(run[port]).toEqual(data);
        }
      }
    },
  );
});

/** What the only node of an op reads first. */
function operandOf(
  op: string,
  graph: Graph,
  sample: ReadonlyMap<string, Tensor>,
): ArrayLike<number> & Iterable<number> {
  const node = [...graph.nodes.values()].find((candidate) => candidate.op === op)!;
  let read: Tensor | undefined;
  evaluate(graph, sample, {
    ops,
    kernels,
    requantize: "tflite",
    observe: ({ id }, results) => {
      if (id === node.operands[0]!.node) read = results[0];
    },
  });
  return read!.data;
}

function* randomSamples(graph: Graph, count: number): Generator<ReadonlyMap<string, Tensor>> {
  let state = 12345;
  const next = () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 24;
  };
  for (let i = 0; i < count; i++) {
    yield new Map(
      graph.inputs.map(({ name, value }) => {
        const type = graph.nodes.get(value.node)!.types[0]!;
        const length = type.shape.reduce((product, size) => product * size, 1);
        const data = type.dtype === "uint8" ? new Uint8Array(length) : new Int8Array(length);
        return [name, { ...type, data: data.map(next) }];
      }),
    );
  }
}
