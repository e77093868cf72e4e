import {
  add,
  batchNorm,
  bias,
  concat,
  conv,
  convTranspose,
  depthwise,
  globalPool,
  maxPool,
  multiply,
  normal,
  pad,
  reduceMean,
  relu,
  relu6,
  reshape,
  resizeBy,
  resizeTo,
  sigmoid,
  sizeOf,
  slice,
  split,
  transpose,
  uniform,
  unsqueeze,
  view,
} from "./layers.ts";
import type { ZooModel } from "./model.ts";
import type { Net } from "./writer.ts";

type Channels = readonly [number, number];

function unit(net: Net, x: string, channels: Channels, size = 3, stride = 1, dilation = 1): string {
  return relu(net, conv(net, x, channels, size, { stride, dilation }));
}

/** Skips are concatenated; `up` makes maps twice as large. */
function unet(net: Net, up: (x: string, channels: Channels) => string): void {
  const image = net.input("input", ["batch", 1, 32, 32]);
  const double = (x: string, [from, to]: Channels) => unit(net, unit(net, x, [from, to]), [to, to]);
  const top = double(image, [1, 8]);
  const middle = double(maxPool(net, top, 2), [8, 12]);
  const bottom = double(maxPool(net, middle, 2), [12, 16]);
  const second = double(concat(net, [middle, up(bottom, [16, 12])]), [24, 12]);
  const first = double(concat(net, [top, up(second, [12, 8])]), [16, 8]);
  net.output(sigmoid(net, conv(net, first, [8, 1], 1, { gain: 2 })), "mask");
}

const unetTransposed = (net: Net) => unet(net, (x, channels) => convTranspose(net, x, channels, 2));

const unetBilinear = (net: Net) =>
  unet(net, (x, channels) =>
    conv(net, resizeBy(net, x, 2, { mode: "linear", coordinates: "align_corners" }), channels, 1),
  );

/** The upsampled map is padded to the size of the skip, by amounts that were computed from both. */
function unetPadded(net: Net): void {
  unet(net, (x, channels) => {
    const larger = convTranspose(net, x, channels, 2);
    const wanted = sizeOf(net, larger, 2);
    const difference = net.op("Sub", [wanted, sizeOf(net, larger, 2)]);
    const half = net.op("Div", [difference, net.ints([2], [])]);
    const rest = net.op("Sub", [difference, half]);
    const zero = net.op("ConstantOfShape", [net.ints([4])], {
      value: { tensor: { dataType: 7, dims: [1n], rawData: new Uint8Array(8) } },
    });
    const amounts = [half, half, rest, rest].map((amount) => unsqueeze(net, amount, [0]));
    const front = concat(net, [slice(net, zero, 0, 0, 2), amounts[0]!, amounts[1]!], 0);
    const behind = concat(net, [slice(net, zero, 0, 2, 4), amounts[2]!, amounts[3]!], 0);
    return net.op("Pad", [larger, concat(net, [front, behind], 0), net.float(0)], {
      mode: "constant",
    });
  });
}

/** Atrous pyramid: three dilations, and the mean of the map made as large as the map again. */
function deepLab(net: Net): void {
  const image = net.input("input.1", ["N", 3, 32, 32]);
  const low = unit(net, image, [3, 8], 3, 2);
  const body = unit(net, unit(net, low, [8, 12], 3, 2), [12, 12], 3, 1, 2);
  const height = unsqueeze(net, sizeOf(net, body, 2), [0]);
  const width = unsqueeze(net, sizeOf(net, body, 3), [0]);
  const whole = resizeTo(
    net,
    unit(net, globalPool(net, body), [12, 8], 1),
    concat(net, [height, width], 0),
  );
  const branches = [1, 2, 3].map((rate) => unit(net, body, [12, 8], rate === 1 ? 1 : 3, 1, rate));
  const merged = unit(net, concat(net, [...branches, whole]), [32, 12], 1);
  const fineSize = concat(
    net,
    [2, 3].map((axis) => unsqueeze(net, sizeOf(net, low, axis), [0])),
    0,
  );
  const up = resizeTo(net, merged, fineSize, { coordinates: "align_corners" });
  const fused = unit(net, concat(net, [up, unit(net, low, [8, 4], 1)]), [16, 8]);
  const scores = conv(net, fused, [8, 5], 1, { gain: 1 });
  const full = concat(
    net,
    [2, 3].map((axis) => unsqueeze(net, sizeOf(net, image, axis), [0])),
    0,
  );
  net.output(resizeTo(net, scores, full), "out");
}

/** Several resolutions side by side, exchanged by sums, heads of transposed convolutions, key points by ArgMax. */
function poseNet(net: Net): void {
  const image = net.input("image", [1, 3, 32, 32]);
  const stem = unit(net, image, [3, 8], 3, 2);
  const fine = unit(net, stem, [8, 8]);
  const coarse = unit(net, stem, [8, 12], 3, 2);
  const up = resizeBy(net, conv(net, coarse, [12, 8], 1), 2);
  const fused = relu(net, add(net, conv(net, fine, [8, 8]), up));
  const down = relu(net, add(net, conv(net, fine, [8, 12], 3, { stride: 2 }), coarse));
  const deconv = relu(net, batchNorm(net, convTranspose(net, down, [12, 8], 4, { pad: 1 }), 8));
  const heat = conv(net, add(net, deconv, fused), [8, 5], 1, { gain: 1 });
  const flat = reshape(net, heat, [1, 5, -1]);
  net.output(heat, "heatmap");
  net.output(net.op("ArgMax", [flat], { axis: 2, keepdims: 0 }), "place", "int64");
  net.output(net.op("ReduceMax", [flat], { axes: [2], keepdims: 0 }), "score");
}

/** Instance normalisation between reflecting pads; the residual body; upsampling by nearest neighbours. */
function styleTransfer(net: Net): void {
  const image = net.input("input1", [1, 3, 24, 24]);
  const layer = (x: string, [from, to]: Channels, stride = 1) => {
    const padded = pad(net, x, [0, 0, 1, 1, 0, 0, 1, 1], "reflect");
    const y = conv(net, padded, [from, to], 3, { stride, pad: 0 });
    const gamma = net.parameter([to], uniform(net, to, 0.7, 1.3));
    return net.op("InstanceNormalization", [y, gamma, bias(net, to)], { epsilon: { float: 1e-5 } });
  };
  const stem = relu(net, layer(relu(net, layer(image, [3, 8])), [8, 12], 2));
  const body = add(net, stem, layer(relu(net, layer(stem, [12, 12])), [12, 12]));
  const up = relu(net, layer(resizeBy(net, body, 2), [12, 8]));
  const last = conv(net, pad(net, up, [0, 0, 1, 1, 0, 0, 1, 1], "reflect"), [8, 3], 3, { pad: 0 });
  net.output(net.op("Tanh", [last]), "output1");
}

/** Group normalisation as PyTorch writes it: an instance normalisation of reshaped groups. */
function groupNormNet(net: Net): void {
  const image = net.input("x", [1, 3, 16, 16]);
  const normed = (x: string, channels: number, groups: number) => {
    const grouped = reshape(net, x, [0, groups, -1]);
    const ones = net.parameter([groups], new Array(groups).fill(1));
    const zeros = net.parameter([groups], new Array(groups).fill(0));
    const y = net.op("InstanceNormalization", [grouped, ones, zeros], { epsilon: { float: 1e-5 } });
    const back = net.op("Reshape", [y, net.op("Shape", [x])]);
    const gamma = net.parameter([channels, 1, 1], uniform(net, channels, 0.7, 1.3));
    const beta = net.parameter([channels, 1, 1], uniform(net, channels, -0.3, 0.3));
    return add(net, multiply(net, back, gamma), beta);
  };
  const stem = relu(net, normed(conv(net, image, [3, 8]), 8, 4));
  const body = relu(net, normed(conv(net, stem, [8, 8]), 8, 2));
  net.output(conv(net, body, [8, 2], 1), "y");
}

/** Sub-pixel convolution as an op. */
function superResolution(net: Net): void {
  const image = net.input("input", ["batch_size", 1, 16, 16]);
  const leaky = (x: string) => net.op("LeakyRelu", [x], { alpha: { float: 0.2 } });
  const first = leaky(conv(net, image, [1, 8], 5));
  const dense = leaky(conv(net, first, [8, 8]));
  const body = add(
    net,
    multiply(net, conv(net, concat(net, [first, dense]), [16, 8]), net.float(0.2)),
    first,
  );
  const shuffled = net.op("DepthToSpace", [conv(net, body, [8, 4], 3, { gain: 1 })], {
    blocksize: 2,
    mode: net.exporter === "tf2onnx" ? "DCR" : "CRD",
  });
  const large = resizeBy(net, image, 2, {
    mode: net.exporter === "tf2onnx" ? "linear" : "cubic",
    coordinates: "half_pixel",
  });
  net.output(add(net, shuffled, large), "output");
}

/** Sub-pixel convolution as PyTorch once wrote it: reshape, transpose, reshape. */
function pixelShuffle(net: Net): void {
  const image = net.input("input", ["batch_size", 1, 16, 16]);
  const body = relu(net, conv(net, relu(net, conv(net, image, [1, 8], 5)), [8, 8]));
  const raw = conv(net, body, [8, 4], 3, { gain: 1 });
  const [batch, height, width] = [0, 2, 3].map((axis) => sizeOf(net, raw, axis));
  const six = view(net, raw, [batch!, 1, 2, 2, height!, width!]);
  const moved = transpose(net, six, [0, 1, 4, 2, 5, 3]);
  net.output(reshape(net, moved, [-1, 1, 32, 32]), "output");
}

/** Portrait matting of a phone: depthwise blocks, gates, linear resizing, several outputs. */
function matting(net: Net): void {
  const image = net.input("img", [1, 32, 32, 3]);
  const block = (x: string, channels: Channels, stride: number) =>
    relu6(net, conv(net, relu6(net, depthwise(net, x, channels[0], 3, { stride })), channels, 1));
  const stem = relu6(net, conv(net, transpose(net, image, [0, 3, 1, 2]), [3, 8], 3, { stride: 2 }));
  const low = block(stem, [8, 12], 2);
  const deep = block(low, [12, 16], 2);
  const gate = sigmoid(net, conv(net, reduceMean(net, deep, [2, 3]), [16, 12], 1));
  const up = (x: string) => resizeBy(net, x, 2, { mode: "linear", coordinates: "half_pixel" });
  const gated = multiply(net, conv(net, up(deep), [16, 12], 1), gate);
  const merged = block(add(net, gated, low), [12, 8], 1);
  const fine = add(net, up(merged), stem);
  const both = conv(net, fine, [8, 3], 1, { gain: 2 });
  const [mask, edges] = split(net, both, [2, 1]);
  net.output(
    transpose(
      net,
      net.op("Softmax", [transpose(net, mask!, [0, 2, 3, 1])], { axis: -1 }),
      [0, 3, 1, 2],
    ),
    "mask",
  );
  net.output(up(edges!), "edges");
}

/** Noise and scales are drawn once, while exporting: constants of full size are added and multiplied. */
function autoencoder(net: Net): void {
  const image = net.input("x", [1, 1, 16, 16]);
  const code = unit(net, unit(net, image, [1, 8], 3, 2), [8, 8], 3, 2);
  const flat = reshape(net, code, [1, 128]);
  const w = net.parameter([128, 8], normal(net, 1024, 0.1));
  const latent = add(net, net.op("MatMul", [flat, w]), net.parameter([1, 8], normal(net, 8, 0.5)));
  const back = net.op(
    "Gemm",
    [latent, net.parameter([128, 8], normal(net, 1024, 0.4)), bias(net, 128)],
    { transB: 1 },
  );
  const four = reshape(net, relu(net, back), [-1, 8, 4, 4]);
  const up = relu(net, convTranspose(net, four, [8, 8], 3, { pad: 1, outputPadding: 1 }));
  net.output(sigmoid(net, convTranspose(net, up, [8, 1], 4, { pad: 1 })), "y");
}

export const segmenters: readonly ZooModel[] = [
  { name: "unet, transposed", exporter: "torch1", opset: 9, build: unetTransposed },
  { name: "unet, bilinear", exporter: "torch1", opset: 11, build: unetBilinear },
  { name: "unet, padded", exporter: "torch2", opset: 13, build: unetPadded },
  { name: "deeplab", exporter: "torch1", opset: 11, build: deepLab },
  { name: "pose", exporter: "torch2", opset: 13, build: poseNet },
  {
    name: "style transfer",
    exporter: "torch1",
    opset: 9,
    float: ["GroupNorm"],
    near: 0.9,
    build: styleTransfer,
  },
  { name: "group norm", exporter: "torch2", opset: 17, float: ["GroupNorm"], build: groupNormNet },
  {
    name: "super resolution",
    exporter: "torch2",
    opset: 13,
    float: ["Add", "Resize"],
    build: superResolution,
  },
  { name: "super resolution of keras", exporter: "tf2onnx", opset: 11, build: superResolution },
  { name: "pixel shuffle", exporter: "torch1", opset: 9, build: pixelShuffle },
  { name: "matting", exporter: "tf2onnx", opset: 13, build: matting },
  { name: "autoencoder", exporter: "torch2", opset: 20, build: autoencoder },
];
