import { describe, expect, it } from "vitest";
import { readBytes } from "../../compiler/cli/files.ts";
import { kernelLibrary } from "../../compiler/cli/kernel-library.ts";
import type { Tensor } from "../../compiler/ir/types.ts";
import { calibrate, evaluator, quantizeModel, withExactLayout } from "../../compiler/pipeline.ts";
import {
  accepted,
  accuracy,
  arrayOf,
  asArrays,
  defaultRules,
  hasShared,
  importShared,
  loadEmitted,
  lowered,
  prepared,
  quantized,
  samplesOf,
  sharedPath,
  take,
} from "../support/models.ts";
import { randomTensor } from "../support/networks.ts";
import { runModel } from "../support/onnxruntime.ts";

/**
 * Float models keep their accuracy under the default scheme. The first samples of the evaluation data, for time; all
 * of them are measured by `bench/accuracy.ts`.
 */
describe.skipIf(!hasShared)("float models under the default scheme", () => {
  it.each([
    {
      model: "mnist.onnx",
      data: "mnist/eval",
      calibration: "mnist/calib_x.npy",
      count: 500,
      float: 98.8,
    },
    {
      model: "cifar_mobilenet_v2.onnx",
      data: "cifar10/eval",
      calibration: "cifar10/calib_x.npy",
      count: 200,
      float: 80,
    },
    {
      model: "resnet8_float.tflite",
      data: "cifar10/eval",
      calibration: "cifar10/calib_x.npy",
      count: 200,
      float: 74,
    },
    {
      model: "kws_float.tflite",
      data: "kws/eval",
      calibration: "kws/calib_x_float32.npy",
      count: 200,
      float: 92,
    },
    {
      model: "kws_hybrid.tflite",
      data: "kws/eval",
      calibration: "kws/calib_x_float32.npy",
      count: 400,
      float: 90.25,
    },
  ])(
    "$model: int8 is within half a point of float",
    async ({ model, data, calibration, count, float }) => {
      const imported = importShared(model);
      const samples = samplesOf(
        imported.graph,
        `data/${data}_x${model.startsWith("kws") ? "_float32" : ""}.npy`,
      );
      const labels = arrayOf(`data/${data}_y.npy`).data as ArrayLike<number>;
      const direct = withExactLayout(imported.graph, defaultRules());
      const evaluate = evaluator(direct, "onnx", kernelLibrary("baseline"));
      const inFloat = accuracy(evaluate, samples, labels, count);
      const integer = lowered(
        quantized(imported, { path: `data/${calibration}`, count: 100 }),
        "onnx",
      );
      const program = await loadEmitted(integer);
      const run = (inputs: ReadonlyMap<string, Tensor>) =>
        new Map(
          Object.entries(program.run(asArrays(inputs))).map(([name, values]) => [
            name,
            { data: values },
          ]),
        );
      const inIntegers = accuracy(run, samples, labels, count);
      expect(inFloat).toBeCloseTo(float, 10);
      expect(inIntegers).toBeGreaterThanOrEqual(inFloat - 0.5);
      expect(integer.summary.floatNodes).toEqual([]);
    },
  );

  it.each(["ad_float.tflite", "vww_float.tflite"])(
    "%s compiles to integers alone",
    async (model) => {
      const ready = prepared(importShared(model));
      const noise = (seed: number) =>
        new Map(
          ready.graph.inputs.map(({ name, value }) => [
            name,
            randomTensor(ready.graph.nodes.get(value.node)!.types[0]!.shape, seed),
          ]),
        );
      const statistics = accepted(
        calibrate(ready, [1, 2, 3, 4].map(noise), { module: kernelLibrary("baseline") }),
      );
      const integer = lowered(accepted(quantizeModel(ready, statistics, { io: "float" })), "onnx");
      expect(integer.summary.floatNodes).toEqual([]);
      const program = await loadEmitted(integer);
      const [output] = Object.values(program.run(asArrays(noise(5))));
      expect([...output!].every(Number.isFinite)).toBe(true);
    },
  );
});

describe.skipIf(!hasShared)("char_transformer.onnx", () => {
  it("evaluates in float as ONNX Runtime does, before and after its graph is made canonical", async () => {
    const imported = importShared("char_transformer.onnx");
    const canonical = prepared(imported, { float: true }).graph;
    const bytes = readBytes(sharedPath("models/char_transformer.onnx"));
    for (const sample of take(samplesOf(imported.graph, "data/charlm/eval_x.npy"), 2)) {
      const [[name, tokens]] = [...sample] as [[string, Tensor]];
      const feed = {
        shape: tokens.shape,
        data: BigInt64Array.from(tokens.data as Int32Array, BigInt),
      };
      const expected = Object.values(await runModel(bytes, { [name]: feed }))[0]!
        .data as Float32Array;
      for (const graph of [imported.graph, canonical]) {
        const [found] = evaluator(graph)(sample).values();
        expect(largestDifference(found!.data, expected)).toBeLessThan(1e-4);
      }
    }
  });
});

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!));
  return most;
}
