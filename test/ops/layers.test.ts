import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Attributes } from "../../compiler/ir/graph.ts";
import type { Requantize } from "../../compiler/ir/op.ts";
import { quantRange, sizeOf, type Tensor } from "../../compiler/ir/types.ts";
import { fixedPoint, meanFixedPoint } from "../../compiler/ops/requantization.ts";
import { highProduct, scaleOnce, scaleTwice } from "../../runtime/reference/requantize.ts";
import { applyOp, reals } from "../support/apply-op.ts";
import { numbers } from "../support/networks.ts";

/** The only result of an op on float tensors. */
function apply(name: string, operands: readonly (Tensor | undefined)[], attributes?: Attributes) {
  return [...applyOp(name, operands, attributes)[0]!.data];
}

const counting = (length: number, from = 1) => Array.from({ length }, (_, i) => from + i);

describe("float layers by hand", () => {
  it("convolution: padding, stride, groups and bias", () => {
    const x = reals([1, 2, 3, 2], counting(12));
    // Group 0 sums its channel over the window, group 1 takes the element in the middle, twice.
    const ones = Array(9).fill(1);
    const middle = [0, 0, 0, 0, 2, 0, 0, 0, 0];
    const kernel = reals([2, 3, 3, 1], [...ones, ...middle]);
    const y = apply("Conv2D", [x, kernel, reals([2], [0.5, -1])], {
      padding: [1, 1, 1, 1],
      strides: [1, 2],
      groups: 2,
    });
    expect(y).toEqual([20.5, 3, 28.5, 11, 20.5, 15, 28.5, 23]);
  });

  it("depthwise convolution: output channel o sees input channel ⌊o / m⌋", () => {
    const x = reals([1, 1, 2, 2], [1, 10, 2, 20]);
    const kernel = reals([1, 1, 2, 4], [1, 0, 1, 0, 0, 1, 0, 1]);
    expect(apply("DepthwiseConv2D", [x, kernel, undefined])).toEqual([1, 2, 10, 20]);
  });

  it("transposed convolution: places overlap and are cut off", () => {
    const x = reals([1, 1, 3, 1], [1, 2, 3]);
    const kernel = reals([1, 1, 3, 1], [1, 10, 100]);
    const whole = apply("Conv2DTranspose", [x, kernel, undefined], { strides: [1, 2] });
    expect(whole).toEqual([1, 10, 102, 20, 203, 30, 300]);
    const cut = apply("Conv2DTranspose", [x, kernel, undefined], {
      strides: [1, 2],
      padding: [0, 1, 0, -1],
    });
    expect(cut).toEqual([10, 102, 20, 203, 30, 300, 0]);
  });

  it("matrix products: transposed operands, batches that broadcast", () => {
    const a = reals([2, 2, 3], counting(12));
    const b = reals([3, 2], [1, 0, 0, 1, 1, 1]);
    expect(apply("MatMul", [a, b])).toEqual([4, 5, 10, 11, 16, 17, 22, 23]);
    const turned = reals([2, 3], [1, 0, 1, 0, 1, 1]);
    expect(apply("MatMul", [a, turned], { transposeB: true })).toEqual(apply("MatMul", [a, b]));
    expect(apply("Dense", [a, turned, reals([2], [100, 200])])).toEqual([
      104, 205, 110, 211, 116, 217, 122, 223,
    ]);
    const left = reals([3, 1], [1, 2, 3]);
    expect(apply("MatMul", [left, left], { transposeA: true })).toEqual([14]);
  });

  it("pooling: padding does not count unless it is said to", () => {
    const x = reals([1, 2, 2, 1], [1, 2, 3, -4]);
    const window = { poolSize: [2, 2], padding: [1, 1, 0, 0] };
    expect(apply("AveragePool2D", [x], window)).toEqual([1, 1.5, 2, 0.5]);
    expect(apply("AveragePool2D", [x], { ...window, countedPadding: [1, 1, 0, 0] })).toEqual([
      0.25, 0.75, 1, 0.5,
    ]);
    expect(apply("MaxPool2D", [x], window)).toEqual([1, 2, 3, 3]);
    expect(apply("GlobalAveragePool2D", [x])).toEqual([0.5]);
    expect(apply("GlobalMaxPool2D", [x])).toEqual([3]);
  });

  it("normalisations", () => {
    const x = reals([1, 1, 2, 2], [1, 10, 3, 30]);
    const [gamma, beta] = [reals([2], [2, 1]), reals([2], [5, 0])];
    const flat = { epsilon: 0 };
    expect(apply("GroupNorm", [x, gamma, beta], { groups: 2, ...flat })).toEqual([3, -1, 7, 1]);
    expect(apply("LayerNorm", [x, gamma, beta], flat)).toEqual([3, 1, 3, 1]);
    const [mean, variance] = [reals([2], [1, 10]), reals([2], [3, 99])];
    expect(apply("BatchNorm", [x, gamma, beta, mean, variance], { epsilon: 1 })).toEqual([
      5, 0, 7, 2,
    ]);
    expect(apply("L2Normalize", [reals([2], [3, 4])])).toEqual([3 / 5, 4 / 5].map(Math.fround));
    const line = reals([1, 3], [1, 2, 3]);
    const near = { before: 1, after: 0, bias: 1, alpha: 1, beta: 1 };
    expect(apply("LocalResponseNorm", [line], near)).toEqual(
      [1 / 2, 2 / 6, 3 / 14].map(Math.fround),
    );
  });

  it("resizing: nearest, linear and cubic", () => {
    const x = reals([1, 2, 1, 1], [0, 8]);
    const half = { shape: [1, 4, 1, 1] };
    expect(apply("ResizeNearest", [x], half)).toEqual([0, 0, 0, 8]);
    expect(apply("ResizeNearest", [x], { ...half, coordinates: "asymmetric" })).toEqual([
      0, 0, 8, 8,
    ]);
    expect(apply("Resize", [x], half)).toEqual([0, 2, 6, 8]);
    expect(apply("Resize", [reals([3], [1, 2, 3])], { shape: [3], mode: "cubic" })).toEqual([
      1, 2, 3,
    ]);
  });

  it("depth to space and back", () => {
    const x = reals([1, 2, 2, 8], counting(32));
    for (const order of ["blockFirst", "channelFirst"]) {
      const [y] = applyOp("DepthToSpace", [x], { blockSize: 2, order });
      expect(y!.shape).toEqual([1, 4, 4, 2]);
      expect([...y!.data.slice(0, 4)]).toEqual(
        order === "blockFirst" ? [1, 2, 3, 4] : [1, 5, 2, 6],
      );
    }
    const [y] = applyOp("DepthToSpace", [x], { blockSize: 2 });
    expect(apply("SpaceToDepth", [y!], { blockSize: 2 })).toEqual([...x.data]);
  });

  it("softmax of equal elements, of very different ones, along an inner axis", () => {
    expect(apply("Softmax", [reals([4], [7, 7, 7, 7])])).toEqual([0.25, 0.25, 0.25, 0.25]);
    expect(apply("Softmax", [reals([2], [1000, -1000])])).toEqual([1, 0]);
    expect(apply("Softmax", [reals([2, 2], [1, 3, 1, 3])], { axis: 0 })).toEqual([
      0.5, 0.5, 0.5, 0.5,
    ]);
    expect(apply("LogSoftmax", [reals([2], [5, 5])])).toEqual([
      Math.fround(-Math.LN2),
      Math.fround(-Math.LN2),
    ]);
  });
});

describe("fixed-point factors in exact integers", () => {
  const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  const multipliers = fc.integer({ min: 2 ** 30, max: 2 ** 31 - 1 });
  const shifts = fc.integer({ min: -31, max: 14 });
  const floorShift = (x: bigint, bits: number) => (x + (1n << BigInt(bits - 1))) >> BigInt(bits);

  it("highProduct rounds once, ties towards +∞, also with negative factors", () => {
    fc.assert(
      fc.property(int32, int32, fc.integer({ min: 17, max: 62 }), (x, factor, bits) => {
        expect(BigInt(highProduct(x, factor, bits))).toBe(
          floorShift(BigInt(x) * BigInt(factor), bits),
        );
      }),
      { numRuns: 20_000 },
    );
  });

  it("scaleOnce", () => {
    fc.assert(
      fc.property(int32, multipliers, shifts, (x, multiplier, shift) => {
        const exact = floorShift(BigInt(x) * BigInt(multiplier), 31 - shift);
        expect(BigInt(scaleOnce(x, multiplier, shift))).toBe(exact);
      }),
      { numRuns: 20_000 },
    );
  });

  it("scaleTwice: the product towards +∞, the division away from 0 (R-02)", () => {
    const limit = (x: bigint) =>
      x < -(2n ** 31n) ? -(2n ** 31n) : x > 2n ** 31n - 1n ? 2n ** 31n - 1n : x;
    fc.assert(
      fc.property(int32, multipliers, shifts, (x, multiplier, shift) => {
        const left = limit(BigInt(x) << BigInt(Math.max(0, shift)));
        const high = floorShift(left * BigInt(multiplier), 31);
        const right = Math.max(0, -shift);
        const away = high < 0n ? -floorOr(-high, right) : floorOr(high, right);
        expect(BigInt(scaleTwice(x, multiplier, shift))).toBe(away);
      }),
      { numRuns: 20_000 },
    );
    function floorOr(x: bigint, bits: number): bigint {
      return bits === 0 ? x : floorShift(x, bits);
    }
  });

  it("scaleTwice: products of 16-bit integers may need 33 bits", () => {
    expect(scaleTwice(-40993 * 65407, 2 ** 31 - 1, -1)).toBe(-1340614575);
  });

  it("fixedPoint and meanFixedPoint are the factor to 31 bits", () => {
    const factors = fc.double({ min: 2 ** -30, max: 2 ** 10, noNaN: true });
    fc.assert(
      fc.property(factors, fc.integer({ min: 1, max: 1 << 20 }), (factor, count) => {
        const { multiplier, shift } = fixedPoint(factor);
        expect(2 ** 30 <= multiplier && multiplier < 2 ** 31).toBe(true);
        expect(Math.abs((multiplier * 2 ** (shift - 31)) / factor - 1)).toBeLessThan(2 ** -30);
        const mean = meanFixedPoint(factor, count);
        const real = mean.multiplier * 2 ** (mean.shift - 31) * count;
        if (mean.shift > -31) expect(Math.abs(real / factor - 1)).toBeLessThan(2 ** -28);
      }),
      { numRuns: 5000 },
    );
  });
});

/** A quantized tensor of random integers. */
interface Drawn {
  readonly tensor: Tensor;
  /** The reals it stands for, in float64. */
  readonly reals: Float64Array;
}

type Parameters = { readonly scale: readonly number[]; readonly zeroPoint: number };

function draw(
  seed: number,
  dtype: "int8" | "uint8",
  shape: readonly number[],
  { scale, zeroPoint }: Parameters,
  axis?: number,
): Drawn {
  const next = numbers(seed);
  const [low, high] = quantRange[dtype];
  const values = Array.from({ length: sizeOf(shape) }, () =>
    Math.min(high, Math.floor(low + ((next() + 1) / 2) * (high - low + 1))),
  );
  const scales = scale.map(Math.fround);
  const quant = {
    scale: scales,
    zeroPoint: scales.map(() => zeroPoint),
    ...(scales.length > 1 && { axis: axis! }),
  };
  const data = dtype === "int8" ? Int8Array.from(values) : Uint8Array.from(values);
  const inner = axis === undefined ? 1 : sizeOf(shape.slice(axis + 1));
  const channel = (i: number) => (scales.length === 1 ? 0 : Math.floor(i / inner) % scales.length);
  return {
    tensor: { dtype, shape, quant, data },
    reals: Float64Array.from(values, (q, i) => (q - zeroPoint) * scales[channel(i)]!),
  };
}

/** An op with weights, small, and the places of the products of each output in input and weights. */
interface Layer {
  readonly op: string;
  readonly x: readonly number[];
  readonly weights: readonly number[];
  readonly channelAxis: number;
  readonly channels: number;
  readonly attributes: Attributes;
  /** Products of a sum, at most. */
  readonly terms: number;
}

const layers: readonly Layer[] = [
  {
    op: "Conv2D",
    x: [2, 4, 5, 4],
    weights: [6, 3, 2, 2],
    channelAxis: 0,
    channels: 6,
    attributes: { padding: [1, 0, 1, 1], strides: [1, 2], groups: 2 },
    terms: 12,
  },
  {
    op: "DepthwiseConv2D",
    x: [1, 5, 4, 3],
    weights: [1, 3, 3, 6],
    channelAxis: 3,
    channels: 6,
    attributes: { padding: [1, 1, 1, 1], dilationRate: [2, 1] },
    terms: 9,
  },
  {
    op: "Conv2DTranspose",
    x: [1, 3, 3, 4],
    weights: [5, 3, 3, 4],
    channelAxis: 0,
    channels: 5,
    attributes: { padding: [1, 0, 0, -1], strides: [2, 2] },
    terms: 36,
  },
  {
    op: "Dense",
    x: [3, 10],
    weights: [7, 10],
    channelAxis: 0,
    channels: 7,
    attributes: {},
    terms: 10,
  },
  {
    op: "MatMul",
    x: [2, 3, 8],
    weights: [8, 5],
    channelAxis: 1,
    channels: 5,
    attributes: {},
    terms: 8,
  },
];

const modes: readonly Requantize[] = ["onnx", "tflite"];

describe.each(layers)("$op on integers", (layer) => {
  const cases = fc.record({
    seed: fc.nat(1e9),
    dtype: fc.constantFrom("int8", "uint8" as const),
    perChannel: fc.boolean(),
    xScale: fc.double({ min: 1e-3, max: 2, noNaN: true }).map(Math.fround),
    xZero: fc.integer({ min: 0, max: 127 }),
    /** The output's step as a multiple of a sum's typical size, √terms steps of the input. */
    step: fc.double({ min: 1, max: 20, noNaN: true }),
    yZero: fc.integer({ min: 0, max: 127 }),
    activation: fc.constantFrom("linear", "relu", "relu6"),
  });

  it.each(modes)("is half a step from exact arithmetic on the reals, mode %s", (mode) => {
    fc.assert(
      fc.property(cases, (choice) => {
        const { seed, dtype, perChannel, xScale, xZero, yZero, activation } = choice;
        const x = draw(seed, dtype, layer.x, { scale: [xScale], zeroPoint: xZero });
        const scale = Array.from(
          { length: perChannel ? layer.channels : 1 },
          (_, c) => 0.01 + 0.003 * c,
        );
        const weightZero = dtype === "uint8" && !perChannel ? 100 : 0;
        const w = draw(
          seed + 1,
          perChannel ? "int8" : dtype,
          layer.weights,
          { scale, zeroPoint: weightZero },
          layer.channelAxis,
        );
        const hasBias = layer.op !== "MatMul";
        const bias = hasBias
          ? drawBias(seed + 2, xScale, w.tensor.quant!.scale, layer.channels)
          : undefined;
        const yScale = Math.fround(choice.step * xScale * Math.sqrt(layer.terms));
        const attributes = { ...layer.attributes, activation };
        const result = { dtype, scale: [yScale], zeroPoint: [yZero] };
        const operands = [x.tensor, w.tensor, ...(bias ? [bias.tensor] : [])];
        const [actual] = applyOp(layer.op, operands, { ...attributes, ...result }, mode);
        const wanted = oracle(layer, x, w, bias?.reals);
        const [low, high] = limits(dtype, activation, yScale, yZero);
        actual!.data.forEach((q, i) => {
          const steps = wanted[i]! / yScale + yZero;
          const exact = Math.min(high, Math.max(low, steps));
          // float32 rounds the factor twice and the product once; fixed point rounds twice near a tie.
          const slack = 0.5 + (mode === "onnx" ? 1e-6 * Math.abs(steps - yZero) + 1e-6 : 0.51);
          expect(Math.abs(q - exact)).toBeLessThanOrEqual(slack);
        });
      }),
      { numRuns: 30 },
    );
  });
});

function drawBias(seed: number, xScale: number, weightScales: readonly number[], channels: number) {
  const next = numbers(seed);
  const data = Int32Array.from({ length: channels }, () => Math.floor(2000 * next()));
  const scale = weightScales.map((s) => Math.fround(xScale * s));
  const quant = { scale, zeroPoint: scale.map(() => 0), ...(scale.length > 1 && { axis: 0 }) };
  const tensor: Tensor = { dtype: "int32", shape: [channels], data, quant };
  const reals = Float64Array.from(
    data,
    (q, c) => q * xScale * weightScales[weightScales.length > 1 ? c : 0]!,
  );
  return { tensor, reals };
}

function limits(dtype: "int8" | "uint8", activation: string, scale: number, zero: number) {
  const [low, high] = quantRange[dtype];
  const least = activation === "linear" ? low : zero;
  const most = activation === "relu6" ? zero + 6 / scale : high;
  return [Math.min(high, Math.max(low, least)), Math.min(high, most)] as const;
}

/** The layer in float64, by its definition. */
function oracle(layer: Layer, x: Drawn, w: Drawn, bias: Float64Array | undefined): Float64Array {
  const { op } = layer;
  if (op === "Dense" || op === "MatMul") return products(layer, x, w, bias);
  const [batch, inHeight, inWidth, inChannels] = layer.x as [number, number, number, number];
  const strides = (layer.attributes.strides ?? [1, 1]) as number[];
  const dilations = (layer.attributes.dilationRate ?? [1, 1]) as number[];
  const [top, left, bottom, right] = layer.attributes.padding as [number, number, number, number];
  const [kHeight, kWidth] = [layer.weights[1]!, layer.weights[2]!];
  const transposed = op === "Conv2DTranspose";
  const extent = (size: number, k: number, axis: number, pads: number) => {
    const reach = (k - 1) * dilations[axis]! + 1;
    return transposed
      ? (size - 1) * strides[axis]! + reach - pads
      : Math.floor((size + pads - reach) / strides[axis]!) + 1;
  };
  const outHeight = extent(inHeight, kHeight, 0, top + bottom);
  const outWidth = extent(inWidth, kWidth, 1, left + right);
  const { channels } = layer;
  const y = new Float64Array(batch * outHeight * outWidth * channels);
  for (let i = 0; i < y.length; i++) y[i] = bias?.[i % channels] ?? 0;
  const groups = (layer.attributes.groups as number) ?? 1;
  const add = (
    b: number,
    oy: number,
    ox: number,
    iy: number,
    ix: number,
    ky: number,
    kx: number,
  ) => {
    const inside = [oy < outHeight, ox < outWidth, iy < inHeight, ix < inWidth].every(Boolean);
    if (!inside || Math.min(oy, ox, iy, ix) < 0) return;
    for (let o = 0; o < channels; o++) {
      const seen =
        op === "DepthwiseConv2D" ? [Math.floor((o * inChannels) / channels)] : groupOf(o);
      seen.forEach((c, i) => {
        const weight =
          op === "DepthwiseConv2D"
            ? (ky * kWidth + kx) * channels + o
            : ((o * kHeight + ky) * kWidth + kx) * seen.length + i;
        const at = ((b * inHeight + iy) * inWidth + ix) * inChannels + c;
        y[((b * outHeight + oy) * outWidth + ox) * channels + o]! +=
          x.reals[at]! * w.reals[weight]!;
      });
    }
  };
  const groupOf = (o: number) => {
    const each = inChannels / groups;
    const first = Math.floor((o * groups) / channels) * each;
    return counting(each, first);
  };
  for (let b = 0; b < batch; b++)
    for (let ky = 0; ky < kHeight; ky++)
      for (let kx = 0; kx < kWidth; kx++)
        for (let p = 0; p < (transposed ? inHeight : outHeight); p++)
          for (let q = 0; q < (transposed ? inWidth : outWidth); q++) {
            const [fromY, fromX] = [
              p * strides[0]! + ky * dilations[0]! - top,
              q * strides[1]! + kx * dilations[1]! - left,
            ];
            if (transposed) add(b, fromY, fromX, p, q, ky, kx);
            else add(b, p, q, fromY, fromX, ky, kx);
          }
  return y;
}

function products(
  { op, x: shape, channels, terms }: Layer,
  x: Drawn,
  w: Drawn,
  bias?: Float64Array,
) {
  const rows = sizeOf(shape) / terms;
  return Float64Array.from({ length: rows * channels }, (_, at) => {
    const [row, o] = [Math.floor(at / channels), at % channels];
    let sum = bias?.[o] ?? 0;
    for (let i = 0; i < terms; i++) {
      const weight = op === "Dense" ? o * terms + i : i * channels + o;
      sum += x.reals[row * terms + i]! * w.reals[weight]!;
    }
    return sum;
  });
}

describe("pooling on integers", () => {
  it("tflite: the mean of the integers themselves, ties away from zero (R-09)", () => {
    const quant = { scale: [0.5], zeroPoint: [7] };
    const mean = (values: readonly number[]) => {
      const data = Int8Array.from(values);
      const x: Tensor = { dtype: "int8", shape: [1, 1, values.length, 1], quant, data };
      const result = { dtype: "int8", ...quant };
      return [...applyOp("AveragePool2D", [x], { poolSize: [1, 2], ...result }, "tflite")[0]!.data];
    };
    expect(mean([1, 2, -2, -1, 4])).toEqual([2, 0, -2, 2]);
  });

  it("tflite: a mean over all places divides its multiplier (MEAN)", () => {
    const data = Int8Array.from({ length: 49 }, (_, i) => (i * 37) % 101);
    const x: Tensor = {
      dtype: "int8",
      shape: [1, 7, 7, 1],
      quant: { scale: [0.25], zeroPoint: [-3] },
      data,
    };
    const result = { dtype: "int8", scale: [0.125], zeroPoint: [5] };
    const [y] = applyOp("GlobalAveragePool2D", [x], result, "tflite");
    const real = (data.reduce((a, b) => a + b, 0) / 49 + 3) * 2 + 5;
    expect(Math.abs(y!.data[0]! - Math.min(127, real))).toBeLessThanOrEqual(0.51);
  });

  it("max-pool moves integers and limits them", () => {
    const quant = { scale: [0.1], zeroPoint: [-10] };
    const x: Tensor = {
      dtype: "int8",
      shape: [1, 1, 4, 1],
      quant,
      data: Int8Array.of(-128, -50, 20, 90),
    };
    const attributes = { poolSize: [1, 2], activation: "relu6", dtype: "int8", ...quant };
    for (const mode of modes)
      expect([...applyOp("MaxPool2D", [x], attributes, mode)[0]!.data]).toEqual([-10, 20, 50]);
  });
});

it.each(modes)("softmax on integers is a step from softmax, mode %s", (mode) => {
  const cases = fc.record({
    values: fc.array(fc.integer({ min: -128, max: 127 }), { minLength: 2, maxLength: 40 }),
    scale: fc.double({ min: 1e-4, max: 1, noNaN: true }).map(Math.fround),
  });
  fc.assert(
    fc.property(cases, ({ values, scale }) => {
      const quant = { scale: [scale], zeroPoint: [0] };
      const x: Tensor = {
        dtype: "int8",
        shape: [values.length],
        quant,
        data: Int8Array.from(values),
      };
      const result = { dtype: "int8", scale: [1 / 256], zeroPoint: [-128] };
      const [y] = applyOp("Softmax", [x], result, mode);
      const e = values.map((q) => Math.exp((q - Math.max(...values)) * scale));
      const sum = e.reduce((a, b) => a + b);
      y!.data.forEach((q, i) => {
        expect(Math.abs(q - Math.min(127, (256 * e[i]!) / sum - 128))).toBeLessThanOrEqual(0.52);
      });
    }),
    { numRuns: 300 },
  );
});

describe("layers that cannot be done in integers say why", () => {
  const x: Tensor = {
    dtype: "int16",
    shape: [1, 600],
    quant: { scale: [1], zeroPoint: [0] },
    data: new Int16Array(600),
  };
  const kernel = (value: number, zeroPoint: readonly number[] = [0]): Tensor => ({
    dtype: "int8",
    shape: [2, 600],
    quant: { scale: zeroPoint.map(() => 1), zeroPoint, ...(zeroPoint.length > 1 && { axis: 0 }) },
    data: new Int8Array(1200).fill(value),
  });
  const result = { dtype: "int16", scale: [1], zeroPoint: [0] };

  it("from the weights: 32768 · Σ |w| must stay below 2³¹", () => {
    expect(() => applyOp("Dense", [x, kernel(100)], result)).not.toThrow();
    expect(() => applyOp("Dense", [x, kernel(127)], result)).toThrow("its sums may leave int32");
  });

  it("zero points that differ, biases of another scale", () => {
    expect(() => applyOp("Dense", [x, kernel(1, [0, 1])], result)).toThrow("different zero point");
    const bias: Tensor = {
      dtype: "int32",
      shape: [2],
      quant: { scale: [2], zeroPoint: [0] },
      data: new Int32Array(2),
    };
    expect(() => applyOp("Dense", [x, kernel(1), bias], result)).toThrow("scale of its bias");
  });

  it("an int32 result is the sums themselves", () => {
    const quant = { scale: [1], zeroPoint: [3] };
    const a: Tensor = { dtype: "uint8", shape: [1, 2], quant, data: Uint8Array.of(255, 0) };
    const b: Tensor = {
      dtype: "int8",
      shape: [2, 1],
      quant: { scale: [1], zeroPoint: [0] },
      data: Int8Array.of(-128, 127),
    };
    const [y] = applyOp("MatMul", [a, b], { dtype: "int32", scale: [1], zeroPoint: [0] });
    expect([...y!.data]).toEqual([252 * -128 - 3 * 127]);
  });
});
