/**
 * Time of matching and rewriting against the size of the graph, and of checking 1,000 rules: `node bench/rewrite.ts`. Each figure with
 * what is asked of it: the first run in a process of its own, the median of later ones, and the slope between 10,000 and 100,000
 * nodes (1 is linear). `--once ROW` is such a process.
 */
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { resolveRules } from "../compiler/cli/rule-files.ts";
import { GraphEditor } from "../compiler/ir/edit.ts";
import type { Graph, Value } from "../compiler/ir/graph.ts";
import { type Tensor, tensor } from "../compiler/ir/types.ts";
import { ops } from "../compiler/ops/index.ts";
import { annotate } from "../compiler/quantize/annotate.ts";
import { applyRules } from "../compiler/rewrite/driver.ts";
import { type Library, loadLibrary } from "../compiler/rewrite/load-rules.ts";

function load(text: string): Library {
  const { value, diagnostics } = loadLibrary(
    { path: "bench.qcfg", text },
    { ops, resolve: resolveRules },
  );
  if (value === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return value;
}

/** Blocks as an ONNX file has them: channel-first outside, so every convolution stands between two transposes. */
function network(nodes: number): Graph {
  const editor = new GraphEditor(ops, "bench");
  const constant = (value: Tensor) => editor.constant(value);
  const kernel = constant(tensor("float32", [2, 1, 1, 2], [1, 0.5, 0.25, 1]));
  const vector = constant(tensor("float32", [2], [1, 2]));
  let x: Value = editor.input("x", { dtype: "float32", shape: [1, 2, 3, 3] });
  const add = (op: string, operands: readonly Value[], attributes = {}) =>
    editor.value({ op, operands, attributes });
  const transposed = (value: Value, permutation: readonly number[]) =>
    add("Transpose", [value], { permutation });
  for (let count = 0; count < nodes; count += 8) {
    const skip = x;
    const conv = add("Conv2D", [transposed(x, [0, 2, 3, 1]), kernel, vector]);
    const normalised = add("BatchNorm", [
      transposed(transposed(conv, [0, 3, 1, 2]), [0, 2, 3, 1]),
      vector,
      vector,
      vector,
      vector,
    ]);
    x = add("ReLU", [add("Add", [transposed(normalised, [0, 3, 1, 2]), skip])]);
  }
  editor.output({ name: "y", value: x });
  return editor.finish();
}

/** One hundred rules of one kind that look at this network's ops and hardly ever fit. */
function hundred(rule: (i: number) => string): string {
  return Array.from({ length: 100 }, (_, i) => rule(i)).join("\n");
}

const requests = `quantizer a8 = MovingAverage(int8)\n${hundred(
  (i) =>
    `quantize Rule${i} optional { match c: Conv2D -> act: ReLU${i % 2 ? "6" : ""} -> Add require c.name ~ /x${i}/ set act.output = a8 }`,
)}`;

/** Every other one goes before the next, and half of all nodes are in a match of such a one. */
const overlapping = hundred((i) =>
  i % 2 === 0
    ? `rewrite Rule${i} { match x -> Add -> r: ReLU require r.name ~ /x${i}/ replace r with x -> Exp before Rule${i + 1} }`
    : `rewrite Rule${i} { match shared a: Add(t: Transpose, x) require ${i} == 1 || a.name ~ /x${i}/ replace a with Subtract(t, x) }`,
);

/** What is done to a graph, and what came of it. */
type Row = () => (graph: Graph) => string;

const rows: Readonly<Record<string, Row>> = {
  "standard libraries rewrite": () => {
    const { rewrites } = load('import "std/canonical"\nimport "std/fold"\nimport "std/layout"');
    return (graph) => rewritten(graph, rewrites);
  },
  "integer rules, none of which fits": () => {
    const { rewrites } = load('import "std/integer"');
    return (graph) => rewritten(graph, rewrites);
  },
  "100 rules, ordered by `before`": () => {
    const { rewrites } = load(overlapping);
    return (graph) => rewritten(graph, rewrites);
  },
  "100 rules annotate": () => {
    const { quantizes } = load(requests);
    return (graph) => `${annotate(graph, quantizes, { ops }).annotations.sites.size} sites`;
  },
};

function rewritten(graph: Graph, rules: Library["rewrites"]): string {
  const { graph: after, fired } = applyRules(graph, rules, { ops });
  const total = [...fired.values()].reduce((sum, times) => sum + times, 0);
  return `${total} rewrites, ${after.nodes.size} nodes left`;
}

/** Milliseconds of one run on a graph of its own, and what came of it. */
function timed(run: (graph: Graph) => string, nodes: number): { time: number; note: string } {
  const graph = network(nodes);
  const start = performance.now();
  const note = run(graph);
  return { time: performance.now() - start, note };
}

function median(run: (graph: Graph) => string, nodes: number): number {
  const times = Array.from({ length: 5 }, () => timed(run, nodes).time);
  return times.sort((a, b) => a - b)[2]!;
}

/** In a process that has done nothing before. */
function firstRun(row: string): number {
  const args = [import.meta.filename, "--once", row];
  const { stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
  return Number(stdout);
}

function verdict(measured: number, asked: number): string {
  return measured <= asked ? "holds" : "DOES NOT HOLD";
}

function report(row: string): void {
  const run = rows[row]!();
  const first = firstRun(row);
  const { note } = timed(run, large);
  const [small, whole] = [median(run, large / 10), median(run, large)];
  const slope = Math.log10(whole / small);
  console.log(`${row}: ${note}`);
  for (const [what, time] of [
    ["first run", first],
    ["median", whole],
  ] as const)
    console.log(
      `  ${what.padEnd(10)} asked < 1000 ms  measured ${time.toFixed(0).padStart(5)} ms  ${verdict(time, 1000)}`,
    );
  console.log(
    `  slope      asked ≤ 1.1      measured ${slope.toFixed(2).padStart(5)}     ${verdict(slope, 1.1)}`,
  );
}

const large = 100_000;
const { once } = parseArgs({ options: { once: { type: "string" } } }).values;
if (once !== undefined) console.log(timed(rows[once]!(), large).time);
else {
  console.log(`graphs of ${large} nodes`);
  for (const row of Object.keys(rows)) report(row);
}
