import {
  add,
  averagePool,
  batchNorm,
  type ConvOptions,
  concat,
  conv,
  depthwise,
  maxPool,
  multiply,
  relu,
  relu6,
  reshape,
  resizeBy,
  resizeTo,
  shapeOf,
  sigmoid,
  silu,
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

type Channels = readonly [number, number];

/** The exporter has folded the normalisation; SiLU is written as a product. */
function convSilu(net: Net, x: string, channels: Channels, size = 3, options: ConvOptions = {}) {
  return silu(net, conv(net, x, channels, size, options));
}

function bottleneck(net: Net, x: string, channels: number): string {
  const inner = convSilu(net, x, [channels, channels], 1);
  return add(net, x, convSilu(net, inner, [channels, channels], 3));
}

/** Cross-stage partial block with three convolutions. */
function c3(net: Net, x: string, [from, to]: Channels): string {
  const half = to / 2;
  const left = bottleneck(net, convSilu(net, x, [from, half], 1), half);
  const right = convSilu(net, x, [from, half], 1);
  return convSilu(net, concat(net, [left, right]), [to, to], 1);
}

/** The block of version 8: a split, and every intermediate value in the concatenation. */
function c2f(net: Net, x: string, [from, to]: Channels): string {
  const half = to / 2;
  const both = convSilu(net, x, [from, to], 1);
  const [left, right] = split(net, both, [half, half]);
  return convSilu(
    net,
    concat(net, [left!, right!, bottleneck(net, right!, half)]),
    [half * 3, to],
    1,
  );
}

/** Spatial pyramid pooling: one pool again and again. */
function sppf(net: Net, x: string, channels: number): string {
  const levels = [convSilu(net, x, [channels, channels / 2], 1)];
  for (let i = 0; i < 3; i++) levels.push(maxPool(net, levels.at(-1)!, 5, { stride: 1, pad: 2 }));
  return convSilu(net, concat(net, levels), [channels * 2, channels], 1);
}

/** `F.interpolate(x, scale_factor=2)` as tracing writes it: the sizes are computed from those of `x`. */
function upsampleByShape(net: Net, x: string): string {
  const doubled = [2, 3].map((axis) => {
    const size = net.op("Cast", [sizeOf(net, x, axis)], { to: 1 });
    const larger = net.op("Floor", [multiply(net, size, net.float(2))]);
    return unsqueeze(net, net.op("Cast", [larger], { to: 7 }), [0]);
  });
  return resizeTo(net, x, concat(net, doubled, 0), { mode: "nearest", coordinates: "asymmetric" });
}

/** Every second pixel, four ways, side by side. */
function focus(net: Net, x: string): string {
  const part = (top: number, left: number) =>
    slice(net, slice(net, x, 2, top, Infinity, 2), 3, left, Infinity, 2);
  return concat(net, [part(0, 0), part(1, 0), part(0, 1), part(1, 1)]);
}

/** One scale of the head: anchors and grid are constants, boxes in pixels. */
function anchorHead(net: Net, x: string, from: number, cells: number): string {
  const [anchors, values] = [3, 9];
  const raw = conv(net, x, [from, anchors * values], 1, { gain: 1 });
  const batch = sizeOf(net, raw, 0);
  const height = sizeOf(net, raw, 2);
  const width = sizeOf(net, raw, 3);
  const grid5 = view(net, raw, [batch, anchors, values, height, width]);
  const y = sigmoid(net, transpose(net, grid5, [0, 1, 3, 4, 2]));
  const places = Array.from({ length: cells * cells }, (_, i) => [
    i % cells,
    Math.floor(i / cells),
  ]);
  const grid = net.parameter(
    [1, 1, cells, cells, 2],
    places.flat().map((v) => v - 0.5),
  );
  const anchor = net.parameter([1, anchors, 1, 1, 2], uniform(net, 2 * anchors, 4, 20));
  const xy = slice(net, y, 4, 0, 2);
  const wh = slice(net, y, 4, 2, 4);
  const rest = slice(net, y, 4, 4);
  const centre = multiply(net, add(net, multiply(net, xy, net.float(2)), grid), net.float(8));
  const size = multiply(
    net,
    net.op("Pow", [multiply(net, wh, net.float(2)), net.float(2)]),
    anchor,
  );
  return view(net, concat(net, [centre, size, rest], 4), [batch, -1, values]);
}

function yoloV5(net: Net): void {
  const image = net.input("images", ["batch", 3, 32, 32]);
  const stem = convSilu(net, focus(net, image), [12, 8]);
  const p3 = c3(net, convSilu(net, stem, [8, 16], 3, { stride: 2 }), [16, 16]);
  const p4 = sppf(net, convSilu(net, p3, [16, 16], 3, { stride: 2 }), 16);
  const lateral = convSilu(net, p4, [16, 16], 1);
  const up = c3(net, concat(net, [upsampleByShape(net, lateral), p3]), [32, 16]);
  const down = convSilu(net, up, [16, 16], 3, { stride: 2 });
  const p4Out = c3(net, concat(net, [down, lateral]), [32, 16]);
  const heads = [anchorHead(net, up, 16, 8), anchorHead(net, p4Out, 16, 4)];
  net.output(concat(net, heads, 1), "output");
}

/** Distances to four sides as expectations over bins, then boxes. */
function distributionHead(net: Net, heads: readonly (readonly [string, number])[]): void {
  const [bins, classes] = [8, 5];
  const flat = heads.map(([x, cells]) => reshape(net, x, [1, 4 * bins + classes, cells * cells]));
  const all = concat(net, flat, 2);
  const cells = heads.reduce((sum, [, size]) => sum + size * size, 0);
  const [boxes, scores] = split(net, all, [4 * bins, classes]);
  const binned = transpose(net, reshape(net, boxes!, [1, 4, bins, cells]), [0, 2, 1, 3]);
  const chances = net.op("Softmax", [binned], { axis: 1 });
  const numbers = net.parameter(
    [1, bins, 1, 1],
    Array.from({ length: bins }, (_, i) => i),
  );
  const expected = net.op("Conv", [chances, numbers], {
    dilations: [1, 1],
    group: 1,
    kernel_shape: [1, 1],
    pads: [0, 0, 0, 0],
    strides: [1, 1],
  });
  const distances = reshape(net, expected, [1, 4, cells]);
  const anchors = net.parameter([1, 2, cells], uniform(net, 2 * cells, 0, 8));
  const strides = net.parameter([1, cells], uniform(net, cells, 8, 16).map(Math.round));
  const low = net.op("Sub", [anchors, slice(net, distances, 1, 0, 2)]);
  const high = add(net, anchors, slice(net, distances, 1, 2, 4));
  const centre = net.op("Div", [add(net, low, high), net.float(2)]);
  const box = concat(net, [centre, net.op("Sub", [high, low])], 1);
  net.output(concat(net, [multiply(net, box, strides), sigmoid(net, scores!)], 1), "output0");
}

function yoloV8(net: Net): void {
  const image = net.input("images", [1, 3, 32, 32]);
  const stem = convSilu(net, image, [3, 8], 3, { stride: 2 });
  const p3 = c2f(net, convSilu(net, stem, [8, 16], 3, { stride: 2 }), [16, 16]);
  const p4 = sppf(net, convSilu(net, p3, [16, 16], 3, { stride: 2 }), 16);
  const up = c2f(net, concat(net, [resizeBy(net, p4, 2), p3]), [32, 16]);
  const head = (x: string) => {
    const box = conv(net, convSilu(net, x, [16, 16]), [16, 32], 1, { gain: 2 });
    const score = conv(net, convSilu(net, x, [16, 16]), [16, 5], 1, { gain: 2 });
    return concat(net, [box, score]);
  };
  distributionHead(net, [
    [head(up), 8],
    [head(p4), 4],
  ]);
}

/** Transposes at the channel-last borders of every head, and boxes decoded in the graph. */
function ssdMobileNet(net: Net): void {
  const image = net.input("input", ["unk__1", 24, 24, 3]);
  const scaled = net.op("Sub", [multiply(net, image, net.float(2 / 255)), net.float(1)]);
  const block = (x: string, channels: Channels, stride = 1) => {
    const inner = relu6(net, depthwise(net, x, channels[0], 3, { stride }));
    return relu6(net, conv(net, inner, channels, 1));
  };
  const invertedResidual = (x: string, channels: number) => {
    const wide = relu6(net, conv(net, x, [channels, channels * 3], 1));
    const deep = relu6(net, depthwise(net, wide, channels * 3));
    return add(net, x, conv(net, deep, [channels * 3, channels], 1, { gain: 1 }));
  };
  const stem = relu6(
    net,
    conv(net, transpose(net, scaled, [0, 3, 1, 2]), [3, 8], 3, { stride: 2, same: true }),
  );
  const first = invertedResidual(block(stem, [8, 16], 2), 16);
  const second = invertedResidual(block(first, [16, 16], 2), 16);
  const head = (x: string, values: number) => {
    const raw = transpose(net, conv(net, x, [16, 3 * values], 1, { gain: 1 }), [0, 2, 3, 1]);
    const batch = squeeze(net, slice(net, net.op("Shape", [raw]), 0, 0, 1), [0]);
    return view(net, raw, [batch, -1, values]);
  };
  const boxes = concat(net, [head(first, 4), head(second, 4)], 1);
  const scores = sigmoid(net, concat(net, [head(first, 3), head(second, 3)], 1));
  const priors = net.parameter([1, 135, 4], uniform(net, 540, 0.1, 0.9));
  const centre = add(
    net,
    multiply(net, slice(net, boxes, 2, 0, 2), net.float(0.1)),
    slice(net, priors, 2, 0, 2),
  );
  const size = multiply(
    net,
    net.op("Exp", [multiply(net, slice(net, boxes, 2, 2, 4), net.float(0.2))]),
    slice(net, priors, 2, 2, 4),
  );
  net.output(concat(net, [centre, size], 2), "boxes");
  net.output(scores, "scores");
}

/** Mish as PyTorch wrote it before there was an op. */
function mish(net: Net, x: string): string {
  if (net.opset >= 18) return net.op("Mish", [x]);
  return multiply(net, x, net.op("Tanh", [net.op("Softplus", [x])]));
}

/** Pyramid pooling by three windows, and three anchors of raw numbers at each cell. */
function darknet(net: Net): void {
  const image = net.input("input", ["batch_size", 3, 32, 32]);
  const unit = (x: string, channels: Channels, size = 3, stride = 1) =>
    mish(net, batchNorm(net, conv(net, x, channels, size, { stride, bias: false }), channels[1]));
  const leaky = (x: string, channels: Channels, size = 3) =>
    net.op("LeakyRelu", [conv(net, x, channels, size)], { alpha: { float: 0.1 } });
  const stem = unit(unit(image, [3, 8]), [8, 12], 3, 2);
  const left = unit(stem, [12, 6], 1);
  const right = unit(stem, [12, 6], 1);
  const body = add(net, right, unit(unit(right, [6, 6], 1), [6, 6]));
  const fine = unit(concat(net, [unit(body, [6, 6], 1), left]), [12, 12], 1);
  const deep = leaky(unit(fine, [12, 16], 3, 2), [16, 8], 1);
  const windows = [13, 9, 5].map((size) => maxPool(net, deep, size, { stride: 1, pad: size >> 1 }));
  const merged = leaky(concat(net, [...windows, deep]), [32, 12], 1);
  const up = resizeBy(net, leaky(merged, [12, 6], 1), 2);
  const top = leaky(concat(net, [leaky(fine, [12, 6], 1), up]), [12, 12]);
  net.output(conv(net, top, [12, 18], 1, { gain: 1 }), "fine");
  net.output(conv(net, merged, [12, 18], 1, { gain: 1 }), "coarse");
}

/** A feature pyramid with sums, shared heads, and softmax over classes. */
function retina(net: Net): void {
  const image = net.input("input.1", [1, 3, 32, 32]);
  const stage = (x: string, channels: Channels) =>
    relu(net, batchNorm(net, conv(net, x, channels, 3, { stride: 2, bias: false }), channels[1]));
  const c2 = stage(stage(image, [3, 8]), [8, 12]);
  const c3Stage = stage(c2, [12, 16]);
  const top = conv(net, c3Stage, [16, 12], 1);
  const up = upsampleByShape(net, top);
  const merged = conv(net, add(net, conv(net, c2, [12, 12], 1), up), [12, 12]);
  const context = (x: string) => {
    const left = conv(net, x, [12, 6]);
    const right = conv(net, relu(net, conv(net, x, [12, 6])), [6, 6]);
    return net.op("LeakyRelu", [concat(net, [left, right])], { alpha: { float: 0.1 } });
  };
  const heads = [merged, conv(net, top, [12, 12])].map(context);
  const flat = (x: string, values: number) => {
    const raw = transpose(net, conv(net, x, [12, 2 * values], 1, { gain: 1 }), [0, 2, 3, 1]);
    return view(net, raw, [sizeOf(net, raw, 0), -1, values]);
  };
  const of = (values: number) =>
    concat(
      net,
      heads.map((x) => flat(x, values)),
      1,
    );
  net.output(of(4), "bbox");
  net.output(net.op("Softmax", [of(2)], { axis: 2 }), "confidence");
  net.output(of(10), "landmark");
}

/** Centres are maxima of their neighbourhood: a pool, a comparison and a product. */
function centerNet(net: Net): void {
  const image = net.input("input", [1, 3, 24, 24]);
  const stem = relu(net, conv(net, image, [3, 12], 3, { stride: 2 }));
  const body = relu(net, conv(net, averagePool(net, stem, 2), [12, 12]));
  const fine = relu(net, conv(net, resizeBy(net, body, 2), [12, 12]));
  const heat = sigmoid(net, conv(net, fine, [12, 4], 1, { gain: 2 }));
  const highest = maxPool(net, heat, 3, { stride: 1, pad: 1 });
  const isPeak = net.op("Cast", [net.op("Equal", [heat, highest])], { to: 1 });
  const peaks = multiply(net, heat, isPeak);
  const flat = net.op("Reshape", [peaks, shapeOf(net, [sizeOf(net, peaks, 0), -1])]);
  const [scores, places] = net.ops(
    "TopK",
    [flat, net.ints([10])],
    { axis: -1, largest: 1, sorted: 1 },
    2,
  );
  net.output(scores!, "scores");
  net.output(places!, "places", "int64");
  net.output(conv(net, fine, [12, 2], 1), "sizes");
}

export const detectors: readonly ZooModel[] = [
  {
    name: "yolo v5",
    exporter: "torch1",
    opset: 12,
    float: ["Concat", "Multiply", "Reshape", "Square", "Transpose"],
    transposes: 3,
    build: yoloV5,
  },
  {
    name: "yolo v8",
    exporter: "torch2",
    opset: 17,
    float: ["Concat"],
    transposes: 3,
    build: yoloV8,
  },
  { name: "darknet", exporter: "torch1", opset: 12, transposes: 3, build: darknet },
  {
    name: "ssd mobilenet",
    exporter: "tf2onnx",
    opset: 13,
    float: ["Concat", "Exp", "Multiply"],
    build: ssdMobileNet,
  },
  { name: "retina", exporter: "torch1", opset: 9, build: retina },
  {
    name: "centernet",
    exporter: "torch2",
    opset: 13,
    float: ["Cast", "TopK"],
    transposes: 3,
    build: centerNet,
  },
];
