import { describe, expect, it } from "vitest";
import { kernelLibrary } from "../../compiler/cli/kernel-library.ts";
import { resolveRules } from "../../compiler/cli/rule-files.ts";
import type { Tensor } from "../../compiler/ir/types.ts";
import {
  calibrate,
  evaluator,
  type LoweredModel,
  loadRules,
  lowerModel,
  prepareModel,
  quantizeModel,
} from "../../compiler/pipeline.ts";
import {
  accepted,
  accuracy,
  arrayOf,
  hasShared,
  importShared,
  type Samples,
  samplesOf,
  take,
} from "../support/models.ts";

/** The schemes of the standard library on real models; a part of the data, for time. `bench/transformer.ts` has all of it. */

interface Data {
  readonly model: string;
  readonly calibration: string;
  readonly samples: number;
}

/** A model under a scheme, lowered. Ranges are measured only where the scheme asks for some. */
function under(scheme: string, { model, calibration, samples }: Data) {
  const rules = accepted(loadRules({ path: "own", text: `import "std/${scheme}"` }, resolveRules));
  const imported = importShared(model);
  const ready = accepted(prepareModel(imported, rules));
  const inputs = take(samplesOf(imported.graph, calibration), samples);
  const module = { module: kernelLibrary("baseline") };
  const statistics = ready.names.size > 0 ? accepted(calibrate(ready, inputs, module)) : new Map();
  const quantized = accepted(quantizeModel(ready, statistics, { io: "float" }));
  return { ready, integer: accepted(lowerModel(quantized, { requantize: "onnx" })) };
}

describe.skipIf(!hasShared)("kws_float.tflite", () => {
  const data = {
    model: "kws_float.tflite",
    calibration: "data/kws/calib_x_float32.npy",
    samples: 16,
  };
  /** The share of multiply-accumulates in integers, the ops that stay in float, and how many of 100 samples are lost at most. */
  const expected: Readonly<Record<string, readonly [number, readonly string[], number]>> = {
    int16x8: [1, ["Softmax"], 0],
    tflite: [1, [], 1],
    weights4: [
      0,
      ["AveragePool2D", "Conv2D", "Dense", "DepthwiseConv2D", "ReLU", "Reshape", "Softmax"],
      1,
    ],
    dynamic: [
      0.0003,
      ["AveragePool2D", "Conv2D", "DepthwiseConv2D", "ReLU", "Reshape", "Softmax"],
      1,
    ],
    onnxruntime: [1, [], 2],
  };
  const samples =
    hasShared && samplesOf(importShared(data.model).graph, "data/kws/eval_x_float32.npy");
  const labels = hasShared && arrayOf("data/kws/eval_y.npy").data;

  it.each(Object.entries(expected))(
    "keeps its accuracy under std/%s",
    (scheme, [share, float, lost]) => {
      const { ready, integer } = under(scheme, data);
      const of = (graph: LoweredModel["graph"]) =>
        accuracy(
          evaluator(graph, "onnx", kernelLibrary("baseline")),
          samples as Samples,
          labels as ArrayLike<number>,
          100,
        );
      const { coverage, floatNodes } = integer.summary;
      expect([...new Set(floatNodes.map(({ op }) => op))].sort()).toEqual(float);
      expect(coverage.share).toBeCloseTo(share, 3);
      expect(of(integer.graph)).toBeGreaterThanOrEqual(of(ready.graph) - lost);
    },
  );
});

/** The exponential of the mean surprise at the next character. */
function perplexityOf(graph: LoweredModel["graph"], sequences: number): number {
  const run = evaluator(graph, "onnx", kernelLibrary("baseline"));
  const samples = samplesOf(importShared("char_transformer.onnx").graph, "data/charlm/eval_x.npy");
  const labels = arrayOf("data/charlm/eval_y.npy").data as ArrayLike<number>;
  let [surprise, at] = [0, 0];
  for (const sample of take(samples, sequences)) {
    const [logits] = run(sample).values() as Iterable<Tensor>;
    const { data, shape } = logits!;
    const classes = shape.at(-1)!;
    for (let from = 0; from < data.length; from += classes, at++) {
      const row = data.subarray(from, from + classes) as Float32Array;
      const most = Math.max(...row);
      const sum = row.reduce((total, x) => total + Math.exp(x - most), 0);
      surprise += Math.log(sum) + most - row[labels[at]!]!;
    }
  }
  return Math.exp(surprise / at);
}

describe.skipIf(!hasShared)("char_transformer.onnx", () => {
  const data = {
    model: "char_transformer.onnx",
    calibration: "data/charlm/calib_x.npy",
    samples: 24,
  };

  // Over all sequences, with 100 samples of calibration, they are 1.35 %, 0.05 % and 1.34 %: eight are noisier.
  it.each([
    ["default8bit", 0.025, ["Add", "LayerNorm", "Softmax"]],
    ["dynamic", 0.003, undefined],
    ["weights4", 0.025, undefined],
  ] as const)("keeps its perplexity under std/%s", (scheme, most, float) => {
    const { ready, integer } = under(scheme, data);
    const { floatNodes } = integer.summary;
    if (float) expect([...new Set(floatNodes.map(({ op }) => op))].sort()).toEqual(float);
    const [inFloat, inIntegers] = [ready.graph, integer.graph].map((g) => perplexityOf(g, 8));
    expect(inIntegers! / inFloat! - 1).toBeLessThan(most);
  });

  it("has its normalisations, activations and products as wholes", () => {
    const { graph } = under("weights4", data).ready;
    const counts = new Map<string, number>();
    for (const { op } of graph.nodes.values()) counts.set(op, (counts.get(op) ?? 0) + 1);
    const wholes = ["LayerNorm", "GELU", "Softmax", "MatMul", "Dense", "Erf", "Sqrt", "Pow"];
    expect(wholes.map((op) => counts.get(op) ?? 0)).toEqual([9, 4, 4, 8, 25, 0, 0, 0]);
  });
});
