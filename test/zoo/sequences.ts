import {
  add,
  batchNorm,
  bias,
  concat,
  conv,
  globalPool,
  kernel,
  linear,
  maxPool,
  multiply,
  normal,
  reduceMean,
  reduceSum,
  relu,
  reshape,
  sigmoid,
  sizeOf,
  slice,
  split,
  squeeze,
  transpose,
  uniform,
  unsqueeze,
  view,
} from "./layers.ts";
import type { ZooModel } from "./model.ts";
import type { Net } from "./writer.ts";

/** Weight normalisation that was not taken out before exporting: lengths times directions, all of them constants. */
function normedKernel(net: Net, shape: readonly number[]): string {
  const length = net.parameter([shape[0]!, 1, 1], uniform(net, shape[0]!, 0.8, 1.4));
  const v = kernel(net, shape);
  const norm = net.op(
    "ReduceL2",
    net.opset < 18 ? [v] : [v, net.ints([1, 2])],
    net.opset < 18 ? { axes: [1, 2], keepdims: 1 } : { keepdims: 1 },
  );
  return multiply(net, v, net.op("Div", [length, norm]));
}

/** Causal convolutions: padded on both sides, then the end is cut off. */
function temporalNet(net: Net): void {
  const sound = net.input("x", ["batch", 4, 32]);
  let x = sound;
  let channels = 4;
  for (const dilation of [1, 2, 4]) {
    const margin = 2 * dilation;
    const causal = (input: string, from: number) => {
      const y = net.op("Conv", [input, normedKernel(net, [8, from, 3]), bias(net, 8)], {
        dilations: [dilation],
        kernel_shape: [3],
        pads: [margin, margin],
      });
      return relu(net, slice(net, y, 2, 0, -margin));
    };
    const inner = causal(causal(x, channels), 8);
    const shortcut = channels === 8 ? x : conv(net, x, [channels, 8], [1]);
    x = relu(net, add(net, inner, shortcut));
    channels = 8;
  }
  const last = net.op("Gather", [x, net.ints([-1], [])], { axis: 2 });
  net.output(linear(net, last, [8, 5], "Gemm"), "y");
}

/** Gated activations over a dilated convolution, residual and skip sums. */
function waveNet(net: Net): void {
  const sound = net.input("audio", [1, 1, 64]);
  let x = conv(net, sound, [1, 8], [1]);
  let skips = "";
  for (const dilation of [1, 2, 4]) {
    const both = conv(net, x, [8, 16], [3], { dilation, pad: dilation });
    const [left, right] = split(net, both, [8, 8]);
    const gated = multiply(net, net.op("Tanh", [left!]), sigmoid(net, right!));
    const skip = conv(net, gated, [8, 8], [1]);
    skips = skips === "" ? skip : add(net, skips, skip);
    x = add(net, conv(net, gated, [8, 8], [1]), x);
  }
  net.output(conv(net, relu(net, conv(net, relu(net, skips), [8, 8], [1])), [8, 4], [1]), "logits");
}

/** Keywords: one-dimensional convolutions as two-dimensional ones of Keras, means over time. */
function keywordNet(net: Net): void {
  const features = net.input("mfcc", ["batch", 20, 10]);
  const image = unsqueeze(net, transpose(net, features, [0, 2, 1]), [2]);
  const one = relu(
    net,
    batchNorm(net, conv(net, image, [10, 12], [1, 5], { pad: [0, 2, 0, 2] }), 12),
  );
  const two = relu(net, conv(net, one, [12, 12], [1, 5], { pad: [0, 2, 0, 2] }));
  const three = squeeze(
    net,
    net.op("MaxPool", [two], { kernel_shape: [1, 2], strides: [1, 2] }),
    [2],
  );
  const means = reduceMean(net, transpose(net, three, [0, 2, 1]), [1], false);
  net.output(net.op("Softmax", [linear(net, means, [12, 6])], { axis: -1 }), "Identity");
}

/** Weights of one recurrent layer in ONNX's order, zero initial states made of computed shapes. */
function recurrent(
  net: Net,
  opType: "LSTM" | "GRU" | "RNN",
  x: string,
  [inputs, hidden]: readonly [number, number],
  { bidirectional = false, linearBeforeReset = false, states = true } = {},
): readonly string[] {
  const gates = { LSTM: 4, GRU: 3, RNN: 1 }[opType];
  const directions = bidirectional ? 2 : 1;
  const matrix = (columns: number) =>
    net.parameter(
      [directions, gates * hidden, columns],
      normal(net, directions * gates * hidden * columns, 1 / Math.sqrt(columns)),
    );
  const w = matrix(inputs);
  const r = matrix(hidden);
  const b = net.parameter(
    [directions, 2 * gates * hidden],
    uniform(net, directions * 2 * gates * hidden, -0.2, 0.2),
  );
  const zeros = () =>
    net.op(
      "ConstantOfShape",
      [
        concat(
          net,
          [net.ints([directions]), unsqueeze(net, sizeOf(net, x, 1), [0]), net.ints([hidden])],
          0,
        ),
      ],
      { value: { tensor: { dataType: 1, dims: [1n], rawData: new Uint8Array(4) } } },
    );
  const given = [x, w, r, b, ""];
  if (states) given.push(zeros());
  if (states && opType === "LSTM") given.push(zeros());
  return net.ops(
    opType,
    states ? given : given.slice(0, 4),
    {
      hidden_size: hidden,
      direction: bidirectional ? "bidirectional" : "forward",
      ...(linearBeforeReset && { linear_before_reset: 1 }),
    },
    opType === "LSTM" ? 3 : 2,
  );
}

/** `[time, directions, batch, hidden]` to `[time, batch, directions · hidden]`, as PyTorch does it. */
function mergeDirections(net: Net, y: string): string {
  return reshape(net, transpose(net, y, [0, 2, 1, 3]), [0, 0, -1]);
}

/** Words in, two bidirectional layers, the last time step decides. */
function lstmClassifier(net: Net): void {
  const words = net.input("input_ids", ["batch", 12], "int64");
  const table = net.parameter([30, 8], normal(net, 240, 0.8));
  const embedded = net.op("Gather", [table, words]);
  const timeFirst = transpose(net, embedded, [1, 0, 2]);
  const [first] = recurrent(net, "LSTM", timeFirst, [8, 6], { bidirectional: true });
  const [second] = recurrent(net, "LSTM", mergeDirections(net, first!), [12, 6], {
    bidirectional: true,
  });
  const batchFirst = transpose(net, mergeDirections(net, second!), [1, 0, 2]);
  const last = net.op("Gather", [batchFirst, net.ints([-1], [])], { axis: 1 });
  net.output(linear(net, last, [12, 3], "Gemm"), "logits");
}

/** From Keras: batch first outside, time first inside, the last state squeezed. */
function gruKeras(net: Net): void {
  const x = net.input("input_1", ["unk__5", 16, 6]);
  const timeFirst = transpose(net, x, [1, 0, 2]);
  const [all] = recurrent(net, "GRU", timeFirst, [6, 8], { linearBeforeReset: true });
  const sequence = squeeze(net, all!, [1]);
  const [, last] = recurrent(net, "GRU", sequence, [8, 8], { states: false });
  const state = squeeze(net, last!, [0]);
  const hidden = relu(net, linear(net, state, [8, 8]));
  net.output(sigmoid(net, linear(net, hidden, [8, 1])), "dense");
}

/** Text in a picture: columns of a feature map are the steps of a sequence. */
function crnn(net: Net): void {
  const image = net.input("input", ["batch", 1, 16, 32]);
  const layer = (x: string, channels: readonly [number, number]) =>
    relu(net, conv(net, x, channels));
  const first = maxPool(net, layer(image, [1, 8]), 2);
  const second = maxPool(net, layer(first, [8, 12]), 2);
  const flat = relu(net, conv(net, second, [12, 12], [4, 1], { pad: 0 }));
  const columns = transpose(net, squeeze(net, flat, [2]), [2, 0, 1]);
  const [y] = recurrent(net, "LSTM", columns, [12, 8], { bidirectional: true });
  const merged = mergeDirections(net, y!);
  const steps = sizeOf(net, merged, 0);
  const batch = sizeOf(net, merged, 1);
  const rows = view(net, merged, [-1, 16]);
  const scores = view(net, linear(net, rows, [16, 7], "Gemm"), [steps, batch, -1]);
  net.output(net.op("LogSoftmax", [scores], { axis: 2 }), "output");
}

/** A plain recurrent cell carried from call to call: states are inputs and outputs. */
function statefulRnn(net: Net): void {
  const x = net.input("x", [1, 1, 6]);
  const state = net.input("h_in", [1, 1, 8]);
  const cell = net.input("c_in", [1, 1, 8]);
  const w = net.parameter([1, 32, 6], normal(net, 192, 0.4));
  const r = net.parameter([1, 32, 8], normal(net, 256, 0.35));
  const b = net.parameter([1, 64], uniform(net, 64, -0.2, 0.2));
  const [y, h, c] = net.ops("LSTM", [x, w, r, b, "", state, cell], { hidden_size: 8 }, 3);
  const merged = squeeze(net, y!, [1]);
  net.output(sigmoid(net, linear(net, merged, [8, 1])), "probability");
  net.output(h!, "h_out");
  net.output(c!, "c_out");
}

/** Words are averaged where the mask says so. */
function textMeans(net: Net): void {
  const words = net.input("input_ids", ["batch", 10], "int64");
  const mask = net.input("attention_mask", ["batch", 10], "int64");
  const table = net.parameter([40, 12], normal(net, 480, 0.7));
  const embedded = net.op("Gather", [table, words]);
  const weights = net.op("Cast", [unsqueeze(net, mask, [-1])], { to: 1 });
  const shape = net.op("Shape", [embedded]);
  const spread = net.op("Expand", [weights, shape]);
  const sums = reduceSum(net, multiply(net, embedded, spread), [1], false);
  const counts = net.op("Clip", [reduceSum(net, spread, [1], false), net.float(1e-9)]);
  const means = net.op("Div", [sums, counts]);
  const hidden = relu(net, linear(net, means, [12, 16], "Gemm"));
  net.output(linear(net, hidden, [16, 4], "Gemm"), "logits");
}

/** One lead of a heart: one-dimensional layers with normalisation, a pool over all of time. */
function heartbeat(net: Net): void {
  const signal = net.input("ecg", ["batch", 2, 64]);
  const unit = (x: string, channels: readonly [number, number], stride = 1) =>
    batchNorm(net, conv(net, x, channels, [5], { stride, bias: false }), channels[1]);
  const stem = relu(net, unit(signal, [2, 8], 2));
  const pooled = net.op("MaxPool", [stem], { kernel_shape: [3], strides: [2], pads: [1, 1] });
  const body = relu(net, add(net, unit(relu(net, unit(pooled, [8, 8])), [8, 8]), pooled));
  const deep = net.op("AveragePool", [body], { kernel_shape: [2], strides: [2] });
  const flat = squeeze(net, globalPool(net, deep), [2]);
  net.output(linear(net, flat, [8, 4], "Gemm"), "classes");
}

/** Filter banks as a convolution, logarithms, a small net: sound to classes. */
function soundNet(net: Net): void {
  const sound = net.input("waveform", [1, 1, 128]);
  const bank = net.parameter([16, 1, 16], normal(net, 256, 0.25));
  const bands = net.op("Conv", [sound, bank], {
    kernel_shape: [16],
    strides: [8],
    dilations: [1],
    group: 1,
    pads: [4, 4],
  });
  const [real, imaginary] = split(net, bands, [8, 8]);
  const two = net.float(2);
  const power = add(net, net.op("Pow", [real!, two]), net.op("Pow", [imaginary!, two]));
  const loud = net.op("Log", [net.op("Clip", [power, net.float(1e-3)])]);
  const mean = net.parameter([1, 8, 1], uniform(net, 8, -2, -1));
  const image = unsqueeze(net, net.op("Div", [net.op("Sub", [loud, mean]), net.float(2)]), [1]);
  const body = relu(net, conv(net, image, [1, 6], 3, { stride: 2 }));
  const pooled = reduceMean(net, body, [2, 3], false);
  net.output(
    add(net, net.op("MatMul", [pooled, net.parameter([6, 4], normal(net, 24, 0.4))]), bias(net, 4)),
    "y",
  );
}

export const sequences: readonly ZooModel[] = [
  { name: "temporal net", exporter: "torch2", opset: 17, build: temporalNet },
  { name: "wavenet", exporter: "torch1", opset: 9, build: waveNet },
  { name: "keyword net", exporter: "tf2onnx", opset: 13, build: keywordNet },
  {
    name: "lstm classifier",
    exporter: "torch1",
    opset: 11,
    below: { input_ids: 30 },
    float: ["LSTM"],
    build: lstmClassifier,
  },
  {
    name: "gru of keras",
    exporter: "tf2onnx",
    opset: 13,
    float: ["GRU", "Transpose"],
    build: gruKeras,
  },
  { name: "crnn", exporter: "torch1", opset: 9, float: ["LSTM", "LogSoftmax"], build: crnn },
  {
    name: "stateful lstm",
    exporter: "torch2",
    opset: 17,
    float: ["LSTM", "Reshape"],
    build: statefulRnn,
  },
  {
    name: "text means",
    exporter: "torch2",
    opset: 13,
    below: { input_ids: 40, attention_mask: 2 },
    float: ["Cast", "Clip", "Divide", "Expand", "Multiply", "ReduceSum", "Reshape"],
    build: textMeans,
  },
  { name: "heartbeat", exporter: "torch1", opset: 11, build: heartbeat },
  {
    name: "sound net",
    exporter: "torch2",
    opset: 17,
    float: ["Add", "Log", "Square"],
    build: soundNet,
  },
];
