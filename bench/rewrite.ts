/**
 * Time of matching and rewriting against the size of the graph: `node bench/rewrite.ts`. A slope of 1 between two
 * sizes is linear.
 */
import { existsSync, readFileSync } from "node:fs";
import { GraphEditor } from "../compiler/ir/edit.ts";
import type { Graph, Value } from "../compiler/ir/graph.ts";
import { type Tensor, tensor } from "../compiler/ir/types.ts";
import { ops } from "../compiler/ops/index.ts";
import { annotate } from "../compiler/quantize/annotate.ts";
import { applyRules } from "../compiler/rewrite/driver.ts";
import { type Library, loadLibrary } from "../compiler/rewrite/load-rules.ts";

const rulesFolder = new URL("../compiler/rules/", import.meta.url);

function load(text: string): Library {
  const { value, diagnostics } = loadLibrary(
    { path: "bench.qcfg", text },
    {
      ops,
      resolve(specifier) {
        const url = new URL(`${specifier.replace("std/", "")}.qcfg`, rulesFolder);
        return existsSync(url) ? { path: specifier, text: readFileSync(url, "utf8") } : undefined;
      },
    },
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

/** One hundred rules of both kinds that look at this network's ops and hardly ever fit. */
function manyRules(): string {
  const quantize = Array.from(
    { length: 100 },
    (_, i) =>
      `quantize Rule${i} optional { match c: Conv2D -> act: ReLU${i % 2 ? "6" : ""} -> Add require c.name ~ /x${i}/ set act.output = a8 }`,
  );
  return `quantizer a8 = MovingAverage(int8)\n${quantize.join("\n")}`;
}

const canonical = load('import "std/canonical"\nimport "std/fold"\nimport "std/layout"');
const scheme = load(manyRules());
const sizes = [1_000, 10_000, 100_000];

function report(what: string, run: (graph: Graph) => string): void {
  let before: { readonly size: number; readonly time: number } | undefined;
  for (const nodes of sizes) {
    const graph = network(nodes);
    const start = performance.now();
    const note = run(graph);
    const time = performance.now() - start;
    const size = graph.nodes.size;
    const slope = before ? Math.log(time / before.time) / Math.log(size / before.size) : undefined;
    const perNode = ((1000 * time) / size).toFixed(2);
    console.log(
      `${what.padEnd(28)} ${String(size).padStart(7)} nodes ${time.toFixed(0).padStart(6)} ms  ${perNode} µs/node  ${
        slope === undefined ? "" : `slope ${slope.toFixed(2)}  `
      }${note}`,
    );
    before = { size, time };
  }
}

report("rewrite (std libraries)", (graph) => {
  const { graph: after, fired } = applyRules(graph, canonical.rewrites, { ops });
  const total = [...fired.values()].reduce((sum, times) => sum + times, 0);
  const transposes = [...after.nodes.values()].filter(({ op }) => op === "Transpose").length;
  return `${total} rewrites, ${after.nodes.size} nodes left, ${transposes} of them transposes`;
});
report("rewrite again (nothing fits)", (graph) => {
  const { fired } = applyRules(graph, [...load('import "std/integer"').rewrites], { ops });
  return `${fired.size} rules fired`;
});
report("annotate (100 rules)", (graph) => {
  const { annotations } = annotate(graph, scheme.quantizes, { ops });
  return `${annotations.sites.size} sites`;
});
