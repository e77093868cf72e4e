// The smallest models: outputs that nothing computes.

import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { host, loadFolder, writeFolder } from "../../compiler/cli/node.ts";
import type { Target } from "../../compiler/index.ts";
import { compile, exportOnnx, importModel, ops, type PortTypes } from "../../compiler/index.ts";
import { typeOf } from "../../compiler/ir/graph.ts";
import { allocate, type DType, sizeOf, type Tensor } from "../../compiler/ir/types.ts";
import { type ModelText, modelBytes, node } from "../onnxruntime/one-op-model.ts";
import { accepted } from "../support/models.ts";
import { type Feed, runModel } from "../support/onnxruntime.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const folder = temporaryFolder();

const image = { dtype: "float32", shape: [1, 2, 2, 3] } as const;
const row = { dtype: "float32", shape: [1, 4] } as const;
const indices = { dtype: "int64", shape: [2] } as const;
const weights = { ...row, values: [1, -2, 3, 0.5] } as const;

const models: Readonly<Record<string, ModelText>> = {
  "an input as output": {
    inputs: { x: row },
    outputs: { y: row },
    nodes: [node("Identity", ["x"], "y")],
  },
  "an image as output": {
    inputs: { x: image },
    outputs: { y: image },
    nodes: [node("Identity", ["x"], "y")],
  },
  "an input that is an output itself": { inputs: { x: row }, outputs: { x: row }, nodes: [] },
  "an input as output beside one that is computed": {
    inputs: { x: image },
    outputs: { y: image, z: image },
    nodes: [node("Identity", ["x"], "y"), node("Relu", ["x"], "z")],
  },
  "indices as output": {
    inputs: { x: indices },
    outputs: { y: indices },
    nodes: [node("Identity", ["x"], "y")],
  },
  "a constant as output": {
    inputs: { x: row },
    outputs: { c: row, y: row },
    constants: { c: weights },
    nodes: [node("Relu", ["x"], "y")],
  },
  "nothing but a constant": {
    inputs: { x: row },
    outputs: { c: row },
    constants: { c: weights },
    nodes: [],
  },
  "a copy of a constant, and no input": {
    inputs: {},
    outputs: { y: row, z: row },
    constants: { c: weights },
    nodes: [node("Identity", ["c"], "y"), node("Relu", ["c"], "z")],
  },
  "a constant of integers as output": {
    inputs: { x: row },
    outputs: { c: indices, y: row },
    constants: { c: { ...indices, values: [7, -1] } },
    nodes: [node("Relu", ["x"], "y")],
  },
  "a value twice": {
    inputs: { x: row },
    outputs: { y: row, z: row, r: row },
    nodes: [node("Relu", ["x"], "r"), node("Identity", ["r"], "y"), node("Identity", ["r"], "z")],
  },
  "a layer twice": {
    inputs: { x: row },
    outputs: { y: row, z: row },
    constants: {
      w: { dtype: "float32", shape: [4, 4], values: [...Array(16)].map((_, i) => i - 8) },
    },
    nodes: [node("MatMul", ["x", "w"], "y"), node("Identity", ["y"], "z")],
  },
  "a constant twice, one of them through a layout": {
    inputs: { x: image },
    outputs: { c: image, d: image, y: image },
    constants: { c: { ...image, values: [...Array(12)].map((_, i) => i - 4) } },
    nodes: [node("Identity", ["c"], "d"), node("Add", ["x", "c"], "y")],
  },
  "a quantized input that is only dequantized": {
    inputs: { x: { dtype: "uint8", shape: [1, 4] } },
    outputs: { y: row },
    constants: {
      s: { dtype: "float32", shape: [], values: [0.5] },
      z: { dtype: "uint8", shape: [], values: [3] },
    },
    nodes: [node("DequantizeLinear", ["x", "s", "z"], "y")],
  },
  "an output that is only quantized": {
    inputs: { x: row },
    outputs: { y: { dtype: "int8", shape: [1, 4] } },
    constants: {
      s: { dtype: "float32", shape: [], values: [0.5] },
      z: { dtype: "int8", shape: [], values: [3] },
    },
    nodes: [node("QuantizeLinear", ["x", "s", "z"], "y")],
  },
  "a pair of them": {
    inputs: { x: row },
    outputs: { y: row },
    constants: {
      s: { dtype: "float32", shape: [], values: [0.5] },
      z: { dtype: "int8", shape: [], values: [3] },
    },
    nodes: [
      node("QuantizeLinear", ["x", "s", "z"], "q"),
      node("DequantizeLinear", ["q", "s", "z"], "y"),
    ],
  },
};

/** 0, 1, 2, … Not less: then a ReLU has the range of its input, and there is no tie to round either way. */
function data(dtype: DType, length: number) {
  return allocate(dtype, length).map((_: number, i: number) => i);
}

function feedOf(text: ModelText): Record<string, Feed> {
  const feeds = Object.entries(text.inputs).map(([name, { dtype, shape }]) => {
    const long = dtype === "int64";
    const values = data(long ? "int32" : (dtype as DType), sizeOf(shape));
    return [name, { shape, data: long ? BigInt64Array.from(values, BigInt) : values }] as const;
  });
  return Object.fromEntries(feeds) as Record<string, Feed>;
}

const numbers = (
  outputs: Readonly<Record<string, { readonly data?: unknown } | ArrayLike<number>>>,
) =>
  Object.fromEntries(
    Object.entries(outputs).map(([name, value]) => [
      name,
      Array.from(("data" in value ? value.data : value) as ArrayLike<number>, Number),
    ]),
  );

let folders = 0;

describe.each(Object.entries(models))("%s", (_, text) => {
  const bytes = modelBytes(text);
  it.each<{ float?: boolean; io?: PortTypes; target?: Target }>([
    { float: true },
    {},
    { io: "int8" },
    { io: "uint8" },
    { io: "same", target: "wasm" },
  ])("compiles, runs and is exported with %j", async (options) => {
    const model = accepted(importModel(bytes, { name: "tiny.onnx" }));
    if (options.float && model.quantized) return;
    const sample = new Map<string, Tensor>(
      model.graph.inputs.map(({ name, value }) => {
        const { dtype, shape } = typeOf(model.graph, value);
        return [name, { dtype, shape, data: data(dtype, sizeOf(shape)) }];
      }),
    );
    const compiled = accepted(
      await compile(model, { host, samples: [sample], target: "js", ...options }),
    );
    const at = join(folder, `${folders++}`);
    accepted(await writeFolder(at, compiled.files));
    const program = accepted(await loadFolder(at)).model;
    const inputs = program.inputs.map(({ name, dtype, shape }) => [
      name,
      data(dtype, sizeOf(shape)),
    ]);
    const results = program.run(Object.fromEntries(inputs));
    expect(Object.keys(results)).toEqual(Object.keys(text.outputs));
    const exported = exportOnnx(compiled.quantized.graph, ops);
    const isFloat = Object.values(text.inputs).every(
      ({ dtype }, i) => (dtype === "int64" ? "int32" : dtype) === program.inputs[i]!.dtype,
    );
    const feeds = isFloat
      ? feedOf(text)
      : Object.fromEntries(
          program.inputs.map(({ name, shape, dtype }) => [
            name,
            { shape, data: data(dtype, sizeOf(shape)) },
          ]),
        );
    const again = await runModel(exported, feeds as Record<string, Feed>);
    expect(numbers(again)).toEqual(numbers(results));
    if (options.float)
      expect(numbers(await runModel(bytes, feedOf(text)))).toEqual(numbers(results));
  });
});
