import { exportOnnx } from "../../compiler/backends/onnx/export-onnx.ts";
import { kernelLibrary } from "../../compiler/cli/kernel-library.ts";
import { kernelsMissingFrom } from "../../compiler/emit/link-program.ts";
import { readLibrary } from "../../compiler/emit/wasm/library.ts";
import { importModel } from "../../compiler/frontends/import-model.ts";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { allocate, sizeOf, type Tensor, type TensorType } from "../../compiler/ir/types.ts";
import { verify } from "../../compiler/ir/verify.ts";
import { joinInPlace } from "../../compiler/lower/join-in-place.ts";
import { planMemory } from "../../compiler/lower/plan-memory.ts";
import { schedule } from "../../compiler/lower/schedule.ts";
import { selectSimd } from "../../compiler/lower/select-simd.ts";
import type { FloatNode } from "../../compiler/lower/summary.ts";
import { ops } from "../../compiler/ops/index.ts";
import {
  calibrate,
  evaluator,
  type LoweredModel,
  type QuantizedModel,
  quantizeModel,
} from "../../compiler/pipeline.ts";
import { simulate } from "../../compiler/quantize/simulate.ts";
import type { Model } from "../../runtime/model.ts";
import { kernels } from "../../runtime/reference/index.ts";
import { random } from "../onnxruntime/random.ts";
import { accepted, asArrays, emitted, loadEmitted, lowered, prepared } from "../support/models.ts";
import { type Feed, openSession, runSession } from "../support/onnxruntime.ts";
import { relaxedSources } from "../support/relaxed-dot.ts";
import type { ZooModel } from "./model.ts";
import { writer } from "./writer.ts";

/** What was seen of one model on its way through the compiler. */
export interface Findings {
  /** Operators of the file. */
  readonly operators: number;
  /** Farthest from ONNX Runtime, relative to the largest magnitude of the output. */
  readonly importedError: number;
  readonly canonicalError: number;
  /** Violations of any form, in the form's own words. */
  readonly violations: readonly string[];
  /** Outputs of the simulation that are not those of the integer graph, by mode. */
  readonly simulationDiffers: readonly string[];
  /** Outputs of programs that are not those of the integer graph, by family. */
  readonly programDiffers: readonly string[];
  /** Kernels that the package has not ready for the programs in float and integers: it would be assembled. */
  readonly unlinked: readonly string[];
  /** The arenas of programs, in float and in integers, to their lower bounds; the largest of the ratios. */
  readonly arena: number;
  readonly floatNodes: readonly FloatNode[];
  readonly integerNodes: number;
  /** Nodes that are still transposes in the integer graph. */
  readonly transposes: readonly string[];
  /** Signal-to-noise ratio of each float output, in dB; none where there is no noise. */
  readonly sqnr: Readonly<Record<string, number>>;
  /** Of the exported model against our program, in the outputs' steps. */
  readonly exported: ExportFindings;
}

export interface ExportFindings {
  /** Why it could not be exported, or not be loaded. */
  readonly failure?: string;
  /** The part of the elements of float outputs within two steps. */
  readonly near: number;
}

type Sample = ReadonlyMap<string, Tensor>;

/** Takes a model of the zoo through everything that the compiler does with a model. */
export async function inspect(zoo: ZooModel): Promise<Findings> {
  const { bytes, model, ready, tests, quantized } = quantizeZooModel(zoo);
  const floats = evaluator(ready.graph);
  const theirs = await runAll(bytes, tests, model.graph);
  const importedError = farthest(tests.map(evaluator(model.graph)), theirs);
  const canonicalError = farthest(tests.map(floats), theirs);
  const onnx = lowered(quantized, "onnx");
  const tflite = lowered(quantized, "tflite");
  const violations = [
    ...verify(model.graph, ops, "imported"),
    ...verify(ready.graph, ops, "canonical"),
    ...verify(quantized.graph, ops, "quantized"),
    ...verify(onnx.graph, ops, "integer"),
    ...verify(tflite.graph, ops, "integer"),
  ];
  const simulationDiffers = [onnx, tflite].flatMap(({ graph, requantize }) =>
    tests.slice(0, 2).flatMap((sample) => {
      const { keptInFloat } = quantized;
      const evaluation = { ops, kernels, requantize, keptInFloat };
      const simulated = simulate(quantized.graph, sample, evaluation);
      return differing(evaluate(graph, sample, evaluation), asArrays(simulated), requantize);
    }),
  );
  const integers = evaluator(onnx.graph, "onnx");
  const ours = tests.map(integers);
  const programs = await programsOf(onnx);
  const programDiffers = [tests[0]!, beyondRanges(tests[0]!)].flatMap((sample) => {
    const wanted = integers(sample);
    return [...programs].flatMap(([family, program]) =>
      differing(wanted, program.run(asArrays(sample)), family),
    );
  });
  return {
    operators: operatorsOf(zoo),
    importedError,
    canonicalError,
    violations,
    simulationDiffers,
    programDiffers,
    unlinked: [{ ...onnx, graph: ready.graph }, onnx, tflite].flatMap(unlinkedOf),
    arena: Math.max(...[ready.graph, onnx.graph].flatMap(arenasOf)),
    floatNodes: onnx.summary.floatNodes,
    integerNodes: onnx.summary.integerNodes,
    transposes: transposesOf(onnx.graph),
    sqnr: signalToNoise(tests.map(floats), ours),
    exported: await inspectExport(quantized, tests, ours),
  };
}

/** A model of the zoo under the default scheme, and what it is tested on. */
export function quantizeZooModel(zoo: ZooModel) {
  const bytes = bytesOf(zoo);
  const { name, batch, dimensions } = zoo;
  const model = accepted(importModel(bytes, { name, batch, dimensions }));
  const tests = samples(zoo, model.graph, 3, 1000);
  const ready = prepared(model);
  // The samples that are compared are among those of the calibration: what is measured is the arithmetic.
  const calibration = [...samples(zoo, model.graph, 5, 1), ...tests];
  const statistics = accepted(calibrate(ready, calibration));
  const quantized = accepted(quantizeModel(ready, statistics, { io: "float" }));
  return { bytes, model, ready, tests, quantized };
}

function bytesOf(zoo: ZooModel): Uint8Array {
  const net = writer(zoo);
  zoo.build(net);
  return net.bytes();
}

function operatorsOf(zoo: ZooModel): number {
  const net = writer(zoo);
  zoo.build(net);
  return net.operators();
}

/** Pictures and sounds are waves with noise on them; integers are below the model's limits. */
export function samples(
  zoo: Pick<ZooModel, "seed" | "below">,
  graph: Graph,
  count: number,
  seed: number,
): Sample[] {
  const { unit, integer } = random(seed + (zoo.seed ?? 0));
  const draw = (name: string, { dtype, shape }: TensorType): Tensor => {
    const data = allocate(dtype, sizeOf(shape));
    const limit = zoo.below?.[name] ?? 2;
    const [frequency, phase, tilt] = [0.02 + unit() * 0.5, unit() * 6, unit() - 0.5];
    for (let i = 0; i < data.length; i++) {
      data[i] =
        dtype === "float32"
          ? 0.5 * tilt + 0.6 * Math.sin(frequency * i + phase) + 0.6 * (unit() - 0.5)
          : integer(0, limit - 1);
    }
    return { dtype, shape, data };
  };
  const types = graph.inputs.map(
    ({ name, value }) => [name, graph.nodes.get(value.node)!.types[0]!] as const,
  );
  return Array.from(
    { length: count },
    () => new Map(types.map(([name, type]) => [name, draw(name, type)])),
  );
}

/** ONNX Runtime's results for all samples. */
async function runAll(
  bytes: Uint8Array,
  tests: readonly Sample[],
  graph: Graph,
): Promise<Map<string, Tensor>[]> {
  const session = await openSession(bytes);
  try {
    const all: Map<string, Tensor>[] = [];
    for (const sample of tests) {
      const feeds = [...sample].map(([name, tensor]) => [name, feedOf(graph, name, tensor)]);
      const results = await runSession(session, Object.fromEntries(feeds));
      all.push(
        new Map(
          Object.entries(results).map(([name, { data, dims }]) => [
            name,
            {
              dtype: "float32",
              shape: dims,
              data: Float32Array.from(data as ArrayLike<number>, Number),
            },
          ]),
        ),
      );
    }
    return all;
  } finally {
    await session.release();
  }
}

function feedOf(graph: Graph, name: string, { dtype, shape, data }: Tensor): Feed {
  const wire = graph.inputs.find((port) => port.name === name)?.wire ?? dtype;
  if (wire === "int64") return { shape, data: BigInt64Array.from(data, BigInt) };
  return { shape, data: data as Float32Array, dtype: wire as Feed["dtype"] & string };
}

function farthest(
  ours: readonly ReadonlyMap<string, Tensor>[],
  theirs: readonly ReadonlyMap<string, Tensor>[],
): number {
  let worst = 0;
  for (const [i, outputs] of theirs.entries()) {
    for (const [name, wanted] of outputs) {
      const got = ours[i]!.get(name);
      if (got === undefined || `${got.shape}` !== `${wanted.shape}`)
        throw new Error(`output ${name} is ${got?.shape}, not ${wanted.shape}`);
      let largest = 0;
      let far = 0;
      wanted.data.forEach((want, at) => {
        largest = Math.max(largest, Math.abs(want));
        const distance = Math.abs(want - got.data[at]!);
        far = Number.isNaN(distance) ? Infinity : Math.max(far, distance);
      });
      worst = Math.max(worst, far / Math.max(largest, 1e-9));
    }
  }
  return worst;
}

/** The programs in JavaScript and WebAssembly, by family. */
async function programsOf(integer: LoweredModel): Promise<ReadonlyMap<string, Model>> {
  const programs = new Map([["js", await loadEmitted(integer)]]);
  const { load } = await emitted(integer, "wasm", relaxedSources());
  for (const simd of ["baseline", "relaxed"] as const) programs.set(simd, await load({ simd }));
  return programs;
}

const library = readLibrary(kernelLibrary("baseline"));

/** Kernels of the program that the package has not ready, in float and in integers. */
function unlinkedOf({ graph, requantize }: Pick<LoweredModel, "graph" | "requantize">) {
  return kernelsMissingFrom(library, selectSimd(joinInPlace(schedule(graph, ops, requantize))));
}

/** For JavaScript and for WebAssembly. */
function arenasOf(graph: Graph): readonly number[] {
  const program = joinInPlace(schedule(graph, ops, "onnx"));
  return [program, selectSimd(program)].map((each) => {
    const { arenaBytes, arenaLowerBoundBytes } = planMemory(each);
    return arenaBytes / Math.max(arenaLowerBoundBytes, 1);
  });
}

/** Floats three times as large, some fifty times: so results saturate. */
export function beyondRanges(sample: Sample): Sample {
  const farther = (data: Tensor["data"]) => data.map((x, i) => x * (i % 7 === 0 ? 50 : 3));
  return new Map(
    [...sample].map(([name, tensor]) =>
      tensor.dtype === "float32"
        ? [name, { ...tensor, data: farther(tensor.data) as Tensor["data"] }]
        : [name, tensor],
    ),
  );
}

/** Outputs that have not the same bytes. */
function differing(
  wanted: ReadonlyMap<string, Tensor>,
  found: Readonly<Record<string, ArrayBufferView>>,
  where: string,
): string[] {
  return [...wanted].flatMap(([name, { data }]) =>
    sameBytes(data, found[name]!) ? [] : [`${where}: ${name}`],
  );
}

function sameBytes(a: ArrayBufferView, b: ArrayBufferView): boolean {
  const view = (x: ArrayBufferView) => Buffer.from(x.buffer, x.byteOffset, x.byteLength);
  return view(a).equals(view(b));
}

/** A transpose that only moves extents of 1 is a copy, which the schedule leaves away. */
function transposesOf(graph: Graph): readonly string[] {
  return schedule(graph, ops, "onnx")
    .steps.filter(({ op, kernel }) => op === "Transpose" && kernel !== "copy")
    .map(({ node }) => node);
}

function signalToNoise(
  wanted: readonly ReadonlyMap<string, Tensor>[],
  got: readonly ReadonlyMap<string, Tensor>[],
): Record<string, number> {
  const ratios: Record<string, number> = {};
  for (const [name, { dtype }] of wanted[0]!) {
    if (dtype !== "float32") continue;
    let signal = 0;
    let noise = 0;
    wanted.forEach((outputs, i) => {
      outputs.get(name)!.data.forEach((want, at) => {
        signal += want * want;
        noise += (want - got[i]!.get(name)!.data[at]!) ** 2;
      });
    });
    if (noise > 0) ratios[name] = Math.round(100 * Math.log10(signal / noise)) / 10;
  }
  return ratios;
}

async function inspectExport(
  { graph }: QuantizedModel,
  tests: readonly Sample[],
  ours: readonly ReadonlyMap<string, Tensor>[],
): Promise<ExportFindings> {
  try {
    const theirs = await runAll(exportOnnx(graph, ops), tests, graph);
    let near = 0;
    let count = 0;
    for (const [i, outputs] of theirs.entries()) {
      for (const [name, wanted] of outputs) {
        const got = ours[i]!.get(name)!;
        const step = stepOf(graph, name) ?? spread(wanted.data) / 255;
        wanted.data.forEach((want, at) => {
          count++;
          if (Math.abs(want - got.data[at]!) <= 2.001 * step) near++;
        });
      }
    }
    return { near: near / count };
  } catch (error) {
    return { failure: (error as Error).message.slice(0, 400), near: 0 };
  }
}

/** The step of an output that is the real value of integers. */
function stepOf(graph: Graph, name: string): number | undefined {
  const { value } = graph.outputs.find((port) => port.name === name)!;
  const node = graph.nodes.get(value.node)!;
  if (node.op !== "Dequantize") return undefined;
  const [operand] = node.operands;
  return graph.nodes.get(operand!.node)!.types[operand!.output]!.quant?.scale[0];
}

function spread(data: ArrayLike<number>): number {
  let [low, high] = [0, 0];
  for (let i = 0; i < data.length; i++) {
    low = Math.min(low, data[i]!);
    high = Math.max(high, data[i]!);
  }
  return high - low;
}
