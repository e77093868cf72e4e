import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  type GraphProtoSchema,
  ModelProtoSchema,
  TensorProto_DataLocation,
  type TensorProtoSchema,
} from "onnx-buf";
import { describe, expect, it } from "vitest";
import { type ImportOptions, importModel } from "../../compiler/frontends/import-model.ts";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { type Tensor, tensor } from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";
import { kernels } from "../../runtime/reference/index.ts";
import { node } from "../onnxruntime/one-op-model.ts";

type Model = MessageInitShape<typeof ModelProtoSchema>;
type FileGraph = MessageInitShape<typeof GraphProtoSchema>;
type FileTensor = MessageInitShape<typeof TensorProtoSchema>;

/** A port; a text stands for an open dimension of that name. */
function port(name: string, dims: readonly (number | string)[], elemType: number = DataType.FLOAT) {
  const dim = dims.map((d) =>
    typeof d === "number"
      ? { value: { case: "dimValue", value: BigInt(d) } as const }
      : { value: { case: "dimParam", value: d } as const },
  );
  return {
    name,
    type: { value: { case: "tensorType", value: { elemType, shape: { dim } } } as const },
  };
}

function floats(name: string, values: readonly number[], dims = [values.length]): FileTensor {
  return { name, dataType: DataType.FLOAT, dims: dims.map(BigInt), floatData: [...values] };
}

function int64s(name: string, values: readonly number[]): FileTensor {
  const dims = [BigInt(values.length)];
  return { name, dataType: DataType.INT64, dims, int64Data: values.map(BigInt) };
}

const plain: FileGraph = {
  name: "g",
  input: [port("x", [2])],
  output: [port("y", [2])],
  node: [node("Relu", ["x"], "y")],
};

function bytesOf(graph: FileGraph, model: Model = {}): Uint8Array {
  const opsetImport = [{ domain: "", version: 17n }];
  const init = { irVersion: 8n, opsetImport, graph: { ...plain, ...graph }, ...model };
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, init as Model));
}

/** The graph, or the diagnostics as `code message @place`. */
function read(graph: FileGraph, options: Partial<ImportOptions> = {}, model: Model = {}) {
  return readBytes(bytesOf(graph, model), options);
}

function readBytes(bytes: Uint8Array, options: Partial<ImportOptions> = {}) {
  const { value, diagnostics } = importModel(bytes, { name: "m.onnx", ...options });
  const faults = diagnostics.map(({ code, message, labels }) => {
    const place = labels[0]!.place;
    return `${code} ${message} @${"path" in place ? place.path : ""}`;
  });
  return { graph: value?.graph, faults, value };
}

function run(graph: Graph | undefined, inputs: Readonly<Record<string, Tensor>> = {}) {
  const outputs = evaluate(graph!, new Map(Object.entries(inputs)), { ops, kernels });
  return Object.fromEntries([...outputs].map(([name, { data }]) => [name, [...data]]));
}

const x = tensor("float32", [2], [-1, 2]);

describe("what is wrong with an ONNX model", () => {
  it("names all unsupported operators at once, with their count, and what else is wrong", () => {
    const { faults } = read({
      node: [
        node("Frobnicate", ["x"], "a"),
        node("Frobnicate", ["a"], "b"),
        node("NonMaxSuppression", ["b"], "c"),
        node("Relu", ["c"], "d"),
        node("Frobnicate", ["d"], "e", {}, "org.example"),
        node("Reshape", ["x", "x"], "f"),
        node("Relu", ["nothing"], "y"),
      ],
    });
    expect(faults).toEqual([
      "QC2005 `Reshape`: input `shape` must be a constant @f",
      "QC2008 value `nothing` is used but nothing computes it @y",
      "QC2004 operator `Frobnicate` is not supported (2 nodes) @a",
      "QC2004 operator `NonMaxSuppression` is not supported (1 node) @c",
      "QC2004 operator `org.example.Frobnicate` is not supported (1 node) @e",
    ]);
  });

  const cases: readonly (readonly [string, FileGraph, Model?])[] = [
    [
      "QC2003 version 22 of the operator set is not supported @",
      {},
      { opsetImport: [{ domain: "", version: 22n }] },
    ],
    [
      "QC2003 version 6 of the operator set is not supported @",
      { node: [node("Add", ["x", "x"], "y")] },
      { opsetImport: [{ domain: "", version: 6n }] },
    ],
    ["QC2006 axis 1 of input `x` has no fixed size @x", { input: [port("x", ["N", "T"])] }],
    [
      "QC2007 type `STRING` of `x` is not supported @x",
      { input: [port("x", [2], DataType.STRING)] },
    ],
    [
      "QC2007 type `sequence` of `x` is not supported @x",
      { input: [{ name: "x", type: { value: { case: "sequenceType", value: {} } } }] },
    ],
    ["QC2008 value `z` is used but nothing computes it @", { output: [port("z", [2])] }],
    [
      "QC2009 the graph has a cycle: `a` → `b` @a",
      { node: [node("Relu", ["b"], "a"), node("Relu", ["a"], "b"), node("Relu", ["x"], "y")] },
    ],
    [
      "QC2010 value `y` is defined more than once @y",
      { node: [node("Relu", ["x"], "y"), node("Relu", ["x"], "y")] },
    ],
    [
      "QC2012 tensor `w` cannot be used: it holds 1 elements for a shape of [3] @w",
      { initializer: [floats("w", [1], [3])], node: [node("Add", ["x", "w"], "y")] },
    ],
    [
      "QC2012 tensor `w` cannot be used: it has the shape [-1] @w",
      { initializer: [floats("w", [1], [-1])], node: [node("Add", ["x", "w"], "y")] },
    ],
    [
      "QC2005 `Add`: its output `z` is not supported @y",
      { node: [node("Add", ["x", "x"], ["y", "z"])], output: [port("y", [2]), port("z", [2])] },
    ],
  ];

  it.each(cases.map(([message, ...model]) => ({ message, model })))(
    "says: $message",
    ({ message, model: [graph, model] }) => {
      expect(read(graph, {}, model).faults).toContain(message);
    },
  );

  it("refuses to compute constants that a small file cannot mean", () => {
    const sizes = int64s("sizes", [100_000, 100_000]);
    const { faults } = read({
      initializer: [sizes],
      node: [node("ConstantOfShape", ["sizes"], "y")],
    });
    expect(faults.join()).toMatch(/QC2005.*(too many elements|more than importing may make)/);
  });

  it.each([
    ["a zip archive (PyTorch or Keras)", [0x50, 0x4b, 3, 4]],
    ["an HDF5 file (Keras)", [0x89, 0x48, 0x44, 0x46]],
  ] as const)("knows %s", (what, bytes) => {
    expect(readBytes(Uint8Array.from(bytes)).faults).toEqual([
      `QC2001 the file is ${what}, not an ONNX or TFLite model @`,
    ]);
  });

  it("knows that text is no model", () => {
    expect(readBytes(new TextEncoder().encode("hello, world")).faults).toEqual([
      "QC2001 the file is a text, not an ONNX or TFLite model @",
    ]);
    expect(readBytes(new Uint8Array()).faults[0]).toContain("QC2001");
  });
});

describe("bindings", () => {
  const open: FileGraph = { input: [port("x", ["batch", "width"]), port("z", [0, "width"])] };

  it("binds the first dimension to the batch, and others by name", () => {
    const { graph, value, faults } = read(open, { batch: 3, dimensions: { width: 5 } });
    expect(faults).toEqual([]);
    expect(graph!.inputs.map(({ value }) => graph!.nodes.get(value.node)!.types[0]!.shape)).toEqual(
      [
        [3, 5],
        [3, 5],
      ],
    );
    expect(value!.dimensions).toEqual([
      { name: "batch", size: 3, inputs: ["x"] },
      { name: "width", size: 5, inputs: ["x", "z"] },
      { name: "z.0", size: 3, inputs: ["z"] },
    ]);
  });

  it("reports what the model does not have", () => {
    const constants = new Map([["w", x]]);
    expect(read({}, { batch: 4, dimensions: { width: 5 }, constants }).faults).toEqual([
      "QC2015 the model has no dimension `width` @",
      "QC2016 a batch of 4 is not possible: the model fixes its batch @",
      "QC2015 the model has no input `w` @",
    ]);
    expect(read({}, { constants: new Map([["x", tensor("int32", [2], [1, 2])]]) }).faults).toEqual([
      "QC2017 the constant for `x` is i32[2], not float32 of rank 1 @x",
    ]);
  });

  it("refuses sizes that cannot be", () => {
    for (const width of [-1, 1.5, 2 ** 40])
      expect(read(open, { dimensions: { width } }).faults[0]).toMatch(/^QC2005 `Input`: its type/);
  });

  it("makes an input a constant", () => {
    const { graph } = read({}, { constants: new Map([["x", x]]) });
    expect(graph!.inputs).toEqual([]);
    expect(run(graph)).toEqual({ y: [0, 2] });
  });
});

describe("what ONNX files hold", () => {
  it("reads nodes in any order, and initializers that are listed as inputs", () => {
    const { graph } = read({
      input: [port("x", [2]), port("w", [2])],
      initializer: [floats("w", [10, 20])],
      node: [node("Add", ["a", "w"], "y"), node("Relu", ["x"], "a")],
    });
    expect(graph!.inputs.map(({ name }) => name)).toEqual(["x"]);
    expect(run(graph, { x })).toEqual({ y: [10, 22] });
  });

  const raw = (...bytes: number[]) => Uint8Array.from(bytes);
  it.each<readonly [string, FileTensor, string, readonly number[]]>([
    [
      "int64 saturates",
      {
        dataType: DataType.INT64,
        rawData: raw(...[5, 0, 0, 0, 0, 0, 0, 0], ...[0, 0, 0, 0, 0, 0, 0, 0x80]),
      },
      "int32",
      [5, -(2 ** 31)],
    ],
    [
      "uint64 saturates",
      { dataType: DataType.UINT64, uint64Data: [7n, 2n ** 63n] },
      "int32",
      [7, 2 ** 31 - 1],
    ],
    [
      "uint32 saturates",
      { dataType: DataType.UINT32, rawData: raw(1, 0, 0, 0, 255, 255, 255, 255) },
      "int32",
      [1, 2 ** 31 - 1],
    ],
    [
      "float16",
      { dataType: DataType.FLOAT16, rawData: raw(0, 0x3c, 1, 0) },
      "float32",
      [1, 2 ** -24],
    ],
    [
      "float16 in fields",
      { dataType: DataType.FLOAT16, int32Data: [0xc000, 0x7c00] },
      "float32",
      [-2, Number.POSITIVE_INFINITY],
    ],
    [
      "bfloat16",
      { dataType: DataType.BFLOAT16, rawData: raw(0x80, 0x3f, 0, 0xc0) },
      "float32",
      [1, -2],
    ],
    [
      "float64",
      { dataType: DataType.DOUBLE, doubleData: [0.1, -1] },
      "float32",
      [Math.fround(0.1), -1],
    ],
    ["bool", { dataType: DataType.BOOL, int32Data: [7, 0] }, "bool", [1, 0]],
    ["int4", { dataType: DataType.INT4, rawData: raw(0x8f) }, "int4", [-1, -8]],
    ["uint4 in fields", { dataType: DataType.UINT4, int32Data: [0x21] }, "uint4", [1, 2]],
    ["int8 in fields", { dataType: DataType.INT8, int32Data: [-3, 127] }, "int8", [-3, 127]],
    ["uint16", { dataType: DataType.UINT16, rawData: raw(1, 0, 255, 255) }, "uint16", [1, 65535]],
  ])("%s", (_, held, dtype, values) => {
    const { graph } = read({ initializer: [{ name: "y", dims: [2n], ...held }], node: [] });
    const constant = [...graph!.nodes.values()].find(({ op }) => op === "Constant");
    expect(constant!.types[0]!.dtype).toBe(dtype);
    expect([...(constant!.attributes.value as Tensor).data]).toEqual(values);
  });

  it("keeps the file's element types at the border", () => {
    const { graph } = read({
      input: [port("x", [2], DataType.INT64)],
      output: [port("y", [2], DataType.INT64)],
      node: [node("Identity", ["x"], "y")],
    });
    expect(graph!.inputs[0]!.wire).toBe("int64");
    expect(graph!.outputs[0]!.wire).toBe("int64");
  });

  const outside: FileTensor = {
    name: "w",
    dataType: DataType.FLOAT,
    dims: [2n],
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData: [
      { key: "location", value: "weights.bin" },
      { key: "offset", value: "4" },
      { key: "length", value: "8" },
    ],
  };
  const withOutside: FileGraph = { initializer: [outside], node: [node("Add", ["x", "w"], "y")] };

  it("reads data beside the model", () => {
    const file = new Uint8Array(Float32Array.of(9, 1, 2).buffer);
    const readExternal = (location: string, offset: number, length?: number) =>
      location === "weights.bin" ? file.subarray(offset, offset + length!) : undefined;
    expect(run(read(withOutside, { readExternal }).graph, { x })).toEqual({ y: [0, 4] });
  });

  it("says which data is missing", () => {
    const missing = (reason: string) => [
      `QC2011 external data \`weights.bin\` cannot be read: ${reason} @w`,
    ];
    expect(read(withOutside).faults).toEqual(missing("no reader of such files was given"));
    expect(read(withOutside, { readExternal: () => undefined }).faults).toEqual(
      missing("there is no such file"),
    );
  });

  it("reads sparse constants", () => {
    const sparse = { values: floats("w", [5, 7]), indices: int64s("", [1, 2]), dims: [4n] };
    const { graph } = read({ sparseInitializer: [sparse], node: [node("Relu", ["w"], "y")] });
    expect(run(graph, { x })).toEqual({ y: [0, 5, 7, 0] });
  });

  it("puts bodies of functions in the place of their calls", () => {
    const twice = {
      name: "Twice",
      domain: "local",
      input: ["v"],
      output: ["w"],
      node: [node("Add", ["v", "v"], "inner"), node("Relu", ["inner"], "w")],
      opsetImport: [{ domain: "", version: 17n }],
    };
    const { graph, faults } = read(
      { node: [node("Twice", ["x"], "a", {}, "local"), node("Twice", ["a"], "y", {}, "local")] },
      {},
      { functions: [twice] },
    );
    expect(faults).toEqual([]);
    expect(run(graph, { x })).toEqual({ y: [0, 8] });
  });

  it("refuses functions that call themselves", () => {
    const call = node("Twice", ["v"], "w", {}, "local");
    const twice = { name: "Twice", domain: "local", input: ["v"], output: ["w"], node: [call] };
    const { faults } = read(
      { node: [node("Twice", ["x"], "y", {}, "local")] },
      {},
      { functions: [twice] },
    );
    expect(faults[0]).toMatch(/QC2013 a function that calls itself is not supported/);
  });

  it("takes the branch that a constant condition says", () => {
    const branch = (name: string, opType: string) => ({
      name,
      type: AttributeType.GRAPH,
      g: { name, node: [node(opType, ["x"], "r")], output: [port("r", [2])] },
    });
    const choose = {
      opType: "If",
      input: ["c"],
      output: ["y"],
      attribute: [branch("then_branch", "Relu"), branch("else_branch", "Neg")],
    };
    const condition = { name: "c", dataType: DataType.BOOL, dims: [], int32Data: [0] };
    const { graph } = read({ initializer: [condition], node: [choose] });
    expect(run(graph, { x })).toEqual({ y: [1, -2] });
    const open = read({ input: [port("x", [2]), port("c", [], DataType.BOOL)], node: [choose] });
    expect(open.faults).toEqual(["QC2005 `If`: its condition is not a constant @y"]);
  });

  it("gives an integer input the parameters that its DequantizeLinear states", () => {
    const zero = { name: "z", dataType: DataType.UINT8, dims: [], int32Data: [128] };
    const { graph, value } = read({
      input: [port("x", [2], DataType.UINT8)],
      initializer: [floats("s", [0.5], []), zero],
      node: [node("DequantizeLinear", ["x", "s", "z"], "a"), node("Relu", ["a"], "y")],
    });
    const [input] = [...graph!.nodes.values()];
    expect(input!.types[0]!.quant).toEqual({ scale: [0.5], zeroPoint: [128] });
    expect(value!.quantized).toBe(true);
    expect(run(graph, { x: tensor("uint8", [2], [127, 130]) })).toEqual({ y: [0, 1] });
  });

  it("reads a chain of 100,000 nodes", () => {
    const length = 100_000;
    const chain = Array.from({ length }, (_, i) =>
      node("Relu", [i === 0 ? "x" : `v${i}`], i === length - 1 ? "y" : `v${i + 1}`),
    );
    const { graph } = read({ node: chain.reverse() });
    expect(graph!.nodes.size).toBe(length + 1);
  });
});
