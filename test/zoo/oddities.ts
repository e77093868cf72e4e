import {
  add,
  concat,
  conv,
  linear,
  maxPool,
  multiply,
  relu,
  reshape,
  sigmoid,
  slice,
  transpose,
} from "./layers.ts";
import type { ZooModel } from "./model.ts";
import type { Net } from "./writer.ts";

/** No node has a name, results of some are used by nobody, and one input by nothing. */
function carelessNames(net: Net): void {
  const image = net.input("input", [1, 2, 8, 8]);
  net.input("unused", [3]);
  const x = relu(net, conv(net, image, [2, 4]));
  net.op("Sigmoid", [x]);
  net.ops("Split", [x], { axis: 1 }, 2);
  net.output(conv(net, net.op("Identity", [net.op("Identity", [x])]), [4, 2]), "output");
}

/** Outputs that nothing computes: an input, a constant, and one value twice. */
function idleOutputs(net: Net): void {
  const x = net.input("x", [1, 4]);
  const k = net.input("k", [2], "int64");
  const y = relu(net, linear(net, x, [4, 3], "Gemm"));
  net.output(net.op("Identity", [x]), "same");
  net.output(net.op("Identity", [k]), "numbers", "int64");
  net.output(net.op("Constant", [], { value_floats: { floats: [0.5, 1.5] } }), "constant");
  net.output(y, "first");
  net.output(net.op("Identity", [y]), "second");
}

/** Scalars: as inputs, as factors on either side, as outputs of reductions of everything. */
function scalars(net: Net): void {
  const x = net.input("x", [2, 3, 4]);
  const gain = net.input("gain", []);
  const scaled = multiply(net, gain, x);
  const shifted = net.op("Sub", [net.float(1), scaled]);
  const most = net.op("ReduceMax", [shifted], { keepdims: 0 });
  const normed = net.op("Div", [shifted, most]);
  net.output(normed, "normed");
  net.output(net.op("ReduceMean", [normed], { keepdims: 0 }), "mean");
}

/** Two towers of one set of weights, joined; inputs of different rank. */
function twoTowers(net: Net): void {
  const left = net.input("left", ["batch", 2, 8, 8]);
  const right = net.input("right", ["batch", 2, 8, 8]);
  const extra = net.input("extra", ["batch", 3]);
  const w = net.parameter(
    [4, 2, 3, 3],
    Array.from({ length: 72 }, (_, i) => Math.sin(i * 1.7) / 3),
  );
  const tower = (x: string) => {
    const y = relu(net, net.op("Conv", [x, w], { kernel_shape: [3, 3], pads: [1, 1, 1, 1] }));
    return reshape(net, maxPool(net, y, 4), [1, 16]);
  };
  const [a, b] = [tower(left), tower(right)];
  const distance = net.op("Abs", [net.op("Sub", [a, b])]);
  const joined = concat(net, [a, b, distance, extra]);
  net.output(sigmoid(net, linear(net, joined, [51, 1], "Gemm")), "same");
  net.output(
    net.op(
      "ReduceSum",
      [multiply(net, a, b)],
      net.opset < 13 ? { axes: [1], keepdims: 1 } : { keepdims: 1 },
    ),
    "dot",
  );
}

/** Arithmetic of whole numbers on an input: nothing here is to be quantized. */
function wholeNumbers(net: Net): void {
  const places = net.input("places", [1, 6], "int64");
  const table = net.parameter(
    [12, 4],
    Array.from({ length: 48 }, (_, i) => Math.cos(i)),
  );
  const wrapped = net.op("Mod", [
    add(net, multiply(net, places, net.ints([3], [])), net.ints([1], [])),
    net.ints([12], []),
  ]);
  const rows = net.op("Gather", [table, wrapped], { axis: 0 });
  const isEven = net.op("Equal", [net.op("Mod", [places, net.ints([2], [])]), net.ints([0], [])]);
  const four = net.op("Cast", [isEven], { to: 1 });
  const masked = multiply(net, rows, net.op("Unsqueeze", [four, net.ints([-1])]));
  net.output(linear(net, reshape(net, masked, [1, -1]), [24, 3], "Gemm"), "y");
  net.output(wrapped, "wrapped", "int64");
}

/** Dynamic everything: sizes are taken apart and put together before each reshape. */
function shapeArithmetic(net: Net): void {
  const x = net.input("x", ["batch", 3, "height", "width"]);
  const y = conv(net, x, [3, 4]);
  const shape = net.op("Shape", [y]);
  const [batch, channels] = [0, 1].map((at) => net.op("Gather", [shape, net.ints([at])]));
  const area = net.op("ReduceProd", [slice(net, shape, 0, 2, Infinity)], { keepdims: 1 });
  const flat = net.op("Reshape", [y, concat(net, [batch!, channels!, area], 0)]);
  const ranged = net.op(
    "Cast",
    [net.op("Range", [net.ints([0], []), net.op("Squeeze", [area]), net.ints([1], [])])],
    { to: 1 },
  );
  const shifted = add(net, flat, net.op("Div", [ranged, net.op("Cast", [area], { to: 1 })]));
  const back = net.op("Reshape", [shifted, shape]);
  const ones = net.op("ConstantOfShape", [shape], {
    value: {
      tensor: { dataType: 1, dims: [1n], rawData: new Uint8Array(Float32Array.of(0.5).buffer) },
    },
  });
  const halved = multiply(net, back, ones);
  const half = net.op("Div", [net.op("Gather", [shape, net.ints([2])]), net.ints([2])]);
  const top = net.op("Slice", [halved, net.ints([0]), half, net.ints([2])]);
  net.output(transpose(net, top, [0, 2, 3, 1]), "y");
  net.output(net.op("Shape", [top]), "shape", "int64");
}

/** Pixels as they come from a camera: bytes, channel-last, normalised in the graph. */
function camera(net: Net): void {
  const pixels = net.input("image", [1, 16, 16, 3], "uint8");
  const real = net.op("Div", [net.op("Cast", [pixels], { to: 1 }), net.float(255)]);
  const mean = net.parameter([3], [0.485, 0.456, 0.406]);
  const deviation = net.parameter([3], [0.229, 0.224, 0.225]);
  const normed = net.op("Div", [net.op("Sub", [real, mean]), deviation]);
  const y = relu(net, conv(net, transpose(net, normed, [0, 3, 1, 2]), [3, 8], 3, { stride: 2 }));
  net.output(conv(net, y, [8, 4], 1), "y");
}

/** An image goes out as it came, but for a border and its channels turned around. */
function onlyMovement(net: Net): void {
  const x = net.input("x", [1, 6, 6, 3]);
  const turned = net.op("Gather", [x, net.ints([2, 1, 0])], { axis: 3 });
  const padded = net.op("Pad", [turned, net.ints([0, 1, 1, 0, 0, 1, 1, 0])], { mode: "edge" });
  net.output(transpose(net, padded, [0, 3, 1, 2]), "y");
}

export const oddities: readonly ZooModel[] = [
  {
    name: "careless names",
    exporter: "torch1",
    opset: 11,
    nameless: true,
    build: carelessNames,
  },
  { name: "idle outputs", exporter: "torch2", opset: 13, build: idleOutputs },
  {
    name: "scalars",
    exporter: "torch2",
    opset: 13,
    float: ["Divide", "ReduceMax", "Subtract"],
    build: scalars,
  },
  { name: "two towers", exporter: "torch1", opset: 9, batch: 1, transposes: 6, build: twoTowers },
  {
    name: "whole numbers",
    exporter: "torch2",
    opset: 17,
    below: { places: 100 },
    float: ["Cast", "Multiply", "Reshape"],
    build: wholeNumbers,
  },
  {
    name: "shape arithmetic",
    exporter: "torch2",
    opset: 13,
    dimensions: { height: 8, width: 6 },
    build: shapeArithmetic,
  },
  {
    name: "camera",
    exporter: "torch2",
    opset: 17,
    below: { image: 256 },
    float: ["Cast"],
    build: camera,
  },
  {
    name: "only movement",
    exporter: "tf2onnx",
    opset: 13,
    float: ["Gather", "Pad", "Transpose"],
    build: onlyMovement,
  },
];
