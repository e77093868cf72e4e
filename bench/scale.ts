/**
 * CPU time of every stage against the size of the graph: `node bench/scale.ts [chain|wide] [size …]`. A slope of 1 between two sizes is
 * linear. `chain` is one long residual network, `wide` has branches side by side that meet in one concatenation, and an output
 * for every hundredth of them.
 */
import { exportOnnx } from "../compiler/backends/onnx/export-onnx.ts";
import type { Statistics } from "../compiler/calibrate/statistics.ts";
import { resolveRules } from "../compiler/cli/rule-files.ts";
import { runtimeSources } from "../compiler/cli/runtime-sources.ts";
import { importModel } from "../compiler/frontends/import-model.ts";
import { evaluate } from "../compiler/ir/evaluate.ts";
import { parseGraph } from "../compiler/ir/parse.ts";
import { printGraph } from "../compiler/ir/print.ts";
import { tensor } from "../compiler/ir/types.ts";
import { verify } from "../compiler/ir/verify.ts";
import { joinInPlace } from "../compiler/lower/join-in-place.ts";
import { planMemory } from "../compiler/lower/plan-memory.ts";
import { schedule } from "../compiler/lower/schedule.ts";
import { ops } from "../compiler/ops/index.ts";
import * as pipeline from "../compiler/pipeline.ts";
import { simulate } from "../compiler/quantize/simulate.ts";
import { renderDiagnostic } from "../grammar/index.ts";
import type { Checked } from "../grammar/source/diagnostic.ts";
import { SourceFile } from "../grammar/source/source-file.ts";
import { kernels } from "../runtime/reference/index.ts";
import { modelBytes, node, type Value } from "../test/onnxruntime/one-op-model.ts";

const sizes = [1_000, 10_000, 100_000];
const shape = [1, 2, 2, 2];
const port: Value = { dtype: "float32", shape };

/** Convolution, ReLU, addition of what came in: one block. */
function block(x: string, y: string) {
  return [
    node("Conv", [x, "kernel", "bias"], `${y}_conv`),
    node("Relu", [`${y}_conv`], `${y}_relu`),
    node("Add", [`${y}_relu`, x], y),
  ];
}

const constants: Readonly<Record<string, Value>> = {
  kernel: { dtype: "float32", shape: [2, 2, 1, 1], values: [0.5, -0.25, 0.125, 0.25] },
  bias: { dtype: "float32", shape: [2], values: [0.01, -0.02] },
};

function chain(nodes: number): Uint8Array {
  const blocks = Array.from({ length: Math.floor(nodes / 3) }, (_, i) =>
    block(`x${i}`, `x${i + 1}`),
  );
  const outputs = { [`x${blocks.length}`]: port };
  return modelBytes({ inputs: { x0: port }, outputs, constants, nodes: blocks.flat() });
}

function wide(nodes: number): Uint8Array {
  const branches = Array.from({ length: Math.floor(nodes / 3) }, (_, i) => block("x", `y${i}`));
  const names = branches.map((_, i) => `y${i}`);
  const joined = node("Concat", names, "y", { axis: 1 });
  const some = names.filter((_, i) => i % 100 === 0).map((name) => [name, port] as const);
  const outputs = {
    ...Object.fromEntries(some),
    y: { ...port, shape: [1, 2 * names.length, 2, 2] },
  };
  return modelBytes({
    inputs: { x: port },
    outputs,
    constants,
    nodes: [...branches.flat(), joined],
  });
}

function accepted<T>({ value, diagnostics }: Checked<T>): T {
  if (value !== undefined) return value;
  throw new Error(
    diagnostics
      .slice(0, 3)
      .map((found) => renderDiagnostic(found))
      .join("\n"),
  );
}

const rules = accepted(pipeline.loadRules(undefined, resolveRules));

/** Milliseconds of CPU time of every stage, by name: what else the machine does counts little. */
function measure(bytes: Uint8Array): ReadonlyMap<string, number> {
  const times = new Map<string, number>();
  const time = <T>(stage: string, run: () => T): T => {
    const start = process.cpuUsage();
    const made = run();
    const { user, system } = process.cpuUsage(start);
    times.set(stage, (user + system) / 1000);
    return made;
  };
  const model = time("import", () => accepted(importModel(bytes, { name: "scale.onnx" })));
  const prepared = time("rules and annotations", () =>
    accepted(pipeline.prepareModel(model, rules)),
  );
  const [input] = prepared.graph.inputs;
  const x = tensor("float32", shape, [1, -1, 0.5, 0.25, -0.5, 2, 0, -2]);
  const sample = new Map([[input!.name, x]]);
  const statistics: ReadonlyMap<string, Statistics> = time("calibrate, one sample", () =>
    accepted(pipeline.calibrate(prepared, [sample])),
  );
  const quantized = time("quantize", () =>
    accepted(pipeline.quantizeModel(prepared, statistics, { io: "float" })),
  );
  const lowered = time("integer rules", () =>
    accepted(pipeline.lowerModel(quantized, { requantize: "onnx" })),
  );
  const { graph } = lowered;
  time("verify", () => verify(graph, ops, "integer"));
  const text = time("print", () => printGraph(graph, ops));
  time("parse", () => accepted(parseGraph(new SourceFile("scale.qir", text), ops)));
  time("simulate", () => simulate(quantized.graph, sample, { ops, kernels }));
  time("evaluate", () => evaluate(graph, sample, { ops, kernels }));
  const copied = time("schedule", () => schedule(graph, ops, "onnx"));
  const scheduled = time("join in place", () => joinInPlace(copied));
  time("plan memory", () => planMemory(scheduled));
  const origin = {
    model: "scale",
    modelDigest: "",
    rulesDigest: "",
    rules: {},
    floatNodes: [],
    preprocessing: {},
  };
  time("emit", () =>
    pipeline.emitModel(lowered, { origin, target: "js", readSource: runtimeSources }),
  );
  time("export to ONNX", () => exportOnnx(quantized.graph, ops));
  return times;
}

const networks = { chain, wide };
const wanted = process.argv[2] as keyof typeof networks | undefined;
const given = process.argv.slice(3).map(Number);
for (const name of wanted ? [wanted] : (Object.keys(networks) as (keyof typeof networks)[])) {
  const columns = (given.length > 0 ? given : sizes).map((size) => ({
    size,
    times: measure(networks[name](size)),
  }));
  console.log(
    `\n${name.padEnd(24)}${columns.map(({ size }) => `${size} nodes`.padStart(16)).join("")}     slope`,
  );
  for (const stage of columns[0]!.times.keys()) {
    const times = columns.map((column) => column.times.get(stage)!);
    const slope = times.length > 1 ? slopeOf(columns, times).toFixed(2) : "";
    const cells = times.map((ms) => `${ms.toFixed(1)} ms`.padStart(16)).join("");
    console.log(`${stage.padEnd(24)}${cells}${slope.padStart(10)}`);
  }
}

/** By which power of the size the time grew between the last two. */
function slopeOf(columns: readonly { readonly size: number }[], times: readonly number[]): number {
  const growth = (values: readonly number[]) => Math.log(values.at(-1)! / values.at(-2)!);
  return growth(times) / growth(columns.map(({ size }) => size));
}
