import { describe, expect, it } from "vitest";
import { kernelLibrary } from "../../compiler/cli/kernel-library.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { typeOf } from "../../compiler/ir/graph.ts";
import { allocate, sizeOf, type Tensor } from "../../compiler/ir/types.ts";
import { calibrate, evaluator, withExactLayout } from "../../compiler/pipeline.ts";
import {
  accepted,
  defaultRules,
  hasShared,
  importShared,
  lowered,
  prepared,
  quantized,
} from "../support/models.ts";

const models = [
  "mnist.onnx",
  "cifar_mobilenet_v2.onnx",
  "resnet8_float.tflite",
  "kws_float.tflite",
  "kws_hybrid.tflite",
  "vww_float.tflite",
  "ad_float.tflite",
  "char_transformer.onnx",
];

function sampleFor(graph: Graph, seed: number): ReadonlyMap<string, Tensor> {
  return new Map(
    graph.inputs.map(({ name, value }) => {
      const { dtype, shape } = typeOf(graph, value);
      const data = allocate(dtype, sizeOf(shape));
      for (let i = 0; i < data.length; i++)
        data[i] = dtype === "float32" ? 2 * Math.sin(i * seed) : (i * seed) % 50;
      return [name, { dtype, shape, data }];
    }),
  );
}

describe.skipIf(!hasShared)("on the module of kernels", () => {
  it.each(models)("%s gives the bits of the reference kernels", (name) => {
    const { graph } = importShared(name);
    const wanted = evaluator(graph);
    const found = evaluator(
      withExactLayout(graph, defaultRules()),
      "onnx",
      kernelLibrary("baseline"),
    );
    for (const seed of [1, 2]) {
      const sample = sampleFor(graph, seed);
      expect(found(sample)).toEqual(wanted(sample));
    }
  });

  it.each(["kws_int8.tflite", "ad_int8.tflite"])("%s is simulated to the same integers", (name) => {
    const { graph } = lowered(quantized(importShared(name)), "tflite");
    const [wanted, found] = [undefined, kernelLibrary("baseline")].map((module) =>
      evaluator(graph, "tflite", module),
    );
    const sample = sampleFor(graph, 3);
    expect(found!(sample)).toEqual(wanted!(sample));
  });

  it("resnet8_float.tflite is calibrated to the same statistics", () => {
    const ready = prepared(importShared("resnet8_float.tflite"));
    const samples = [1, 2, 3].map((seed) => sampleFor(ready.graph, seed));
    const [wanted, found] = [undefined, kernelLibrary("baseline")].map((module) =>
      accepted(calibrate(ready, samples, { everything: true, module })),
    );
    expect(found).toEqual(wanted);
  });
});
