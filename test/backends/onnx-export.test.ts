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
    const close = Object.is(a + 0, b + 0) || Math.abs(a - b) <= 1e-5 + 1e-5 * Math.abs(b);
    if (!close) expect(a, `element ${i}`).toBe(b);
  }
}

const f32 = (...shape: readonly number[]): TensorType => ({ dtype: "float32", shape });
const image = f32(2, 5, 4, 6);
const indices: TensorType = { dtype: "int32", shape: [2, 3] };

/** Instead of a shared sample: what ONNX Runtime can do. */
const instead: Readonly<Record<string, Sample>> = {
  // Its kernel takes windows of odd size only.
  LocalResponseNorm: { operands: [image], attributes: { before: 2, after: 2 } },
};

/** Ways to write an op that the shared samples do not take. */
const besides: readonly NamedSample[] = [
  { name: "Add", operands: [image, f32(6)] },
  { name: "Add", operands: [f32(4, 6), image] },
  { name: "Multiply", operands: [image, f32()] },
  { name: "Subtract", operands: [f32(1, 5, 1, 1), image] },
  { name: "Minimum", operands: [f32(3, 4), f32(2, 5, 3, 1)] },
  { name: "Select", operands: [{ dtype: "bool", shape: [5, 1, 1] }, image, f32(6)] },
  { name: "PReLU", operands: [image, f32(6)] },
  {
    name: "AveragePool2D",
    operands: [image],
    attributes: { poolSize: [3, 3], padding: [1, 1, 1, 1] },
  },
  {
    name: "AveragePool2D",
    operands: [image],
    attributes: { poolSize: [3, 3], padding: [1, 1, 1, 1], countedPadding: [1, 1, 1, 1] },
  },
  {
    name: "AveragePool2D",
    operands: [image],
    attributes: {
      poolSize: [2, 3],
      strides: [2, 2],
      padding: [0, 0, 1, 1],
      countedPadding: [0, 0, 0, 0],
    },
  },
  {
    name: "MaxPool2D",
    operands: [image],
    attributes: { poolSize: [2, 2], strides: [2, 1], dilationRate: [2, 1], padding: [0, 1, 1, 0] },
  },
  { name: "Conv2D", operands: [image, f32(3, 1, 2, 6)], attributes: { dilationRate: [1, 2] } },
  {
    name: "Conv2DTranspose",
    operands: [image, f32(4, 3, 2, 6), f32(4)],
    attributes: { strides: [2, 1], padding: [1, 0, 0, 1], dilationRate: [1, 2] },
  },
  {
    name: "Conv2DTranspose",
    operands: [image, f32(4, 2, 2, 6)],
    attributes: { strides: [2, 2], padding: [0, 0, -1, -1] },
  },
  {
    name: "Conv2DTranspose",
    operands: [image, f32(4, 3, 2, 3), f32(4)],
    attributes: { strides: [2, 1], groups: 2 },
  },
  {
    name: "Conv2DTranspose",
    operands: [image, f32(6, 3, 2, 1)],
    attributes: { strides: [2, 1], groups: 6 },
  },
  { name: "DepthwiseConv2D", operands: [image, f32(1, 2, 2, 6)], attributes: { strides: [2, 2] } },
  { name: "Dense", operands: [f32(2, 3, 6), f32(4, 6), f32(4)] },
  { name: "Dense", operands: [f32(2, 6), f32(4, 6)] },
  { name: "MatMul", operands: [f32(2, 3, 4), f32(2, 5, 4)], attributes: { transposeB: true } },
  { name: "MatMul", operands: [f32(4, 3), f32(4, 5)], attributes: { transposeA: true } },
  { name: "MatMul", operands: [image, f32(1, 5, 6, 3)] },
  { name: "GroupNorm", operands: [image, f32(6), f32(6)], attributes: { groups: 6 } },
  { name: "GroupNorm", operands: [f32(2, 5, 6), f32(6), f32(6)], attributes: { groups: 3 } },
  { name: "BatchNorm", operands: [f32(2, 5, 6), f32(6), f32(6), f32(6), f32(6)] },
  { name: "LayerNorm", operands: [f32(2, 3, 8), f32(3, 8), f32(3, 8)], attributes: { axis: -2 } },
  { name: "L2Normalize", operands: [image], attributes: { axis: 1 } },
  { name: "Softmax", operands: [image], attributes: { axis: 1, beta: 0.5 } },
  { name: "LogSoftmax", operands: [image], attributes: { axis: -2 } },
  ...["ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd"].flatMap((name) =>
    [[1, 2], [-1], [0, 3], [1, 2, 3], [0, 1, 2, 3]].flatMap((axes) =>
      [true, false].map((keepDims) => ({
        name,
        operands: [image],
        attributes: { axes, keepDims },
      })),
    ),
  ),
  { name: "ReduceSum", operands: [indices], attributes: { axes: [0] } },
  { name: "ArgMax", operands: [image], attributes: { axis: -1, selectLastIndex: true } },
  { name: "ArgMin", operands: [image], attributes: { axis: 3, keepDims: false } },
  { name: "TopK", operands: [image], attributes: { k: 2, axis: 1, largest: false } },
  { name: "CumSum", operands: [image], attributes: { axis: -1, reverse: true } },
  { name: "Concat", operands: [image, f32(2, 5, 4, 1), image], attributes: { axis: -1 } },
  { name: "Concat", operands: [image, f32(2, 1, 4, 6)], attributes: { axis: 1 } },
  {
    name: "Slice",
    operands: [image],
    attributes: { begin: [0, 4, 1, 5], size: [2, 5, 2, 2], steps: [1, -1, 2, -4] },
  },
  { name: "Pad", operands: [image], attributes: { padding: [0, 1, 2, 3, 1, 0, 0, 2], value: 1.5 } },
  {
    name: "Pad",
    operands: [image],
    attributes: { padding: [0, 1, 2, 0, 0, 1, 0, 1], mode: "reflect" },
  },
  {
    name: "Pad",
    operands: [image],
    attributes: { padding: [0, 1, 0, 3, 0, 2, 0, 1], mode: "edge" },
  },
  { name: "Tile", operands: [image], attributes: { repeats: [1, 2, 1, 3] } },
  { name: "Expand", operands: [f32(2, 1, 4, 6)], attributes: { shape: [2, 5, 4, 6] } },
  { name: "Transpose", operands: [image], attributes: { permutation: [2, 0, 3, 1] } },
  { name: "Reshape", operands: [image], attributes: { shape: [2, 20, 6] } },
  { name: "Gather", operands: [image, indices], attributes: { axis: -1 } },
  { name: "Gather", operands: [f32(5, 3), { dtype: "int32", shape: [] }] },
  { name: "GatherElements", operands: [f32(2, 3), indices], attributes: { axis: 1 } },
  { name: "OneHot", operands: [indices], attributes: { depth: 3, on: 2, off: -1, to: "int32" } },
  { name: "Trilu", operands: [f32(2, 4, 5)], attributes: { upper: false, diagonal: -1 } },
  { name: "Clip", operands: [image], attributes: { min: -0.5 } },
  { name: "Clip", operands: [image], attributes: { max: 0.25 } },
  { name: "Cast", operands: [image], attributes: { to: "bool" } },
  { name: "Cast", operands: [indices], attributes: { to: "float32" } },
  {
    name: "FloorModulo",
    operands: [indices, { dtype: "int32", shape: [1] }].map((type) => type as TensorType),
  },
  {
    name: "DepthToSpace",
    operands: [f32(1, 2, 3, 8)],
    attributes: { blockSize: 2, order: "channelFirst" },
  },
  ...["halfPixel", "pytorchHalfPixel", "alignCorners", "asymmetric"].flatMap((coordinates) => [
    { name: "Resize", operands: [image], attributes: { shape: [2, 7, 9, 6], coordinates } },
    ...["roundPreferFloor", "roundPreferCeil", "floor", "ceil"].map((rounding) => ({
      name: "ResizeNearest",
      operands: [image],
      attributes: { shape: [2, 7, 9, 6], coordinates, rounding },
    })),
  ]),
];

const cases: readonly (NamedSample & { readonly title: string })[] = [
  ...samples
    .filter(({ op }) => op.toOnnx)
    .map(({ name, ...sample }) => ({ ...sample, ...instead[name], name })),
  ...besides,
].map((sample) => ({
  ...sample,
  title: `${sample.name} ${JSON.stringify(sample.attributes ?? {})}`.replaceAll('"', ""),
}));

/** ONNX Runtime resizes by cubics the last two axes alone. */
const cubic: NamedSample = {
  name: "Resize",
  operands: [image],
  attributes: { shape: [2, 10, 2, 6], mode: "cubic" },
};

it("writes a cubic resize channel-first behind a channel-first op", async () => {
  const graph = graphOf(cubic, "channel-first inputs");
  await expectSame(graph, feedsOf(graph, cubic));
});

it("writes an extent of 0 as one", async () => {
  const editor = new GraphEditor(ops, "empty");
  const nothing = { begin: [0, 0], size: [0, 6], steps: [1, 1] };
  const operands = [editor.input("x0", f32(2, 6))];
  const empty = editor.value({ op: "Slice", operands, attributes: nothing });
  const y = editor.value({ op: "Reshape", operands: [empty], attributes: { shape: [3, 0, 2] } });
  editor.output({ name: "y", value: y });
  await expectSame(
    editor.finish(),
    new Map([["x0", tensor("float32", [2, 6], Array(12).fill(1))]]),
  );
});

describe.each(cases)("$title", (sample) => {
  it.each(variants)("is computed by ONNX Runtime as by us, with %s", async (variant) => {
    const graph = graphOf(sample, variant);
    await expectSame(graph, feedsOf(graph, sample));
  });
});

/** ONNX Runtime runs the exported model, and we run it imported again, as we run the graph. */
async function expectSame(graph: Graph, feeds: ReadonlyMap<string, Tensor>): Promise<void> {
  const model = exportOnnx(graph, ops);
  const theirs = await run(model, feeds);
  const back = accepted(importModel(model, { name: "back.onnx" })).graph;
  const again = evaluate(back, feeds, { ops, kernels });
  for (const [name, { shape, data }] of evaluate(graph, feeds, { ops, kernels })) {
    expect(theirs[name]!.dims).toEqual(shape);
    expectClose(theirs[name]!.data as Float32Array, data);
    expectClose(again.get(name)!.data, data);
  }
}
