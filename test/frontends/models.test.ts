import { describe, expect, it } from "vitest";
import { prepare } from "../../compiler/ir/evaluate.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { parseGraph } from "../../compiler/ir/parse.ts";
import { printGraph } from "../../compiler/ir/print.ts";
import { printType } from "../../compiler/ir/types.ts";
import { verify } from "../../compiler/ir/verify.ts";
import { ops } from "../../compiler/ops/index.ts";
import { SourceFile } from "../../grammar/source/source-file.ts";
import { kernels } from "../../runtime/reference/index.ts";
import {
  accuracy,
  argmax,
  arrayOf,
  hasShared,
  importShared,
  samplesOf,
  take,
} from "../support/models.ts";

/** Real models: what the graph of each looks like, and that it computes what the model should. */

/** Input and output types, whether activations are quantized, and the ops that compute. */
const expected: Readonly<Record<string, readonly [string, string, boolean, string]>> = {
  "ad_float.tflite": ["f32[1, 640]", "f32[1, 640]", false, "10 Dense"],
  "ad_int8.tflite": ["i8[1, 640]", "i8[1, 640]", true, "10 Dense"],
  "char_transformer.onnx": ["i32[1, 128]", "f32[1, 128, 65]", false, "25 Dense"],
  "cifar_mobilenet_v2.onnx": [
    "f32[1, 3, 32, 32]",
    "f32[1, 10]",
    false,
    "23 Conv2D, 1 Dense, 11 DepthwiseConv2D",
  ],
  "kws_float.tflite": [
    "f32[1, 49, 10, 1]",
    "f32[1, 12]",
    false,
    "5 Conv2D, 1 Dense, 4 DepthwiseConv2D",
  ],
  "kws_hybrid.tflite": [
    "f32[1, 49, 10, 1]",
    "f32[1, 12]",
    false,
    "5 Conv2D, 1 Dense, 4 DepthwiseConv2D",
  ],
  "kws_int8.tflite": [
    "i8[1, 49, 10, 1]",
    "i8[1, 12]",
    true,
    "5 Conv2D, 1 Dense, 4 DepthwiseConv2D",
  ],
  "mnist.onnx": ["f32[1, 1, 28, 28]", "f32[1, 10]", false, "2 Conv2D, 1 Dense"],
  "mobilenet_v2_int8.tflite": [
    "u8[1, 224, 224, 3]",
    "u8[1, 1001]",
    true,
    "36 Conv2D, 17 DepthwiseConv2D",
  ],
  "resnet8_float.tflite": ["f32[1, 32, 32, 3]", "f32[1, 10]", false, "9 Conv2D, 1 Dense"],
  "resnet8_int8.tflite": ["i8[1, 32, 32, 3]", "i8[1, 10]", true, "9 Conv2D, 1 Dense"],
  "vww_float.tflite": [
    "f32[1, 96, 96, 3]",
    "f32[1, 2]",
    false,
    "14 Conv2D, 1 Dense, 13 DepthwiseConv2D",
  ],
  "vww_int8.tflite": [
    "i8[1, 96, 96, 3]",
    "i8[1, 2]",
    true,
    "14 Conv2D, 1 Dense, 13 DepthwiseConv2D",
  ],
};

const layers = ["Conv2D", "Dense", "DepthwiseConv2D"];

describe.skipIf(!hasShared)("real models", () => {
  it.each(Object.keys(expected))("%s is read whole", (name) => {
    const { graph, quantized } = importShared(name);
    expect(verify(graph, ops, "imported")).toEqual([]);
    const counts = layers.map((op) => [countOf(graph, op), op] as const);
    const found = counts.filter(([count]) => count > 0).map((entry) => entry.join(" "));
    const [input, output] = [graph.inputs[0]!, graph.outputs[0]!];
    expect([portType(graph, input), portType(graph, output), quantized, found.join(", ")]).toEqual(
      expected[name],
    );
  });

  it.each(["mnist.onnx", "kws_int8.tflite"])("%s survives its text form", (name) => {
    const text = printGraph(importShared(name).graph, ops);
    const { value, diagnostics } = parseGraph(new SourceFile("model.qir", text), ops);
    expect(diagnostics).toEqual([]);
    // Only where nodes came from is not part of the text.
    const plain = (qir: string) => qir.replaceAll(/ \/\/ from .*/g, "");
    expect(plain(printGraph(value!, ops))).toBe(plain(text));
  });

  /** Accuracy over so many samples, and the least that may come out; the figures for all are in ../shared. */
  it.each([
    ["mnist.onnx", "mnist/eval_x.npy", 60, 96],
    ["kws_float.tflite", "kws/eval_x_float32.npy", 60, 86],
    ["kws_hybrid.tflite", "kws/eval_x_float32.npy", 60, 86],
    ["cifar_mobilenet_v2.onnx", "cifar10/eval_x.npy", 30, 73],
    ["kws_int8.tflite", "kws/eval_x.npy", 60, 86],
  ] as const)("%s is right about real data", (name, path, count, least) => {
    const { graph } = importShared(name);
    const run = prepare(graph, { ops, kernels, requantize: "tflite" });
    const labels = arrayOf(`data/${path.replace(/_x.*/, "_y.npy")}`).data;
    const samples = samplesOf(graph, `data/${path}`);
    expect(accuracy(run, samples, labels, count)).toBeGreaterThanOrEqual(least);
  });

  it("resnet8_float.tflite gives what TensorFlow Lite gives", () => {
    const { graph } = importShared("resnet8_float.tflite");
    const run = prepare(graph, { ops, kernels });
    const wanted = arrayOf("golden/resnet8_float32_y.npy").data;
    let at = 0;
    for (const sample of take(samplesOf(graph, "golden/resnet8_float32_x.npy"), 4))
      for (const y of [...run(sample).values()][0]!.data)
        expect(Math.abs(y - Number(wanted[at++]))).toBeLessThan(1e-5);
  });

  it("char_transformer.onnx predicts the next character", () => {
    const { graph } = importShared("char_transformer.onnx");
    const run = prepare(graph, { ops, kernels });
    const labels = arrayOf("data/charlm/eval_y.npy").data;
    const [sample] = take(samplesOf(graph, "data/charlm/eval_x.npy"), 1);
    const { data } = [...run(sample!).values()][0]!;
    const hits = Array.from({ length: 128 }, (_, i) => {
      const logits = data.subarray(65 * i, 65 * (i + 1));
      return argmax(logits) === Number(labels[i]) ? 1 : 0;
    });
    // A guess is right once in 65 times.
    expect(hits.reduce((a: number, b) => a + b, 0)).toBeGreaterThan(45);
  });
});

function countOf(graph: Graph, op: string): number {
  return [...graph.nodes.values()].filter((node) => node.op === op).length;
}

/** Without quantization parameters. */
function portType(graph: Graph, { value }: Graph["inputs"][number]): string {
  const { dtype, shape } = graph.nodes.get(value.node)!.types[value.output]!;
  return printType({ dtype, shape });
}
