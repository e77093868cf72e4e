/**
 * Time of matching and rewriting against the size of the graph: `node bench/rewrite.ts`. Each figure with what is asked of it: the
 * first run in a process of its own, the median of later ones, and the slope between 10,000 and 100,000 nodes (1 is linear). `--once ROW` is such a process.
 * A graph of 10,000 nodes fits in the caches of a processor and one of 100,000 does not: where a node takes less than a
 * microsecond, that alone is a slope of 1.2 to 1.4; from there to a million nodes it is 0.9 to 1.1.
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

/** Layers one after the other, with names as exporters give them. */
function layers(nodes: number): Graph {
  const editor = new GraphEditor(ops, "bench");
  const kernel = editor.constant(tensor("float32", [2, 1, 1, 2], [1, 0.5, 0.25, 1]));
  const vector = editor.constant(tensor("float32", [2], [1, 2]));
  let x: Value = editor.input("x", { dtype: "float32", shape: [1, 3, 3, 2] });
  for (let block = 0; 3 * block < nodes; block++) {
    const add = (op: string, operands: readonly Value[]) =>
      editor.value({ op, operands, name: `block${block}/${op}` });
    const normalised = add("BatchNorm", [
      add("Conv2D", [x, kernel, vector]),
      ...[vector, vector, vector, vector],
    ]);
    x = add("ReLU", [normalised]);
  }
  editor.output({ name: "y", value: x });
  return editor.finish();
}

/** One input and one constant that half of all nodes use, joined at the end. */
function wide(nodes: number): Graph {
  const editor = new GraphEditor(ops, "bench");
  const x = editor.input("x", { dtype: "float32", shape: [1, 2] });
  const constant = editor.constant(tensor("float32", [2], [1, 2]));
  const branches = Array.from({ length: nodes / 2 }, () => {
    const sum = editor.value({ op: "Add", operands: [x, constant] });
    return editor.value({ op: "ReLU", operands: [sum] });
  });
  const attributes = { axis: 0 };
  editor.output({
    name: "y",
    value: editor.value({ op: "Concat", operands: branches, attributes }),
  });
  return editor.finish();
}

/** Residual blocks as they are quantized: biases within convolutions, and an activation behind each sum. */
function residual(nodes: number): Graph {
  const editor = new GraphEditor(ops, "bench");
  const kernel = editor.constant(tensor("float32", [2, 1, 1, 2], [1, 0.5, 0.25, 1]));
  const bias = editor.constant(tensor("float32", [2], [1, 2]));
  const add = (op: string, operands: readonly Value[]) => editor.value({ op, operands });
  let x: Value = editor.input("x", { dtype: "float32", shape: [1, 3, 3, 2] });
  for (let count = 0; count < nodes; count += 5) {
    const inner = add("ReLU", [add("Conv2D", [x, kernel, bias])]);
    x = add("ReLU", [add("Add", [add("Conv2D", [inner, kernel, bias]), x])]);
  }
  editor.output({ name: "y", value: x });
  return editor.finish();
}

/** One hundred rules of one kind that look at a network's ops and hardly ever fit. */
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

const functions = ["ReLU", "Sigmoid", "Tanh", "Exp"];

/** The first one rewrites every block; the others ask for what only their conditions, attributes or ops miss. */
const oneOfHundred = hundred((i) => {
  switch (i === 0 ? 0 : 1 + (i % 3)) {
    case 0:
      return "rewrite Rule0 { match x -> BatchNorm -> r: ReLU replace r with x -> ReLU6 }";
    case 1:
      return `rewrite Rule${i} { match BatchNorm -> r: ReLU require r.name ~ /stage${i}.*/ replace r with r -> Exp }`;
    case 2:
      return `rewrite Rule${i} { match x -> c: Conv2D require c.strides == [${i + 1}, ${i + 1}] replace c with x -> same c { strides: [1, 1] } }`;
    default:
      return `rewrite Rule${i} { match x -> b: BatchNorm -> ${functions[1 + (i % 3)]} -> r: Conv2D require b.name == "n${i}" replace r with x -> same r }`;
  }
});

/** All look at one op, and see in four ways that it is not what they ask for. */
const oneOp = hundred((i) => {
  const asked = [
    `r.name == "n${i}"`,
    `x.shape[3] == ${i + 3}`,
    `r.name ~ /x${i}.*/`,
    `rank(x) == ${i + 5}`,
  ];
  return `rewrite Rule${i} { match x -> r: ReLU require ${asked[i % 4]} replace r with x -> Exp }`;
});

const ofUsers = hundred((i) =>
  i === 0
    ? "rewrite Rule0 { match x -> a: Add(k: Const) -> r: ReLU replace r with x -> Multiply(k) -> Exp }"
    : `rewrite Rule${i} { match x -> a: Add(k: Const) require a.name == "n${i}" replace a with x -> Exp }`,
);

const requestsOfAll = `quantizer a8 = MovingAverage(int8)\n${hundred((i) =>
  i === 0
    ? "quantize Rule0 { match c: Conv2D -> b: BatchNorm -> act: ReLU fuse c, b, act set c.input = a8 set act.output = a8 }"
    : `quantize Rule${i} optional { match c: Conv2D -> BatchNorm -> act: ReLU require c.name ~ /stage${i}.*/ set act.output = a8 }`,
)}`;

/** What is done to a graph, and what came of it. */
type Run = (graph: Graph) => string;

interface Row {
  readonly graph: (nodes: number) => Graph;
  readonly load: () => Run;
}

function rewriting(graph: Row["graph"], text: string): Row {
  return {
    graph,
    load: () => {
      const { rewrites } = load(text);
      return (graph) => rewritten(graph, rewrites);
    },
  };
}

function annotating(graph: Row["graph"], text: string): Row {
  return {
    graph,
    load: () => {
      const { quantizes } = load(text);
      return (graph) => `${annotate(graph, quantizes, { ops }).annotations.sites.size} sites`;
    },
  };
}

const rows: Readonly<Record<string, Row>> = {
  "standard libraries rewrite": rewriting(
    network,
    'import "std/canonical"\nimport "std/fold"\nimport "std/layout"',
  ),
  "integer rules, none of which fits": rewriting(network, 'import "std/integer"'),
  "100 rules, ordered by `before`": rewriting(network, overlapping),
  "100 rules, one of which rewrites every block": rewriting(layers, oneOfHundred),
  "100 rules at one op, none of which fits": rewriting(layers, oneOp),
  "100 rules among 50,000 users of one value": rewriting(wide, ofUsers),
  "100 rules annotate": annotating(network, requests),
  "100 rules annotate, one of them every block": annotating(layers, requestsOfAll),
  "the default scheme annotates": annotating(residual, 'import "std/default8bit"'),
};

function rewritten(graph: Graph, rules: Library["rewrites"]): string {
  const { graph: after, fired } = applyRules(graph, rules, { ops });
  const total = [...fired.values()].reduce((sum, times) => sum + times, 0);
  return `${total} rewrites, ${after.nodes.size} nodes left`;
}

/** Milliseconds of one run on a graph of its own, and what came of it. */
function timed({ graph: build }: Row, run: Run, nodes: number): { time: number; note: string } {
  const graph = build(nodes);
  const start = performance.now();
  const note = run(graph);
  return { time: performance.now() - start, note };
}

/** Small graphs are timed more often: one pause is a large part of one of their runs. */
function median(row: Row, run: Run, nodes: number): number {
  const runs = nodes < large ? 25 : 7;
  const times = Array.from({ length: runs }, () => timed(row, run, nodes).time);
  return times.sort((a, b) => a - b)[(runs - 1) / 2]!;
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

function report(name: string): void {
  const row = rows[name]!;
  const run = row.load();
  const first = firstRun(name);
  const { note } = timed(row, run, large);
  const [small, whole] = [median(row, run, large / 10), median(row, run, large)];
  const slope = Math.log10(whole / small);
  console.log(`${name}: ${note}`);
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
if (once !== undefined) {
  const row = rows[once]!;
  console.log(timed(row, row.load(), large).time);
} else {
  console.log(`graphs of ${large} nodes`);
  for (const row of Object.keys(rows)) report(row);
}
