import {
  add,
  averagePool,
  batchNorm,
  bias,
  concat,
  conv,
  convTranspose,
  depthwise,
  gelu,
  globalPool,
  kernel,
  layerNorm,
  linear,
  maxPool,
  multiply,
  normal,
  pad,
  reduceMean,
  reduceSum,
  relu,
  relu6,
  reshape,
  resizeBy,
  sigmoid,
  slice,
  split,
  squeeze,
  transpose,
  uniform,
  unsqueeze,
} from "../zoo/layers.ts";
import type { Net } from "../zoo/writer.ts";
import { behindReals, moved, noKernel, unasked } from "./reasons.ts";

/** One layer as a network of its own, and what the default scheme leaves of it in float, with the reason. */
export interface OnnxLayer {
  readonly name: string;
  /** Of the input `x`, as the file has it: channels first. */
  readonly shape: readonly number[];
  /** What the layer gives for `x`. */
  readonly build: (net: Net, x: string) => string;
  readonly float?: readonly string[];
  /** The input holds integers below this. */
  readonly below?: number;
  /** The least signal-to-noise ratio; 30 unless stated. */
  readonly decibels?: number;
}

const image = [1, 4, 8, 8];
const signal = [1, 4, 16];
const volume = [1, 2, 4, 6, 6];
const rows = [1, 12];
const sequence = [1, 6, 12];

const unary = (opType: string) => (net: Net, x: string) => net.op(opType, [x]);

/** Parameters of one channel each, which broadcast over what follows. */
const perChannel = (net: Net, channels: number, axes: number) =>
  net.parameter([channels, ...Array(axes).fill(1)], uniform(net, channels, 0.05, 0.4));

/** Mean, variance, factor and addend of `tf.keras.layers.BatchNormalization` that nothing folded. */
const opened = (net: Net, x: string, channels: number) =>
  add(
    net,
    multiply(net, x, net.parameter([channels], uniform(net, channels, 0.6, 1.4))),
    net.parameter([channels], uniform(net, channels, -0.3, 0.3)),
  );

const rowMean = (net: Net, x: string) => net.op("ReduceMean", [x], { axes: [-1], keepdims: 1 });

function recurrent(opType: "LSTM" | "GRU" | "RNN", direction = "forward") {
  return (net: Net, x: string) => {
    const gates = { LSTM: 4, GRU: 3, RNN: 1 }[opType];
    const directions = direction === "bidirectional" ? 2 : 1;
    const matrix = (columns: number) => {
      const shape = [directions, gates * 5, columns];
      return net.parameter(shape, normal(net, directions * gates * 5 * columns, 0.3));
    };
    const timeFirst = transpose(net, x, [1, 0, 2]);
    const [all] = net.ops(
      opType,
      [timeFirst, matrix(12), matrix(5)],
      { hidden_size: 5, direction },
      1,
    );
    return linear(net, reshape(net, all!, [1, 6, directions * 5]), [directions * 5, 3]);
  };
}

/** Steps of a cell one after the other: what unrolled layers look like. */
function unrolled(
  width: number,
  step: (net: Net, x: string, h: string, c: string) => readonly [string, string],
) {
  return (net: Net, x: string) => {
    const zeros = net.parameter([1, width], Array(width).fill(0));
    let [h, c] = [zeros, zeros];
    for (let t = 0; t < 3; t++) {
      const now = reshape(net, slice(net, x, 1, t, t + 1), [1, 12]);
      [h, c] = step(net, now, h, c);
    }
    return h;
  };
}

const shared = new WeakMap<Net, (readonly string[])[]>();

/** Weights that all steps share. */
function weights(net: Net, from: number, to: number): readonly string[] {
  const known = shared.get(net) ?? [];
  shared.set(net, known);
  const key = `${from}:${to}`;
  const found = known.find(([name]) => name === key);
  if (found) return found;
  const made = [key, kernel(net, [to, from], 1), bias(net, to)];
  known.push(made);
  return made;
}

function sharedLinear(net: Net, x: string, [from, to]: readonly [number, number]): string {
  const [, w, b] = weights(net, from, to);
  return net.op("Gemm", [x, w!, b!], { transB: 1 });
}

function lstmStep(net: Net, x: string, h: string, c: string): readonly [string, string] {
  const gates = add(net, sharedLinear(net, x, [12, 20]), sharedLinear(net, h, [5, 20]));
  const [i, f, g, o] = split(net, gates, [5, 5, 5, 5]) as [string, string, string, string];
  const kept = multiply(net, sigmoid(net, f), c);
  const cell = add(net, kept, multiply(net, sigmoid(net, i), net.op("Tanh", [g])));
  return [multiply(net, sigmoid(net, o), net.op("Tanh", [cell])), cell];
}

function gruStep(net: Net, x: string, h: string): readonly [string, string] {
  const [xr, xz, xn] = split(net, sharedLinear(net, x, [12, 15]), [5, 5, 5]);
  const [hr, hz, hn] = split(net, sharedLinear(net, h, [5, 15]), [5, 5, 5]);
  const reset = sigmoid(net, add(net, xr!, hr!));
  const update = sigmoid(net, add(net, xz!, hz!));
  const candidate = net.op("Tanh", [add(net, xn!, multiply(net, reset, hn!))]);
  const kept = net.op("Sub", [net.float(1), update]);
  return [add(net, multiply(net, kept, candidate), multiply(net, update, h)), h];
}

function rnnStep(net: Net, x: string, h: string): readonly [string, string] {
  const sum = add(net, sharedLinear(net, x, [12, 5]), sharedLinear(net, h, [5, 5]));
  return [net.op("Tanh", [sum]), h];
}

function attention(net: Net, x: string, heads = 2): string {
  const cut = (y: string) =>
    transpose(net, reshape(net, y, [1, 6, heads, 12 / heads]), [0, 2, 1, 3]);
  const [q, k, v] = [0, 1, 2].map(() => cut(linear(net, x, [12, 12])));
  const scores = net.op("MatMul", [q!, transpose(net, k!, [0, 1, 3, 2])]);
  const scaled = multiply(net, scores, net.float(1 / Math.sqrt(12 / heads)));
  const mixed = net.op("MatMul", [net.op("Softmax", [scaled], { axis: -1 }), v!]);
  return linear(net, reshape(net, transpose(net, mixed, [0, 2, 1, 3]), [1, 6, 12]), [12, 12]);
}

/** The layers of TFMOT's registry, by the names that Keras gives them. */
export const registered: readonly OnnxLayer[] = [
  { name: "Dense", shape: rows, build: (net, x) => linear(net, x, [12, 6], "Gemm") },
  {
    name: "Dense over a sequence",
    shape: sequence,
    build: (net, x) => linear(net, x, [12, 6]),
  },
  { name: "Conv2D", shape: image, build: (net, x) => conv(net, x, [4, 6]) },
  {
    name: "Conv2D, strided and dilated",
    shape: image,
    build: (net, x) =>
      conv(net, conv(net, x, [4, 6], 3, { stride: 2 }), [6, 4], 3, { dilation: 2 }),
  },
  {
    name: "Conv2D in groups",
    shape: image,
    build: (net, x) => conv(net, x, [4, 8], 3, { group: 2 }),
  },
  { name: "DepthwiseConv2D", shape: image, build: (net, x) => depthwise(net, x, 4) },
  {
    name: "DepthwiseConv2D, depth multiplier 2",
    shape: image,
    build: (net, x) => conv(net, x, [4, 8], 3, { group: 4 }),
  },
  { name: "Conv2DTranspose", shape: image, build: (net, x) => convTranspose(net, x, [4, 3], 2) },
  {
    name: "SeparableConv1D",
    shape: signal,
    build: (net, x) => conv(net, depthwise(net, x, 4, [3], { bias: false }), [4, 6], [1]),
  },
  {
    name: "SeparableConv2D",
    shape: image,
    build: (net, x) => conv(net, depthwise(net, x, 4, 3, { bias: false }), [4, 6], 1),
  },
  { name: "ReLU", shape: image, build: relu },
  { name: "ReLU(6)", shape: image, build: relu6 },
  {
    name: "LeakyReLU",
    shape: image,
    build: (net, x) => net.op("LeakyRelu", [x], { alpha: { float: 0.3 } }),
  },
  { name: "Add", shape: image, build: (net, x) => add(net, x, conv(net, x, [4, 4])) },
  {
    name: "Concatenate",
    shape: image,
    build: (net, x) => concat(net, [conv(net, x, [4, 4]), x, conv(net, x, [4, 2], 1)]),
  },
  {
    name: "UpSampling2D",
    shape: image,
    build: (net, x) => resizeBy(net, conv(net, x, [4, 4]), 2),
  },
  {
    name: "UpSampling2D, bilinear",
    shape: image,
    build: (net, x) =>
      resizeBy(net, conv(net, x, [4, 4]), 2, { mode: "linear", coordinates: "half_pixel" }),
  },
  {
    name: "AveragePooling1D",
    shape: signal,
    build: (net, x) => net.op("AveragePool", [x], { kernel_shape: [2], strides: [2] }),
  },
  { name: "AveragePooling2D", shape: image, build: (net, x) => averagePool(net, x, 2) },
  {
    name: "GlobalAveragePooling1D",
    shape: signal,
    build: (net, x) => squeeze(net, globalPool(net, x), [2]),
  },
  {
    name: "GlobalAveragePooling2D",
    shape: image,
    build: (net, x) => reduceMean(net, x, [2, 3], false),
  },
  { name: "GlobalAveragePooling3D", shape: volume, build: globalPool },
  { name: "Activation relu6", shape: rows, build: relu6 },
  { name: "Activation swish", shape: rows, build: (net, x) => multiply(net, x, sigmoid(net, x)) },
  { name: "Activation gelu", shape: rows, build: gelu },
  {
    name: "Activation softmax",
    shape: rows,
    build: (net, x) => net.op("Softmax", [x], { axis: -1 }),
  },
  { name: "Activation sigmoid", shape: rows, build: sigmoid },
  { name: "Activation tanh", shape: rows, build: unary("Tanh") },
  {
    name: "Cropping1D",
    shape: signal,
    build: (net, x) => relu(net, slice(net, x, 2, 1, -2)),
  },
  {
    name: "Cropping2D",
    shape: image,
    build: (net, x) => conv(net, slice(net, slice(net, x, 2, 1, -1), 3, 2), [4, 3]),
  },
  {
    name: "Cropping3D",
    shape: volume,
    build: (net, x) => relu(net, slice(net, slice(net, x, 2, 1, -1), 4, 2)),
  },
  {
    name: "ZeroPadding1D",
    shape: signal,
    build: (net, x) => conv(net, pad(net, x, [0, 0, 2, 0, 0, 0]), [4, 3], [3], { pad: 0 }),
  },
  {
    name: "ZeroPadding2D",
    shape: image,
    build: (net, x) => maxPool(net, relu(net, pad(net, x, [0, 0, 1, 2, 0, 0, 1, 0])), 2),
  },
  {
    name: "Dropout",
    shape: image,
    build: (net, x) => conv(net, net.op("Dropout", [relu(net, x)]), [4, 3]),
  },
  {
    name: "Flatten",
    shape: image,
    build: (net, x) => linear(net, net.op("Flatten", [x], { axis: 1 }), [256, 3], "Gemm"),
  },
  {
    name: "Permute",
    shape: sequence,
    build: (net, x) => linear(net, transpose(net, x, [0, 2, 1]), [6, 3]),
  },
  {
    name: "Reshape",
    shape: rows,
    build: (net, x) => linear(net, reshape(net, x, [1, 3, 4]), [4, 2]),
  },
  {
    name: "GlobalMaxPooling1D",
    shape: signal,
    build: (net, x) => net.op("GlobalMaxPool", [relu(net, x)]),
  },
  {
    name: "GlobalMaxPooling2D",
    shape: image,
    build: (net, x) => net.op("GlobalMaxPool", [conv(net, x, [4, 4])]),
  },
  {
    name: "GlobalMaxPooling3D",
    shape: volume,
    build: (net, x) => net.op("GlobalMaxPool", [relu(net, x)]),
  },
  { name: "MaxPooling2D", shape: image, build: (net, x) => maxPool(net, conv(net, x, [4, 4]), 2) },
];

/** Those for which TFMOT says "not supported", whole models with them. */
export const refused: readonly OnnxLayer[] = [
  { name: "BatchNormalization alone", shape: image, build: (net, x) => batchNorm(net, x, 4) },
  {
    name: "BatchNormalization before a convolution",
    shape: image,
    build: (net, x) => conv(net, relu(net, batchNorm(net, x, 4)), [4, 3]),
  },
  {
    name: "BatchNormalization behind an activation",
    shape: image,
    build: (net, x) => batchNorm(net, relu(net, conv(net, x, [4, 4])), 4),
  },
  {
    name: "BatchNormalization of one of two readers",
    shape: image,
    build: (net, x) => {
      const y = conv(net, x, [4, 4]);
      return add(net, relu(net, batchNorm(net, y, 4)), y);
    },
  },
  {
    name: "BatchNormalization behind a transposed convolution",
    shape: image,
    build: (net, x) => relu(net, batchNorm(net, convTranspose(net, x, [4, 3], 2), 3)),
  },
  {
    name: "BatchNormalization behind Dense",
    shape: rows,
    build: (net, x) => relu(net, batchNorm(net, linear(net, x, [12, 6], "Gemm"), 6)),
  },
  {
    name: "BatchNormalization as factor and addend",
    shape: sequence,
    build: (net, x) => relu(net, opened(net, x, 12)),
  },
  {
    name: "LayerNormalization",
    shape: sequence,
    build: (net, x) => linear(net, layerNorm(net, x, 12), [12, 4]),
    float: [noKernel("LayerNorm")],
  },
  {
    name: "Conv2D of weights that the network computes",
    shape: image,
    build: (net, x) => {
      const mean = net.op("ReduceMean", [x], { axes: [0, 2, 3], keepdims: 1 });
      return net.op("Conv", [x, multiply(net, kernel(net, [3, 4, 3, 3]), sigmoid(net, mean))]);
    },
  },
  {
    name: "Conv2D, rounded to half precision and back",
    shape: image,
    build: (net, x) => {
      const half = net.op("Cast", [conv(net, x, [4, 4])], { to: 10 });
      return conv(net, net.op("Cast", [half], { to: 1 }), [4, 4]);
    },
  },
  {
    name: "Min with a limit that is none",
    shape: rows,
    build: (net, x) => {
      const limits = net.parameter([3], [1, Number.POSITIVE_INFINITY, 0.5]);
      return net.op("Min", [linear(net, x, [12, 3]), limits]);
    },
    float: ["Minimum: its `b` is not quantized"],
  },
  {
    name: "LayerNormalization, of mean and mean square",
    shape: sequence,
    build: (net, x) => {
      const mean = rowMean(net, x);
      const squares = rowMean(net, multiply(net, x, x));
      const variance = net.op("Sub", [squares, multiply(net, mean, mean)]);
      const root = net.op("Sqrt", [add(net, variance, net.float(1e-3))]);
      return linear(net, net.op("Div", [net.op("Sub", [x, mean]), root]), [12, 4]);
    },
    float: [noKernel("LayerNorm")],
  },
  {
    name: "RMSNormalization of a residual sum",
    shape: sequence,
    build: (net, x) => {
      const sum = add(net, x, linear(net, x, [12, 12]));
      const raised = add(net, rowMean(net, multiply(net, sum, sum)), net.float(1e-3));
      const normal = net.op("Div", [sum, net.op("Sqrt", [raised])]);
      return add(net, sum, linear(net, normal, [12, 12]));
    },
    // The sum is read again behind the layer: it stays as exact as it is.
    float: [
      "Add: its `a` is not quantized",
      behindReals("Square"),
      behindReals("ReduceMean"),
      unasked("Add"),
      behindReals("Sqrt"),
      noKernel("Divide"),
    ],
  },
  {
    name: "GroupNormalization",
    shape: image,
    build: (net, x) => {
      const grouped = reshape(net, conv(net, x, [4, 4]), [1, 2, -1]);
      const ones = net.parameter([2], [1, 1]);
      const zeros = net.parameter([2], [0, 0]);
      const normed = net.op("InstanceNormalization", [grouped, ones, zeros]);
      const scaled = multiply(net, reshape(net, normed, image), perChannel(net, 4, 2));
      return conv(net, add(net, scaled, perChannel(net, 4, 2)), [4, 2]);
    },
    float: [noKernel("GroupNorm")],
  },
  {
    name: "UnitNormalization",
    shape: rows,
    build: (net, x) => {
      const y = linear(net, x, [12, 6], "Gemm");
      return linear(net, net.op("LpNormalization", [y], { axis: -1, p: 2 }), [6, 3], "Gemm");
    },
    float: [noKernel("L2Normalize")],
  },
  {
    name: "Normalization",
    shape: rows,
    build: (net, x) => {
      const mean = net.parameter([12], uniform(net, 12, -0.3, 0.3));
      const deviation = net.parameter([12], uniform(net, 12, 0.4, 0.9));
      const normed = net.op("Div", [net.op("Sub", [x, mean]), deviation]);
      return linear(net, normed, [12, 3], "Gemm");
    },
  },
  { name: "Conv1D", shape: signal, build: (net, x) => conv(net, x, [4, 6], [3]) },
  {
    name: "Conv1D, causal",
    shape: signal,
    build: (net, x) =>
      relu(net, conv(net, pad(net, x, [0, 0, 2, 0, 0, 0]), [4, 6], [3], { pad: 0 })),
  },
  {
    name: "Conv1DTranspose",
    shape: signal,
    build: (net, x) => {
      const w = net.parameter([4, 3, 2], normal(net, 24, 0.4));
      return net.op("ConvTranspose", [x, w, bias(net, 3)], { kernel_shape: [2], strides: [2] });
    },
  },
  { name: "DepthwiseConv1D", shape: signal, build: (net, x) => depthwise(net, x, 4, [3]) },
  { name: "Conv3D", shape: volume, build: (net, x) => conv(net, x, [2, 4], [3, 3, 3]) },
  {
    name: "Conv3DTranspose",
    shape: volume,
    build: (net, x) => {
      const w = net.parameter([2, 3, 2, 2, 2], normal(net, 48, 0.4));
      const attributes = { kernel_shape: [2, 2, 2], strides: [2, 2, 2] };
      return net.op("ConvTranspose", [x, w, bias(net, 3)], attributes);
    },
  },
  {
    name: "LocallyConnected1D",
    shape: sequence,
    build: (net, x) => {
      const own = net.parameter([6, 12, 4], normal(net, 288, 0.3));
      return relu(net, net.op("MatMul", [reshape(net, x, [6, 1, 12]), own]));
    },
  },
  {
    name: "SimpleRNN",
    shape: sequence,
    build: recurrent("RNN"),
    float: [moved("Transpose"), noKernel("RNN")],
  },
  {
    name: "LSTM",
    shape: sequence,
    build: recurrent("LSTM"),
    float: [moved("Transpose"), noKernel("LSTM")],
  },
  {
    name: "GRU",
    shape: sequence,
    build: recurrent("GRU"),
    float: [moved("Transpose"), noKernel("GRU")],
  },
  {
    name: "Bidirectional",
    shape: sequence,
    build: recurrent("LSTM", "bidirectional"),
    float: [moved("Transpose"), noKernel("LSTM")],
  },
  { name: "LSTMCell, unrolled", shape: sequence, build: unrolled(5, lstmStep) },
  { name: "GRUCell, unrolled", shape: sequence, build: unrolled(5, gruStep) },
  { name: "SimpleRNNCell, unrolled", shape: sequence, build: unrolled(5, rnnStep) },
  {
    name: "ConvLSTM2D, a step",
    shape: image,
    build: (net, x) => {
      const gates = conv(net, x, [4, 12]);
      const [i, g, o] = split(net, gates, [4, 4, 4]);
      const cell = multiply(net, sigmoid(net, i!), net.op("Tanh", [g!]));
      return multiply(net, sigmoid(net, o!), net.op("Tanh", [cell]));
    },
  },
  {
    name: "TimeDistributed",
    shape: sequence,
    build: (net, x) => {
      const y = linear(net, reshape(net, x, [6, 12]), [12, 4], "Gemm");
      return reshape(net, relu(net, y), [1, 6, 4]);
    },
  },
  {
    name: "Embedding",
    shape: [1, 6],
    below: 20,
    build: (net, x) => {
      const table = net.parameter([20, 8], normal(net, 160, 0.7));
      return linear(net, net.op("Gather", [table, x]), [8, 3]);
    },
  },
  {
    name: "EinsumDense",
    shape: sequence,
    build: (net, x) => {
      const w = net.parameter([12, 2, 3], normal(net, 72, 0.3));
      return net.op("Einsum", [x, w], { equation: "abc,cde->abde" });
    },
  },
  {
    name: "Attention",
    shape: sequence,
    build: (net, x) => {
      const scores = net.op("MatMul", [x, transpose(net, x, [0, 2, 1])]);
      return net.op("MatMul", [net.op("Softmax", [scores], { axis: -1 }), x]);
    },
  },
  {
    name: "AdditiveAttention",
    shape: sequence,
    build: (net, x) => {
      const q = unsqueeze(net, linear(net, x, [12, 4]), [2]);
      const k = unsqueeze(net, linear(net, x, [12, 4]), [1]);
      const scale = net.parameter([4], normal(net, 4, 0.8));
      const scores = reduceSum(
        net,
        multiply(net, net.op("Tanh", [add(net, q, k)]), scale),
        [3],
        false,
      );
      return net.op("MatMul", [net.op("Softmax", [scores], { axis: -1 }), x]);
    },
  },
  { name: "MultiHeadAttention", shape: sequence, build: attention },
  {
    name: "Multiply",
    shape: image,
    build: (net, x) => multiply(net, conv(net, x, [4, 4]), sigmoid(net, conv(net, x, [4, 4], 1))),
  },
  { name: "Subtract", shape: image, build: (net, x) => net.op("Sub", [conv(net, x, [4, 4]), x]) },
  {
    name: "Average",
    shape: image,
    build: (net, x) =>
      multiply(net, add(net, add(net, x, conv(net, x, [4, 4])), relu(net, x)), net.float(1 / 3)),
  },
  { name: "Maximum", shape: image, build: (net, x) => net.op("Max", [conv(net, x, [4, 4]), x]) },
  { name: "Minimum", shape: image, build: (net, x) => net.op("Min", [conv(net, x, [4, 4]), x]) },
  {
    name: "Dot",
    shape: sequence,
    build: (net, x) =>
      net.op("MatMul", [
        linear(net, x, [12, 4]),
        transpose(net, linear(net, x, [12, 4]), [0, 2, 1]),
      ]),
  },
  { name: "ELU", shape: image, build: unary("Elu") },
  {
    name: "PReLU",
    shape: image,
    build: (net, x) => net.op("PRelu", [conv(net, x, [4, 4]), perChannel(net, 4, 2)]),
  },
  {
    name: "PReLU at the input",
    shape: image,
    build: (net, x) => net.op("PRelu", [x, perChannel(net, 4, 2)]),
  },
  {
    name: "ThresholdedReLU",
    shape: image,
    build: (net, x) => net.op("ThresholdedRelu", [x], { alpha: { float: 0.2 } }),
  },
  { name: "SELU", shape: rows, build: unary("Selu") },
  { name: "hard_sigmoid", shape: rows, build: unary("HardSigmoid") },
  {
    name: "hard_swish of operators",
    shape: image,
    build: (net, x) => {
      const y = conv(net, x, [4, 4], 3, { gain: 3 });
      const gate = multiply(net, relu6(net, add(net, y, net.float(3))), net.float(1 / 6));
      return multiply(net, y, gate);
    },
  },
  {
    name: "mish",
    shape: rows,
    build: (net, x) => multiply(net, x, net.op("Tanh", [net.op("Softplus", [x])])),
  },
  {
    name: "GELU behind a layer",
    shape: sequence,
    build: (net, x) => linear(net, gelu(net, linear(net, x, [12, 12])), [12, 4]),
  },
  {
    name: "MaxPooling1D",
    shape: signal,
    build: (net, x) =>
      net.op("MaxPool", [conv(net, x, [4, 4], [3])], { kernel_shape: [2], strides: [2] }),
  },
  {
    name: "MaxPooling3D",
    shape: volume,
    build: (net, x) =>
      net.op("MaxPool", [relu(net, x)], { kernel_shape: [2, 2, 2], strides: [2, 2, 2] }),
  },
  {
    name: "AveragePooling3D",
    shape: volume,
    build: (net, x) => net.op("AveragePool", [x], { kernel_shape: [2, 2, 2], strides: [2, 2, 2] }),
  },
  {
    name: "UpSampling1D",
    shape: signal,
    build: (net, x) => {
      const scales = net.parameter([3], [1, 1, 2]);
      return net.op("Resize", [relu(net, x), "", scales], {
        coordinate_transformation_mode: "asymmetric",
        mode: "nearest",
        nearest_mode: "floor",
      });
    },
  },
  {
    name: "UpSampling3D",
    shape: volume,
    build: (net, x) => {
      const scales = net.parameter([5], [1, 1, 2, 2, 2]);
      return net.op("Resize", [relu(net, x), "", scales], {
        coordinate_transformation_mode: "asymmetric",
        mode: "nearest",
        nearest_mode: "floor",
      });
    },
  },
  {
    name: "ZeroPadding3D",
    shape: volume,
    build: (net, x) =>
      conv(net, pad(net, x, [0, 0, 1, 1, 1, 0, 0, 1, 1, 1]), [2, 3], [3, 3, 3], { pad: 0 }),
  },
  {
    name: "RepeatVector",
    shape: rows,
    build: (net, x) => {
      const y = linear(net, x, [12, 4], "Gemm");
      const repeated = net.op("Tile", [unsqueeze(net, y, [1]), net.ints([1, 3, 1])]);
      return linear(net, repeated, [4, 2]);
    },
  },
  {
    name: "Identity",
    shape: rows,
    build: (net, x) => net.op("Identity", [linear(net, x, [12, 4], "Gemm")]),
  },
  {
    name: "Rescaling",
    shape: image,
    build: (net, x) =>
      conv(net, add(net, multiply(net, x, net.float(1 / 127.5)), net.float(-1)), [4, 3]),
  },
  {
    name: "Resizing",
    shape: image,
    build: (net, x) =>
      conv(net, resizeBy(net, x, 1.5, { mode: "linear", coordinates: "half_pixel" }), [4, 3]),
  },
  {
    name: "SlicingOpLambda",
    shape: image,
    build: (net, x) => {
      const y = conv(net, x, [4, 6]);
      return add(net, slice(net, y, 1, 0, 3), slice(net, y, 1, 3));
    },
  },
  {
    name: "tf.split and tf.stack",
    shape: image,
    build: (net, x) => {
      const [a, b] = split(net, conv(net, x, [4, 6]), [3, 3]);
      const pair = [a!, relu(net, b!)].map((part) => unsqueeze(net, part, [1]));
      return reshape(net, concat(net, pair), [1, 6, 8, 8]);
    },
  },
  {
    name: "tf.reduce_mean, tf.reduce_max",
    shape: image,
    build: (net, x) => {
      const y = conv(net, x, [4, 4]);
      const both = [
        reduceMean(net, y, [1]),
        net.op("ReduceMax", [y, net.ints([1])], { keepdims: 1 }),
      ];
      return multiply(net, y, sigmoid(net, conv(net, concat(net, both), [2, 1], 7)));
    },
  },
  {
    name: "squeeze and excitation",
    shape: image,
    build: (net, x) => {
      const y = conv(net, x, [4, 8]);
      const inner = relu(net, conv(net, globalPool(net, y), [8, 4], 1));
      return multiply(net, y, sigmoid(net, conv(net, inner, [4, 8], 1)));
    },
  },
  {
    name: "tf.math.divide by a value",
    shape: rows,
    build: (net, x) => {
      const y = net.op("Softplus", [linear(net, x, [12, 4], "Gemm")]);
      return linear(net, net.op("Div", [y, reduceSum(net, y, [1])]), [4, 2], "Gemm");
    },
    float: [unasked("ReduceSum"), noKernel("Divide")],
  },
];
