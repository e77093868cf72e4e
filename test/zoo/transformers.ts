import {
  add,
  concat,
  conv,
  depthwise,
  gelu,
  layerNorm,
  linear,
  multiply,
  normal,
  reduceMean,
  relu,
  reshape,
  shapeOf,
  silu,
  sizeOf,
  slice,
  split,
  transpose,
  unsqueeze,
  view,
} from "./layers.ts";
import type { ZooModel } from "./model.ts";
import type { Net } from "./writer.ts";

const [width, heads] = [16, 2];
const headWidth = width / heads;

/** `[batch, tokens, width]` to `[batch, heads, tokens, headWidth]`, sizes from the values. */
function toHeads(net: Net, x: string): string {
  const cut = view(net, x, [sizeOf(net, x, 0), sizeOf(net, x, 1), heads, headWidth]);
  return transpose(net, cut, [0, 2, 1, 3]);
}

/** Attention from three linear layers; `mask` changes the scores before the softmax. */
function attention(net: Net, x: string, mask: (scores: string) => string = (s) => s): string {
  const of = () => linear(net, x, [width, width]);
  const query = toHeads(net, of());
  const keys = toHeads(net, of());
  const values = toHeads(net, of());
  const scores = net.op("MatMul", [query, transpose(net, keys, [0, 1, 3, 2])]);
  const scaled = net.op("Div", [scores, net.float(Math.sqrt(headWidth))]);
  const weights = net.op("Softmax", [mask(scaled)], { axis: net.opset < 13 ? 3 : -1 });
  const merged = transpose(net, net.op("MatMul", [weights, values]), [0, 2, 1, 3]);
  const flat = view(net, merged, [sizeOf(net, merged, 0), sizeOf(net, merged, 1), width]);
  return linear(net, flat, [width, width]);
}

function feedForward(net: Net, x: string, act: (net: Net, x: string) => string): string {
  return linear(net, act(net, linear(net, x, [width, 2 * width])), [2 * width, width]);
}

/** Norms behind the sums; the mask of ones and zeros becomes large negative addends. */
function bert(net: Net): void {
  const words = net.input("input_ids", ["batch", "sequence"], "int64");
  const present = net.input("attention_mask", ["batch", "sequence"], "int64");
  const kinds = net.input("token_type_ids", ["batch", "sequence"], "int64");
  const four = unsqueeze(net, unsqueeze(net, present, [1]), [2]);
  const inverted = net.op("Sub", [net.float(1), net.op("Cast", [four], { to: 1 })]);
  const penalty = multiply(net, inverted, net.float(-10000));
  const table = (rows: number) => net.parameter([rows, width], normal(net, rows * width, 0.7));
  const places = slice(
    net,
    net.ints(
      Array.from({ length: 16 }, (_, i) => i),
      [1, 16],
    ),
    1,
    0,
    8,
  );
  const embedded = add(
    net,
    add(net, net.op("Gather", [table(30), words]), net.op("Gather", [table(2), kinds])),
    net.op("Gather", [table(16), places]),
  );
  let x = layerNorm(net, embedded, width);
  for (let i = 0; i < 2; i++) {
    x = layerNorm(
      net,
      add(
        net,
        attention(net, x, (s) => add(net, s, penalty)),
        x,
      ),
      width,
    );
    x = layerNorm(net, add(net, feedForward(net, x, gelu), x), width);
  }
  const first = net.op("Gather", [x, net.ints([0], [])], { axis: 1 });
  const pooled = net.op("Tanh", [linear(net, first, [width, width], "Gemm")]);
  net.output(x, "last_hidden_state");
  net.output(pooled, "pooler_output");
}

/** A causal mask out of `Trilu` or comparisons of ranges, applied by `Where`. */
function gpt(net: Net): void {
  const words = net.input("input_ids", ["batch", "sequence"], "int64");
  const table = net.parameter([30, width], normal(net, 30 * width, 0.7));
  const length = sizeOf(net, words, 1);
  const range = net.op("Range", [net.ints([0], []), length, net.ints([1], [])]);
  const places = net.op("Gather", [
    net.parameter([16, width], normal(net, 16 * width, 0.3)),
    unsqueeze(net, range, [0]),
  ]);
  let x = add(net, net.op("Gather", [table, words]), places);
  const columns = unsqueeze(net, range, [0]);
  const rows = unsqueeze(net, range, [1]);
  const future = net.op("Greater", [columns, rows]);
  const lowest = net.float(-3.4028234663852886e38);
  const causal = (scores: string) => net.op("Where", [future, lowest, scores]);
  for (let i = 0; i < 2; i++) {
    x = add(net, x, attention(net, layerNorm(net, x, width), causal));
    x = add(net, x, feedForward(net, layerNorm(net, x, width), tanhGelu));
  }
  net.output(net.op("MatMul", [layerNorm(net, x, width), transpose(net, table, [1, 0])]), "logits");
}

/** The approximation by tanh, written out. */
function tanhGelu(net: Net, x: string): string {
  const cube = net.op("Pow", [x, net.float(3)]);
  const inner = add(net, x, multiply(net, cube, net.float(0.044715)));
  const t = net.op("Tanh", [multiply(net, inner, net.float(0.7978845608028654))]);
  return multiply(net, multiply(net, x, net.float(0.5)), add(net, t, net.float(1)));
}

/** One matrix for query, keys and values, cut by `Gather`; a class token in front of the patches. */
function visionTransformer(net: Net): void {
  const image = net.input("pixel_values", ["batch", 3, 16, 16]);
  const patches = conv(net, image, [3, width], 4, { stride: 4, pad: 0, gain: 1 });
  const batch = sizeOf(net, patches, 0);
  const tokens = transpose(net, view(net, patches, [batch, width, -1]), [0, 2, 1]);
  const token = net.parameter([1, 1, width], normal(net, width, 0.5));
  const spread = net.op("Expand", [
    token,
    shapeOf(
      net,
      [batch, -1, -1]
        .map((s) => (s === -1 ? 1 : s))
        .slice(0, 2)
        .concat(width),
    ),
  ]);
  const position = net.parameter([1, 17, width], normal(net, 17 * width, 0.3));
  let x = add(net, concat(net, [spread, tokens], 1), position);
  for (let i = 0; i < 2; i++) {
    const normed = layerNorm(net, x, width);
    const all = linear(net, normed, [width, 3 * width]);
    const cut = view(net, all, [batch, 17, 3, heads, headWidth]);
    const moved = transpose(net, cut, [2, 0, 3, 1, 4]);
    const [q, k, v] = [0, 1, 2].map((at) =>
      net.op("Gather", [moved, net.ints([at], [])], { axis: 0 }),
    );
    const scaled = multiply(net, q!, net.float(1 / Math.sqrt(headWidth)));
    const weights = net.op(
      "Softmax",
      [net.op("MatMul", [scaled, transpose(net, k!, [0, 1, 3, 2])])],
      { axis: -1 },
    );
    const merged = transpose(net, net.op("MatMul", [weights, v!]), [0, 2, 1, 3]);
    const flat = view(net, merged, [batch, 17, width]);
    x = add(net, x, linear(net, flat, [width, width]));
    x = add(net, x, feedForward(net, layerNorm(net, x, width), net.opset >= 20 ? geluOp : gelu));
  }
  const first = slice(net, layerNorm(net, x, width), 1, 0, 1);
  net.output(linear(net, reshape(net, first, [-1, width]), [width, 10], "Gemm"), "logits");
}

const geluOp = (net: Net, x: string) => net.op("Gelu", [x], { approximate: "none" });

/** Windows are cut out and put back; the shifted ones roll the map by slices and concatenations. */
function swin(net: Net): void {
  const image = net.input("x", [1, 3, 16, 16]);
  const map = conv(net, image, [3, width], 2, { stride: 2, pad: 0, gain: 1 });
  const tokens = transpose(net, reshape(net, map, [1, width, 64]), [0, 2, 1]);
  let x = layerNorm(net, tokens, width);
  const roll = (y: string, shift: number) =>
    [1, 2].reduce(
      (z, axis) => concat(net, [slice(net, z, axis, shift), slice(net, z, axis, 0, shift)], axis),
      y,
    );
  for (const shift of [0, 2]) {
    const square = reshape(net, layerNorm(net, x, width), [1, 8, 8, width]);
    const rolled = shift === 0 ? square : roll(square, shift);
    const cut = transpose(net, reshape(net, rolled, [1, 2, 4, 2, 4, width]), [0, 1, 3, 2, 4, 5]);
    const windows = attention(net, reshape(net, cut, [-1, 16, width]));
    const back = transpose(net, reshape(net, windows, [1, 2, 2, 4, 4, width]), [0, 1, 3, 2, 4, 5]);
    const whole = reshape(net, back, [1, 8, 8, width]);
    const unrolled = shift === 0 ? whole : roll(whole, -shift);
    x = add(net, x, reshape(net, unrolled, [1, 64, width]));
    x = add(net, x, feedForward(net, layerNorm(net, x, width), gelu));
  }
  net.output(
    linear(net, reduceMean(net, layerNorm(net, x, width), [1], false), [width, 5], "Gemm"),
    "y",
  );
}

/** Convolutions around a transformer over patches that were unfolded by reshapes and transposes. */
function mobileVit(net: Net): void {
  const image = net.input("x", [1, 3, 16, 16]);
  const stem = silu(net, conv(net, image, [3, 8], 3, { stride: 2 }));
  const local = conv(net, silu(net, depthwise(net, stem, 8)), [8, width], 1, { gain: 1 });
  const cut = transpose(net, reshape(net, local, [width * 4, 2, 4, 2]), [0, 2, 1, 3]);
  const pixels = transpose(net, reshape(net, cut, [1, width, 16, 4]), [0, 3, 2, 1]);
  let x = reshape(net, pixels, [4, 16, width]);
  x = add(net, x, attention(net, layerNorm(net, x, width)));
  x = add(net, x, feedForward(net, layerNorm(net, x, width), silu));
  const back = transpose(
    net,
    reshape(net, layerNorm(net, x, width), [1, 4, 16, width]),
    [0, 3, 2, 1],
  );
  const rows = transpose(net, reshape(net, back, [width * 4, 4, 2, 2]), [0, 2, 1, 3]);
  const map = conv(net, reshape(net, rows, [1, width, 8, 8]), [width, 8], 1);
  const merged = silu(net, conv(net, concat(net, [stem, map]), [16, 8]));
  net.output(linear(net, reduceMean(net, merged, [2, 3], false), [8, 5], "Gemm"), "y");
}

/** From Keras: matrix products by `Einsum`, masks by multiplication. */
function kerasAttention(net: Net): void {
  const x = net.input("inputs", ["unk__9", 8, width]);
  const project = (y: string) => {
    const k = net.parameter([width, heads, headWidth], normal(net, width * width, 0.25));
    const b = net.parameter([heads, headWidth], normal(net, width, 0.1));
    return add(net, net.op("Einsum", [y, k], { equation: "abc,cde->abde" }), b);
  };
  const query = multiply(net, project(x), net.float(1 / Math.sqrt(headWidth)));
  const scores = net.op("Einsum", [project(x), query], { equation: "aecd,abcd->acbe" });
  const weights = net.op("Softmax", [scores], { axis: -1 });
  const values = net.op("Einsum", [weights, project(x)], { equation: "acbe,aecd->abcd" });
  const k = net.parameter([heads, headWidth, width], normal(net, width * width, 0.25));
  const merged = net.op("Einsum", [values, k], { equation: "abcd,cde->abe" });
  const y = layerNorm(net, add(net, x, merged), width);
  const ff = add(
    net,
    y,
    linear(net, relu(net, linear(net, y, [width, 2 * width])), [2 * width, width]),
  );
  net.output(linear(net, reduceMean(net, ff, [1], false), [width, 4]), "dense");
}

/** Rotary embeddings and a gated feed-forward part: halves are cut, negated and put behind each other. */
function llama(net: Net): void {
  const words = net.input("input_ids", [1, 8], "int64");
  const table = net.parameter([30, width], normal(net, 30 * width, 0.7));
  const rms = (x: string) => {
    const mean = reduceMean(net, net.op("Pow", [x, net.float(2)]), [-1]);
    const factor = net.op("Reciprocal", [net.op("Sqrt", [add(net, mean, net.float(1e-5))])]);
    return multiply(
      net,
      net.parameter([width], normal(net, width, 0.1, 1)),
      multiply(net, x, factor),
    );
  };
  const [cos, sin] = [Math.cos, Math.sin].map((f) =>
    net.parameter(
      [1, 1, 8, headWidth],
      Array.from({ length: 8 * headWidth }, (_, i) => f(Math.floor(i / headWidth) / 10 ** (i % 4))),
    ),
  );
  const rotary = (x: string) => {
    const half = headWidth / 2;
    const turned = concat(
      net,
      [net.op("Neg", [slice(net, x, 3, half)]), slice(net, x, 3, 0, half)],
      -1,
    );
    return add(net, multiply(net, x, cos!), multiply(net, turned, sin!));
  };
  const matrix = (from: number, to: number) =>
    net.parameter([from, to], normal(net, from * to, 1 / Math.sqrt(from)));
  let x = net.op("Gather", [table, words]);
  const normed = rms(x);
  const of = () => toHeads(net, net.op("MatMul", [normed, matrix(width, width)]));
  const [q, k, v] = [rotary(of()), rotary(of()), of()];
  const scores = multiply(
    net,
    net.op("MatMul", [q, transpose(net, k, [0, 1, 3, 2])]),
    net.float(1 / Math.sqrt(headWidth)),
  );
  const ones = net.op("ConstantOfShape", [net.ints([8, 8])], {
    value: {
      tensor: { dataType: 1, dims: [1n], rawData: new Uint8Array(Float32Array.of(-3.4e38).buffer) },
    },
  });
  const mask = net.op("Trilu", [ones, net.ints([1], [])], { upper: 1 });
  const weights = net.op("Softmax", [add(net, scores, mask)], { axis: -1 });
  const merged = reshape(net, transpose(net, net.op("MatMul", [weights, v]), [0, 2, 1, 3]), [
    1,
    8,
    width,
  ]);
  x = add(net, x, net.op("MatMul", [merged, matrix(width, width)]));
  const second = rms(x);
  const gated = multiply(
    net,
    silu(net, net.op("MatMul", [second, matrix(width, 32)])),
    net.op("MatMul", [second, matrix(width, 32)]),
  );
  x = add(net, x, net.op("MatMul", [gated, matrix(32, width)]));
  net.output(net.op("MatMul", [rms(x), matrix(width, 30)]), "logits");
}

/** Queries that look at a feature map: two inputs of one attention, several decoder outputs. */
function detr(net: Net): void {
  const image = net.input("inputs", [1, 3, 16, 16]);
  const map = relu(net, conv(net, image, [3, width], 4, { stride: 4, pad: 0 }));
  const memory = transpose(net, reshape(net, map, [1, width, 16]), [2, 0, 1]);
  const queries = net.parameter([5, 1, width], normal(net, 5 * width, 0.7));
  const q = reshape(net, linear(net, queries, [width, width]), [5, heads, headWidth]);
  const both = linear(net, memory, [width, 2 * width]);
  const [k, v] = split(net, both, [width, width], 2).map((part) =>
    transpose(net, reshape(net, part, [16, heads, headWidth]), [1, 0, 2]),
  );
  const scores = net.op("MatMul", [transpose(net, q, [1, 0, 2]), transpose(net, k!, [0, 2, 1])]);
  const weights = net.op("Softmax", [multiply(net, scores, net.float(1 / Math.sqrt(headWidth)))], {
    axis: 2,
  });
  const merged = transpose(net, net.op("MatMul", [weights, v!]), [1, 0, 2]);
  const x = layerNorm(
    net,
    add(net, queries, linear(net, reshape(net, merged, [5, 1, width]), [width, width])),
    width,
  );
  const batchFirst = transpose(net, x, [1, 0, 2]);
  net.output(linear(net, batchFirst, [width, 4]), "pred_logits");
  const box = linear(net, relu(net, linear(net, batchFirst, [width, width])), [width, 4]);
  net.output(net.op("Sigmoid", [box]), "pred_boxes");
}

const text = { dimensions: { sequence: 8 }, below: { input_ids: 30 } };

export const transformers: readonly ZooModel[] = [
  {
    name: "bert",
    exporter: "torch1",
    opset: 11,
    ...text,
    float: ["Add", "Cast", "LayerNorm", "Reshape", "Softmax", "Subtract"],
    transposes: 8,
    build: bert,
  },
  {
    name: "bert, ops",
    exporter: "torch2",
    opset: 17,
    ...text,
    float: ["Add", "Cast", "LayerNorm", "Reshape", "Softmax", "Subtract"],
    transposes: 8,
    build: bert,
  },
  {
    name: "gpt",
    exporter: "torch2",
    opset: 13,
    ...text,
    float: ["Add", "LayerNorm", "Select", "Softmax"],
    transposes: 8,
    build: gpt,
  },
  {
    name: "vision transformer",
    exporter: "torch1",
    opset: 12,
    float: ["Add", "LayerNorm"],
    transposes: 5,
    build: visionTransformer,
  },
  {
    name: "vision transformer, ops",
    exporter: "torch2",
    opset: 20,
    float: ["Add", "LayerNorm"],
    transposes: 5,
    build: visionTransformer,
  },
  {
    name: "swin",
    exporter: "torch2",
    opset: 17,
    float: ["Add", "LayerNorm"],
    transposes: 13,
    build: swin,
  },
  {
    name: "mobile vit",
    exporter: "torch2",
    opset: 17,
    float: ["Add", "LayerNorm"],
    transposes: 11,
    build: mobileVit,
  },
  {
    name: "keras attention",
    exporter: "tf2onnx",
    opset: 13,
    float: ["Add", "LayerNorm"],
    transposes: 4,
    build: kerasAttention,
  },
  {
    name: "llama",
    exporter: "torch2",
    opset: 17,
    below: { input_ids: 30 },
    float: ["Add", "Multiply", "ReduceMean", "Rsqrt", "Softmax", "Square"],
    transposes: 4,
    build: llama,
  },
  {
    name: "detr",
    exporter: "torch1",
    opset: 12,
    float: ["Add", "LayerNorm"],
    transposes: 4,
    build: detr,
  },
];
