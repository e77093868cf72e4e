import { describe, expect, it } from "vitest";
import { exportOnnx } from "../../compiler/backends/onnx/export-onnx.ts";
import { kernelLibrary } from "../../compiler/cli/kernel-library.ts";
import { type Graph, typeOf } from "../../compiler/ir/graph.ts";
import { type QuantParams, sizeOf, type Tensor, tensor } from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";
import { calibrate, type QuantizedModel, quantizeModel } from "../../compiler/pipeline.ts";
import { random } from "../onnxruntime/random.ts";
import {
  accepted,
  argmax,
  hasShared,
  importShared,
  loadEmitted,
  lowered,
  ownRules,
  prepared,
  quantized,
  samplesOf,
  take,
} from "../support/models.ts";
import { type Feed, fusedOps, openSession, runSession } from "../support/onnxruntime.ts";

/**
 * Quantized models, exported, run wholly on the integer kernels of ONNX Runtime; our program in mode `onnx` gives the
 * same answers.
 */

/** Ops of a fused graph that compute on integers, or move them, or lead from and to the float ports. */
const integerOps =
  /^(QLinear\w+|QGemm|Reshape|Transpose|NhwcMaxPool|MaxPool|QuantizeLinear|DequantizeLinear)$/;

interface Case {
  readonly model: string;
  /** Rules beside those of the default scheme. */
  readonly rules?: string;
  /** Calibration of a float model. */
  readonly calibration?: { readonly path: string; readonly count: number };
  /** Samples to compare on; random ones where there are none. */
  readonly data?: string;
  readonly count: number;
  /** Whether some of its ops have no integer kernel, here and there. */
  readonly partly?: boolean;
  /** How many of its layers are kept in float. */
  readonly floatLayers?: number;
}

const cases: readonly Case[] = [
  {
    model: "mnist.onnx",
    calibration: { path: "data/mnist/calib_x.npy", count: 64 },
    data: "data/mnist/eval_x.npy",
    count: 500,
  },
  {
    model: "cifar_mobilenet_v2.onnx",
    calibration: { path: "data/cifar10/calib_x.npy", count: 64 },
    data: "data/cifar10/eval_x.npy",
    count: 100,
  },
  {
    model: "cifar_mobilenet_v2.onnx",
    rules: "quantize Spatial override { match l: DepthwiseConv2D set l.* = float }",
    calibration: { path: "data/cifar10/calib_x.npy", count: 16 },
    data: "data/cifar10/eval_x.npy",
    count: 20,
    partly: true,
    floatLayers: 11,
  },
  {
    model: "resnet8_float.tflite",
    calibration: { path: "data/cifar10/calib_x.npy", count: 64 },
    data: "data/cifar10/eval_x.npy",
    count: 100,
  },
  {
    model: "kws_float.tflite",
    calibration: { path: "data/kws/calib_x_float32.npy", count: 64 },
    data: "data/kws/eval_x_float32.npy",
    count: 200,
  },
  { model: "kws_int8.tflite", data: "data/kws/eval_x_float32.npy", count: 200 },
  { model: "resnet8_int8.tflite", data: "data/cifar10/eval_x.npy", count: 100 },
  {
    model: "char_transformer.onnx",
    calibration: { path: "data/charlm/calib_x.npy", count: 16 },
    data: "data/charlm/eval_x.npy",
    count: 10,
    partly: true,
  },
  { model: "vww_int8.tflite", count: 8 },
  { model: "ad_int8.tflite", data: "data/ad_calib_x.npy", count: 100 },
  { model: "mobilenet_v2_int8.tflite", count: 2 },
];

describe.skipIf(!hasShared)("exported to ONNX", () => {
  const titled = cases.map((wanted) => [titleOf(wanted), wanted] as const);
  it.each(titled)("%s", { timeout: 120_000 }, async (_, wanted) => {
    const model = modelOf(wanted);
    const bytes = exportOnnx(model.graph, ops);
    const counts = Object.fromEntries(await fusedOps(bytes));
    console.log(`${wanted.model}: ${JSON.stringify(counts)}`);
    if (!wanted.partly) {
      expect(Object.keys(counts).filter((op) => !integerOps.test(op))).toEqual([]);
      expect(counts.QuantizeLinear).toBe(model.graph.inputs.length);
      expect(counts.DequantizeLinear).toBe(model.graph.outputs.length);
    }
    expect(counts.FusedConv).toBe(wanted.floatLayers);
    const found = await compare(model, bytes, wanted);
    const { rows, agreeing, elements, differing, farthest } = found;
    console.log(
      `${wanted.model}: top-1 agrees on ${agreeing} of ${rows}; ` +
        `${differing} of ${elements} outputs differ, by at most ${farthest} steps`,
    );
    expect(agreeing / rows).toBeGreaterThanOrEqual(0.99);
    // Integer kernels alone give the same bits; float ops between them may differ in the last.
    if (!wanted.partly) expect(differing).toBe(0);
  });
});

function titleOf({ model, rules }: Case): string {
  return rules === undefined ? model : `${model} with ${rules}`;
}

function modelOf({ model, rules, calibration }: Case): QuantizedModel {
  const imported = importShared(model);
  if (rules === undefined) return quantized(imported, calibration, "float");
  const ready = prepared(imported, { rules: ownRules(rules) });
  const { path, count } = calibration!;
  const statistics = accepted(
    calibrate(ready, take(samplesOf(ready.graph, path), count), {
      module: kernelLibrary("baseline"),
    }),
  );
  return accepted(quantizeModel(ready, statistics, { io: "float" }));
}

interface Comparison {
  /** Lines along the last axis of the output: one for each sample, or for each position of a sequence. */
  readonly rows: number;
  /** Rows whose largest element is at the same place. */
  readonly agreeing: number;
  readonly elements: number;
  readonly differing: number;
  /** The largest difference, in steps of the output. */
  readonly farthest: number;
}

/** Our program beside ONNX Runtime, sample by sample. */
async function compare(
  model: QuantizedModel,
  bytes: Uint8Array,
  wanted: Case,
): Promise<Comparison> {
  const program = await loadEmitted(lowered(model, "onnx"));
  const session = await openSession(bytes);
  const [port] = model.graph.outputs;
  const width = typeOf(model.graph, port!.value).shape.at(-1)!;
  const step = outputStep(model.graph);
  let [rows, agreeing, elements, differing, farthest] = [0, 0, 0, 0, 0];
  for (const sample of samplesFor(model.graph, wanted)) {
    const arrays = [...sample].map(([name, { data }]) => [name, data]);
    const ours = program.run(Object.fromEntries(arrays))[port!.name] as Float32Array;
    const outputs = await runSession(session, feedsOf(model.graph, sample));
    const theirs = outputs[port!.name]!.data as Float32Array;
    elements += ours.length;
    for (let at = 0; at < ours.length; at += width, rows++) {
      const row = (values: Float32Array) => values.subarray(at, at + width);
      if (argmax(row(ours)) === argmax(row(theirs))) agreeing++;
    }
    ours.forEach((y, i) => {
      if (y !== theirs[i]) differing++;
      farthest = Math.max(farthest, Math.round(Math.abs(y - theirs[i]!) / step));
    });
  }
  await session.release();
  return { rows, agreeing, elements, differing, farthest };
}

function feedsOf(graph: Graph, sample: ReadonlyMap<string, Tensor>): Record<string, Feed> {
  const entries = graph.inputs.map(({ name, wire }) => {
    const { shape, data } = sample.get(name)!;
    const wide = wire === "int64" ? BigInt64Array.from(data as Int32Array, BigInt) : data;
    return [name, { shape, data: wide as Float32Array }] as const;
  });
  return Object.fromEntries(entries);
}

/** The size of one step of the only output. */
function outputStep(graph: Graph): number {
  const dequantize = graph.nodes.get(graph.outputs[0]!.value.node)!;
  return typeOf(graph, dequantize.operands[0]!).quant!.scale[0]!;
}

function samplesFor(graph: Graph, { data, count }: Case): Iterable<ReadonlyMap<string, Tensor>> {
  return data === undefined ? randomSamples(graph, count) : take(samplesOf(graph, data), count);
}

/** Reals over the range of each input. */
function* randomSamples(graph: Graph, count: number): Generator<ReadonlyMap<string, Tensor>> {
  const { unit } = random(1);
  for (let i = 0; i < count; i++) {
    yield new Map(
      graph.inputs.map(({ name, value }) => {
        const { shape } = typeOf(graph, value);
        const { scale, zeroPoint } = quantizationOf(graph, value.node);
        const reals = Array.from(
          { length: sizeOf(shape) },
          () => (256 * unit() - 128 - zeroPoint[0]!) * scale[0]!,
        );
        return [name, tensor("float32", shape, reals)];
      }),
    );
  }
}

/** The parameters in which an input is quantized to int8. */
function quantizationOf(graph: Graph, input: number): QuantParams {
  const quantize = [...graph.nodes.values()].find(
    ({ op, operands }) => op === "Quantize" && operands[0]!.node === input,
  )!;
  return quantize.types[0]!.quant!;
}
