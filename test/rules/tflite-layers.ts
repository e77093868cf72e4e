import type { TfliteNet } from "../support/tflite-net.ts";
import { behindReals, moved, noKernel, unasked } from "./reasons.ts";

/** One operator of TFLite, as its converter writes the layer of Keras, and what the default scheme leaves of it in float. */
export interface TfliteLayer {
  readonly name: string;
  readonly shape: readonly number[];
  readonly build: (net: TfliteNet, x: string) => string;
  readonly float?: readonly string[];
  /** The input holds integers below this. */
  readonly below?: number;
  /** The least signal-to-noise ratio; 30 unless stated. */
  readonly decibels?: number;
}

type Shape = readonly number[];
type Options = Readonly<Record<string, number>>;

const image = [1, 8, 8, 4];
const rows = [1, 12];
const sequence = [1, 6, 12];
const volume = [1, 4, 6, 6, 2];

const [SAME, VALID] = [0, 1];
const [RELU, RELU6, TANH] = [1, 3, 4];
const strides = { strideH: 1, strideW: 1 };
const pooling = { padding: VALID, strideH: 2, strideW: 2, filterHeight: 2, filterWidth: 2 };

function conv(net: TfliteNet, x: string, to: number, size = 3, options: Options = {}): string {
  const kernel = net.weights([to, size, size, 4], 1 / Math.sqrt(4 * size * size));
  const inputs = [x, kernel, net.weights([to], 0.2)];
  return net.op("CONV_2D", inputs, [1, 8, 8, to], { padding: SAME, ...strides, ...options });
}

function dense(net: TfliteNet, x: string, [from, to]: readonly [number, number], shape?: Shape) {
  const inputs = [x, net.weights([to, from], 1 / Math.sqrt(from)), net.weights([to], 0.2)];
  return net.op("FULLY_CONNECTED", inputs, shape ?? [1, to], { keepNumDims: shape ? 1 : 0 });
}

/** One operator behind a convolution, which keeps the shape. */
const behind =
  (op: string, options: Options = {}) =>
  (net: TfliteNet, x: string) =>
    net.op(op, [conv(net, x, 4)], image, options);

const two = (op: string) => (net: TfliteNet, x: string) =>
  net.op(op, [conv(net, x, 4), net.op("LOGISTIC", [conv(net, x, 4)], image)], image);

const pair = (op: string) => (net: TfliteNet, x: string) =>
  net.op(op, [conv(net, x, 4), conv(net, x, 4)], image);

export const operators: readonly TfliteLayer[] = [
  { name: "FULLY_CONNECTED", shape: rows, build: (net, x) => dense(net, x, [12, 6]) },
  { name: "CONV_2D", shape: image, build: (net, x) => conv(net, x, 6) },
  {
    name: "CONV_2D with RELU6, strided",
    shape: image,
    build: (net, x) => {
      const inputs = [x, net.weights([6, 3, 3, 4], 0.4), net.weights([6], 0.2)];
      const options = { padding: SAME, strideH: 2, strideW: 2, fusedActivationFunction: RELU6 };
      return net.op("CONV_2D", inputs, [1, 4, 4, 6], options);
    },
  },
  {
    name: "DEPTHWISE_CONV_2D",
    shape: image,
    build: (net, x) => {
      const inputs = [x, net.weights([1, 3, 3, 8], 0.4), net.weights([8], 0.2)];
      const options = { padding: SAME, ...strides, depthMultiplier: 2 };
      return net.op("DEPTHWISE_CONV_2D", inputs, [1, 8, 8, 8], options);
    },
  },
  {
    name: "TRANSPOSE_CONV",
    shape: image,
    build: (net, x) => {
      const inputs = [net.ints([1, 16, 16, 3]), net.weights([3, 2, 2, 4], 0.5), x];
      const options = { padding: VALID, strideH: 2, strideW: 2 };
      return net.op("TRANSPOSE_CONV", inputs, [1, 16, 16, 3], options);
    },
  },
  {
    name: "CONV_3D",
    shape: volume,
    build: (net, x) => {
      const inputs = [x, net.weights([2, 3, 3, 2, 4], 0.3), net.weights([4], 0.2)];
      return net.op("CONV_3D", inputs, [1, 4, 6, 6, 4], { padding: SAME, strideD: 1, ...strides });
    },
  },
  {
    name: "CONV_3D_TRANSPOSE",
    shape: volume,
    build: (net, x) => {
      const inputs = [net.ints([1, 8, 6, 6, 3]), net.weights([2, 1, 1, 3, 2], 0.5), x];
      const options = { padding: SAME, strideD: 2, ...strides };
      return net.op("CONV_3D_TRANSPOSE", inputs, [1, 8, 6, 6, 3], options);
    },
  },
  {
    name: "ADD with RELU",
    shape: image,
    build: (net, x) =>
      net.op("ADD", [x, conv(net, x, 4)], image, { fusedActivationFunction: RELU }),
  },
  { name: "SUB", shape: image, build: pair("SUB") },
  { name: "MUL", shape: image, build: two("MUL") },
  { name: "MAXIMUM", shape: image, build: pair("MAXIMUM") },
  { name: "MINIMUM", shape: image, build: pair("MINIMUM") },
  {
    name: "DIV",
    shape: image,
    build: two("DIV"),
    float: [noKernel("Divide")],
  },
  {
    name: "SQUARED_DIFFERENCE",
    shape: image,
    build: pair("SQUARED_DIFFERENCE"),
    float: [unasked("Subtract"), behindReals("Square")],
  },
  {
    name: "CONCATENATION",
    shape: image,
    build: (net, x) =>
      net.op("CONCATENATION", [conv(net, x, 4), conv(net, x, 2), x], [1, 8, 8, 10], { axis: 3 }),
  },
  ...[
    ...["RELU", "RELU6", "RELU_N1_TO_1", "ELU", "GELU", "HARD_SWISH", "LOGISTIC", "TANH", "ABS"],
    ...["NEG", "SOFTMAX", "LEAKY_RELU"],
  ].map((op) => ({
    name: op,
    shape: image,
    build: behind(op, op === "SOFTMAX" ? { beta: 1 } : op === "LEAKY_RELU" ? { alpha: 0.2 } : {}),
  })),
  // Of a function that is steep or has many waves, 8 bits of the argument leave too little.
  ...["Exp", "Square", "Sin", "Cos"].map((op) => ({
    name: op.toUpperCase(),
    shape: image,
    build: behind(op.toUpperCase()),
    float: [unasked(op)],
  })),
  // Where the argument of a leap is rounded to its other side, the error is 1.
  ...["Floor", "Ceil", "Round"].map((op) => ({
    name: op.toUpperCase(),
    shape: image,
    build: behind(op.toUpperCase()),
    float: [unasked(op)],
    decibels: 15,
  })),
  {
    name: "PRELU",
    shape: image,
    build: (net, x) => net.op("PRELU", [conv(net, x, 4), net.weights([1, 1, 4], 0.3)], image),
  },
  {
    name: "LOG_SOFTMAX",
    shape: image,
    build: behind("LOG_SOFTMAX"),
    float: [noKernel("LogSoftmax")],
  },
  {
    name: "L2_NORMALIZATION",
    shape: image,
    build: behind("L2_NORMALIZATION"),
    float: [noKernel("L2Normalize")],
  },
  {
    name: "LOCAL_RESPONSE_NORMALIZATION",
    shape: image,
    build: behind("LOCAL_RESPONSE_NORMALIZATION", { radius: 1, bias: 1, alpha: 1, beta: 0.5 }),
    float: [noKernel("LocalResponseNorm")],
  },
  {
    name: "AVERAGE_POOL_2D",
    shape: image,
    build: (net, x) => net.op("AVERAGE_POOL_2D", [x], [1, 4, 4, 4], pooling),
  },
  {
    name: "MAX_POOL_2D",
    shape: image,
    build: (net, x) => net.op("MAX_POOL_2D", [conv(net, x, 4)], [1, 4, 4, 4], pooling),
  },
  {
    name: "MEAN",
    shape: image,
    build: (net, x) => net.op("MEAN", [x, net.ints([1, 2])], [1, 1, 1, 4], { keepDims: 1 }),
  },
  {
    name: "SUM",
    shape: image,
    build: (net, x) => net.op("SUM", [x, net.ints([3])], [1, 8, 8], { keepDims: 0 }),
  },
  {
    name: "REDUCE_MAX",
    shape: image,
    build: (net, x) => net.op("REDUCE_MAX", [conv(net, x, 4), net.ints([3])], [1, 8, 8], {}),
  },
  {
    name: "RESIZE_BILINEAR",
    shape: image,
    build: (net, x) =>
      net.op("RESIZE_BILINEAR", [conv(net, x, 4), net.ints([12, 12])], [1, 12, 12, 4], {
        halfPixelCenters: 1,
      }),
  },
  {
    name: "RESIZE_NEAREST_NEIGHBOR",
    shape: image,
    build: (net, x) =>
      net.op("RESIZE_NEAREST_NEIGHBOR", [conv(net, x, 4), net.ints([16, 16])], [1, 16, 16, 4]),
  },
  {
    name: "RESHAPE",
    shape: image,
    build: (net, x) => dense(net, net.op("RESHAPE", [x, net.ints([1, 256])], [1, 256]), [256, 3]),
  },
  {
    name: "TRANSPOSE",
    shape: sequence,
    build: (net, x) => {
      const turned = net.op("TRANSPOSE", [x, net.ints([0, 2, 1])], [1, 12, 6]);
      return dense(net, turned, [6, 3], [1, 12, 3]);
    },
  },
  {
    name: "PAD",
    shape: image,
    build: (net, x) => {
      const margins = net.ints([0, 0, 1, 1, 2, 0, 0, 0], [4, 2]);
      return net.op("PAD", [conv(net, x, 4), margins], [1, 10, 10, 4]);
    },
  },
  {
    name: "MIRROR_PAD",
    shape: image,
    build: (net, x) => {
      const margins = net.ints([0, 0, 1, 1, 1, 1, 0, 0], [4, 2]);
      return net.op("MIRROR_PAD", [conv(net, x, 4), margins], [1, 10, 10, 4], { mode: 0 });
    },
  },
  {
    name: "STRIDED_SLICE",
    shape: image,
    build: (net, x) => {
      const [begin, end, step] = [
        [0, 1, 0, 0],
        [1, 7, 8, 4],
        [1, 2, 1, 1],
      ].map((values) => net.ints(values));
      return net.op("STRIDED_SLICE", [conv(net, x, 4), begin, end, step], [1, 3, 8, 4]);
    },
  },
  {
    name: "SPLIT",
    shape: image,
    build: (net, x) => {
      const halves = [1, 8, 8, 2];
      const [a, b] = net.ops("SPLIT", [net.ints([3], []), conv(net, x, 4)], [halves, halves], {
        numSplits: 2,
      });
      return net.op("MUL", [a, net.op("TANH", [b], halves)], halves);
    },
  },
  {
    name: "PACK",
    shape: image,
    build: (net, x) =>
      net.op("PACK", [conv(net, x, 4), conv(net, x, 4)], [2, ...image], {
        axis: 0,
        valuesCount: 2,
      }),
  },
  {
    name: "SPACE_TO_DEPTH",
    shape: image,
    build: (net, x) => net.op("SPACE_TO_DEPTH", [conv(net, x, 4)], [1, 4, 4, 16], { blockSize: 2 }),
  },
  {
    name: "DEPTH_TO_SPACE",
    shape: image,
    build: (net, x) =>
      net.op("DEPTH_TO_SPACE", [conv(net, x, 4)], [1, 16, 16, 1], { blockSize: 2 }),
  },
  {
    name: "GATHER of an embedding",
    shape: [1, 6],
    below: 20,
    build: (net, x) => {
      const found = net.op("GATHER", [net.weights([20, 8], 0.7), x], [1, 6, 8], { axis: 0 });
      return dense(net, found, [8, 3], [1, 6, 3]);
    },
  },
  {
    name: "BATCH_MATMUL",
    shape: sequence,
    build: (net, x) => {
      const scores = net.op("BATCH_MATMUL", [x, x], [1, 6, 6], { adjY: 1 });
      const shares = net.op("SOFTMAX", [scores], [1, 6, 6], { beta: 1 });
      return net.op("BATCH_MATMUL", [shares, x], sequence);
    },
  },
  {
    name: "SELECT_V2",
    // The condition compares integers: some elements are on the other side.
    decibels: 20,
    shape: image,
    build: (net, x) => {
      const y = conv(net, x, 4);
      const mask = net.op("GREATER", [y, net.floats([1], [0.1])], image);
      return net.op("SELECT_V2", [mask, y, conv(net, x, 4)], image);
    },
  },
  {
    name: "UNIDIRECTIONAL_SEQUENCE_LSTM",
    shape: sequence,
    build: (net, x) => {
      const inputs = [
        x,
        ...[1, 2, 3, 4].map(() => net.weights([5, 12], 0.3)),
        ...[1, 2, 3, 4].map(() => net.weights([5, 5], 0.4)),
        ...Array(3).fill(undefined),
        ...[1, 2, 3, 4].map(() => net.weights([5], 0.1)),
      ];
      const all = net.op("UNIDIRECTIONAL_SEQUENCE_LSTM", inputs, [1, 6, 5], {
        fusedActivationFunction: TANH,
      });
      return dense(net, all, [5, 3], [1, 6, 3]);
    },
    float: [moved("Transpose"), noKernel("LSTM")],
  },
];
