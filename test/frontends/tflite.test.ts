import { describe, expect, it } from "vitest";
import { type ImportOptions, importModel } from "../../compiler/frontends/import-model.ts";
import { layerName } from "../../compiler/frontends/tflite/layer-name.ts";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { type Tensor, tensor } from "../../compiler/ir/types.ts";
import { verify } from "../../compiler/ir/verify.ts";
import { ops } from "../../compiler/ops/index.ts";
import { kernels } from "../../runtime/reference/index.ts";
import { type ModelText, type TensorText, tfliteBytes } from "../support/tflite-model.ts";

function read(model: ModelText, options: Partial<ImportOptions> = {}) {
  return readBytes(tfliteBytes(model), options);
}

function readBytes(bytes: Uint8Array, options: Partial<ImportOptions> = {}) {
  const { value, diagnostics } = importModel(bytes, { name: "m.tflite", ...options });
  const faults = diagnostics.map(({ code, message, labels }) => {
    const place = labels[0]!.place;
    return `${code} ${message} @${"path" in place ? place.path : ""}`;
  });
  if (value) expect(verify(value.graph, ops, "imported")).toEqual([]);
  return { graph: value?.graph, faults, value };
}

function run(graph: Graph | undefined, inputs: Readonly<Record<string, Tensor>>) {
  const outputs = evaluate(graph!, new Map(Object.entries(inputs)), {
    ops,
    kernels,
    requantize: "tflite",
  });
  return [...outputs.values()].map(({ data }) => [...data]);
}

function opsOf(graph: Graph | undefined): string {
  const computing = [...graph!.nodes.values()].filter(
    ({ op }) => op !== "Constant" && op !== "Input",
  );
  return computing.map(({ op }) => op).join(" ");
}

/** A dense layer of two inputs and two outputs, of whatever types the tensors have. */
function dense(
  tensors: Readonly<Partial<Record<"x" | "w" | "b" | "y", Partial<TensorText>>>>,
): ModelText {
  return {
    tensors: {
      x: { shape: [1, 2], ...tensors.x },
      w: { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4), ...tensors.w },
      b: { shape: [2], data: Float32Array.of(0.5, -0.5), ...tensors.b },
      y: { shape: [1, 2], ...tensors.y },
    },
    operators: [{ op: "FULLY_CONNECTED", inputs: ["x", "w", "b"], outputs: ["y"], options: {} }],
    inputs: ["x"],
    outputs: ["y"],
  };
}

const x = tensor("float32", [1, 2], [1, 10]);

const int8Weights = { type: "int8", data: Int8Array.of(2, 4, 6, 8), scale: [0.5], zeroPoint: [0] };
const int8Activations = { type: "int8", scale: [0.25], zeroPoint: [-3] };
const int8Model = {
  x: int8Activations,
  w: int8Weights,
  b: { type: "int32", data: Int32Array.of(4, -4), scale: [0.125], zeroPoint: [0] },
  y: { type: "int8", scale: [1], zeroPoint: [0] },
};

describe("kinds of TFLite models", () => {
  it("float", () => {
    const { graph, value } = read(dense({}));
    expect(opsOf(graph)).toBe("Dense");
    expect(value!.quantized).toBe(false);
    expect(run(graph, { x })).toEqual([[21.5, 42.5]]);
  });

  it("float16 weights", () => {
    const w = { type: "float16", data: Uint16Array.of(0x3c00, 0x4000, 0x4200, 0x4400) };
    const text = dense({ w });
    const halves: ModelText = {
      ...text,
      tensors: { ...text.tensors, floats: { shape: [2, 2] } },
      operators: [
        { op: "DEQUANTIZE", inputs: ["w"], outputs: ["floats"] },
        { ...text.operators[0]!, inputs: ["x", "floats", "b"] },
      ],
    };
    const { graph } = read(halves);
    expect(opsOf(graph)).toBe("Dense");
    expect(run(graph, { x })).toEqual([[21.5, 42.5]]);
  });

  it("hybrid: stored weights count as float", () => {
    const { graph, value } = read(dense({ w: int8Weights }));
    expect(opsOf(graph)).toBe("Dense");
    expect(value!.quantized).toBe(false);
    expect(run(graph, { x })).toEqual([[21.5, 42.5]]);
  });

  it("int8, with one Dequantize for each tensor", () => {
    const { graph, value, faults } = read(dense(int8Model));
    expect(faults).toEqual([]);
    expect(opsOf(graph)).toBe("Dequantize Dequantize Dequantize Dense Quantize");
    expect(value!.quantized).toBe(true);
    // x = 1 and 10 are 1 and 37; y is rounded to whole numbers.
    expect(run(graph, { x: tensor("int8", [1, 2], [1, 37]) })).toEqual([[22, 43]]);
  });

  it("int8 per channel", () => {
    const w = {
      ...int8Weights,
      scale: [0.5, 1],
      zeroPoint: [0, 0],
      axis: 0,
      data: Int8Array.of(2, 4, 3, 4),
    };
    const b = {
      ...int8Model.b,
      scale: [0.125, 0.25],
      zeroPoint: [0, 0],
      data: Int32Array.of(4, -2),
    };
    const { graph, faults } = read(dense({ ...int8Model, w, b }));
    expect(faults).toEqual([]);
    expect(run(graph, { x: tensor("int8", [1, 2], [1, 37]) })).toEqual([[22, 43]]);
  });

  it("uint8 with zero points", () => {
    const unsigned = { type: "uint8", scale: [0.25], zeroPoint: [125] };
    const w = {
      type: "uint8",
      data: Uint8Array.of(102, 104, 106, 108),
      scale: [0.5],
      zeroPoint: [100],
    };
    const { graph } = read(dense({ ...int8Model, x: unsigned, w, y: { ...unsigned, scale: [1] } }));
    expect(run(graph, { x: tensor("uint8", [1, 2], [129, 165]) })).toEqual([[147, 168]]);
  });

  it("int16 activations with int64 biases", () => {
    const wide = { type: "int16", scale: [0.25], zeroPoint: [0] };
    const b = { type: "int64", data: BigInt64Array.of(4n, -4n), scale: [0.125], zeroPoint: [0] };
    const { graph, faults } = read(
      dense({ x: wide, w: int8Weights, b, y: { ...wide, scale: [0.5] } }),
    );
    expect(faults).toEqual([]);
    expect(run(graph, { x: tensor("int16", [1, 2], [4, 40]) })).toEqual([[43, 85]]);
  });

  it("a bias whose scale is wrong, as kernels take it", () => {
    const { graph, faults } = read(dense({ ...int8Model, b: { ...int8Model.b, scale: [9] } }));
    expect(faults).toEqual([
      "QC2014 the bias has scale 9, but input scale times weight scale is 0.125, which is used @y",
    ]);
    expect(run(graph, { x: tensor("int8", [1, 2], [1, 37]) })).toEqual([[22, 43]]);
  });

  it("a change of integers at the border", () => {
    const model: ModelText = {
      tensors: {
        x: { shape: [2], type: "uint8", scale: [0.5], zeroPoint: [128] },
        y: { shape: [2], type: "int8", scale: [0.5], zeroPoint: [0] },
      },
      operators: [{ op: "QUANTIZE", inputs: ["x"], outputs: ["y"] }],
      inputs: ["x"],
      outputs: ["y"],
    };
    const { graph } = read(model);
    expect(opsOf(graph)).toBe("Dequantize Quantize");
    expect(run(graph, { x: tensor("uint8", [2], [0, 200]) })).toEqual([[-128, 72]]);
  });

  it("batches of any size", () => {
    const open = { shape: [1, 2], signature: [-1, 2] };
    const { graph, value } = read(dense({ x: open, y: open }), { batch: 2 });
    expect(value!.dimensions).toEqual([{ name: "x.0", size: 2, inputs: ["x"] }]);
    expect(run(graph, { x: tensor("float32", [2, 2], [1, 10, 0, 0]) })).toEqual([
      [21.5, 42.5, 0.5, -0.5],
    ]);
  });

  it("absent and empty operands", () => {
    const text = dense({});
    const { graph } = read({
      ...text,
      operators: [{ ...text.operators[0]!, inputs: ["x", "w", undefined] }],
    });
    expect(run(graph, { x })).toEqual([[21, 43]]);
  });
});

describe("names of layers", () => {
  it.each([
    ["FULLY_CONNECTED", "net/act/Relu;net/dense/BiasAdd", "net/dense"],
    ["CONV_2D", "net/act/Relu;net/conv/BiasAdd;net/other/Conv2D;net/conv/Conv2D1", "net/conv"],
    ["CONV_2D", "StatefulPartitionedCall/StatefulPartitionedCall/net/conv/Conv2D", "net/conv"],
    ["DEPTHWISE_CONV_2D", "net/bn/FusedBatchNormV3;net/dw/depthwise;net/dw/BiasAdd", "net/dw"],
    ["ADD", "net/act/Relu;net/add/add", "net/add"],
    ["SOFTMAX", "net/dense/Softmax", "net/dense/Softmax"],
    ["SOFTMAX", "StatefulPartitionedCall", "StatefulPartitionedCall"],
    ["CONV_2D", "plain", "plain"],
    ["CONV_2D", ";", ";"],
  ])("%s %s", (opType, tensor, layer) => {
    expect(layerName(tensor, opType)).toBe(layer);
  });

  it("are those of the nodes; constants are called as their layers' parts", () => {
    const { graph } = read(dense({}));
    expect([...graph!.nodes.values()].map(({ name }) => name)).toEqual([
      "x",
      "y/kernel",
      "y/bias",
      "y",
    ]);
  });
});

describe("what is wrong with a TFLite model", () => {
  it("names all unsupported operators at once", () => {
    const model: ModelText = {
      tensors: { x: { shape: [1] }, a: { shape: [1] }, b: { shape: [1] }, c: { shape: [1] } },
      operators: [
        { op: "MyOwn", inputs: ["x"], outputs: ["a"] },
        { op: "WHILE", inputs: ["a"], outputs: ["b"] },
        { op: "MyOwn", inputs: ["b"], outputs: ["c"] },
      ],
      inputs: ["x"],
      outputs: ["c"],
    };
    expect(read(model).faults).toEqual([
      "QC2004 operator `MyOwn` is not supported (2 nodes) @a",
      "QC2004 operator `WHILE` is not supported (1 node) @b",
    ]);
  });

  it.each<readonly [string, ModelText]>([
    [
      "QC2012 tensor `w` cannot be used: it has a scale of 0 @w",
      dense({ w: { ...int8Weights, scale: [0] } }),
    ],
    [
      "QC2012 tensor `w` cannot be used: it has a zero point of 300 @w",
      dense({ w: { ...int8Weights, zeroPoint: [300] } }),
    ],
    [
      "QC2012 tensor `w` cannot be used: it has 3 scales for axis 1 of [2,2] @w",
      dense({ w: { ...int8Weights, scale: [1, 1, 1], axis: 1 } }),
    ],
    [
      "QC2012 tensor `w` cannot be used: it holds 16 bytes where [2,3] needs 24 @w",
      dense({ w: { shape: [2, 3] } }),
    ],
    [
      "QC2005 `FULLY_CONNECTED`: its result i32[2]{0, 0} has an impossible scale @y/bias",
      dense({
        ...int8Model,
        x: { ...int8Activations, scale: [1e-30] },
        w: { ...int8Weights, scale: [1e-30] },
      }),
    ],
    ["QC2007 type `string` of `x` is not supported @x", withType(dense({}), "x", "string")],
    ["QC2006 axis 1 of input `x` has no fixed size @x", dense({ x: { signature: [1, -1] } })],
    [
      "QC2005 `FULLY_CONNECTED`: it gives [1,2] where the file says [1,5] @y",
      dense({ y: { shape: [1, 5] } }),
    ],
    ["QC2008 value `x` is used but nothing computes it @y", { ...dense({}), inputs: [] }],
  ])("says: %s", (message, model) => {
    expect(read(model).faults).toContain(message);
  });

  it("warns of state that is not kept", () => {
    const model: ModelText = {
      tensors: { x: { shape: [2] }, state: { shape: [2], isVariable: true }, y: { shape: [2] } },
      operators: [{ op: "ADD", inputs: ["x", "state"], outputs: ["y"], options: {} }],
      inputs: ["x"],
      outputs: ["y"],
    };
    const { graph, faults } = read(model);
    expect(faults).toEqual(["QC2018 state `state` is zero at the start of each run @state"]);
    expect(run(graph, { x: tensor("float32", [2], [1, 2]) })).toEqual([[1, 2]]);
  });

  it("says where a damaged file breaks off", () => {
    const bytes = tfliteBytes(dense({}));
    expect(readBytes(bytes.subarray(0, 64)).faults[0]).toMatch(
      /^QC2002 the file is damaged: .* @byte \d+$/,
    );
    const bomb = bytes.slice();
    new DataView(bomb.buffer).setUint32(0, 0xfffffff0, true);
    expect(readBytes(bomb).faults).toEqual([
      "QC2002 the file is damaged: a table of 4 bytes leads out of it @byte 4294967280",
    ]);
  });
});

/** The tensor with a type that cannot be written by name. */
function withType(model: ModelText, name: string, type: string): ModelText {
  return { ...model, tensors: { ...model.tensors, [name]: { ...model.tensors[name]!, type } } };
}
