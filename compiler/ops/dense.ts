import { Rounding } from "../../runtime/reference/requantize.ts";
import {
  type ImportBuilder,
  type ImportedValue,
  InferenceError,
  type OnnxNode,
  type Site,
} from "../ir/op.ts";
import { sizeOf, tensor } from "../ir/types.ts";
import { integerLayer, zeros } from "./accumulator.ts";
import { checkBias } from "./convolution.ts";
import { defineOp } from "./define-op.ts";
import { microsoftLayers } from "./microsoft.ts";
import { activationAttribute, constant, operand, result } from "./requantization.ts";
import { activate } from "./spatial.ts";
import { denseWeights } from "./weights.ts";

/** `rows, inputs, outputs`. */
function geometry({ operands: [x, kernel] }: Site): readonly number[] {
  const [outputs, inputs] = kernel!.shape as readonly [number, number];
  return [sizeOf(x!.shape.slice(0, -1)), inputs, outputs];
}

export const Dense = defineOp({
  name: "Dense",
  doc: "fully connected layer: y[…, o] = bias[o] + Σ x[…, i] · kernel[o, i]",
  operands: [
    { name: "input", role: "activation" },
    { name: "kernel", role: "weight", channelAxis: 0 },
    { name: "bias", role: "bias", optional: true, channelAxis: 0 },
  ],
  attributes: { activation: activationAttribute },
  traits: [],
  weights: denseWeights,
  infer([input, kernel, bias]) {
    const [outputs, inputs] = kernel!.shape;
    if (kernel!.shape.length !== 2 || input!.shape.at(-1) !== inputs)
      throw new InferenceError(
        `a \`kernel\` of [${kernel!.shape}] does not fit an input of [${input!.shape}]`,
      );
    checkBias(bias, outputs!);
    return [{ dtype: "float32", shape: [...input!.shape.slice(0, -1), outputs!] }];
  },
  lower(site) {
    const bias = site.operands[2]
      ? operand(2)
      : constant(zeros("float32", site.operands[1]!.shape[0]!));
    return [
      {
        kernel: "dense",
        arguments: [operand(0), operand(1), bias, result(), ...geometry(site)],
      },
    ];
  },
  lowerInteger(site) {
    const [outputs, inputs] = site.operands[1]!.shape as readonly [number, number];
    const layer = integerLayer(site, {
      channelAxis: 0,
      channels: outputs,
      terms: inputs,
      // R-02a: the one reference kernel that rounds once.
      fixed: Rounding.fixedOnce,
      product: "float32",
    });
    if (typeof layer === "string") return layer;
    return [
      {
        kernel: "denseInteger",
        arguments: [
          operand(0),
          operand(1),
          layer.bias,
          layer.multiplier,
          layer.shift,
          result(),
          ...geometry(site),
          ...layer.numbers,
        ],
      },
    ];
  },
  macs: ({ operands: [, kernel], results: [y] }) => sizeOf(y!.shape) * kernel!.shape[1]!,
  onnx: { Gemm: generalProduct, ...microsoftLayers },
  tflite: {
    FULLY_CONNECTED(op, build) {
      const [input, kernel, bias] = [op.input(0), op.input(1), op.inputs[2]];
      const { shape } = input.type;
      const inputs = kernel.type.shape[1]!;
      const rows =
        shape.at(-1) === inputs && (op.boolean("keepNumDims") || shape.length === 2)
          ? input
          : build.one("Reshape", [input], { shape: [sizeOf(shape) / inputs, inputs] });
      const y = build.one("Dense", [rows, kernel, bias]);
      return activate(build, y, op.fusedActivation);
    },
  },
  toOnnx(site, [input, kernel, bias], build) {
    const x = build.asIs(input!);
    if (x.type.shape.length === 2)
      return build.add("Gemm", [x, kernel, bias], { transB: 1 }, site.results);
    const [product] = build.add("MatMul", [x, build.transpose(kernel!, [1, 0])], {}, site.results);
    return bias ? build.add("Add", [product, bias], {}, site.results) : product!;
  },
});

/** ONNX `Gemm`: `alpha · A · B + beta · C`. With a constant B it is a layer, its factor in the kernel. */
function generalProduct(node: OnnxNode, build: ImportBuilder): ImportedValue {
  const [alpha, beta] = [node.float("alpha", 1), node.float("beta", 1)];
  const [transA, transB] = [node.int("transA", 0) !== 0, node.int("transB", 0) !== 0];
  const [a, b, c] = [node.input(0), node.input(1), node.inputs[2]];
  if (b.constant === undefined) {
    const y = build.one("MatMul", [a, b], { transposeA: transA, transposeB: transB });
    return plus(build, times(build, y, alpha), c && times(build, c, beta));
  }
  const swap = (value: ImportedValue) => build.one("Transpose", [value], { permutation: [1, 0] });
  const x = transA ? swap(a) : a;
  const kernel = times(build, transB ? b : swap(b), alpha);
  const bias = c && biasOf(build, times(build, c, beta), kernel.type.shape[0]!);
  const y = build.one("Dense", [x, kernel, bias]);
  return bias || !c ? y : plus(build, y, times(build, c, beta));
}

/** `c` as a bias of one number per output, if it is one. */
function biasOf(
  build: ImportBuilder,
  c: ImportedValue,
  outputs: number,
): ImportedValue | undefined {
  if (c.type.shape.length === 1 && c.type.shape[0] === outputs) return c;
  if (sizeOf(c.type.shape) === outputs && c.type.shape.at(-1) === outputs)
    return build.one("Reshape", [c], { shape: [outputs] });
  const value = c.constant;
  if (value === undefined || sizeOf(value.shape) !== 1) return undefined;
  return build.constant(tensor("float32", [outputs], Array(outputs).fill(value.data[0]!)));
}

function times(build: ImportBuilder, x: ImportedValue, factor: number): ImportedValue {
  return factor === 1
    ? x
    : build.one("Multiply", [x, build.constant(tensor("float32", [], [factor]))]);
}

function plus(
  build: ImportBuilder,
  x: ImportedValue,
  addend: ImportedValue | undefined,
): ImportedValue {
  return addend ? build.one("Add", [x, addend]) : x;
}
