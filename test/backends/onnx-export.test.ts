import { describe, expect, it } from "vitest";
import { exportOnnx } from "../../compiler/backends/onnx/export-onnx.ts";
import { importModel } from "../../compiler/frontends/import-model.ts";
import { GraphEditor } from "../../compiler/ir/edit.ts";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import type { Graph, Value } from "../../compiler/ir/graph.ts";
import { sizeOf, type Tensor, type TensorType, tensor } from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";
import { kernels } from "../../runtime/reference/index.ts";
import { random } from "../onnxruntime/random.ts";
import { accepted } from "../support/models.ts";
import { type Feed, runModel } from "../support/onnxruntime.ts";
import { type Sample, samples } from "../support/op-samples.ts";

/** What is exported computes in ONNX Runtime what our evaluator computes, for every op that has an exporter. */

type Variant = "inputs" | "constants" | "channel-first inputs";
const variants: readonly Variant[] = ["inputs", "constants", "channel-first inputs"];

/** Graph of one op; its first operand is an input, the others are inputs or constants. */
function graphOf(sample: NamedSample, variant: Variant): Graph {
  const editor = new GraphEditor(ops, sample.name);
  const values = tensorsOf(sample);
  const operands = sample.operands.map((type, i) => {
    if (type === undefined) return undefined;
    if (i > 0 && variant === "constants") return editor.constant(values[i]!);
    const input = editor.input(`x${i}`, type);
    return variant === "channel-first inputs" ? throughPool(editor, input, type) : input;
  });
  const { attributes = {} } = sample;
  const node = editor.add({ op: sample.name, operands, attributes });
  node.types.forEach((_, output) => {
    editor.output({ name: `y${output}`, value: { node: node.id, output } });
  });
  return editor.finish();
}

/** A pool of one place changes nothing but the layout. */
function throughPool(editor: GraphEditor, x: Value, { dtype, shape }: TensorType): Value {
  if (dtype !== "float32" || shape.length !== 4) return x;
  return editor.value({ op: "MaxPool2D", operands: [x], attributes: { poolSize: [1, 1] } });
}

type NamedSample = Sample & { readonly name: string };

function tensorsOf({ name, operands }: NamedSample): readonly (Tensor | undefined)[] {
  const { unit, integer } = random(name.length * 31 + operands.length);
  const draw = {
    float32: () => 4 * unit() - 2,
    bool: () => integer(0, 1),
    int32: () => integer(0, 1),
  };
  return operands.map(
    (type) =>
      type &&
      tensor(
        type.dtype,
        type.shape,
        Array.from({ length: sizeOf(type.shape) }, draw[type.dtype as "float32"]),
      ),
  );
}

function feedsOf(graph: Graph, sample: NamedSample): Map<string, Tensor> {
  const values = tensorsOf(sample);
  return new Map(graph.inputs.map(({ name }) => [name, values[Number(name.slice(1))]!]));
}

async function run(model: Uint8Array, feeds: ReadonlyMap<string, Tensor>) {
  const inputs = [...feeds].map(([name, { dtype, shape, data }]) => [name, { dtype, shape, data }]);
  return runModel(model, Object.fromEntries(inputs) as Record<string, Feed>);
}

function expectClose(found: ArrayLike<number | bigint>, wanted: ArrayLike<number>): void {
  expect(found.length).toBe(wanted.length);
  for (let i = 0; i < wanted.length; i++) {
    const [a, b] = [Number(found[i]), wanted[i]!];
    const close = Object.is(a + 0, b + 0) || Math.abs(a - b) <= 1e-6 + 1e-5 * Math.abs(b);
    if (!close) expect(a, `element ${i}`).toBe(b);
  }
}

const image: TensorType = { dtype: "float32", shape: [2, 5, 4, 6] };

/** Instead of the shared samples: what ONNX Runtime can do. */
const instead: Readonly<Record<string, Sample>> = {
  // Its kernel takes windows of odd size only.
  LocalResponseNorm: { operands: [image], attributes: { before: 2, after: 2 } },
};

const cases: readonly NamedSample[] = samples
  .filter(({ op }) => op.toOnnx)
  .map((sample) => ({ ...sample, ...instead[sample.name] }));

describe.each(cases)("$name", (sample) => {
  it.each(variants)("is computed by ONNX Runtime as by us, with %s", async (variant) => {
    const graph = graphOf(sample, variant);
    const feeds = feedsOf(graph, sample);
    const model = exportOnnx(graph, ops);
    const theirs = await run(model, feeds);
    const back = accepted(importModel(model, { name: "back.onnx" })).graph;
    const again = evaluate(back, feeds, { ops, kernels });
    for (const [name, { shape, data }] of evaluate(graph, feeds, { ops, kernels })) {
      expect(theirs[name]!.dims).toEqual(shape);
      expectClose(theirs[name]!.data as Float32Array, data);
      expectClose(again.get(name)!.data, data);
    }
  });
});
