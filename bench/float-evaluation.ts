import { exportOnnx } from "../compiler/backends/onnx/export-onnx.ts";
import { readBytes } from "../compiler/cli/files.ts";
import { kernelLibrary } from "../compiler/cli/kernel-library.ts";
import { GraphEditor } from "../compiler/ir/edit.ts";
import { type Graph, typeOf } from "../compiler/ir/graph.ts";
import { allocate, sizeOf, type Tensor } from "../compiler/ir/types.ts";
import { ops } from "../compiler/ops/index.ts";
import { evaluator, withExactLayout } from "../compiler/pipeline.ts";
import { defaultRules, importShared, prepared, sharedPath } from "../test/support/models.ts";
import { randomTensor } from "../test/support/networks.ts";
import { type Feed, openSession, runSession } from "../test/support/onnxruntime.ts";

/** The models that are measured. */
export const floatModels: readonly string[] = [
  "mobilenet_v2",
  "cifar_mobilenet_v2.onnx",
  "resnet8_float.tflite",
  "kws_float.tflite",
  "vww_float.tflite",
  "ad_float.tflite",
  "mnist.onnx",
  "char_transformer.onnx",
];

/** MobileNetV2 1.0 on 224 × 224 (Sandler et al. 2018, table 2) with weights of no meaning: 300 million products. */
function mobileNet(): Graph {
  const editor = new GraphEditor(ops, "mobilenet_v2");
  let x = editor.input("image", { dtype: "float32", shape: [1, 224, 224, 3] });
  let channels = 3;
  const weights = (...shape: readonly number[]) => {
    const scale = 2 / Math.sqrt(sizeOf(shape) / Math.max(shape[0]!, 32));
    return editor.constant(randomTensor(shape, channels, scale));
  };
  const convolve = (out: number, size: number, stride: number, limited = true) => {
    const [before, after] = size === 1 ? [0, 0] : [2 - stride, 1];
    const depthwise = out === channels && size > 1;
    const kernel = depthwise ? weights(1, 3, 3, out) : weights(out, size, size, channels);
    const window = { strides: [stride, stride], padding: [before, before, after, after] };
    const op = depthwise ? "DepthwiseConv2D" : "Conv2D";
    x = editor.value({ op, operands: [x, kernel, weights(out)], attributes: window });
    if (limited) x = editor.value({ op: "ReLU6", operands: [x] });
    channels = out;
  };
  convolve(32, 3, 2);
  for (const [expansion, out, count, stride] of [
    [1, 16, 1, 1],
    [6, 24, 2, 2],
    [6, 32, 3, 2],
    [6, 64, 4, 2],
    [6, 96, 3, 1],
    [6, 160, 3, 2],
    [6, 320, 1, 1],
  ] as const) {
    for (let i = 0; i < count; i++) {
      const [start, from] = [x, channels];
      if (expansion > 1) convolve(channels * expansion, 1, 1);
      convolve(channels, 3, i === 0 ? stride : 1);
      convolve(out, 1, 1, false);
      if (from === out) x = editor.value({ op: "Add", operands: [x, start] });
    }
  }
  convolve(1280, 1, 1);
  const pooled = editor.value({ op: "GlobalAveragePool2D", operands: [x] });
  const flat = editor.value({
    op: "Reshape",
    operands: [pooled],
    attributes: { shape: [1, 1280] },
  });
  const scores = editor.value({ op: "Dense", operands: [flat, weights(1000, 1280)] });
  editor.output({ name: "scores", value: scores });
  return editor.finish();
}

/** Milliseconds of a single run: each contender's turn comes round again, so that a noisy second hits all of them. */
async function medians(
  contenders: readonly (() => unknown)[],
  milliseconds: number,
): Promise<readonly number[]> {
  const times = contenders.map(() => [] as number[]);
  const end = performance.now() + milliseconds;
  for (let round = 0; round < 20 || performance.now() < end; round++) {
    for (const [i, run] of contenders.entries()) {
      // Successive runs, as over a data set: the first one finds cold caches.
      for (let again = 0; again < 10; again++) {
        const started = performance.now();
        await run();
        if (round > 1) times[i]!.push(performance.now() - started);
      }
    }
  }
  return times.map((list) => list.toSorted((a, b) => a - b)[list.length >> 1]!);
}

/** Smooth numbers, or small integers. */
function sampleFor(graph: Graph): ReadonlyMap<string, Tensor> {
  return new Map(
    graph.inputs.map(({ name, value }) => {
      const { dtype, shape } = typeOf(graph, value);
      const data = allocate(dtype, sizeOf(shape));
      for (let i = 0; i < data.length; i++) data[i] = dtype === "float32" ? Math.sin(i) : i % 50;
      return [name, { dtype, shape, data }];
    }),
  );
}

/** What `qcfg eval` computes, and what calibration does. */
function graphsOf(name: string): { readonly asInFile: Graph; readonly graph: Graph } {
  if (name === "mobilenet_v2") {
    const graph = mobileNet();
    return { asInFile: graph, graph };
  }
  const model = importShared(name);
  const { graph } = prepared(model, { float: true });
  return { asInFile: withExactLayout(model.graph, defaultRules()), graph };
}

/** Median milliseconds of one sample. */
export interface FloatTimes {
  readonly onnxRuntime: number;
  /** The model as the file has it: `qcfg eval`. */
  readonly asInFile: number;
  /** What calibration runs on. */
  readonly canonical: number;
}

/**
 * Evaluation in float beside onnxruntime-web on the same model, in one process: one thread each, medians of single samples over about
 * so many milliseconds.
 */
export async function measureFloat(name: string, milliseconds: number): Promise<FloatTimes> {
  const { asInFile, graph } = graphsOf(name);
  const sample = sampleFor(asInFile);
  const bytes = name.endsWith(".onnx")
    ? readBytes(sharedPath(`models/${name}`))
    : exportOnnx(graph, ops);
  const session = await openSession(bytes);
  const feeds = Object.fromEntries(
    [...sample].map(([port, { shape, data }]) => {
      const isLong = session.inputMetadata.some(
        (each) => each.name === port && each.isTensor && each.type === "int64",
      );
      const fed: Feed = isLong
        ? { shape, data: BigInt64Array.from(data, (x) => BigInt(x)), dtype: "int64" }
        : { shape, data: data as Float32Array };
      return [port, fed];
    }),
  );
  const file = evaluator(asInFile, "onnx", kernelLibrary("baseline"));
  const canonical = evaluator(graph, "onnx", kernelLibrary("baseline"));
  const [theirs, asFile, ours] = await medians(
    [() => runSession(session, feeds), () => file(sample), () => canonical(sample)],
    milliseconds,
  );
  await session.release();
  return { onnxRuntime: theirs!, asInFile: asFile!, canonical: ours! };
}
