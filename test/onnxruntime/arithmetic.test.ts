import { describe, expect, it } from "vitest";
import { runModel } from "../support/onnxruntime.ts";
import { type Operand, runBetweenPairs, scalar, vector } from "./between-pairs.ts";
import * as formulas from "./formulas.ts";
import { type Affine, f32 } from "./formulas.ts";
import { modelBytes, type Node, node, type Value } from "./one-op-model.ts";
import { type Random, random } from "./random.ts";

/** Each formula of mode `onnx` against the kernel that ONNX Runtime fuses, bit for bit, on random one-op models. */

const activations = ["uint8", "int8"] as const;

/** A formula or an exact list of output codes. */
interface Case {
  readonly operands: readonly Operand[];
  readonly nodes: readonly Node[];
  readonly constants?: Readonly<Record<string, Value>>;
  readonly params: Affine;
  readonly shape: readonly number[];
  readonly expected: readonly number[];
  readonly opset?: number;
}

/** Runs `count` random cases, half of them with int8 activations. */
function checkCases(name: string, count: number, draw: (random: Random, i: number) => Case): void {
  it(name, async () => {
    const numbers = random(name.length * 7919);
    for (let i = 0; i < count; i++) {
      const { expected, ...text } = draw(numbers, i);
      const got = await runBetweenPairs({ ...text, activation: activations[i % 2]! });
      expect(
        [...got],
        `case ${i}: ${JSON.stringify([text.params, text.operands[0]!.params])}`,
      ).toEqual(expected);
    }
  });
}

const operand = (params: Affine, shape: readonly number[], codes: ArrayLike<number>): Operand => ({
  params,
  shape,
  codes,
});
const everyCode = Uint8Array.from({ length: 256 }, (_, i) => i);

describe("elementwise", () => {
  const binary = { Add: formulas.add, Mul: formulas.mul, Sub: formulas.sub };
  describe.each(Object.entries(binary))("%s", (op, formula) => {
    for (const broadcast of [false, true]) {
      checkCases(
        `two inputs, ${broadcast ? "one of them a scalar" : "equal shapes"}`,
        40,
        (random) => {
          const [a, b, to] = [random.affine(), random.affine(), random.affine()];
          const n = 250;
          const [x0, x1] = [random.codes(n), random.codes(broadcast ? 1 : n)];
          return {
            operands: [operand(a, [1, n], x0), operand(b, broadcast ? [1] : [1, n], x1)],
            nodes: [node(op, ["x0", "x1"], "y")],
            params: to,
            shape: [1, n],
            expected: Array.from(x0, (q, i) => formula(q, x1[broadcast ? 0 : i]!, a, b, to)),
          };
        },
      );
    }
  });

  const alpha = f32(0.3);
  const sixth = f32(1 / 6);
  const unary: Record<string, readonly [Parameters<typeof node>[3], (real: number) => number]> = {
    LeakyRelu: [{ alpha: { float: alpha } }, formulas.leakyRelu(alpha)],
    Sigmoid: [{}, formulas.sigmoid],
    HardSigmoid: [
      { alpha: { float: sixth }, beta: { float: 0.5 } },
      formulas.hardSigmoid(sixth, 0.5),
    ],
    HardSwish: [{}, formulas.hardSwish],
  };
  describe.each(Object.entries(unary))("%s", (op, [attributes, f]) => {
    checkCases("every code", 40, (random) => {
      const [from, to] = [random.affine(), random.affine()];
      return {
        operands: [operand(from, [256], everyCode)],
        nodes: [node(op, ["x0"], "y", attributes)],
        params: to,
        shape: [256],
        expected: Array.from(everyCode, (q) => formulas.unary(f, q, from, to)),
      };
    });
  });
});

describe("QuantizeLinear and DequantizeLinear", () => {
  it("round half to even after a true division", async () => {
    const numbers = random(1);
    for (let i = 0; i < 20; i++) {
      const to = numbers.affine();
      const ties = Array.from({ length: 500 }, () =>
        f32((numbers.integer(-300, 300) + 0.5) * to.scale),
      );
      const reals = Float32Array.from([...ties, 0, -0, Infinity, -Infinity, 1e30, -1e30]);
      const out = await runQuantize(reals, to);
      expect([...out.q]).toEqual(Array.from(reals, (x) => formulas.quantize(x, to)));
      expect([...out.real]).toEqual(Array.from(out.q, (q) => formulas.dequantize(q, to)));
    }
  });

  async function runQuantize(reals: Float32Array, { scale, zeroPoint }: Affine) {
    const model = modelBytes({
      inputs: { x: { dtype: "float32", shape: [reals.length] } },
      outputs: {
        q: { dtype: "uint8", shape: [reals.length] },
        real: { dtype: "float32", shape: [reals.length] },
      },
      constants: { s: scalar("float32", scale), z: scalar("uint8", zeroPoint) },
      nodes: [
        node("QuantizeLinear", ["x", "s", "z"], "q"),
        node("DequantizeLinear", ["q", "s", "z"], "real"),
      ],
    });
    const { q, real } = await runModel(model, { x: { shape: [reals.length], data: reals } });
    return { q: q!.data as Uint8Array, real: real!.data as Float32Array };
  }

  it("requantize as written where no other pair is adjacent", async () => {
    const numbers = random(2);
    for (let i = 0; i < 20; i++) {
      const from = numbers.affine();
      const to = numbers.affine(
        i % 2 ? f32(from.scale * numbers.pick([0.5, 2, 3, 4])) : numbers.scale(),
      );
      const model = modelBytes({
        inputs: { x: { dtype: "uint8", shape: [256] } },
        outputs: { y: { dtype: "uint8", shape: [256] } },
        constants: {
          a: scalar("float32", from.scale),
          b: scalar("uint8", from.zeroPoint),
          c: scalar("float32", to.scale),
          d: scalar("uint8", to.zeroPoint),
        },
        nodes: [
          node("DequantizeLinear", ["x", "a", "b"], "real"),
          node("QuantizeLinear", ["real", "c", "d"], "y"),
        ],
      });
      const { y } = await runModel(model, { x: { shape: [256], data: everyCode } });
      const expected = Array.from(everyCode, (q) => formulas.requantize(q, from, to));
      expect(Array.from(y!.data as Uint8Array)).toEqual(expected);
    }
  });

  it("two adjacent pairs become one", async () => {
    const numbers = random(3);
    for (let i = 0; i < 20; i++) {
      const [first, second] = [numbers.affine(), numbers.affine()];
      const merged = formulas.mergePairs(first, second);
      if (!(merged.scale > 0)) continue;
      const constants = {
        a: scalar("float32", first.scale),
        b: scalar("uint8", first.zeroPoint),
        c: scalar("float32", second.scale),
        d: scalar("uint8", second.zeroPoint),
      };
      const model = modelBytes({
        inputs: { x: { dtype: "float32", shape: [256] } },
        outputs: { y: { dtype: "float32", shape: [256] } },
        constants,
        nodes: [
          node("QuantizeLinear", ["x", "a", "b"], "q0"),
          node("DequantizeLinear", ["q0", "a", "b"], "x0"),
          node("QuantizeLinear", ["x0", "c", "d"], "q1"),
          node("DequantizeLinear", ["q1", "c", "d"], "y"),
        ],
      });
      const data = Float32Array.from(everyCode, (q) => formulas.dequantize(q, first));
      const { y } = await runModel(model, { x: { shape: [256], data } });
      const through = (x: number) => formulas.dequantize(formulas.quantize(x, merged), merged);
      expect(Array.from(y!.data as Float32Array)).toEqual(Array.from(data, through));
    }
  });
});

/** Accumulators of `x[rows, inner] · w[inner, columns] + bias`. */
interface Product {
  readonly x: Affine;
  readonly codes: Uint8Array;
  readonly weights: Int8Array;
  readonly scales: readonly number[];
  readonly bias: Int32Array;
  readonly to: Affine;
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

/** Scales whose products and quotients are short decimals, so that rounding the factor decides ties. */
function drawProduct(random: Random, i: number, perChannel: boolean): Product {
  const [rows, inner, columns] = [
    random.integer(1, 20),
    random.pick([1, 2, 3, 8, 65]),
    random.pick([1, 7, 16, 33]),
  ];
  const x = random.affine();
  const scales = Array.from({ length: perChannel ? columns : 1 }, random.scale);
  const steps =
    i % 3 === 2 ? 127 * Math.sqrt(inner) : 2 ** random.integer(1, 6) * random.integer(1, 5);
  return {
    x,
    codes: random.codes(rows * inner),
    weights: random.weights(inner * columns, i % 3 === 2 ? 127 : 20),
    scales,
    bias: Int32Array.from({ length: columns }, () => random.integer(-300, 300)),
    to: random.affine(f32(x.scale * random.pick(scales) * steps)),
    rows,
    inner,
    columns,
  };
}

/** The output codes, row by row. */
function product(p: Product, bias: ArrayLike<number>, weightZeroPoint = 0): number[] {
  const factors = p.scales.map((scale) => formulas.multiplier(p.x.scale, scale, p.to.scale));
  return Array.from({ length: p.rows * p.columns }, (_, at) => {
    const column = at % p.columns;
    let acc = bias[column] ?? 0;
    for (let k = 0; k < p.inner; k++) {
      const x = p.codes[Math.floor(at / p.columns) * p.inner + k]! - p.x.zeroPoint;
      acc += x * (p.weights[k * p.columns + column]! - weightZeroPoint);
    }
    return formulas.rescale(acc, factors[column % factors.length]!, p.to.zeroPoint);
  });
}

/** Constants `w` and `bias` with their DequantizeLinear nodes; `axis` is that of the weight's channels. */
function dequantizedWeights(
  p: Product,
  shape: readonly number[],
  values: ArrayLike<number>,
  axis: number,
) {
  const perTensor = p.scales.length === 1;
  const list = (dtype: Value["dtype"], numbers: readonly number[]) =>
    perTensor ? scalar(dtype, numbers[0]!) : vector(dtype, numbers);
  const constants: Record<string, Value> = {
    w: { dtype: "int8", shape, values },
    ws: list("float32", p.scales),
    wz: list(
      "int8",
      p.scales.map(() => 0),
    ),
    b: vector("int32", p.bias),
    bs: list(
      "float32",
      p.scales.map((scale) => f32(p.x.scale * scale)),
    ),
    bz: list(
      "int32",
      p.scales.map(() => 0),
    ),
  };
  const weight = node("DequantizeLinear", ["w", "ws", "wz"], "weight", perTensor ? {} : { axis });
  const bias = node("DequantizeLinear", ["b", "bs", "bz"], "bias", perTensor ? {} : { axis: 0 });
  return { constants, weight, bias };
}

function transposed(values: ArrayLike<number>, rows: number, columns: number): number[] {
  return Array.from(
    { length: rows * columns },
    (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!,
  );
}

describe.each([true, false])("products, weights per channel: %s", (perChannel) => {
  checkCases("MatMul by constant weights", 40, (random, i) => {
    const p = drawProduct(random, i, perChannel);
    const { constants, weight } = dequantizedWeights(p, [p.inner, p.columns], p.weights, 1);
    return {
      operands: [operand(p.x, [p.rows, p.inner], p.codes)],
      nodes: [weight, node("MatMul", ["x0", "weight"], "y")],
      constants,
      params: p.to,
      shape: [p.rows, p.columns],
      expected: product(p, []),
    };
  });

  checkCases("Gemm with bias, transB", 40, (random, i) => {
    const p = drawProduct(random, i, perChannel);
    const rowsOfWeights = transposed(p.weights, p.inner, p.columns);
    const { constants, weight, bias } = dequantizedWeights(
      p,
      [p.columns, p.inner],
      rowsOfWeights,
      0,
    );
    return {
      operands: [operand(p.x, [p.rows, p.inner], p.codes)],
      nodes: [weight, bias, node("Gemm", ["x0", "weight", "bias"], "y", { transB: 1 })],
      constants,
      params: p.to,
      shape: [p.rows, p.columns],
      expected: product(p, p.bias),
    };
  });

  checkCases("pointwise Conv with bias", 40, (random, i) => {
    const p = drawProduct(random, i, perChannel);
    const rowsOfWeights = transposed(p.weights, p.inner, p.columns);
    const { constants, weight, bias } = dequantizedWeights(
      p,
      [p.columns, p.inner, 1, 1],
      rowsOfWeights,
      0,
    );
    return {
      operands: [operand(p.x, [1, p.inner, p.rows, 1], transposed(p.codes, p.rows, p.inner))],
      nodes: [weight, bias, node("Conv", ["x0", "weight", "bias"], "y", { kernel_shape: [1, 1] })],
      constants,
      params: p.to,
      shape: [1, p.columns, p.rows, 1],
      expected: transposed(product(p, p.bias), p.rows, p.columns),
    };
  });
});

describe("products of activations", () => {
  checkCases("MatMul", 40, (random, i) => {
    const p = drawProduct(random, i, false);
    const w = random.affine(p.scales[0]!);
    const weights = random.codes(p.inner * p.columns);
    return {
      operands: [
        operand(p.x, [p.rows, p.inner], p.codes),
        operand(w, [p.inner, p.columns], weights),
      ],
      nodes: [node("MatMul", ["x0", "x1"], "y")],
      params: p.to,
      shape: [p.rows, p.columns],
      expected: product({ ...p, weights: weights as unknown as Int8Array }, [], w.zeroPoint),
    };
  });
});

describe("Conv", () => {
  const kinds = { dense: [4, 7, 1], grouped: [6, 9, 3], depthwise: [8, 16, 8] } as const;
  describe.each(Object.entries(kinds))("%s", (_, [inputs, outputs, group]) => {
    checkCases("kernels, strides, pads, dilations", 16, (random, i) => {
      const [height, width, kernel] = [9, 11, random.pick([2, 3])];
      const [stride, dilation] = [random.integer(1, 2), random.integer(1, 2)];
      const pads = [0, 0, 0, 0].map(() => random.integer(0, 1));
      const extent = dilation * (kernel - 1) + 1;
      const outHeight = Math.floor((height + pads[0]! + pads[2]! - extent) / stride) + 1;
      const outWidth = Math.floor((width + pads[1]! + pads[3]! - extent) / stride) + 1;
      const perGroup = inputs / group;
      const inner = perGroup * kernel * kernel;
      const p = {
        ...drawProduct(random, i, false),
        scales: Array.from({ length: outputs }, random.scale),
      };
      const weights = random.weights(outputs * inner);
      const bias = Int32Array.from({ length: outputs }, () => random.integer(-40000, 40000));
      const codes = random.codes(inputs * height * width);
      const to = random.affine(f32(p.x.scale * random.pick(p.scales) * 127 * 4 * Math.sqrt(inner)));
      const drawn = dequantizedWeights(
        { ...p, bias },
        [outputs, perGroup, kernel, kernel],
        weights,
        0,
      );
      const expected: number[] = [];
      for (let o = 0; o < outputs; o++) {
        const factor = formulas.multiplier(p.x.scale, p.scales[o]!, to.scale);
        const firstInput = Math.floor(o / (outputs / group)) * perGroup;
        for (let at = 0; at < outHeight * outWidth; at++) {
          let acc = bias[o]!;
          for (let k = 0; k < inner; k++) {
            const row =
              Math.floor(at / outWidth) * stride -
              pads[0]! +
              (Math.floor(k / kernel) % kernel) * dilation;
            const column = (at % outWidth) * stride - pads[1]! + (k % kernel) * dilation;
            if (row < 0 || column < 0 || row >= height || column >= width) continue;
            const channel = firstInput + Math.floor(k / (kernel * kernel));
            const x = codes[(channel * height + row) * width + column]! - p.x.zeroPoint;
            acc += x * weights[o * inner + k]!;
          }
          expected.push(formulas.rescale(acc, factor, to.zeroPoint));
        }
      }
      const attributes = {
        group,
        pads,
        strides: [stride, stride],
        dilations: [dilation, dilation],
      };
      return {
        operands: [operand(p.x, [1, inputs, height, width], codes)],
        nodes: [
          drawn.weight,
          drawn.bias,
          node("Conv", ["x0", "weight", "bias"], "y", {
            ...attributes,
            kernel_shape: [kernel, kernel],
          }),
        ],
        constants: drawn.constants,
        params: to,
        shape: [1, outputs, outHeight, outWidth],
        expected,
      };
    });
  });
});

describe("reductions", () => {
  checkCases("AveragePool", 40, (random, i) => {
    const [channels, height, width, kernel] = [3, 9, 7, random.integer(2, 3)];
    const stride = random.integer(1, 2);
    const pads = [0, 0, 0, 0].map(() => random.integer(0, 1));
    const outHeight = Math.floor((height + pads[0]! + pads[2]! - kernel) / stride) + 1;
    const outWidth = Math.floor((width + pads[1]! + pads[3]! - kernel) / stride) + 1;
    const from = random.affine();
    const to = random.affine(
      i % 4 ? f32(from.scale * random.pick([1, 1, 0.5, 2, 0.7])) : random.scale(),
    );
    const codes = random.codes(channels * height * width);
    const expected = Array.from({ length: channels * outHeight * outWidth }, (_, at) => {
      const window: number[] = [];
      for (let k = 0; k < kernel * kernel; k++) {
        const row =
          (Math.floor(at / outWidth) % outHeight) * stride - pads[0]! + Math.floor(k / kernel);
        const column = (at % outWidth) * stride - pads[1]! + (k % kernel);
        if (row < 0 || column < 0 || row >= height || column >= width) continue;
        window.push(
          codes[(Math.floor(at / (outWidth * outHeight)) * height + row) * width + column]!,
        );
      }
      return formulas.averagePool(window, i % 3 === 0 ? kernel * kernel : window.length, from, to);
    });
    const attributes = { pads, strides: [stride, stride], count_include_pad: i % 3 === 0 ? 1 : 0 };
    return {
      operands: [operand(from, [1, channels, height, width], codes)],
      nodes: [node("AveragePool", ["x0"], "y", { ...attributes, kernel_shape: [kernel, kernel] })],
      params: to,
      shape: [1, channels, outHeight, outWidth],
      expected,
    };
  });

  const whole = {
    GlobalAveragePool: formulas.globalAveragePool,
    AveragePool: formulas.globalAveragePool,
    ReduceMean: formulas.reduceMean,
  };
  describe.each(Object.entries(whole))("%s", (op, formula) => {
    checkCases("over both spatial axes", 80, (random) => {
      const [channels, size] = [16, random.integer(1, 64)];
      const from = random.affine();
      const to = random.affine(f32(from.scale * random.pick([1, 0.5, 2, 0.1, 0.3])));
      const codes = random
        .codes(channels * size)
        .map((q) => Math.min(255, from.zeroPoint + (q >> 3)));
      return {
        opset: 13,
        operands: [operand(from, [1, channels, size, 1], codes)],
        nodes: [node(op, ["x0"], "y", attributesOf(op, size))],
        params: to,
        shape: [1, channels, 1, 1],
        expected: Array.from({ length: channels }, (_, c) =>
          formula(codes.subarray(c * size, (c + 1) * size), from, to),
        ),
      };
    });
  });

  function attributesOf(op: string, size: number): Parameters<typeof node>[3] {
    if (op === "ReduceMean") return { axes: [2, 3] };
    return op === "AveragePool" ? { kernel_shape: [size, 1] } : {};
  }

  checkCases("Softmax", 40, (random, i) => {
    const [rows, length] = [5, random.pick([2, 10, 65, 128])];
    const from = random.affine(f32(2 ** (-8 + 7 * random.unit())));
    const to =
      i % 4
        ? { scale: f32(1 / random.pick([255, 256])), zeroPoint: 0 }
        : random.affine(f32(0.0123));
    const codes = random.codes(rows * length);
    const table = formulas.softmaxTable(from.scale, length);
    return {
      operands: [operand(from, [rows, length], codes)],
      nodes: [node("Softmax", ["x0"], "y", { axis: 1 })],
      params: to,
      shape: [rows, length],
      expected: Array.from({ length: rows }, (_, r) =>
        formulas.softmax(codes.subarray(r * length, (r + 1) * length), table, to),
      ).flat(),
    };
  });
});

describe("movement", () => {
  checkCases("Concat requantizes each input on its own", 40, (random, i) => {
    const to = random.affine();
    const [a, b] = [
      random.affine(f32(to.scale * random.pick([0.5, 2, 1.5]))),
      i % 3 ? random.affine() : to,
    ];
    return {
      operands: [operand(a, [1, 256], everyCode), operand(b, [1, 256], everyCode)],
      nodes: [node("Concat", ["x0", "x1"], "y", { axis: 1 })],
      params: to,
      shape: [1, 512],
      expected: [a, b].flatMap((from) =>
        Array.from(everyCode, (q) => formulas.requantize(q, from, to)),
      ),
    };
  });

  const coordinate: Record<string, (i: number, size: number) => number> = {
    half_pixel: (i) => f32(f32((i + 0.5) / 2) - 0.5),
    asymmetric: (i) => i / 2,
    align_corners: (i, size) => f32((i * (size - 1)) / (2 * size - 1)),
  };
  describe.each(Object.entries(coordinate))("Resize to twice the size, linear, %s", (mode, at) => {
    checkCases("float between", 20, (random, i) => {
      const [channels, height, width] = [2, 5, 6];
      const from = random.affine();
      const to = i % 2 ? from : random.affine();
      const codes = random.codes(channels * height * width);
      const expected = Array.from({ length: channels * height * width * 4 }, (_, k) => {
        const y = formulas.between(at(Math.floor(k / (2 * width)) % (2 * height), height), height);
        const x = formulas.between(at(k % (2 * width), width), width);
        const channel = Math.floor(k / (4 * width * height));
        const codeAt = (row: number, column: number) =>
          codes[(channel * height + row) * width + column]!;
        return formulas.bilinear(codeAt, y, x, from, to);
      });
      return {
        operands: [operand(from, [1, channels, height, width], codes)],
        nodes: [
          node("Resize", ["x0", "", "by"], "y", {
            mode: "linear",
            coordinate_transformation_mode: mode,
          }),
        ],
        constants: { by: vector("float32", [1, 1, 2, 2]) },
        params: to,
        shape: [1, channels, 2 * height, 2 * width],
        expected,
      };
    });
  });
});

describe("a product without a QuantizeLinear behind it", () => {
  it.each(["MatMul", "Gemm"])("%s gives floats from its accumulators", async (op) => {
    const numbers = random(4);
    for (let i = 0; i < 10; i++) {
      const p = drawProduct(numbers, i, true);
      const { constants, weight, bias } = dequantizedWeights(p, [p.inner, p.columns], p.weights, 1);
      const gemm = op === "Gemm";
      const model = modelBytes({
        inputs: { x: { dtype: "uint8", shape: [p.rows, p.inner] } },
        outputs: { y: { dtype: "float32", shape: [p.rows, p.columns] } },
        constants: {
          ...constants,
          s: scalar("float32", p.x.scale),
          z: scalar("uint8", p.x.zeroPoint),
        },
        nodes: [
          node("DequantizeLinear", ["x", "s", "z"], "x0"),
          weight,
          ...(gemm ? [bias] : []),
          node(op, ["x0", "weight", ...(gemm ? ["bias"] : [])], "y"),
        ],
      });
      const { y } = await runModel(model, { x: { shape: [p.rows, p.inner], data: p.codes } });
      const expected = Array.from({ length: p.rows * p.columns }, (_, at) => {
        const column = at % p.columns;
        let acc = gemm ? p.bias[column]! : 0;
        for (let k = 0; k < p.inner; k++) {
          const x = p.codes[Math.floor(at / p.columns) * p.inner + k]! - p.x.zeroPoint;
          acc += x * p.weights[k * p.columns + column]!;
        }
        return formulas.rescaleToReal(acc, p.x.scale, p.scales[column]!);
      });
      expect(Array.from(y!.data as Float32Array, (v) => v + 0)).toEqual(expected.map((v) => v + 0));
    }
  });
});
