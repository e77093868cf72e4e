import {
  add,
  averagePool,
  batchNorm,
  bias,
  type ConvOptions,
  clip,
  concat,
  conv,
  depthwise,
  gelu,
  globalPool,
  layerNorm,
  linear,
  maxPool,
  multiply,
  normal,
  pad,
  reduceMean,
  relu,
  relu6,
  reshape,
  sigmoid,
  silu,
  sizeOf,
  slice,
  split,
  squeeze,
  squeezeExcite,
  transpose,
  uniform,
  unsqueeze,
  view,
} from "./layers.ts";
import type { ZooModel } from "./model.ts";
import type { Net } from "./writer.ts";

type Channels = readonly [number, number];

/** The normalisation is in the file, as when a model is exported in training mode or by old versions. */
function convBn(net: Net, x: string, channels: Channels, size = 3, options: ConvOptions = {}) {
  return batchNorm(net, conv(net, x, channels, size, { bias: false, ...options }), channels[1]);
}

function classify(net: Net, x: string, channels: number, classes = 10): void {
  const flat = net.op("Flatten", [globalPool(net, x)], { axis: 1 });
  net.output(linear(net, flat, [channels, classes], "Gemm"), "output");
}

function resnet(net: Net): void {
  const image = net.input("input.1", ["batch", 3, 32, 32]);
  const stem = relu(net, convBn(net, image, [3, 8], 7, { stride: 2 }));
  const bottleneck = (x: string, [from, to]: Channels, stride: number) => {
    const narrow = relu(net, convBn(net, x, [from, to / 4], 1));
    const inner = relu(net, convBn(net, narrow, [to / 4, to / 4], 3, { stride }));
    const wide = convBn(net, inner, [to / 4, to], 1, { gain: 1 });
    const shortcut = from === to ? x : convBn(net, x, [from, to], 1, { stride });
    return relu(net, add(net, wide, shortcut));
  };
  const first = bottleneck(maxPool(net, stem, 3, { stride: 2, pad: 1 }), [8, 16], 1);
  const second = bottleneck(bottleneck(first, [16, 16], 1), [16, 32], 2);
  classify(net, second, 32);
}

/** BatchNorm stands before the convolution, behind concatenations: it cannot be folded. */
function densenet(net: Net): void {
  const image = net.input("data_0", [1, 3, 32, 32]);
  let x = relu(net, convBn(net, image, [3, 8], 3, { stride: 2 }));
  let channels = 8;
  for (let block = 0; block < 2; block++) {
    for (let layer = 0; layer < 3; layer++) {
      const narrow = conv(net, relu(net, batchNorm(net, x, channels)), [channels, 16], 1, {
        bias: false,
      });
      const grown = conv(net, relu(net, batchNorm(net, narrow, 16)), [16, 4], 3, { bias: false });
      x = concat(net, [x, grown]);
      channels += 4;
    }
    const reduced = conv(net, relu(net, batchNorm(net, x, channels)), [channels, 8], 1);
    x = averagePool(net, reduced, 2);
    channels = 8;
  }
  classify(net, relu(net, batchNorm(net, x, channels)), channels);
}

/** `x * clip(x + 3, 0, 6) / 6`, before there was an op. */
function hardSwish(net: Net, x: string): string {
  if (net.opset >= 14) return net.op("HardSwish", [x]);
  const inner = clip(net, add(net, x, net.float(3)), 0, 6);
  return net.op("Div", [multiply(net, x, inner), net.float(6)]);
}

function hardSigmoid(net: Net, x: string): string {
  if (net.opset >= 14) return net.op("HardSigmoid", [x], { alpha: { float: 1 / 6 } });
  return net.op("Div", [clip(net, add(net, x, net.float(3)), 0, 6), net.float(6)]);
}

function mobileNetV3(net: Net): void {
  const image = net.input("input", [1, 3, 32, 32]);
  let x = hardSwish(net, conv(net, image, [3, 8], 3, { stride: 2 }));
  const block = (
    input: string,
    [from, to]: Channels,
    { size = 3, stride = 1, excite = true, act = hardSwish },
  ) => {
    const wide = from * 2;
    const expanded = act(net, conv(net, input, [from, wide], 1));
    const deep = act(net, depthwise(net, expanded, wide, size, { stride }));
    const excited = excite ? squeezeExcite(net, deep, wide, 8, relu, hardSigmoid) : deep;
    const out = conv(net, excited, [wide, to], 1, { gain: 1 });
    return from === to && stride === 1 ? add(net, input, out) : out;
  };
  x = block(x, [8, 8], { act: relu });
  x = block(x, [8, 12], { size: 5, stride: 2 });
  x = block(x, [12, 12], { size: 5 });
  x = hardSwish(net, conv(net, x, [12, 24], 1));
  const flat = net.op("Flatten", [globalPool(net, x)], { axis: 1 });
  const hidden = hardSwish(net, linear(net, flat, [24, 24], "Gemm"));
  net.output(linear(net, hidden, [24, 10], "Gemm"), "output");
}

function efficientNet(net: Net): void {
  const image = net.input("input", ["batch", 3, 32, 32]);
  let x = silu(net, conv(net, image, [3, 8], 3, { stride: 2 }));
  for (const [from, to, stride] of [
    [8, 8, 1],
    [8, 12, 2],
    [12, 12, 1],
  ] as const) {
    const wide = from * 3;
    const expanded = silu(net, conv(net, x, [from, wide], 1));
    const deep = silu(net, depthwise(net, expanded, wide, 3, { stride }));
    const excited = squeezeExcite(net, deep, wide, 4, silu, sigmoid);
    const out = conv(net, excited, [wide, to], 1, { gain: 1 });
    x = from === to ? add(net, out, x) : out;
  }
  classify(net, silu(net, conv(net, x, [12, 24], 1)), 24);
}

/** From Keras: channel-last at the input, means by `ReduceMean`, asymmetric padding by `Pad`. */
function efficientNetKeras(net: Net): void {
  const image = net.input("input_1", ["unk__10", 32, 32, 3]);
  const scale = net.parameter([1, 1, 1, 3], [0.9, 1, 1.1]);
  const shifted = net.op("Sub", [multiply(net, image, scale), net.parameter([3], [0.1, 0, -0.1])]);
  const first = pad(net, transpose(net, shifted, [0, 3, 1, 2]), [0, 0, 0, 0, 0, 0, 1, 1]);
  let x = silu(net, conv(net, first, [3, 8], 3, { stride: 2, pad: 0 }));
  for (let i = 0; i < 2; i++) {
    const deep = silu(net, depthwise(net, silu(net, conv(net, x, [8, 24], 1)), 24));
    const means = reduceMean(net, deep, [2, 3], false);
    const four = transpose(net, reshape(net, means, [-1, 1, 1, 24]), [0, 3, 1, 2]);
    const inner = silu(net, conv(net, four, [24, 4], 1));
    const excited = multiply(net, sigmoid(net, conv(net, inner, [4, 24], 1, { gain: 2 })), deep);
    x = add(net, conv(net, excited, [24, 8], 1, { gain: 1 }), x);
  }
  const means = reduceMean(net, transpose(net, x, [0, 2, 3, 1]), [1, 2], false);
  net.output(net.op("Softmax", [linear(net, means, [8, 10])], { axis: -1 }), "predictions");
}

function shuffleNet(net: Net): void {
  const image = net.input("input", ["batch", 3, 32, 32]);
  const shuffle = (x: string, channels: number) => {
    const [batch, height, width] = [0, 2, 3].map((axis) => sizeOf(net, x, axis));
    const grouped = view(net, x, [batch!, 2, channels / 2, height!, width!]);
    return view(net, transpose(net, grouped, [0, 2, 1, 3, 4]), [batch!, -1, height!, width!]);
  };
  const branch = (x: string, channels: number, stride: number) => {
    const first = relu(net, conv(net, x, [channels, channels], 1));
    const deep = depthwise(net, first, channels, 3, { stride });
    return relu(net, conv(net, deep, [channels, channels], 1));
  };
  const unit = (x: string, channels: number) => {
    const [left, right] = split(net, x, [channels / 2, channels / 2]);
    return shuffle(concat(net, [left!, branch(right!, channels / 2, 1)]), channels);
  };
  const reduce = (x: string, channels: number) => {
    const left = relu(
      net,
      conv(net, depthwise(net, x, channels, 3, { stride: 2 }), [channels, channels], 1),
    );
    return shuffle(concat(net, [left, branch(x, channels, 2)]), channels * 2);
  };
  const stem = relu(net, conv(net, image, [3, 8], 3, { stride: 2 }));
  const body = unit(unit(reduce(stem, 8), 16), 16);
  const last = relu(net, conv(net, body, [16, 24], 1));
  net.output(linear(net, reduceMean(net, last, [2, 3], false), [24, 10], "Gemm"), "output");
}

function ghostNet(net: Net): void {
  const image = net.input("input", [1, 3, 32, 32]);
  const ghost = (x: string, [from, to]: Channels, act: boolean) => {
    const primary = conv(net, x, [from, to / 2], 1);
    const first = act ? relu(net, primary) : primary;
    const cheap = depthwise(net, first, to / 2);
    const both = concat(net, [first, act ? relu(net, cheap) : cheap]);
    // The reference model cuts off what the ratio made too much.
    return slice(net, both, 1, 0, to);
  };
  const stem = relu(net, conv(net, image, [3, 8], 3, { stride: 2 }));
  const wide = ghost(stem, [8, 24], true);
  const excited = squeezeExcite(net, wide, 24, 8, relu, (n, x) => clip(n, x, 0, 1));
  const first = add(net, ghost(excited, [24, 8], false), stem);
  const deep = depthwise(net, ghost(first, [8, 24], true), 24, 3, { stride: 2 });
  const shortcut = conv(net, depthwise(net, first, 8, 3, { stride: 2 }), [8, 12], 1);
  classify(net, relu(net, add(net, ghost(deep, [24, 12], false), shortcut)), 12);
}

function inception(net: Net): void {
  const image = net.input("input", [1, 3, 32, 32]);
  const unit = (
    x: string,
    channels: Channels,
    size: number | readonly number[],
    stride = 1,
    margin?: number,
  ) =>
    relu(
      net,
      conv(net, x, channels, size, { stride, ...(margin !== undefined && { pad: margin }) }),
    );
  const stem = unit(unit(image, [3, 8], 3, 2, 0), [8, 12], 3, 1, 0);
  const factorised = (x: string, from: number) => {
    const one = unit(x, [from, 8], 1);
    const seven = unit(unit(unit(x, [from, 6], 1), [6, 6], [1, 7]), [6, 8], [7, 1]);
    const pooled = unit(
      averagePool(net, x, 3, { stride: 1, pad: 1, countPadding: true }),
      [from, 4],
      1,
    );
    return concat(net, [one, seven, pooled]);
  };
  const reduce = (x: string, from: number) =>
    concat(net, [
      unit(unit(x, [from, 6], 1), [6, 8], 3, 2, 0),
      maxPool(net, x, 3, { stride: 2, ceil: true }),
      averagePool(net, x, 3, { stride: 2 }),
    ]);
  const mixed = factorised(reduce(stem, 12), 32);
  const wide = concat(net, [unit(mixed, [20, 8], [1, 3]), unit(mixed, [20, 8], [3, 1])]);
  classify(net, net.op("Dropout", [wide]), 16);
}

function squeezeNet(net: Net): void {
  const image = net.input("data", [1, 3, 32, 32]);
  const fire = (x: string, from: number, [narrow, wide]: Channels) => {
    const squeezed = relu(net, conv(net, x, [from, narrow], 1));
    return concat(net, [
      relu(net, conv(net, squeezed, [narrow, wide], 1)),
      relu(net, conv(net, squeezed, [narrow, wide], 3)),
    ]);
  };
  const stem = relu(net, conv(net, image, [3, 8], 3, { stride: 2, pad: 0 }));
  const body = fire(fire(maxPool(net, stem, 3, { stride: 2 }), 8, [4, 8]), 16, [4, 8]);
  const [dropped] = net.ops("Dropout", [body], { ratio: { float: 0.5 } }, 2);
  const last = relu(net, conv(net, dropped!, [16, 10], 1));
  net.output(
    net.op("Softmax", [reshape(net, globalPool(net, last), [0, -1])], { axis: 1 }),
    "softmax",
  );
}

/** Embeddings of faces: PReLU with slopes per channel, a global depthwise convolution, L2 normalisation. */
function mobileFaceNet(net: Net): void {
  const image = net.input("data", [1, 3, 28, 28]);
  const prelu = (x: string, channels: number) =>
    net.op("PRelu", [x, net.parameter([channels, 1, 1], uniform(net, channels, 0.05, 0.4))]);
  const unit = (x: string, channels: Channels, size: number, options: ConvOptions = {}) =>
    prelu(convBn(net, x, channels, size, options), channels[1]);
  const stem = unit(image, [3, 8], 3, { stride: 2 });
  const deep = unit(unit(stem, [8, 16], 1), [16, 16], 3, { stride: 2, group: 16 });
  const body = add(net, convBn(net, deep, [16, 8], 1), maxPool(net, stem, 2));
  const last = unit(body, [8, 24], 1);
  const whole = batchNorm(net, depthwise(net, last, 24, 7, { pad: 0, bias: false }), 24);
  const flat = net.op("Flatten", [whole], { axis: 1 });
  const embedding = batchNorm(net, linear(net, flat, [24, 16], "Gemm"), 16);
  const length = net.op("ReduceL2", [embedding], { axes: [1], keepdims: 1 });
  net.output(net.op("Div", [embedding, length]), "embedding");
}

/** Layer normalisation over channels between transposes, a scale per channel on the branch. */
function convNext(net: Net): void {
  const image = net.input("pixel_values", ["batch_size", 3, 32, 32]);
  const normed = (x: string, channels: number) => {
    const last = layerNorm(net, transpose(net, x, [0, 2, 3, 1]), channels);
    return transpose(net, last, [0, 3, 1, 2]);
  };
  let x = normed(conv(net, image, [3, 8], 4, { stride: 4, pad: 0 }), 8);
  for (let i = 0; i < 2; i++) {
    const deep = transpose(net, depthwise(net, x, 8, 7), [0, 2, 3, 1]);
    const wide = gelu(net, linear(net, layerNorm(net, deep, 8), [8, 32]));
    const scale = net.parameter([8], uniform(net, 8, 0.3, 0.8));
    const branch = multiply(net, scale, linear(net, wide, [32, 8]));
    x = add(net, x, transpose(net, branch, [0, 3, 1, 2]));
  }
  const down = conv(net, normed(x, 8), [8, 12], 2, { stride: 2, pad: 0 });
  const means = reduceMean(net, down, [-2, -1], false);
  net.output(linear(net, layerNorm(net, means, 12), [12, 10], "Gemm"), "logits");
}

/** Grouped convolutions, and a gate whose factors come from a rank-2 path. */
function regNet(net: Net): void {
  const image = net.input("x", [1, 3, 32, 32]);
  const stem = relu(net, conv(net, image, [3, 16], 3, { stride: 2 }));
  const grouped = relu(net, conv(net, stem, [16, 16], 3, { group: 4 }));
  const means = reduceMean(net, grouped, [2, 3], false);
  const inner = relu(net, linear(net, means, [16, 4]));
  const gate = sigmoid(net, linear(net, inner, [4, 16]));
  const four = net.op("Reshape", [gate, net.ints([-1, 16, 1, 1])]);
  const excited = multiply(net, grouped, four);
  const body = relu(net, add(net, conv(net, excited, [16, 16], 1, { gain: 1 }), stem));
  const flat = squeeze(net, squeeze(net, globalPool(net, body), [3]), [2]);
  net.output(linear(net, flat, [16, 10], "Gemm"), "logits");
}

/** A small net of Keras: max pools, a dense layer behind a flattened map, ReLU6 and a bias as a node of its own. */
function kerasCnn(net: Net): void {
  const image = net.input("conv2d_input", ["unk__6", 20, 20, 1]);
  const layer = (x: string, channels: Channels) =>
    relu6(net, add(net, conv(net, x, channels, 3, { pad: 0, bias: false }), four(channels[1])));
  const four = (channels: number) =>
    net.parameter([1, channels, 1, 1], uniform(net, channels, -0.2, 0.2));
  const first = maxPool(net, layer(transpose(net, image, [0, 3, 1, 2]), [1, 8]), 2);
  const second = maxPool(net, layer(first, [8, 12]), 2);
  const flat = reshape(net, transpose(net, second, [0, 2, 3, 1]), [-1, 108]);
  const hidden = relu(net, linear(net, flat, [108, 16]));
  net.output(net.op("Softmax", [linear(net, hidden, [16, 10])], { axis: 1 }), "dense_1");
}

/** AlexNet's local response normalisation, and a flattened map in PyTorch's order. */
function alexNet(net: Net): void {
  const image = net.input("actual_input_1", [1, 3, 28, 28]);
  const first = relu(net, conv(net, image, [3, 8], 5, { stride: 2 }));
  const normed = net.op("LRN", [first], {
    size: 5,
    alpha: { float: 1e-2 },
    beta: { float: 0.75 },
    bias: { float: 1 },
  });
  const second = relu(
    net,
    conv(net, maxPool(net, normed, 3, { stride: 2 }), [8, 12], 3, { group: 2 }),
  );
  const flat = reshape(net, maxPool(net, second, 2), [-1, 108]);
  const hidden = relu(net, linear(net, flat, [108, 24], "Gemm"));
  const [dropped] = net.ops("Dropout", [hidden], {}, 2);
  net.output(add(net, linear(net, dropped!, [24, 10]), bias(net, 10)), "output1");
}

/** Attention to channels by two pools and one perceptron, then to places by the mean and maximum of the channels. */
function attentive(net: Net): void {
  const image = net.input("input", ["batch", 3, 24, 24]);
  const stem = relu(net, conv(net, image, [3, 12], 3, { stride: 2 }));
  const hidden = net.parameter([4, 12, 1, 1], normal(net, 48, 0.4));
  const outer = net.parameter([12, 4, 1, 1], normal(net, 48, 0.7));
  const perceptron = (x: string) => net.op("Conv", [relu(net, net.op("Conv", [x, hidden])), outer]);
  const means = perceptron(globalPool(net, stem));
  const maxima = perceptron(net.op("GlobalMaxPool", [stem]));
  const channels = multiply(net, sigmoid(net, add(net, means, maxima)), stem);
  const both = concat(net, [
    reduceMean(net, channels, [1]),
    net.op("ReduceMax", [channels], { axes: [1], keepdims: 1 }),
  ]);
  const places = sigmoid(net, conv(net, both, [2, 1], 7, { bias: false }));
  classify(net, relu(net, add(net, multiply(net, channels, places), stem)), 12);
}

/** Channels look at their neighbours through a convolution over the vector of their means. */
function channelNeighbours(net: Net): void {
  const image = net.input("x", [1, 3, 24, 24]);
  const stem = relu(net, convBn(net, image, [3, 12], 3, { stride: 2 }));
  const row = transpose(net, squeeze(net, globalPool(net, stem), [-1]), [0, 2, 1]);
  const k = net.parameter([1, 1, 3], normal(net, 3, 0.6));
  const mixed = net.op("Conv", [row, k], { kernel_shape: [3], pads: [1, 1] });
  const gate = sigmoid(net, unsqueeze(net, transpose(net, mixed, [0, 2, 1]), [-1]));
  const spread = net.op("Expand", [gate, net.op("Shape", [stem])]);
  classify(net, relu(net, conv(net, multiply(net, stem, spread), [12, 12])), 12);
}

/** Every place looks at every other one, inside of a convolutional net. */
function nonLocal(net: Net): void {
  const image = net.input("x", ["n", 3, 16, 16]);
  const stem = relu(net, conv(net, image, [3, 12], 3, { stride: 2 }));
  const flat = (x: string) => view(net, x, [sizeOf(net, x, 0), 6, -1]);
  const [theta, phi, g] = [0, 1, 2].map(() => flat(conv(net, stem, [12, 6], 1, { gain: 1 })));
  const scores = net.op("MatMul", [transpose(net, theta!, [0, 2, 1]), phi!]);
  const weights = net.op("Softmax", [scores], { axis: net.opset < 13 ? 2 : -1 });
  const y = transpose(net, net.op("MatMul", [weights, transpose(net, g!, [0, 2, 1])]), [0, 2, 1]);
  const [height, width] = [2, 3].map((axis) => sizeOf(net, stem, axis));
  const map = view(net, y, [sizeOf(net, stem, 0), 6, height!, width!]);
  classify(net, relu(net, add(net, conv(net, map, [6, 12], 1), stem)), 12);
}

/** Clips of video: convolutions over three axes, the pool over all of them. */
function video(net: Net): void {
  const clip3d = net.input("clip", [1, 3, 4, 12, 12]);
  const unit = (x: string, channels: Channels, stride = 1) =>
    relu(
      net,
      batchNorm(net, conv(net, x, channels, [3, 3, 3], { stride, bias: false }), channels[1]),
    );
  const first = unit(clip3d, [3, 6]);
  const pooled = net.op("MaxPool", [first], { kernel_shape: [1, 2, 2], strides: [1, 2, 2] });
  classify(net, add(net, unit(pooled, [6, 6]), pooled), 6);
}

export const classifiers: readonly ZooModel[] = [
  { name: "resnet", exporter: "torch1", opset: 9, initializersAsInputs: true, build: resnet },
  { name: "densenet", exporter: "torch1", opset: 9, build: densenet },
  { name: "mobilenet v3, composed", exporter: "torch1", opset: 11, build: mobileNetV3 },
  { name: "mobilenet v3, ops", exporter: "torch2", opset: 17, build: mobileNetV3 },
  { name: "efficientnet", exporter: "torch2", opset: 20, build: efficientNet },
  { name: "efficientnet of keras", exporter: "tf2onnx", opset: 13, build: efficientNetKeras },
  { name: "shufflenet v2", exporter: "torch1", opset: 11, transposes: 4, build: shuffleNet },
  { name: "ghostnet", exporter: "torch1", opset: 11, build: ghostNet },
  { name: "inception", exporter: "torch2", opset: 13, build: inception },
  { name: "squeezenet", exporter: "torch1", opset: 9, build: squeezeNet },
  {
    name: "mobilefacenet",
    exporter: "torch1",
    opset: 11,
    float: ["Divide", "ReduceSum", "Sqrt", "Square"],
    build: mobileFaceNet,
  },
  {
    name: "convnext, composed norm",
    exporter: "torch1",
    opset: 13,
    float: ["Add", "LayerNorm"],
    build: convNext,
  },
  { name: "convnext", exporter: "torch2", opset: 17, float: ["Add", "LayerNorm"], build: convNext },
  { name: "regnet", exporter: "torch2", opset: 21, build: regNet },
  { name: "keras cnn", exporter: "keras", opset: 11, build: kerasCnn },
  { name: "attentive", exporter: "torch2", opset: 17, build: attentive },
  { name: "channel neighbours", exporter: "torch1", opset: 11, build: channelNeighbours },
  { name: "non-local", exporter: "torch1", opset: 12, build: nonLocal },
  { name: "video", exporter: "torch2", opset: 17, build: video },
  { name: "alexnet", exporter: "torch1", opset: 9, float: ["LocalResponseNorm"], build: alexNet },
];
