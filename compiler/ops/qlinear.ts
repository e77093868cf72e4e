import type { Attributes } from "../ir/graph.ts";
import type { ImportBuilder, ImportedValue, OnnxImporter, OnnxNode } from "../ir/op.ts";
import type { QuantizedDType } from "../ir/types.ts";
import { convolve } from "./convolution.ts";
import { matrixProduct } from "./mat-mul.ts";
import { onnxGlobalPool, onnxPool } from "./pooling.ts";
import {
  constantParameters,
  dequantized,
  quantized,
  type StatedParameters,
} from "./quantized-values.ts";
import { alongOnnxAxis } from "./softmax.ts";

/**
 * ONNX's operators on integers with the parameters beside them (`QLinearConv` …), as what they mean: the operator on
 * reals between `Dequantize` and `Quantize`. Integer fusion makes integer ops of them again.
 */
export const qlinearImporters: Readonly<Record<string, OnnxImporter>> = {
  QLinearConv(node, build) {
    const [x, kernel] = [statedAt(node, 0), statedAt(node, 3)];
    const bias = node.inputs[8];
    if (node.int("channels_last", 0) === 1) return build.reject("`channels_last` is not supported");
    const y = convolve(
      node,
      build,
      reals(build, x),
      reals(build, kernel),
      bias && biasReals(build, bias, x, kernel),
    );
    return integers(node, build, y, 6);
  },
  QLinearMatMul(node, build) {
    const [a, b] = [statedAt(node, 0), statedAt(node, 3)];
    const lastAxis = b.value.type.shape.length - 1;
    const y = matrixProduct(build, reals(build, a), reals(build, { ...b, axis: lastAxis }));
    return integers(node, build, y, 6);
  },
  "com.microsoft.QGemm"(node, build) {
    const [a, b] = [statedAt(node, 0), statedAt(node, 3)];
    const c = node.inputs[6];
    const transB = node.int("transB", 0) === 1;
    if (node.float("alpha", 1) !== 1 || node.int("transA", 0) === 1)
      return build.reject("`alpha` and `transA` are not supported");
    const matrix = reals(build, { ...b, axis: transB ? 0 : 1 });
    const kernel = transB ? matrix : build.one("Transpose", [matrix], { permutation: [1, 0] });
    const bias = c && biasReals(build, c, a, b);
    const y = build.one("Dense", [reals(build, a), kernel, bias]);
    return node.inputs[7] ? integers(node, build, y, 7) : y;
  },
  "com.microsoft.MatMulIntegerToFloat"(node, build) {
    const [a, b, aScale, bScale] = [0, 1, 2, 3].map((i) => node.input(i));
    const left = dequantized(build, a!, { scale: aScale!, zeroPoint: node.inputs[4] });
    const right = dequantized(build, b!, { scale: bScale!, zeroPoint: node.inputs[5], axis: 1 });
    const y = matrixProduct(build, left, right);
    return node.inputs[6] ? build.one("Add", [y, node.inputs[6]]) : y;
  },
  "com.microsoft.QLinearAdd": twoReals("Add"),
  "com.microsoft.QLinearMul": twoReals("Multiply"),
  "com.microsoft.QLinearLeakyRelu": oneReal((node, build, x) =>
    build.one("LeakyReLU", [x], { alpha: node.float("alpha", 0.01) }),
  ),
  "com.microsoft.QLinearSigmoid": oneReal((_, build, x) => build.one("Sigmoid", [x])),
  "com.microsoft.QLinearSoftmax": oneReal((node, build, x) =>
    alongOnnxAxis(withInput({ ...node, opset: node.int("opset", 13) }, x), build, "Softmax"),
  ),
  "com.microsoft.QLinearAveragePool": oneReal((node, build, x) =>
    node.int("channels_last", 0) === 1
      ? build.reject("`channels_last` is not supported")
      : onnxPool(withInput(node, x), build, "AveragePool2D"),
  ),
  "com.microsoft.QLinearGlobalAveragePool": oneReal((node, build, x) =>
    node.int("channels_last", 0) === 1
      ? build.reject("`channels_last` is not supported")
      : onnxGlobalPool(withInput(node, x), build, "GlobalAveragePool2D"),
  ),
  "com.microsoft.QLinearConcat"(node, build) {
    const parts = Array.from({ length: (node.inputs.length - 2) / 3 }, (_, i) =>
      reals(build, statedAt(node, 2 + 3 * i)),
    );
    return integers(node, build, build.one("Concat", parts, { axis: node.int("axis", 0) }), 0);
  },
  "com.microsoft.QLinearWhere"(node, build) {
    const [a, b] = [reals(build, statedAt(node, 1)), reals(build, statedAt(node, 4))];
    return integers(node, build, build.one("Select", [node.input(0), a, b]), 7);
  },
};

/** An integer value with what the node states of it. */
interface Stated extends StatedParameters {
  readonly value: ImportedValue;
}

/** Inputs `index`, `index + 1` and `index + 2`: a value, its scale and its zero point. */
function statedAt(node: OnnxNode, index: number): Stated {
  return {
    value: node.input(index),
    scale: node.input(index + 1),
    zeroPoint: node.inputs[index + 2],
  };
}

function reals(build: ImportBuilder, stated: Stated): ImportedValue {
  return dequantized(build, stated.value, stated);
}

/** `y` in steps of the scale at input `index`, with the zero point behind it, whose type is the result's. */
function integers(
  node: OnnxNode,
  build: ImportBuilder,
  y: ImportedValue,
  index: number,
): ImportedValue {
  const zeroPoint = node.inputs[index + 1];
  const dtype = (zeroPoint?.type.dtype ?? "uint8") as QuantizedDType;
  return quantized(build, y, { scale: node.input(index), zeroPoint }, dtype);
}

/** An int32 bias in steps of input scale · kernel scale. */
function biasReals(
  build: ImportBuilder,
  bias: ImportedValue,
  x: Stated,
  kernel: Stated,
): ImportedValue {
  const [xScale, kernelScale] = [constantParameters(x)?.scale, constantParameters(kernel)?.scale];
  if (!xScale || !kernelScale) return build.reject("its scales must be constants");
  const scales = Float32Array.from(kernelScale, (scale) => xScale[0]! * scale);
  const scale = build.constant({ dtype: "float32", shape: [scales.length], data: scales });
  return dequantized(build, bias, { scale, zeroPoint: undefined, axis: 0 });
}

function twoReals(op: string, attributes: Attributes = {}): OnnxImporter {
  return (node, build) => {
    const operands = [reals(build, statedAt(node, 0)), reals(build, statedAt(node, 3))];
    return integers(node, build, build.one(op, operands, attributes), 6);
  };
}

function oneReal(
  compute: (node: OnnxNode, build: ImportBuilder, x: ImportedValue) => ImportedValue,
): OnnxImporter {
  return (node, build) =>
    integers(node, build, compute(node, build, reals(build, statedAt(node, 0))), 3);
}

/** The node with `x` for its first input. */
function withInput(node: OnnxNode, x: ImportedValue): OnnxNode {
  return { ...node, inputs: [x], input: () => x };
}
