import { fromBinary } from "@bufbuild/protobuf";
import { type ModelProto, ModelProtoSchema, TensorProto_DataType } from "onnx-buf";
import { describe, expect, it } from "vitest";
import { exportOnnx } from "../../compiler/backends/onnx/export-onnx.ts";
import { GraphEditor } from "../../compiler/ir/edit.ts";
import type { Attributes, Graph, Value } from "../../compiler/ir/graph.ts";
import {
  type DType,
  type QuantParams,
  sizeOf,
  type Tensor,
  tensor,
} from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";
import { chooseIo } from "../../compiler/quantize/choose-io.ts";
import { simulate } from "../../compiler/quantize/simulate.ts";
import { Rejected } from "../../grammar/source/diagnostic.ts";
import { kernels } from "../../runtime/reference/index.ts";
import { random } from "../onnxruntime/random.ts";
import { importDigits, prepared, quantized } from "../support/models.ts";
import { type Feed, fusedOps, runModel } from "../support/onnxruntime.ts";

/** How quantized graphs are written: as ONNX Runtime asks of a model that it is to fuse (O-20 to O-28). */

/** A graph in the making. */
class Draft {
  readonly editor = new GraphEditor(ops, "draft");
  readonly #random = random(2024);

  op(op: string, operands: readonly (Value | undefined)[], attributes: Attributes = {}): Value {
    return this.editor.value({ op, operands, attributes });
  }

  input(shape: readonly number[]): Value {
    return this.editor.input("x", { dtype: "float32", shape });
  }

  /** Behind Quantize and Dequantize. */
  pair(real: Value, scale: number, zeroPoint: number, dtype: DType = "int8"): Value {
    const attributes = { dtype, scale: [Math.fround(scale)], zeroPoint: [zeroPoint] };
    return this.op("Dequantize", [this.op("Quantize", [real], attributes)]);
  }

  /** Dequantized int8 weights with a scale for each index of `axis`. */
  weights(
    shape: readonly number[],
    axis: number | undefined,
    dtype: "int8" | "int4" = "int8",
  ): Value {
    const count = axis === undefined ? 1 : shape[axis]!;
    const scale = Array.from({ length: count }, (_, i) => Math.fround(0.01 + 0.001 * i));
    const quant = { scale, zeroPoint: scale.map(() => 0), ...(axis !== undefined && { axis }) };
    const values = this.#random.weights(sizeOf(shape), dtype === "int4" ? 7 : 127);
    return this.#dequantized({ ...tensor(dtype, shape, values), quant });
  }

  /** Float weights of very different channels: one scale for all is far from them. */
  kernel(shape: readonly number[], axis: number): Value {
    const within = sizeOf(shape.slice(axis + 1));
    const values = Array.from(this.#random.weights(sizeOf(shape), 127), (q, i) => {
      const channel = Math.floor(i / within) % shape[axis]!;
      return q * 0.02 * 4 ** -channel;
    });
    return this.editor.constant(tensor("float32", shape, values));
  }

  /** A bias for `weights` of as many channels. */
  bias(channels: number, inputScale: number): Value {
    const scale = Array.from({ length: channels }, (_, i) =>
      Math.fround(Math.fround(inputScale) * Math.fround(0.01 + 0.001 * i)),
    );
    const quant: QuantParams = { scale, zeroPoint: scale.map(() => 0), axis: 0 };
    const values = Array.from({ length: channels }, () => this.#random.integer(-999, 999));
    return this.#dequantized({ ...tensor("int32", [channels], values), quant });
  }

  finish(y: Value): Graph {
    this.editor.output({ name: "y", value: y });
    return this.editor.finish();
  }

  /** Weights with a scale for each group of `group` input channels. */
  grouped(shape: readonly number[], group: number, dtype: "int8" | "int4" | "uint8"): Value {
    const scale = Array.from({ length: sizeOf(shape) / group }, (_, i) =>
      Math.fround(0.01 + 0.001 * (i % 17)),
    );
    const middle = dtype === "uint8" ? 128 : 0;
    const zeroPoint = scale.map((_, i) => middle + (i % 3) - 1);
    const values = this.#random.weights(sizeOf(shape), dtype === "int4" ? 7 : 127);
    const data = Array.from(values, (q) => q + middle);
    const quant = { scale, zeroPoint, axis: shape.length - 1, group };
    return this.#dequantized({ ...tensor(dtype, shape, data), quant });
  }

  #dequantized(value: Tensor): Value {
    return this.op("Dequantize", [this.editor.constant(value)]);
  }
}

/** Convolutions, a residual sum, pooling and a dense layer, all in int8. */
function network(): Graph {
  const draft = new Draft();
  const x = draft.pair(draft.input([1, 6, 8, 3]), 0.02, -3);
  const conv = draft.op("Conv2D", [x, draft.weights([8, 3, 3, 3], 0), draft.bias(8, 0.02)], {
    padding: [1, 1, 1, 1],
  });
  const a = draft.pair(draft.op("ReLU", [conv]), 0.05, -128);
  const depthwise = draft.op(
    "DepthwiseConv2D",
    [a, draft.weights([1, 3, 3, 8], 3), draft.bias(8, 0.05)],
    { padding: [1, 1, 1, 1] },
  );
  const b = draft.pair(depthwise, 0.1, 7);
  const sum = draft.pair(draft.op("ReLU", [draft.op("Add", [a, b])]), 0.06, -128);
  const pooled = draft.pair(draft.op("GlobalAveragePool2D", [sum]), 0.03, -128);
  const flat = draft.pair(draft.op("Reshape", [pooled], { shape: [1, 8] }), 0.03, -128);
  const dense = draft.op("Dense", [flat, draft.weights([5, 8], 0), draft.bias(5, 0.03)]);
  return draft.finish(draft.pair(dense, 0.04, 11));
}

const wholeNetwork = {
  QLinearConv: 2,
  QLinearAdd: 1,
  QLinearGlobalAveragePool: 1,
  Reshape: 1,
  QGemm: 1,
};

function decode(model: Uint8Array): ModelProto {
  return fromBinary(ModelProtoSchema, model);
}

/** How often each op type is written. */
function written(model: Uint8Array): Record<string, number> {
  const count: Record<string, number> = {};
  for (const { opType } of decode(model).graph!.node) count[opType] = (count[opType] ?? 0) + 1;
  return count;
}

/** The initializer that the `index`-th DequantizeLinear input of the first node of an op comes from, and the axis. */
function operandOf(model: Uint8Array, opType: string, index: number) {
  const { node, initializer } = decode(model).graph!;
  const user = node.find((candidate) => candidate.opType === opType)!;
  const read = node.find(({ output }) => output[0] === user.input[index])!;
  const dequantize =
    read.opType === "Reshape" ? node.find(({ output }) => output[0] === read.input[0])! : read;
  expect(dequantize.opType).toBe("DequantizeLinear");
  const [integers, scale, zeroPoint] = dequantize.input.map((name) =>
    initializer.find((candidate) => candidate.name === name),
  );
  const axis = dequantize.attribute.find(({ name }) => name === "axis")?.i;
  return {
    dtype: TensorProto_DataType[integers!.dataType],
    shape: integers!.dims.map(Number),
    scales: scale!.dims.map(Number),
    zeroPointType: TensorProto_DataType[zeroPoint!.dataType],
    axis: axis === undefined ? undefined : Number(axis),
  };
}

describe("constants", () => {
  const model = exportOnnx(network(), ops);

  it("has kernels as int8 `[O, I, kh, kw]` with scales along axis 0", () => {
    expect(operandOf(model, "Conv", 1)).toEqual({
      dtype: "INT8",
      shape: [8, 3, 3, 3],
      scales: [8],
      zeroPointType: "INT8",
      axis: 0,
    });
  });

  it("has biases as int32 with scales along axis 0", () => {
    const bias = { dtype: "INT32", zeroPointType: "INT32", axis: 0 };
    expect(operandOf(model, "Conv", 2)).toEqual({ ...bias, shape: [8], scales: [8] });
    expect(operandOf(model, "Gemm", 2)).toEqual({ ...bias, shape: [5], scales: [5] });
  });

  it("turns depthwise kernels, their axis of scales with them", () => {
    const draft = new Draft();
    const x = draft.pair(draft.input([1, 4, 4, 8]), 0.05, 0);
    const y = draft.op("DepthwiseConv2D", [x, draft.weights([1, 3, 2, 8], 3)]);
    const depthwise = exportOnnx(draft.finish(draft.pair(y, 0.1, 0)), ops);
    expect(operandOf(depthwise, "Conv", 1)).toMatchObject({ shape: [8, 1, 3, 2], axis: 0 });
    expect(written(depthwise).Transpose).toBe(2);
  });

  it("has dense kernels as they are, with scales along axis 0", () => {
    expect(operandOf(model, "Gemm", 1)).toMatchObject({ dtype: "INT8", shape: [5, 8], axis: 0 });
  });

  it("turns the kernel of a dense layer of rank 3, its scales along the last axis", async () => {
    const draft = new Draft();
    const x = draft.pair(draft.input([2, 3, 8]), 0.05, 0);
    const y = draft.op("Dense", [x, draft.weights([5, 8], 0)]);
    const dense = exportOnnx(draft.finish(draft.pair(y, 0.1, 0)), ops);
    expect(operandOf(dense, "MatMul", 1)).toMatchObject({ shape: [8, 5], axis: 1 });
    expect((await fusedOps(dense)).get("QLinearMatMul")).toBe(1);
  });

  it("widens weights of 4 bits to int8, with which layers fuse", async () => {
    const draft = new Draft();
    const x = draft.pair(draft.input([3, 8]), 0.05, 0);
    const y = draft.op("Dense", [x, draft.weights([5, 8], 0, "int4")]);
    const graph = draft.finish(draft.pair(y, 0.02, 0));
    const dense = exportOnnx(graph, ops);
    expect(operandOf(dense, "Gemm", 1)).toMatchObject({ dtype: "INT8", zeroPointType: "INT8" });
    expect((await fusedOps(dense)).get("QGemm")).toBe(1);
    await expectSame(graph, [3, 8]);
  });
});

describe.each(["int8", "int4", "uint8"] as const)("%s weights in groups", (dtype) => {
  it("of a convolution are `[O, I, kh, kw]` in blocks along axis 1", async () => {
    const draft = new Draft();
    const x = draft.pair(draft.input([1, 5, 6, 8]), 0.05, 0);
    const y = draft.op("Conv2D", [x, draft.grouped([3, 2, 3, 8], 4, dtype)]);
    const graph = draft.finish(draft.pair(y, 0.3, 0));
    expect(operandOf(exportOnnx(graph, ops), "Conv", 1)).toEqual({
      dtype: dtype.toUpperCase(),
      shape: [3, 8, 2, 3],
      scales: [3, 2, 2, 3],
      zeroPointType: dtype.toUpperCase(),
      axis: 1,
    });
    await expectSame(graph, [1, 5, 6, 8], 0.3);
  });

  it("of a transposed convolution are `[I, O, kh, kw]` in blocks along axis 0", async () => {
    const draft = new Draft();
    const x = draft.pair(draft.input([1, 3, 4, 8]), 0.05, 0);
    const y = draft.op("Conv2DTranspose", [x, draft.grouped([3, 2, 3, 8], 4, dtype)]);
    const graph = draft.finish(draft.pair(y, 0.3, 0));
    const turned = { shape: [8, 3, 2, 3], scales: [2, 3, 2, 3], axis: 0 };
    expect(operandOf(exportOnnx(graph, ops), "ConvTranspose", 1)).toMatchObject(turned);
    await expectSame(graph, [1, 3, 4, 8], 0.3);
  });

  it("of a transposed convolution in groups are turned as reals", async () => {
    const draft = new Draft();
    const x = draft.pair(draft.input([1, 3, 4, 8]), 0.05, 0);
    const kernel = draft.grouped([6, 2, 3, 4], 2, dtype);
    const y = draft.op("Conv2DTranspose", [x, kernel], { groups: 2 });
    await expectSame(draft.finish(draft.pair(y, 0.3, 0)), [1, 3, 4, 8], 0.3);
  });

  it.each([2, 32])("of a dense layer are in blocks of %i along axis 1", async (group) => {
    const draft = new Draft();
    const y = draft.op("Dense", [draft.input([3, 64]), draft.grouped([5, 64], group, dtype)]);
    const graph = draft.finish(y);
    const model = exportOnnx(graph, ops);
    expect(decode(model).opsetImport[0]!.version).toBe(21n);
    expect(operandOf(model, "Gemm", 1)).toMatchObject({ scales: [5, 64 / group], axis: 1 });
    await expectSame(graph, [3, 64], 1e-4);
  });

  it("of a dense layer of rank 3 are turned with their scales", async () => {
    const draft = new Draft();
    const x = draft.pair(draft.input([2, 3, 64]), 0.05, 0);
    const y = draft.op("Dense", [x, draft.grouped([6, 64], 32, dtype)]);
    const graph = draft.finish(draft.op("ReLU", [y]));
    const turned = { shape: [64, 6], scales: [2, 6], axis: 0 };
    expect(operandOf(exportOnnx(graph, ops), "MatMul", 1)).toMatchObject(turned);
    await expectSame(graph, [2, 3, 64], 1e-3);
  });

  it.each([2, 3])("stay apart from the integer layers of rank %i", async (rank) => {
    const draft = new Draft();
    const shape = [2, 3, 64].slice(-rank);
    const x = draft.pair(draft.input(shape), 0.05, 0);
    const y = draft.op("Dense", [x, draft.grouped([6, 64], 16, dtype)]);
    const graph = draft.finish(draft.pair(y, 0.3, 0));
    await expectSame(graph, shape, 0.3);
  });
});

it.each([0, undefined])(
  "a transposed convolution in groups, of weights with scales along %s",
  async (axis) => {
    const draft = new Draft();
    const x = draft.pair(draft.input([1, 3, 4, 4]), 0.02, 3);
    const kernel = draft.weights([6, 2, 2, 2], axis);
    const y = draft.op("Conv2DTranspose", [x, kernel], { groups: 2, strides: [2, 1] });
    await expectSame(draft.finish(draft.pair(y, 0.01, 7)), [1, 3, 4, 4], 0.0101);
  },
);

describe("layers of float weights between integers", () => {
  const layers = [
    { op: "Conv2D", shape: [1, 5, 6, 4], kernel: [4, 3, 3, 4], axis: 0 },
    { op: "DepthwiseConv2D", shape: [1, 5, 6, 4], kernel: [1, 3, 3, 4], axis: 3 },
    { op: "Conv2DTranspose", shape: [1, 3, 4, 4], kernel: [4, 2, 2, 4], axis: 0 },
    { op: "Dense", shape: [3, 8], kernel: [4, 8], axis: 0 },
    { op: "Dense", shape: [2, 3, 8], kernel: [4, 8], axis: 0 },
  ];
  const between = [[], ["ReLU"], ["Reshape"], ["ReLU", "Reshape"]];
  const cases = layers.flatMap((layer) => between.map((behind) => ({ ...layer, behind })));
  it.each(cases)("stay float: $op $shape $behind", async ({ op, shape, kernel, axis, behind }) => {
    const draft = new Draft();
    const x = draft.pair(draft.input(shape), 0.02, 3);
    let y = draft.op(op, [x, draft.kernel(kernel, axis)]);
    for (const name of behind) {
      const flat = { shape: [sizeOf(draft.editor.typeOf(y).shape)] };
      y = draft.op(name, [y], name === "Reshape" ? flat : {});
    }
    const graph = draft.finish(draft.pair(y, 0.01, 7));
    const counts = await fusedOps(exportOnnx(graph, ops));
    expect([...counts.keys()].filter((name) => /^(QLinear|QGemm)/.test(name))).toEqual([]);
    await expectSame(graph, shape, 0.0101);
  });
});

describe("activations", () => {
  it("become uint8", () => {
    const { node, initializer } = decode(exportOnnx(network(), ops)).graph!;
    const zeroPoints = node
      .filter(({ opType }) => opType === "QuantizeLinear")
      .map(({ input }) => initializer.find(({ name }) => name === input[2])!.dataType);
    expect(new Set(zeroPoints)).toEqual(new Set([TensorProto_DataType.UINT8]));
  });

  it("have a DequantizeLinear for each user", () => {
    const { node } = decode(exportOnnx(network(), ops)).graph!;
    for (const { output } of node.filter(({ opType }) => opType === "DequantizeLinear")) {
      expect(node.filter(({ input }) => input.includes(output[0]!))).toHaveLength(1);
    }
  });

  it("carry no limit that saturation implies", () => {
    expect(written(exportOnnx(network(), ops))).not.toHaveProperty("Relu");
  });

  it.each(["int4", "uint4"] as const)("of %s are written in 8 bits, limited", async (dtype) => {
    const draft = new Draft();
    const lowest = dtype === "int4" ? -8 : 0;
    const x = draft.pair(draft.input([1, 6, 8, 4]), 0.3, lowest + 8, dtype);
    const conv = draft.op("Conv2D", [x, draft.weights([4, 3, 3, 4], 0), draft.bias(4, 0.3)]);
    const y = draft.pair(draft.op("ReLU", [conv]), 1, lowest, dtype);
    const pool = draft.op("MaxPool2D", [y], { poolSize: [2, 2], strides: [2, 2] });
    const graph = draft.finish(draft.pair(pool, 1, lowest, dtype));
    const model = exportOnnx(graph, ops);
    expect(decode(model).opsetImport[0]!.version).toBe(17n);
    expect((await fusedOps(model)).get("QLinearConv")).toBe(1);
    await expectSame(graph, [1, 6, 8, 4]);
  });

  it("of 16 bits need operator set 21", async () => {
    const draft = new Draft();
    const x = draft.pair(draft.input([3, 8]), 0.001, 0, "int16");
    const y = draft.op("ReduceMax", [draft.op("Tanh", [x])], { axes: [1] });
    const graph = draft.finish(draft.pair(y, 0.0001, 0, "int16"));
    const model = exportOnnx(graph, ops);
    expect(decode(model).opsetImport[0]!.version).toBe(21n);
    await expectSame(graph, [3, 8], 1e-3);
  });
});

describe("ports", () => {
  it("are float where the graph's are", async () => {
    const graph = network();
    const counts = await fusedOps(exportOnnx(graph, ops));
    expect(Object.fromEntries(counts)).toMatchObject({
      ...wholeNetwork,
      QuantizeLinear: 1,
      DequantizeLinear: 1,
    });
    await expectSame(graph, [1, 6, 8, 3]);
  });

  it.each(["int8", "uint8"] as const)("may be %s, and everything fuses still", async (io) => {
    const graph = chooseIo(network(), ops, io);
    const model = exportOnnx(graph, ops);
    const counts = Object.fromEntries(await fusedOps(model));
    expect(counts).toMatchObject(wholeNetwork);
    for (const op of ["Conv", "Gemm", "Add", "Relu"]) expect(counts).not.toHaveProperty(op);
    const { types } = graph.nodes.get(graph.inputs[0]!.value.node)!;
    const values = random(3).codes(144);
    const x = { ...types[0]!, data: io === "int8" ? new Int8Array(values) : values };
    const ours = simulate(graph, new Map([["x", x]]), { ops, kernels }).get("y")!;
    const { y } = await runModel(model, { x: x as Feed });
    expect(ours.dtype).toBe(io);
    expect([...(y!.data as Int8Array)]).toEqual([...ours.data]);
  });

  it("of int64 are converted to int32 and back", async () => {
    const editor = new GraphEditor(ops, "indices");
    const places = editor.input("places", { dtype: "int32", shape: [2] }, "int64");
    const next = editor.value({
      op: "Add",
      operands: [places, editor.constant(tensor("int32", [], [1]))],
    });
    editor.output({ name: "next", value: next, wire: "int64" });
    const data = new BigInt64Array([4n, -7n]);
    const result = await runModel(exportOnnx(editor.finish(), ops), {
      places: { shape: [2], data },
    });
    expect([...(result.next!.data as BigInt64Array)]).toEqual([5n, -6n]);
  });
});

describe("layout", () => {
  it("writes two transposes for a network of channel-last ports: one at each end", () => {
    const draft = new Draft();
    let y = draft.pair(draft.input([1, 6, 8, 3]), 0.02, -3);
    for (const channels of [3, 8, 8]) {
      const conv = draft.op("Conv2D", [y, draft.weights([8, 3, 3, channels], 0)]);
      y = draft.pair(draft.op("ReLU", [conv]), 0.05, -128);
      y = draft.pair(draft.op("Tile", [y], { repeats: [1, 2, 2, 1] }), 0.05, -128);
    }
    expect(written(exportOnnx(draft.finish(y), ops)).Transpose).toBe(2);
  });

  it("writes none between a pool over all places and a flat layer", () => {
    expect(written(exportOnnx(network(), ops)).Transpose).toBe(1);
  });

  it.each([true, false])(
    "writes none where pictures are flattened, quantized: %s",
    async (wide) => {
      const draft = new Draft();
      const image = draft.op("Transpose", [draft.input([2, 3, 6, 8])], {
        permutation: [0, 2, 3, 1],
      });
      const pair = (x: Value, scale: number) => (wide ? draft.pair(x, scale, -5) : x);
      const conv = draft.op("Conv2D", [pair(image, 0.02), draft.weights([4, 3, 3, 3], 0)]);
      const pool = draft.op("MaxPool2D", [pair(draft.op("ReLU", [conv]), 0.05)], {
        poolSize: [2, 2],
      });
      const flat = draft.op("Reshape", [pair(pool, 0.05)], { shape: [2, 60] });
      const dense = draft.op("Dense", [pair(flat, 0.05), draft.weights([5, 60], 0)]);
      const graph = draft.finish(pair(dense, 0.1));
      expect(written(exportOnnx(graph, ops))).not.toHaveProperty("Transpose");
      await expectSame(graph, [2, 3, 6, 8], wide ? 0 : 1e-4);
    },
  );

  it("writes none for a network that came from ONNX", () => {
    const float = prepared(importDigits(), { float: true }).graph;
    const model = quantized(importDigits(), { path: "examples/digits/calib_x.npy", count: 8 });
    for (const graph of [float, model.graph]) {
      expect(written(exportOnnx(graph, ops))).not.toHaveProperty("Transpose");
    }
  });

  it("writes none for transposes that only name the layout", () => {
    const draft = new Draft();
    const image = draft.op("Transpose", [draft.input([1, 3, 6, 8])], { permutation: [0, 2, 3, 1] });
    const x = draft.pair(image, 0.02, -3);
    const conv = draft.pair(draft.op("Conv2D", [x, draft.weights([4, 3, 3, 3], 0)]), 0.05, 0);
    const y = draft.op("Transpose", [conv], { permutation: [0, 3, 1, 2] });
    expect(written(exportOnnx(draft.finish(y), ops))).not.toHaveProperty("Transpose");
  });
});

describe("requantizations", () => {
  it("of the same reals are not written", () => {
    const draft = new Draft();
    const x = draft.pair(draft.pair(draft.input([4]), 0.1, 128, "uint8"), 0.1, 0, "int8");
    const model = exportOnnx(draft.finish(draft.op("Sigmoid", [x])), ops);
    expect(written(model)).toMatchObject({ QuantizeLinear: 1, DequantizeLinear: 1 });
  });
});

describe("obstacles", () => {
  it("are all named", () => {
    const draft = new Draft();
    const x = draft.input([1, 4, 4, 2]);
    const pad = draft.op("Pad", [x], { padding: [0, 1, 1, 0, 0, 1, 1, 0], mode: "symmetric" });
    const pool = draft.op("AveragePool2D", [x], { poolSize: [2, 2], dilationRate: [2, 2] });
    draft.editor.output({ name: "pad", value: pad });
    const graph = draft.finish(pool);
    expect(() => exportOnnx(graph, ops)).toThrow(Rejected);
    try {
      exportOnnx(graph, ops);
    } catch (error) {
      const [diagnostic] = (error as Rejected).diagnostics;
      expect(diagnostic).toMatchObject({ code: "QC2401", severity: "error" });
      expect(diagnostic!.message).toBe("2 nodes cannot be written to ONNX: `Pad`, `AveragePool2D`");
      expect(diagnostic!.labels).toHaveLength(2);
    }
  });
});

/** ONNX Runtime gives for random reals what the simulation gives. */
async function expectSame(graph: Graph, shape: readonly number[], within = 0): Promise<void> {
  const { unit } = random(77);
  const reals = Array.from({ length: sizeOf(shape) }, () => 5 * unit() - 2.5);
  const x = tensor("float32", shape, reals);
  const ours = simulate(graph, new Map([["x", x]]), { ops, kernels }).get("y")!;
  const { y } = await runModel(exportOnnx(graph, ops), { x: x as Feed });
  const theirs = Array.from(y!.data as Float32Array);
  const differences = theirs.map((real, i) => Math.abs(real - ours.data[i]!));
  expect(Math.max(...differences)).toBeLessThanOrEqual(within);
}
