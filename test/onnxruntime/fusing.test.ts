import { describe, expect, it } from "vitest";
import {
  type BetweenPairs,
  fusedNames,
  opsBetweenPairs,
  pairsModel,
  scalar,
  vector,
} from "./between-pairs.ts";
import { type Affine, f32 } from "./formulas.ts";
import { modelBytes, type Node, node, type Value } from "./one-op-model.ts";

/**
 * Which Q/DQ models ONNX Runtime runs on integers: the preconditions an exporter relies on. Each case names the ops
 * that run between the borders; a DequantizeLinear among them means that the op was left in float.
 */

const middle: Affine = { scale: f32(0.1), zeroPoint: 128 };
const floor: Affine = { scale: f32(0.1), zeroPoint: 0 };
const image = [1, 4, 6, 6];
const x0 = { params: middle, shape: image, codes: [] };

/** A convolution's weights and bias with per-channel scales, as constants. */
function convConstants(changed: Record<string, Value> = {}): Record<string, Value> {
  return {
    w: {
      dtype: "int8",
      shape: [4, 4, 3, 3],
      values: Array.from({ length: 144 }, (_, i) => (i * 37) % 120),
    },
    ws: vector("float32", [0.01, 0.02, 0.03, 0.04]),
    wz: vector("int8", [0, 0, 0, 0]),
    b: vector("int32", [1, 2, 3, 4]),
    bs: vector(
      "float32",
      [0.01, 0.02, 0.03, 0.04].map((scale) => f32(middle.scale * f32(scale))),
    ),
    bz: vector("int32", [0, 0, 0, 0]),
    ...changed,
  };
}
const weight = node("DequantizeLinear", ["w", "ws", "wz"], "weight", { axis: 0 });
const bias = node("DequantizeLinear", ["b", "bs", "bz"], "bias", { axis: 0 });
const same = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
const convTo = (y: string): Node[] => [
  weight,
  bias,
  node("Conv", ["x0", "weight", "bias"], y, same),
];
const conv = (changed: Partial<BetweenPairs> = {}): BetweenPairs => ({
  operands: [x0],
  nodes: convTo("y"),
  constants: convConstants(),
  params: middle,
  shape: image,
  ...changed,
});
const leftInFloat = (op: string, inputs: number) =>
  [op, ...Array<string>(inputs).fill("DequantizeLinear"), "QuantizeLinear"].sort().join(" ");

async function expectOps(text: BetweenPairs, ops: string): Promise<void> {
  expect(await opsBetweenPairs(text)).toBe(ops);
}

describe("Conv", () => {
  it.each([13, 17, 19, 21, 22, 23])("fuses in opset %i", async (opset) => {
    await expectOps(conv({ opset }), "QLinearConv");
  });
  it("O-23 fuses with int8 activations between pairs, which become uint8", async () => {
    await expectOps(conv({ activation: "int8" }), "QLinearConv");
  });
  it("O-20 fuses with a float bias, which it quantizes itself", async () => {
    const constants = convConstants({ plain: vector("float32", [1, 2, 3, 4]) });
    const nodes = [weight, node("Conv", ["x0", "weight", "plain"], "y", same)];
    await expectOps(conv({ constants, nodes }), "QLinearConv");
  });
  it("O-20 needs the bias scale to be the product of the others within 1 % and 1e-6, zero point 0", async () => {
    const scaled = (by: number) =>
      convConstants({
        bs: vector(
          "float32",
          [0.001, 0.002, 0.003, 0.004].map((scale) => scale * by),
        ),
      });
    await expectOps(conv({ constants: scaled(1.0005) }), "QLinearConv");
    await expectOps(conv({ constants: scaled(1.02) }), leftInFloat("Conv", 3));
    const constants = convConstants({ bz: vector("int32", [1, 1, 1, 1]) });
    await expectOps(conv({ constants }), leftInFloat("Conv", 3));
  });
  it("stays in float with 4-bit weights", async () => {
    const constants = convConstants({
      w: {
        dtype: "int4",
        shape: [4, 4, 3, 3],
        values: Array.from({ length: 144 }, (_, i) => (i % 15) - 7),
      },
      wz: vector("int4", [0, 0, 0, 0]),
    });
    const nodes = [weight, node("Conv", ["x0", "weight"], "y", same)];
    await expectOps(conv({ constants, nodes, opset: 21 }), leftInFloat("Conv", 2));
  });
  it("O-22 stays in float where its float output is a graph output too", async () => {
    const q = { s: scalar("float32", 0.1), z: scalar("uint8", 128) };
    const model = modelBytes({
      inputs: { x: { dtype: "uint8", shape: image } },
      outputs: { t: { dtype: "float32", shape: image }, y: { dtype: "uint8", shape: image } },
      constants: { ...convConstants(), ...q },
      nodes: [
        node("DequantizeLinear", ["x", "s", "z"], "x0"),
        ...convTo("t"),
        node("QuantizeLinear", ["t", "s", "z"], "y"),
      ],
    });
    expect(await fusedNames(model, 0)).toContain("Conv DequantizeLinear");
  });
});

describe("integers at the graph's border", () => {
  /** `x` and `y` are integers of the graph's interface. */
  const border = (
    dtype: "uint8" | "int8",
    nodes: readonly Node[],
    constants: Record<string, Value> = {},
  ) =>
    modelBytes({
      inputs: { x: { dtype, shape: image } },
      outputs: { y: { dtype, shape: image } },
      constants: { ...constants, s: scalar("float32", 0.1), z: scalar(dtype, 3) },
      nodes: [
        node("DequantizeLinear", ["x", "s", "z"], "x0"),
        ...nodes,
        node("QuantizeLinear", ["r", "s", "z"], "y"),
      ],
    });

  it("uint8 fuses; int8 leaves Conv in float, and fuses tables and pools", async () => {
    expect(await fusedNames(border("uint8", convTo("r"), convConstants()), 0)).toBe("QLinearConv");
    expect(await fusedNames(border("int8", convTo("r"), convConstants()), 0)).toContain(
      "Conv Dequantize",
    );
    expect(await fusedNames(border("int8", [node("Sigmoid", ["x0"], "r")]), 0)).toBe(
      "QLinearSigmoid",
    );
  });
});

describe("O-28 activations in front of QuantizeLinear", () => {
  const behindConv = (activation: Node, params: Affine, dtype: "uint8" | "int8" = "uint8") =>
    conv({
      nodes: [...convTo("t"), activation],
      constants: convConstants({ low: scalar("float32", 0), high: scalar("float32", 6) }),
      params,
      activation: dtype,
    });
  const relu = node("Relu", ["t"], "y");
  const relu6 = node("Clip", ["t", "low", "high"], "y");

  it.each(["uint8", "int8"] as const)(
    "Relu is removed if the zero point is the least code, %s",
    async (dtype) => {
      await expectOps(behindConv(relu, floor, dtype), "QLinearConv");
      await expectOps(
        behindConv(relu, { ...floor, zeroPoint: 1 }, dtype),
        leftInFloat("FusedConv", 3),
      );
    },
  );

  it("Clip is removed if both of its ends lie on or outside the range of codes", async () => {
    await expectOps(behindConv(relu6, { scale: f32(6 / 255), zeroPoint: 0 }), "QLinearConv");
    await expectOps(behindConv(relu6, { scale: f32(5.9 / 255), zeroPoint: 0 }), "QLinearConv");
    await expectOps(
      behindConv(relu6, { scale: f32(6.1 / 255), zeroPoint: 0 }),
      leftInFloat("FusedConv", 3),
    );
  });

  it("a range that passes a Clip by less than half a step makes a model ONNX Runtime cannot load", async () => {
    const text = behindConv(relu6, { scale: f32(6.003 / 255), zeroPoint: 0 });
    await expect(opsBetweenPairs(text)).rejects.toThrow("Invalid model");
  });

  it.each(["Add", "Mul"])("Relu is removed behind %s as well", async (op) => {
    const nodes = [node(op, ["x0", "x1"], "t"), relu];
    await expectOps({ operands: [x0, x0], nodes, params: floor, shape: image }, `QLinear${op}`);
  });
});

describe("products", () => {
  const row = { params: middle, shape: [3, 4], codes: [] };
  const dense = (changed: Partial<BetweenPairs>): BetweenPairs => ({
    operands: [row],
    nodes: [],
    constants: {
      ...convConstants({ w: { dtype: "int8", shape: [4, 4], values: Array<number>(16).fill(3) } }),
      plain: vector("float32", [1, 2, 3, 4]),
    },
    params: middle,
    shape: [3, 4],
    ...changed,
  });
  const columns = node("DequantizeLinear", ["w", "ws", "wz"], "weight", { axis: 1 });
  const cases: readonly [string, readonly Node[], string][] = [
    [
      "MatMul, weights per column",
      [columns, node("MatMul", ["x0", "weight"], "y")],
      "QLinearMatMul",
    ],
    [
      "Gemm, transB, weights per row",
      [weight, bias, node("Gemm", ["x0", "weight", "bias"], "y", { transB: 1 })],
      "QGemm",
    ],
    [
      "Gemm, transA",
      [columns, bias, node("Gemm", ["x0", "weight", "bias"], "y", { transA: 1 })],
      "QGemm",
    ],
    [
      "O-24 Gemm, beta",
      [columns, bias, node("Gemm", ["x0", "weight", "bias"], "y", { beta: { float: 0.5 } })],
      leftInFloat("Gemm", 3),
    ],
    [
      "Gemm, alpha",
      [columns, bias, node("Gemm", ["x0", "weight", "bias"], "y", { alpha: { float: 0.5 } })],
      leftInFloat("Gemm", 3),
    ],
    [
      "MatMul and an int32 bias",
      [columns, bias, node("MatMul", ["x0", "weight"], "t"), node("Add", ["t", "bias"], "y")],
      "QGemm",
    ],
    [
      "MatMul and a float bias",
      [columns, node("MatMul", ["x0", "weight"], "t"), node("Add", ["t", "plain"], "y")],
      "QGemm",
    ],
  ];
  it.each(cases)("%s", async (name, nodes, ops) => {
    const transA = name.includes("transA") ? { operands: [{ ...row, shape: [4, 3] }] } : {};
    await expectOps(dense({ nodes, ...transA }), ops);
  });
  it("MatMul and a bias of rank 3: reshapes around a Gemm", async () => {
    const nodes = [
      columns,
      bias,
      node("MatMul", ["x0", "weight"], "t"),
      node("Add", ["t", "bias"], "y"),
    ];
    await expectOps(
      dense({ operands: [{ ...row, shape: [2, 3, 4] }], nodes, shape: [2, 3, 4] }),
      "QGemm Reshape Reshape",
    );
  });
  it("attention: two activations, one of them transposed", async () => {
    const heads = { params: middle, shape: [1, 2, 6, 6], codes: [] };
    const quant = ["x1.scale", "x1.zeroPoint"];
    const nodes = [
      node("Transpose", ["x1"], "t", { perm: [0, 1, 3, 2] }),
      node("QuantizeLinear", ["t", ...quant], "tq"),
      node("DequantizeLinear", ["tq", ...quant], "td"),
      node("MatMul", ["x0", "td"], "y"),
    ];
    await expectOps(
      { operands: [heads, heads], nodes, params: middle, shape: heads.shape },
      "QLinearMatMul Transpose",
    );
  });
});

describe("constants as operands", () => {
  const cases = [
    ["uint8", "uint8", "QLinearAdd"],
    ["int8", "uint8", "QLinearAdd"],
    ["uint8", "int8", leftInFloat("Add", 2)],
    ["int8", "int8", leftInFloat("Add", 2)],
  ] as const;
  it.each(cases)("O-23 Add of %s activations and a %s constant", async (activation, dtype, ops) => {
    const constants = { k: scalar(dtype, 7), s: scalar("float32", 0.1), z: scalar(dtype, 0) };
    const nodes = [node("DequantizeLinear", ["k", "s", "z"], "kd"), node("Add", ["x0", "kd"], "y")];
    await expectOps(
      { operands: [x0], nodes, constants, params: middle, shape: image, activation },
      ops,
    );
  });
});

describe("O-21 one DequantizeLinear for two consumers", () => {
  it("is duplicated by ONNX Runtime itself", async () => {
    const quant = ["y.scale", "y.zeroPoint"];
    const nodes = [
      ...convTo("t"),
      node("QuantizeLinear", ["t", ...quant], "tq"),
      node("DequantizeLinear", ["tq", ...quant], "td"),
      node("Add", ["x0", "td"], "y"),
    ];
    await expectOps(conv({ nodes }), "QLinearAdd QLinearConv");
  });
});

describe("O-25, O-26 ops of one input", () => {
  type Attributes = Parameters<typeof node>[3];
  const ints = (...values: number[]): Value => ({ dtype: "int64", shape: [values.length], values });
  const half = { kernel_shape: [2, 2], strides: [2, 2] };
  const ops: readonly [
    string,
    Attributes,
    readonly number[],
    Readonly<Record<string, Value>>,
    string,
  ][] = [
    ["MaxPool", half, [1, 4, 3, 3], {}, "MaxPool"],
    ["Reshape", {}, [1, 144], { a: ints(1, 144) }, "Reshape"],
    ["Transpose", { perm: [0, 2, 3, 1] }, [1, 6, 6, 4], {}, "Transpose"],
    ["Flatten", {}, [1, 144], {}, "Flatten"],
    ["Squeeze", {}, [4, 6, 6], { a: ints(0) }, "Squeeze"],
    ["Unsqueeze", {}, [1, 1, 4, 6, 6], { a: ints(0) }, "Unsqueeze"],
    ["Slice", {}, [1, 4, 3, 6], { a: ints(0), b: ints(3), c: ints(2) }, "Slice"],
    ["Gather", { axis: 1 }, [1, 2, 6, 6], { a: ints(0, 2) }, "Gather"],
    ["Tile", {}, [1, 8, 6, 6], { a: ints(1, 2, 1, 1) }, "Tile"],
    ["Expand", {}, [2, 4, 6, 6], { a: ints(2, 4, 6, 6) }, "Expand"],
    [
      "Resize",
      { mode: "nearest" },
      [1, 4, 12, 12],
      { a: vector("float32", []), b: vector("float32", [1, 1, 2, 2]) },
      "Resize",
    ],
    ["DepthToSpace", { blocksize: 2 }, [1, 1, 12, 12], {}, "DepthToSpace"],
    ["ReduceMax", { axes: [2, 3] }, [1, 4, 1, 1], {}, "ReduceMax"],
    ["AveragePool", half, [1, 4, 3, 3], {}, "QLinearAveragePool"],
    ["GlobalAveragePool", {}, [1, 4, 1, 1], {}, "QLinearGlobalAveragePool"],
    ["Softmax", { axis: 1 }, image, {}, "QLinearSoftmax"],
    ["Concat", { axis: 1 }, image, {}, "QLinearConcat"],
    ["Sigmoid", {}, image, {}, "QLinearSigmoid"],
    ["LeakyRelu", {}, image, {}, "QLinearLeakyRelu"],
    [
      "Resize",
      { mode: "linear" },
      [1, 4, 12, 12],
      { a: vector("float32", []), b: vector("float32", [1, 1, 2, 2]) },
      leftInFloat("Resize", 1),
    ],
    ["Pad", {}, [1, 4, 8, 8], { a: ints(0, 0, 1, 1, 0, 0, 1, 1) }, leftInFloat("Pad", 1)],
    ["ReduceMean", { axes: [2, 3] }, [1, 4, 1, 1], {}, leftInFloat("ReduceMean", 1)],
    ["Tanh", {}, image, {}, leftInFloat("Tanh", 1)],
    ["GlobalMaxPool", {}, [1, 4, 1, 1], {}, leftInFloat("GlobalMaxPool", 1)],
  ];
  const text = (
    [op, attributes, shape, constants]: (typeof ops)[number],
    changed: Partial<BetweenPairs>,
  ): BetweenPairs => ({
    operands: [x0],
    nodes: [node(op, ["x0", ...Object.keys(constants)], "y", attributes)],
    constants,
    params: middle,
    shape,
    ...changed,
  });

  it.each(ops)("%s %j with equal parameters", async (...row) => {
    await expectOps(text(row, { opset: 17 }), row[4]);
    await expectOps(text(row, { opset: 17, activation: "int8" }), row[4]);
    if (!row[0].startsWith("Reduce")) await expectOps(text(row, { opset: 22 }), row[4]);
  });

  it.each(ops)("%s %j with other parameters: only the QLinear ops stay fused", async (...row) => {
    const params = { scale: f32(0.2), zeroPoint: 128 };
    const ops = row[4].startsWith("QLinear") ? row[4] : leftInFloat(row[0], 1);
    await expectOps(text(row, { params }), ops);
  });

  it("MaxPool needs opset 12", async () => {
    const pool = ops[0]!;
    await expectOps(text(pool, { opset: 12 }), "MaxPool");
    await expectOps(text(pool, { opset: 11 }), leftInFloat("MaxPool", 1));
  });
});

describe("a pair of its own for every value", () => {
  it("Flatten without one leaves the next op in float, Transpose and MaxPool do not", async () => {
    const quant = ["y.scale", "y.zeroPoint"];
    const text = (
      op: string,
      shape: readonly number[],
      attributes: Parameters<typeof node>[3] = {},
    ): BetweenPairs => ({
      operands: [x0],
      nodes: [
        node("Sigmoid", ["x0"], "a"),
        node("QuantizeLinear", ["a", ...quant], "aq"),
        node("DequantizeLinear", ["aq", ...quant], "ad"),
        node(op, ["ad"], "m", attributes),
        node("LeakyRelu", ["m"], "y"),
      ],
      params: middle,
      shape,
    });
    await expectOps(
      text("Flatten", [1, 144]),
      "DequantizeLinear Flatten LeakyRelu QLinearSigmoid QuantizeLinear",
    );
    await expectOps(
      text("Transpose", [1, 6, 6, 4], { perm: [0, 2, 3, 1] }),
      "QLinearLeakyRelu QLinearSigmoid Transpose",
    );
    await expectOps(
      text("MaxPool", image, { kernel_shape: [1, 1] }),
      "MaxPool QLinearLeakyRelu QLinearSigmoid",
    );
  });

  it("Split keeps integers with equal parameters", async () => {
    const q = {
      s: scalar("float32", 0.1),
      z: scalar("uint8", 3),
      parts: { dtype: "int64", shape: [2], values: [2, 2] } as const,
    };
    const half = { dtype: "float32", shape: [1, 2, 6, 6] } as const;
    const model = modelBytes({
      inputs: { x: { dtype: "uint8", shape: image } },
      outputs: { y: half, z2: half },
      constants: q,
      nodes: [
        node("DequantizeLinear", ["x", "s", "z"], "x0"),
        node("Split", ["x0", "parts"], ["a", "b"], { axis: 1 }),
        node("QuantizeLinear", ["a", "s", "z"], "aq"),
        node("DequantizeLinear", ["aq", "s", "z"], "y"),
        node("QuantizeLinear", ["b", "s", "z"], "bq"),
        node("DequantizeLinear", ["bq", "s", "z"], "z2"),
      ],
    });
    expect(await fusedNames(model, 0)).toBe("DequantizeLinear Split");
  });

  it("two adjacent pairs become one, so a requantization is not executed as written", async () => {
    const quant = ["x0.scale", "x0.zeroPoint"];
    const nodes = [
      node("Sigmoid", ["x0"], "a"),
      node("QuantizeLinear", ["a", ...quant], "aq"),
      node("DequantizeLinear", ["aq", ...quant], "y"),
    ];
    const text = { operands: [x0], nodes, params: { scale: f32(0.2), zeroPoint: 7 }, shape: image };
    expect(await fusedNames(pairsModel(text))).toBe("QLinearSigmoid");
  });
});
