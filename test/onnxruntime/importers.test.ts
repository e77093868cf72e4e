import { describe, expect, it } from "vitest";
import { importModel } from "../../compiler/frontends/import-model.ts";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import { sizeOf, type Tensor } from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";
import { renderDiagnostic } from "../../grammar/index.ts";
import { kernels } from "../../runtime/reference/index.ts";
import { type Feed, runModel } from "../support/onnxruntime.ts";
import { modelBytes, type Node, node, type Value } from "./one-op-model.ts";
import { type Random, random } from "./random.ts";

/**
 * Importers, one operator at a time: what we compute for a model of one node against what ONNX Runtime computes for
 * the same bytes.
 */

interface Example {
  readonly node: Node;
  /** Shapes of random float inputs, or whole values. */
  readonly inputs: Readonly<Record<string, readonly number[] | Value>>;
  readonly constants?: Readonly<Record<string, readonly number[] | Value>>;
  /** Types of the outputs; one float `y` unless stated. */
  readonly outputs?: Readonly<Record<string, Value["dtype"]>>;
  readonly opset?: number;
  /** Relative to 1 + |result|; 0 for integers. */
  readonly within?: number;
}

function agrees(name: string, example: Example): void {
  it(name, async () => {
    const numbers = random([...name].reduce((sum, c) => sum * 31 + c.charCodeAt(0), 11));
    const { within = 2e-6, outputs = { y: "float32" as const } } = example;
    const inputs = valuesOf(example.inputs, numbers);
    const constants = valuesOf(example.constants ?? {}, numbers);
    const model = (shapeOf: (port: string) => readonly number[]): Uint8Array =>
      modelBytes({
        opset: example.opset ?? 17,
        inputs,
        constants,
        outputs: Object.fromEntries(
          Object.entries(outputs).map(([port, dtype]) => [port, { dtype, shape: shapeOf(port) }]),
        ),
        nodes: [example.node],
      });
    // ONNX Runtime checks the shapes that we have found.
    const ours = evaluateModel(
      model(() => []),
      inputs,
    );
    const theirs = await runModel(
      model((port) => ours.get(port)!.shape),
      inputs,
    );
    for (const port of Object.keys(outputs)) {
      const [actual, wanted] = [ours.get(port)!, theirs[port]!];
      expect(actual.shape).toEqual(wanted.dims);
      const far = Array.from(actual.data, (x, i) => {
        const want = Number((wanted.data as Float32Array)[i]!);
        return Object.is(x, want) ? 0 : Math.abs(x - want) / (1 + Math.abs(want));
      });
      expect(Math.max(0, ...far)).toBeLessThanOrEqual(within);
    }
  });
}

function evaluateModel(bytes: Uint8Array, inputs: Readonly<Record<string, Value>>) {
  const { value, diagnostics } = importModel(bytes, { name: "one-op" });
  if (value === undefined) throw new Error(diagnostics.map((d) => renderDiagnostic(d)).join("\n"));
  const feeds = Object.entries(inputs).map(
    ([name, { dtype, shape, values }]) =>
      [name, { dtype, shape, data: values } as unknown as Tensor] as const,
  );
  return evaluate(value.graph, new Map(feeds), { ops, kernels });
}

/** Random reals in [−2, 2) for the shapes; stated values get typed arrays. */
function valuesOf(
  stated: Readonly<Record<string, readonly number[] | Value>>,
  { unit }: Random,
): Record<string, Value & Feed> {
  return Object.fromEntries(
    Object.entries(stated).map(([name, value]) => {
      const { dtype, shape, values } = (
        Array.isArray(value) ? { dtype: "float32", shape: value } : value
      ) as Value;
      const list = values ?? Array.from({ length: sizeOf(shape) }, () => 4 * unit() - 2);
      const data = arrays[dtype as keyof typeof arrays](list);
      return [name, { dtype, shape, values: data, data } as unknown as Value & Feed];
    }),
  );
}

const arrays = {
  float32: (list: ArrayLike<number>) => Float32Array.from(list),
  uint8: (list: ArrayLike<number>) => Uint8Array.from(list),
  int8: (list: ArrayLike<number>) => Int8Array.from(list),
  int32: (list: ArrayLike<number>) => Int32Array.from(list),
  int64: (list: ArrayLike<number>) => Int32Array.from(list),
};

const numbers = random(5);
const bytes = (shape: readonly number[]): Value => ({
  dtype: "uint8",
  shape,
  values: numbers.codes(sizeOf(shape)),
});
const weights = (shape: readonly number[]): Value => ({
  dtype: "int8",
  shape,
  values: numbers.weights(sizeOf(shape)),
});
const number = (x: number): Value => ({ dtype: "float32", shape: [], values: [x] });
const byte = (x: number): Value => ({ dtype: "uint8", shape: [], values: [x] });
const signed = (x: number): Value => ({ dtype: "int8", shape: [], values: [x] });
const list = (...values: readonly number[]): Value => ({
  dtype: "float32",
  shape: [values.length],
  values,
});
const sizes = (...values: readonly number[]): Value => ({
  dtype: "int64",
  shape: [values.length],
  values,
});

describe("convolutions", () => {
  agrees("Conv in one dimension, dilated, in groups", {
    node: node("Conv", ["x", "w", "b"], "y", {
      group: 2,
      dilations: [2],
      strides: [2],
      pads: [1, 3],
    }),
    inputs: { x: [2, 4, 11] },
    constants: { w: [6, 2, 3], b: [6] },
  });
  agrees("Conv with auto_pad SAME_LOWER", {
    node: node("Conv", ["x", "w"], "y", { auto_pad: "SAME_LOWER", strides: [2, 1] }),
    inputs: { x: [1, 3, 6, 5] },
    constants: { w: [4, 3, 4, 2] },
  });
  agrees("Conv, depthwise with two results a channel, kernel computed", {
    node: node("Conv", ["x", "w"], "y", { group: 3 }),
    inputs: { x: [1, 3, 6, 5], w: [6, 1, 3, 3] },
  });
  agrees("Conv over three dimensions", {
    node: node("Conv", ["x", "w", "b"], "y", {
      strides: [2, 1, 2],
      dilations: [2, 1, 1],
      pads: [1, 0, 2, 0, 1, 1],
    }),
    inputs: { x: [2, 3, 6, 4, 5] },
    constants: { w: [4, 3, 2, 3, 2], b: [4] },
  });
  agrees("Conv over three dimensions in groups", {
    node: node("Conv", ["x", "w", "b"], "y", { group: 2, strides: [1, 2, 1] }),
    inputs: { x: [1, 4, 5, 4, 4] },
    constants: { w: [6, 2, 3, 2, 2], b: [6] },
  });
  agrees("Conv over three dimensions, depthwise", {
    node: node("Conv", ["x", "w"], "y", { group: 3, pads: [1, 1, 1, 1, 1, 1] }),
    inputs: { x: [2, 3, 3, 3, 4] },
    constants: { w: [6, 1, 3, 3, 3] },
  });
  agrees("ConvTranspose over three dimensions, taps side by side", {
    node: node("ConvTranspose", ["x", "w", "b"], "y", { strides: [2, 2, 2] }),
    inputs: { x: [2, 3, 2, 3, 2] },
    constants: { w: [3, 4, 2, 2, 2], b: [4] },
  });
  agrees("ConvTranspose over three dimensions, taps that overlap", {
    node: node("ConvTranspose", ["x", "w", "b"], "y", {
      strides: [2, 1, 2],
      dilations: [2, 1, 1],
      pads: [1, 0, 1, 2, 1, 0],
      output_padding: [1, 0, 1],
    }),
    inputs: { x: [1, 3, 3, 3, 2] },
    constants: { w: [3, 2, 3, 2, 3], b: [2] },
  });
  agrees("ConvTranspose over three dimensions, taps that leave gaps", {
    node: node("ConvTranspose", ["x", "w", "b"], "y", {
      strides: [3, 1, 1],
      output_shape: [8, 4, 4],
    }),
    inputs: { x: [1, 2, 3, 3, 3] },
    constants: { w: [2, 3, 2, 2, 2], b: [3] },
  });
  agrees("ConvTranspose in groups with output padding", {
    node: node("ConvTranspose", ["x", "w", "b"], "y", {
      group: 2,
      strides: [2, 3],
      pads: [1, 0, 1, 2],
      output_padding: [1, 2],
    }),
    inputs: { x: [2, 4, 3, 4] },
    constants: { w: [4, 3, 3, 3], b: [6] },
  });
  agrees("ConvTranspose with auto_pad SAME_UPPER", {
    node: node("ConvTranspose", ["x", "w"], "y", { auto_pad: "SAME_UPPER", strides: [2, 2] }),
    inputs: { x: [1, 2, 3, 4] },
    constants: { w: [2, 3, 3, 3] },
  });
  agrees("ConvTranspose in one dimension with a stated shape", {
    node: node("ConvTranspose", ["x", "w"], "y", { output_shape: [9], strides: [2] }),
    inputs: { x: [1, 2, 4] },
    constants: { w: [2, 3, 4] },
  });
  agrees("ConvInteger", {
    node: node("ConvInteger", ["x", "w", "xz", "wz"], "y", { pads: [1, 1, 0, 0] }),
    inputs: { x: bytes([1, 3, 5, 5]) },
    constants: { w: bytes([4, 3, 3, 3]), xz: byte(117), wz: byte(131) },
    outputs: { y: "int32" },
    within: 0,
  });
});

describe("products", () => {
  agrees("Gemm with alpha, beta, transA and a constant C", {
    node: node("Gemm", ["a", "b", "c"], "y", {
      alpha: { float: 0.5 },
      beta: { float: 2 },
      transA: 1,
    }),
    inputs: { a: [4, 3] },
    constants: { b: [4, 5], c: [1, 5] },
  });
  agrees("Gemm of two inputs with a C for each row", {
    node: node("Gemm", ["a", "b", "c"], "y", { alpha: { float: 0.5 }, transB: 1 }),
    inputs: { a: [3, 4], b: [5, 4], c: [3, 1] },
  });
  agrees("MatMul of a vector and batches", {
    node: node("MatMul", ["a", "b"], "y"),
    inputs: { a: [4], b: [2, 3, 4, 5] },
  });
  agrees("MatMul by a constant matrix, then a constant vector", {
    node: node("MatMul", ["a", "b"], "y"),
    inputs: { a: [2, 3, 4] },
    constants: { b: [4] },
  });
  agrees("MatMulInteger, exact beyond 2²⁴", {
    node: node("MatMulInteger", ["a", "b", "az"], "y"),
    inputs: { a: { dtype: "uint8", shape: [1, 700], values: Array(700).fill(255) } },
    constants: {
      b: { dtype: "int8", shape: [700, 2], values: Array(1400).fill(127) },
      az: byte(2),
    },
    outputs: { y: "int32" },
    within: 0,
  });
});

describe("layers of com.microsoft", () => {
  const domain = "com.microsoft";
  agrees("FusedConv", {
    node: node("FusedConv", ["x", "w", "b"], "y", { activation: "Relu" }, domain),
    inputs: { x: [1, 3, 4, 4] },
    constants: { w: [4, 3, 2, 2], b: [4] },
  });
  agrees("FusedMatMul", {
    node: node("FusedMatMul", ["a", "b"], "y", { transA: 1, alpha: { float: 0.25 } }, domain),
    inputs: { a: [2, 4, 3], b: [2, 4, 5] },
  });
  agrees("MatMulNBits with zero points", {
    node: node(
      "MatMulNBits",
      ["a", "b", "s", "z"],
      "y",
      { K: 48, N: 3, bits: 4, block_size: 16 },
      domain,
    ),
    inputs: { a: [2, 48] },
    constants: { b: bytes([3, 3, 8]), s: [9], z: bytes([6]) },
    within: 1e-5,
  });
  agrees("SkipLayerNormalization", {
    node: node("SkipLayerNormalization", ["x", "k", "g", "b"], "y", {}, domain),
    inputs: { x: [2, 3, 8], k: [2, 3, 8] },
    constants: { g: [8], b: [8] },
    within: 1e-5,
  });
  agrees("SkipSimplifiedLayerNormalization", {
    node: node("SkipSimplifiedLayerNormalization", ["x", "k", "g", "b"], "y", {}, domain),
    inputs: { x: [2, 3, 8], k: [2, 3, 8] },
    constants: { g: [8], b: [8] },
    within: 1e-5,
  });
  agrees("SimplifiedLayerNormalization, which has no domain", {
    node: node("SimplifiedLayerNormalization", ["x", "g"], "y", { epsilon: { float: 1e-3 } }),
    inputs: { x: [2, 3, 8] },
    constants: { g: [8] },
    within: 1e-5,
  });
});

describe("pooling", () => {
  for (const [ceil, count] of [
    [0, 0],
    [0, 1],
    [1, 0],
  ] as const) {
    agrees(`AveragePool, ceil_mode ${ceil}, count_include_pad ${count}`, {
      node: node("AveragePool", ["x"], "y", {
        kernel_shape: [3, 2],
        strides: [2, 3],
        pads: [1, 0, 1, 1],
        ceil_mode: ceil,
        count_include_pad: count,
      }),
      inputs: { x: [2, 3, 6, 7] },
    });
  }
  agrees("AveragePool over three dimensions", {
    node: node("AveragePool", ["x"], "y", { kernel_shape: [2, 3, 2], pads: [1, 1, 0, 0, 1, 1] }),
    inputs: { x: [1, 2, 4, 5, 4] },
  });
  agrees("MaxPool over three dimensions, ceil_mode", {
    node: node("MaxPool", ["x"], "y", {
      kernel_shape: [2, 3, 2],
      strides: [2, 2, 3],
      ceil_mode: 1,
    }),
    inputs: { x: [1, 2, 5, 6, 5] },
  });
  agrees("MaxPool with indices", {
    node: node("MaxPool", ["x"], ["y", "at"], { kernel_shape: [2, 2], pads: [1, 0, 0, 1] }),
    inputs: { x: [2, 2, 4, 4] },
    outputs: { y: "float32", at: "int64" },
    within: 0,
  });
  agrees("MaxPool of bytes", {
    node: node("MaxPool", ["x"], "y", { kernel_shape: [3], strides: [2] }),
    inputs: { x: bytes([1, 2, 9]) },
    outputs: { y: "uint8" },
    within: 0,
  });
  agrees("GlobalAveragePool over one dimension", {
    node: node("GlobalAveragePool", ["x"], "y"),
    inputs: { x: [2, 3, 7] },
  });
});

describe("normalisations", () => {
  agrees("BatchNormalization of vectors", {
    node: node("BatchNormalization", ["x", "g", "b", "m", "v"], "y", { epsilon: { float: 0.5 } }),
    inputs: { x: [3, 4] },
    constants: { g: [4], b: [4], m: [4], v: list(1, 2, 0.25, 3) },
  });
  agrees("InstanceNormalization", {
    node: node("InstanceNormalization", ["x", "g", "b"], "y"),
    inputs: { x: [2, 3, 4, 5] },
    constants: { g: [3], b: [3] },
    within: 1e-5,
  });
  agrees("LayerNormalization", {
    node: node("LayerNormalization", ["x", "g"], "y", { axis: 1 }),
    inputs: { x: [2, 3, 4] },
    constants: { g: [3, 4] },
    within: 1e-5,
  });
  agrees("LRN", {
    node: node("LRN", ["x"], "y", { size: 5, alpha: { float: 0.3 }, bias: { float: 2 } }),
    inputs: { x: [1, 7, 2, 2] },
  });
  agrees("LpNormalization", {
    node: node("LpNormalization", ["x"], "y", { axis: 1 }),
    inputs: { x: [2, 5, 3] },
  });
  agrees("Softmax of opset 11 takes all axes from its own on as one", {
    node: node("Softmax", ["x"], "y", { axis: 1 }),
    inputs: { x: [2, 3, 4] },
    opset: 11,
  });
  agrees("LogSoftmax along an inner axis", {
    node: node("LogSoftmax", ["x"], "y", { axis: 1 }),
    inputs: { x: [2, 3, 4] },
  });
});

describe("reductions", () => {
  const extremes = [-Infinity, -Infinity, 1, -Infinity, Infinity, 3];
  agrees("ReduceLogSumExp of infinities", {
    node: node("ReduceLogSumExp", ["x"], "y", { axes: [1] }),
    inputs: { x: { dtype: "float32", shape: [3, 2], values: extremes } },
  });
});

describe("resizing", () => {
  const modes = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"] as const;
  for (const coordinate_transformation_mode of modes) {
    for (const mode of ["nearest", "linear", "cubic"]) {
      agrees(`Resize, ${mode}, ${coordinate_transformation_mode}`, {
        node: node("Resize", ["x", "", "", "sizes"], "y", { mode, coordinate_transformation_mode }),
        inputs: { x: [1, 2, 5, 7] },
        constants: { sizes: sizes(1, 2, 8, 4) },
        within: 1e-5,
      });
    }
  }
  agrees("Resize by scales that are not quotients of sizes", {
    node: node("Resize", ["x", "", "scales"], "y", { mode: "linear" }),
    inputs: { x: [1, 2, 5, 7] },
    constants: { scales: list(1, 1, 1.3, 2.6) },
    within: 1e-5,
  });
  agrees("Resize of a cropped part", {
    node: node("Resize", ["x", "roi", "", "sizes"], "y", {
      mode: "linear",
      coordinate_transformation_mode: "tf_crop_and_resize",
      extrapolation_value: { float: 9 },
    }),
    inputs: { x: [1, 1, 4, 4] },
    constants: { roi: list(0, 0, 0.2, 0.4, 1, 1, 0.7, 1.3), sizes: sizes(1, 1, 5, 5) },
    within: 1e-5,
  });
  agrees("Upsample of opset 9", {
    node: node("Upsample", ["x", "scales"], "y", { mode: "linear" }),
    inputs: { x: [1, 2, 3, 3] },
    constants: { scales: list(1, 1, 2, 2) },
    opset: 9,
    within: 1e-5,
  });
  for (const mode of ["DCR", "CRD"]) {
    agrees(`DepthToSpace, ${mode}`, {
      node: node("DepthToSpace", ["x"], "y", { blocksize: 2, mode }),
      inputs: { x: [1, 8, 2, 3] },
    });
  }
});

describe("recurrent layers", () => {
  for (const direction of ["forward", "reverse", "bidirectional"]) {
    const d = direction === "bidirectional" ? 2 : 1;
    agrees(`LSTM, ${direction}, with states and peepholes`, {
      node: node("LSTM", ["x", "w", "r", "b", "", "h", "c", "p"], ["y", "last", "cell"], {
        direction,
        hidden_size: 5,
      }),
      inputs: { x: [4, 2, 3], h: [d, 2, 5], c: [d, 2, 5] },
      constants: { w: [d, 20, 3], r: [d, 20, 5], b: [d, 40], p: [d, 15] },
      outputs: { y: "float32", last: "float32", cell: "float32" },
      within: 1e-5,
    });
    agrees(`GRU, ${direction}`, {
      node: node("GRU", ["x", "w", "r", "b"], ["y", "last"], {
        direction,
        hidden_size: 5,
        linear_before_reset: d - 1,
      }),
      inputs: { x: [4, 2, 3] },
      constants: { w: [d, 15, 3], r: [d, 15, 5], b: [d, 30] },
      outputs: { y: "float32", last: "float32" },
      within: 1e-5,
    });
    agrees(`RNN, ${direction}, with a limit`, {
      node: node("RNN", ["x", "w", "r", "b"], ["y", "last"], {
        direction,
        hidden_size: 5,
        clip: { float: 0.7 },
      }),
      inputs: { x: [4, 2, 3] },
      constants: { w: [d, 5, 3], r: [d, 5, 5], b: [d, 10] },
      outputs: { y: "float32", last: "float32" },
      within: 1e-5,
    });
  }
});

it("a layer of two directions whose `activations` are those of one is refused", () => {
  const real = (...shape: number[]): Value => ({ dtype: "float32", shape, values: [1, 1] });
  const attributes = { direction: "bidirectional", activations: ["Tanh"] };
  const bytes = modelBytes({
    inputs: { x: real(1, 1, 1) },
    constants: { w: real(2, 1, 1), r: real(2, 1, 1) },
    outputs: { y: real(1, 2, 1, 1) },
    nodes: [node("RNN", ["x", "w", "r"], "y", attributes)],
  });
  const { diagnostics } = importModel(bytes, { name: "one-op" });
  expect(diagnostics[0]!.message).toMatch("`activations` names too few functions");
});

describe("quantizing operators", () => {
  agrees("QuantizeLinear and its type by the zero point", {
    node: node("QuantizeLinear", ["x", "s", "z"], "y", { axis: 1 }),
    inputs: { x: [2, 3, 4] },
    constants: {
      s: list(0.01, 0.02, 0.03),
      z: { dtype: "int8", shape: [3], values: [1, -2, 100] },
    },
    outputs: { y: "int8" },
    within: 0,
  });
  agrees("DequantizeLinear of int32 without a zero point", {
    node: node("DequantizeLinear", ["x", "s"], "y"),
    inputs: { x: { dtype: "int32", shape: [3], values: [1, -70000, 123456] } },
    constants: { s: number(0.013) },
    within: 0,
  });
  agrees("DynamicQuantizeLinear", {
    node: node("DynamicQuantizeLinear", ["x"], ["y", "s", "z"]),
    inputs: { x: [5, 7] },
    outputs: { y: "uint8", s: "float32", z: "uint8" },
    within: 0,
  });
  agrees("QLinearConv with a scale for each channel", {
    node: node("QLinearConv", ["x", "xs", "xz", "w", "ws", "wz", "ys", "yz", "b"], "y"),
    inputs: { x: bytes([1, 2, 5, 5]) },
    constants: {
      xs: number(0.02),
      xz: byte(120),
      w: weights([3, 2, 3, 3]),
      ws: list(0.01, 0.02, 0.005),
      wz: { dtype: "int8", shape: [3], values: [0, 0, 0] },
      ys: number(0.1),
      yz: byte(99),
      b: { dtype: "int32", shape: [3], values: [500, -700, 20] },
    },
    outputs: { y: "uint8" },
    // In steps: float32 sums between Dequantize and Quantize may fall on the other side of a tie.
    within: 1 / 100,
  });
  agrees("QLinearMatMul", {
    node: node("QLinearMatMul", ["a", "as", "az", "b", "bs", "bz", "ys", "yz"], "y"),
    inputs: { a: bytes([2, 3, 8]) },
    constants: {
      as: number(0.02),
      az: byte(120),
      b: weights([8, 4]),
      bs: number(0.01),
      bz: signed(0),
      ys: number(0.1),
      yz: byte(99),
    },
    outputs: { y: "uint8" },
    within: 1 / 100,
  });
  for (const [opType, arity] of [
    ["QLinearAdd", 2],
    ["QLinearMul", 2],
    ["QLinearLeakyRelu", 1],
    ["QLinearSigmoid", 1],
    ["QLinearGlobalAveragePool", 1],
  ] as const) {
    const operands = ["a", "as", "az", "b", "bs", "bz"].slice(0, 3 * arity);
    const attributes: Record<string, number> =
      opType === "QLinearGlobalAveragePool" ? { channels_last: 0 } : {};
    agrees(opType, {
      node: node(opType, [...operands, "ys", "yz"], "y", attributes, "com.microsoft"),
      inputs: { a: bytes([1, 2, 3, 4]), ...(arity === 2 && { b: bytes([1, 2, 3, 4]) }) },
      constants: {
        as: number(0.02),
        az: byte(120),
        ...(arity === 2 && { bs: number(0.03), bz: byte(7) }),
        ys: number(opType === "QLinearSigmoid" ? 1 / 256 : 0.05),
        yz: byte(opType === "QLinearSigmoid" ? 0 : 60),
      },
      outputs: { y: "uint8" },
      within: 1 / 60,
    });
  }
});
