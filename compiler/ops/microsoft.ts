import type { ImportBuilder, ImportedValue, OnnxImporter, OnnxNode } from "../ir/op.ts";
import { type Tensor, tensor } from "../ir/types.ts";
import { convolve } from "./convolution.ts";
import { matrixProduct } from "./mat-mul.ts";

/** Layers of the domain `com.microsoft` that ONNX Runtime's own tools write, as the layers that they stand for. */
export const microsoftLayers: Readonly<Record<string, OnnxImporter>> = {
  "com.microsoft.FusedConv"(node, build) {
    const y = convolve(node, build, node.input(0), node.input(1), node.inputs[2]);
    const sum = node.inputs[3];
    return activated(node, build, sum ? build.one("Add", [y, sum]) : y);
  },
  "com.microsoft.FusedMatMul"(node, build) {
    if (node.int("transBatchA", 0) === 1 || node.int("transBatchB", 0) === 1)
      return build.reject("`transBatchA` and `transBatchB` are not supported");
    const [a, b] = [node.input(0), node.input(1)];
    const [transposeA, transposeB] = [node.int("transA", 0) === 1, node.int("transB", 0) === 1];
    const y =
      transposeA || transposeB
        ? build.one("MatMul", [a, b], { transposeA, transposeB })
        : matrixProduct(build, a, b);
    const alpha = node.float("alpha", 1);
    const factor = build.constant(tensor("float32", [], [alpha]));
    return alpha === 1 ? y : build.one("Multiply", [y, factor]);
  },
  "com.microsoft.MatMulNBits"(node, build) {
    const kernel = build.constant(unpackedKernel(node, build));
    return build.one("Dense", [node.input(0), kernel, node.inputs[5]]);
  },
};

/** The node's `activation` behind `y`. */
function activated(node: OnnxNode, build: ImportBuilder, y: ImportedValue): ImportedValue {
  const [first, second] = node.floats("activation_params") ?? [];
  const name = node.string("activation", "");
  switch (name) {
    case "":
      return y;
    case "Relu":
      return build.one("ReLU", [y]);
    case "LeakyRelu":
      return build.one("LeakyReLU", [y], { alpha: first ?? 0.01 });
    case "Clip":
      return build.one("Clip", [y], {
        min: first ?? Number.NEGATIVE_INFINITY,
        max: second ?? Number.POSITIVE_INFINITY,
      });
    case "Tanh":
    case "Sigmoid":
      return build.one(name, [y]);
    case "HardSigmoid":
      return build.one(name, [y], { alpha: first ?? 0.2, beta: second ?? 0.5 });
    default:
      return build.reject(`activation \`${name}\` is not supported`);
  }
}

/**
 * The kernel `[N, K]` of `MatMulNBits`: integers of 4 or 8 bits, each row in blocks that have a scale and a zero point of
 * their own; two of 4 bits lie in a byte, the first one low.
 */
function unpackedKernel(node: OnnxNode, build: ImportBuilder): Tensor {
  const [columns, rows] = [node.int("K", 0), node.int("N", 0)];
  const [bits, block] = [node.int("bits", 4), node.int("block_size", 32)];
  const blocks = Math.ceil(columns / block);
  if ((bits !== 4 && bits !== 8) || node.inputs[4])
    return build.reject("only 4 or 8 bits without an index of groups are supported");
  const packed = node.constantInput(1, "B")!.data;
  const scales = node.constantInput(2, "scales")!.data;
  const zeros = node.inputs[3] && node.constantInput(3, "zero_points")!;
  const unpack = (data: ArrayLike<number>, i: number) =>
    bits === 8 ? data[i]! : (data[i >> 1]! >> (4 * (i & 1))) & 15;
  // Rows of zero points begin at whole bytes.
  const zeroRow = bits === 8 ? blocks : 2 * Math.ceil(blocks / 2);
  const values = Float32Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    const part = Math.floor(column / block);
    const q = unpack(packed, (row * blocks + part) * block + (column % block));
    const own = row * zeroRow + part;
    const zero = zeros
      ? zeros.dtype === "float32"
        ? zeros.data[row * blocks + part]!
        : unpack(zeros.data, own)
      : 2 ** (bits - 1);
    return (q - zero) * scales[row * blocks + part]!;
  });
  return tensor("float32", [rows, columns], values);
}
