import { describe, expect, it } from "vitest";
import { kernelModule } from "../../compiler/cli/kernel-module.ts";
import { defaultRequantize } from "../../compiler/compile.ts";
import type { ImportedModel } from "../../compiler/frontends/import-model.ts";
import { type Graph, typeOf } from "../../compiler/ir/graph.ts";
import { allocate, sizeOf, type Tensor } from "../../compiler/ir/types.ts";
import { calibrate, type QuantizedModel, quantizeModel } from "../../compiler/pipeline.ts";
import {
  accepted,
  asArrays,
  type Emitted,
  emitted,
  hasShared,
  importDigits,
  importShared,
  lowered,
  prepared,
  samplesOf,
  take,
} from "../support/models.ts";
import { numbers } from "../support/networks.ts";
import { relaxedSources } from "../support/relaxed-dot.ts";

type Sample = ReadonlyMap<string, Tensor>;

/** A model and what it is run on. */
interface Case {
  readonly model: string;
  readonly data?: string;
  /** Samples of the data; all of them unless stated. */
  readonly count?: number;
  /** One sample more, of noise: integers over all of their type, floats between 0 and 1. */
  readonly noise?: true;
}

const quantizedModels: readonly Case[] = [
  { model: "kws_int8.tflite", data: "golden/kws_int8_x.npy", noise: true },
  { model: "resnet8_int8.tflite", data: "golden/resnet8_int8_x.npy", noise: true },
  { model: "vww_int8.tflite", noise: true },
  { model: "ad_int8.tflite", noise: true },
  { model: "mobilenet_v2_int8.tflite", noise: true },
];

const floatModels: readonly Case[] = [
  { model: "mnist.onnx", data: "data/mnist/calib_x.npy", count: 3 },
  { model: "cifar_mobilenet_v2.onnx", data: "data/cifar10/calib_x.npy", count: 2 },
  { model: "resnet8_float.tflite", data: "golden/resnet8_float32_x.npy", count: 2 },
  { model: "kws_float.tflite", data: "data/kws/calib_x_float32.npy", count: 3 },
  { model: "kws_hybrid.tflite", data: "data/kws/calib_x_float32.npy", count: 3 },
  { model: "vww_float.tflite", noise: true },
  { model: "ad_float.tflite", data: "data/ad_calib_x.npy", count: 3 },
  { model: "char_transformer.onnx", data: "data/charlm/calib_x.npy", count: 1 },
];

/** Bytes of the code of MobileNetV2, its loader and one program, and of its weights. */
const mobileNetLimits = { code: 100 * 2 ** 10, weights: 3.7 * 2 ** 20 };

/** The programs of one model for all places give the same bytes, and lie in an arena that is near the least. */
describe.skipIf(!hasShared)("JavaScript, baseline and relaxed SIMD give the same bytes", () => {
  it.each(quantizedModels)("$model", async (request) => {
    const program = await compareFamilies(importShared(request.model), request, "as it is");
    if (request.model !== "mobilenet_v2_int8.tflite") return;
    const size = (name: Parameters<Emitted["files"]["get"]>[0]) =>
      Buffer.from(program.files.get(name)!).length;
    const wasm = Math.max(size("model.wasm"), size("model.relaxed.wasm"));
    expect(size("model.js") + wasm).toBeLessThanOrEqual(mobileNetLimits.code);
    expect(size("model.bin")).toBeLessThanOrEqual(mobileNetLimits.weights);
  });

  it.each(floatModels)("$model, quantized", async (request) => {
    await compareFamilies(importShared(request.model), request, "quantized");
  });

  it.each(floatModels)("$model, in float", async (request) => {
    await compareFamilies(importShared(request.model), request, "float");
  });
});

it("JavaScript, baseline and relaxed SIMD give the same bytes on the digits", async () => {
  const request = { model: "digits", data: "examples/digits/calib_x.npy", count: 5 };
  await compareFamilies(importDigits(), request, "quantized");
  await compareFamilies(importDigits(), request, "float");
});

/** Compares all programs of a model and gives the one for WebAssembly. */
async function compareFamilies(
  imported: ImportedModel,
  request: Case,
  form: "as it is" | "quantized" | "float",
): Promise<Emitted> {
  const samples = samplesFor(imported.graph, request);
  const model =
    form === "quantized"
      ? calibrated(imported, samples)
      : accepted(
          quantizeModel(prepared(imported, { float: form === "float" }), new Map(), { io: "same" }),
        );
  const integer = lowered(model, defaultRequantize(imported));
  const js = await (await emitted(integer, "js")).load();
  const wasm = await emitted(integer, "wasm", relaxedSources());
  expect(wasm.files.has("model.relaxed.wasm")).toBe(form !== "float");
  const programs = [await wasm.load({ simd: "baseline" }), await wasm.load({ simd: "relaxed" })];
  for (const sample of samples) {
    const wanted = js.run(asArrays(sample));
    for (const program of programs) expect(program.run(asArrays(sample))).toEqual(wanted);
  }
  const { arenaBytes, arenaLowerBoundBytes } = wasm.manifest;
  expect(arenaBytes).toBeLessThanOrEqual(1.1 * arenaLowerBoundBytes);
  return wasm;
}

function calibrated(imported: ImportedModel, samples: readonly Sample[]): QuantizedModel {
  const ready = prepared(imported);
  const statistics = accepted(calibrate(ready, samples, { module: kernelModule() }));
  return accepted(quantizeModel(ready, statistics, { io: "float" }));
}

function samplesFor(graph: Graph, { data, count, noise }: Case): readonly Sample[] {
  const real = data === undefined ? [] : take(samplesOf(graph, data), count);
  return noise ? [...real, noiseFor(graph)] : [...real];
}

function noiseFor(graph: Graph): Sample {
  const next = numbers(1);
  return new Map(
    graph.inputs.map(({ name, value }) => {
      const { dtype, shape } = typeOf(graph, value);
      const data = allocate(dtype, sizeOf(shape));
      for (let i = 0; i < data.length; i++)
        data[i] = dtype === "float32" ? (next() + 1) / 2 : next() * 2 ** 31;
      return [name, { dtype, shape, data }];
    }),
  );
}
