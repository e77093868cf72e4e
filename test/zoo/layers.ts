import type { Attribute, Net } from "./writer.ts";

/** Layers as exporters write them in the operator set of the model, with random weights that keep the variance. */

type Attributes = Readonly<Record<string, Attribute>>;

/** Normally distributed, nearly: the sum of four uniform numbers. */
export function normal(net: Net, count: number, deviation: number, mean = 0): readonly number[] {
  const { unit } = net.numbers;
  const one = () => (unit() + unit() + unit() + unit() - 2) * Math.sqrt(3);
  return Array.from({ length: count }, () => mean + deviation * one());
}

export function uniform(net: Net, count: number, low: number, high: number): readonly number[] {
  return Array.from({ length: count }, () => low + (high - low) * net.numbers.unit());
}

const product = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** A kernel whose outputs vary as its inputs: the fan-in is all axes but the first. */
export function kernel(net: Net, shape: readonly number[], gain = Math.SQRT2): string {
  const deviation = gain / Math.sqrt(product(shape.slice(1)));
  return net.parameter(shape, normal(net, product(shape), deviation));
}

export function bias(net: Net, count: number): string {
  return net.parameter([count], uniform(net, count, -0.2, 0.2));
}

export interface ConvOptions {
  readonly stride?: number;
  /** The same on all sides, or `[top, left, bottom, right]`; half the kernel unless stated. */
  readonly pad?: number | readonly number[];
  readonly group?: number;
  readonly dilation?: number;
  readonly bias?: boolean;
  readonly gain?: number;
  /** TensorFlow's word instead of numbers: the exporter leaves the padding to the runtime. */
  readonly same?: boolean;
}

/** A convolution over as many axes as the kernel's size says. */
export function conv(
  net: Net,
  x: string,
  [from, to]: readonly [number, number],
  size: number | readonly number[] = 3,
  options: ConvOptions = {},
): string {
  const { stride = 1, group = 1, dilation = 1, bias: hasBias = true, gain } = options;
  const shape = typeof size === "number" ? [size, size] : size;
  const half = shape.map((k) => ((k - 1) * dilation) >> 1);
  const { pad = [...half, ...half] } = options;
  const each = (value: number) => shape.map(() => value);
  const w = kernel(net, [to, from / group, ...shape], gain);
  return net.op("Conv", hasBias ? [x, w, bias(net, to)] : [x, w], {
    dilations: each(dilation),
    group,
    kernel_shape: shape,
    ...(options.same
      ? { auto_pad: "SAME_UPPER" }
      : { pads: typeof pad === "number" ? [...each(pad), ...each(pad)] : pad }),
    strides: each(stride),
  });
}

export function depthwise(
  net: Net,
  x: string,
  channels: number,
  size: number | readonly number[] = 3,
  options: ConvOptions = {},
): string {
  return conv(net, x, [channels, channels], size, { ...options, group: channels });
}

export function convTranspose(
  net: Net,
  x: string,
  [from, to]: readonly [number, number],
  size: number,
  { pad = 0, outputPadding = 0 } = {},
): string {
  const deviation = Math.SQRT2 / Math.sqrt((from * size * size) / 4);
  const w = net.parameter([from, to, size, size], normal(net, from * to * size * size, deviation));
  return net.op("ConvTranspose", [x, w, bias(net, to)], {
    dilations: [1, 1],
    group: 1,
    kernel_shape: [size, size],
    pads: [pad, pad, pad, pad],
    strides: [2, 2],
    ...(outputPadding > 0 && { output_padding: [outputPadding, outputPadding] }),
  });
}

export function batchNorm(net: Net, x: string, channels: number): string {
  const parameters = [
    uniform(net, channels, 0.6, 1.4),
    uniform(net, channels, -0.3, 0.3),
    uniform(net, channels, -0.2, 0.2),
    uniform(net, channels, 0.6, 1.4),
  ].map((values) => net.parameter([channels], values));
  return net.op("BatchNormalization", [x, ...parameters], {
    epsilon: { float: 1e-5 },
    momentum: { float: 0.9 },
  });
}

export const relu = (net: Net, x: string) => net.op("Relu", [x]);
export const sigmoid = (net: Net, x: string) => net.op("Sigmoid", [x]);
export const add = (net: Net, a: string, b: string) => net.op("Add", [a, b]);
export const multiply = (net: Net, a: string, b: string) => net.op("Mul", [a, b]);
export const silu = (net: Net, x: string) => multiply(net, x, sigmoid(net, x));

export const concat = (net: Net, xs: readonly string[], axis = 1) => net.op("Concat", xs, { axis });
export const transpose = (net: Net, x: string, perm: readonly number[]) =>
  net.op("Transpose", [x], { perm });
export const reshape = (net: Net, x: string, shape: readonly number[]) =>
  net.op("Reshape", [x, net.ints(shape)]);

/** Attributes up to opset 10, inputs from 11. */
export function clip(net: Net, x: string, min: number, max: number): string {
  return net.opset < 11
    ? net.op("Clip", [x], { min: { float: min }, max: { float: max } })
    : net.op("Clip", [x, net.float(min), net.float(max)]);
}

export const relu6 = (net: Net, x: string) => clip(net, x, 0, 6);

/** An op whose `axes` are an attribute before the opset `since`, and an input from there on. */
function withAxes(
  net: Net,
  opType: string,
  x: string,
  axes: readonly number[],
  since: number,
  attributes: Attributes = {},
): string {
  return net.opset < since
    ? net.op(opType, [x], { ...attributes, axes })
    : net.op(opType, [x, net.ints(axes)], attributes);
}

export const squeeze = (net: Net, x: string, axes: readonly number[]) =>
  withAxes(net, "Squeeze", x, axes, 13);
export const unsqueeze = (net: Net, x: string, axes: readonly number[]) =>
  withAxes(net, "Unsqueeze", x, axes, 13);
export const reduceMean = (net: Net, x: string, axes: readonly number[], keep = true) =>
  withAxes(net, "ReduceMean", x, axes, 18, { keepdims: keep ? 1 : 0 });
export const reduceSum = (net: Net, x: string, axes: readonly number[], keep = true) =>
  withAxes(net, "ReduceSum", x, axes, 13, { keepdims: keep ? 1 : 0 });

export function split(net: Net, x: string, sizes: readonly number[], axis = 1): readonly string[] {
  return net.opset < 13
    ? net.ops("Split", [x], { axis, split: sizes }, sizes.length)
    : net.ops("Split", [x, net.ints(sizes)], { axis }, sizes.length);
}

/** Up to opset 9 the bounds are attributes. `Infinity` is written as the largest int64. */
export function slice(
  net: Net,
  x: string,
  axis: number,
  start: number,
  end = Infinity,
  step = 1,
): string {
  if (net.opset >= 10)
    return net.op("Slice", [x, ...[start, end, axis, step].map((value) => net.ints([value]))]);
  return net.op("Slice", [x], { axes: [axis], starts: [start], ends: [Math.min(end, 1e9)] });
}

export function pad(
  net: Net,
  x: string,
  pads: readonly number[],
  mode: "constant" | "reflect" | "edge" = "constant",
): string {
  return net.opset < 11
    ? net.op("Pad", [x], { mode, pads })
    : net.op("Pad", [x, net.ints(pads)], { mode });
}

export interface PoolOptions {
  readonly stride?: number;
  readonly pad?: number;
  readonly ceil?: boolean;
  readonly countPadding?: boolean;
}

export function maxPool(net: Net, x: string, size: number, options: PoolOptions = {}): string {
  return pool(net, "MaxPool", x, size, options, {});
}

export function averagePool(net: Net, x: string, size: number, options: PoolOptions = {}): string {
  return pool(net, "AveragePool", x, size, options, {
    count_include_pad: options.countPadding ? 1 : 0,
  });
}

function pool(
  net: Net,
  opType: string,
  x: string,
  size: number,
  { stride = size, pad: margin = 0, ceil = false }: PoolOptions,
  attributes: Attributes,
): string {
  return net.op(opType, [x], {
    kernel_shape: [size, size],
    pads: [margin, margin, margin, margin],
    strides: [stride, stride],
    ...(net.opset >= 10 && ceil && { ceil_mode: 1 }),
    ...attributes,
  });
}

export interface ResizeOptions {
  readonly mode?: "nearest" | "linear" | "cubic";
  readonly coordinates?: "asymmetric" | "half_pixel" | "pytorch_half_pixel" | "align_corners";
}

/** Scales are given as constants, and the two inputs before them are empty, as PyTorch leaves them. */
export function resizeBy(
  net: Net,
  x: string,
  factor: number,
  { mode = "nearest", coordinates = "asymmetric" }: ResizeOptions = {},
): string {
  const scales = net.parameter([4], [1, 1, factor, factor]);
  if (net.opset < 10) return net.op("Upsample", [x, scales], { mode });
  if (net.opset === 10) return net.op("Resize", [x, scales], { mode });
  const roi = net.opset < 13 ? net.parameter([0], []) : "";
  return net.op("Resize", [x, roi, scales], resizeAttributes(mode, coordinates));
}

/** The height and width come out of shape arithmetic: `sizes` is the name of two int64 numbers. */
export function resizeTo(
  net: Net,
  x: string,
  sizes: string,
  { mode = "linear", coordinates = "pytorch_half_pixel" }: ResizeOptions = {},
): string {
  const shape = net.op("Shape", [x]);
  const front = slice(net, shape, 0, 0, 2);
  const all = concat(net, [front, sizes], 0);
  if (net.opset < 10) {
    const real = (value: string) => net.op("Cast", [value], { to: 1 });
    return net.op("Upsample", [x, net.op("Div", [real(all), real(shape)])], { mode });
  }
  const none = net.opset < 13 ? net.parameter([0], []) : "";
  return net.op("Resize", [x, none, none, all], resizeAttributes(mode, coordinates));
}

function resizeAttributes(mode: string, coordinates: string): Attributes {
  return {
    coordinate_transformation_mode: coordinates,
    mode,
    nearest_mode: "floor",
    ...(mode === "cubic" && { cubic_coeff_a: { float: -0.75 } }),
  };
}

/** `x.shape[axis]`, as a scalar, the way tracing writes it. */
export function sizeOf(net: Net, x: string, axis: number): string {
  return net.op("Gather", [net.op("Shape", [x]), net.ints([axis], [])], { axis: 0 });
}

/** `torch.stack` of scalars and numbers to one shape. */
export function shapeOf(net: Net, sizes: readonly (string | number)[]): string {
  const parts = sizes.map((size) =>
    typeof size === "number" ? net.ints([size]) : unsqueeze(net, size, [0]),
  );
  return concat(net, parts, 0);
}

/** `x.view(sizes)` where some sizes were computed. */
export function view(net: Net, x: string, sizes: readonly (string | number)[]): string {
  return net.op("Reshape", [x, shapeOf(net, sizes)]);
}

export function globalPool(net: Net, x: string): string {
  return net.op("GlobalAveragePool", [x]);
}

/** A matrix product with a constant, as `Gemm` for rank 2 and `MatMul` + `Add` for others. */
export function linear(
  net: Net,
  x: string,
  [from, to]: readonly [number, number],
  form: "Gemm" | "MatMul" = "MatMul",
): string {
  if (form === "Gemm") {
    const attributes = { alpha: { float: 1 }, beta: { float: 1 }, transB: 1 };
    return net.op("Gemm", [x, kernel(net, [to, from], 1), bias(net, to)], attributes);
  }
  const k = net.parameter([from, to], normal(net, from * to, 1 / Math.sqrt(from)));
  const product = net.op("MatMul", [x, k]);
  return net.exporter === "torch1" || net.exporter === "torch2"
    ? add(net, bias(net, to), product)
    : add(net, product, bias(net, to));
}

/** Layer normalisation over the last axis, decomposed as before opset 17. */
export function layerNorm(net: Net, x: string, channels: number): string {
  const gamma = net.parameter([channels], uniform(net, channels, 0.8, 1.2));
  const beta = net.parameter([channels], uniform(net, channels, -0.1, 0.1));
  if (net.opset >= 17)
    return net.op("LayerNormalization", [x, gamma, beta], { axis: -1, epsilon: { float: 1e-5 } });
  const centred = net.op("Sub", [x, reduceMean(net, x, [-1])]);
  const square = net.op("Pow", [centred, net.float(2)]);
  const variance = add(net, reduceMean(net, square, [-1]), net.float(1e-5));
  const normed = net.op("Div", [centred, net.op("Sqrt", [variance])]);
  return add(net, multiply(net, normed, gamma), beta);
}

export function gelu(net: Net, x: string): string {
  const inner = net.op("Erf", [net.op("Div", [x, net.float(Math.SQRT2)])]);
  return multiply(net, multiply(net, x, add(net, inner, net.float(1))), net.float(0.5));
}

/** Squeeze and excitation: factors for the channels from their means. */
export function squeezeExcite(
  net: Net,
  x: string,
  channels: number,
  reduced: number,
  activation: (net: Net, x: string) => string,
  gate: (net: Net, x: string) => string,
): string {
  const means = globalPool(net, x);
  const inner = activation(net, conv(net, means, [channels, reduced], 1));
  return multiply(net, x, gate(net, conv(net, inner, [reduced, channels], 1, { gain: 2 })));
}
