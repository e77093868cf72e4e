import { describe, expect, it } from "vitest";
import { exportOnnx } from "../../compiler/backends/onnx/export-onnx.ts";
import { importModel } from "../../compiler/frontends/import-model.ts";
import { GraphEditor } from "../../compiler/ir/edit.ts";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import type { Attributes, Graph } from "../../compiler/ir/graph.ts";
import { sizeOf, type Tensor, tensor } from "../../compiler/ir/types.ts";
import { countNodes } from "../../compiler/lower/summary.ts";
import { ops } from "../../compiler/ops/index.ts";
import { simulate } from "../../compiler/quantize/simulate.ts";
import { applyRules } from "../../compiler/rewrite/driver.ts";
import { kernels } from "../../runtime/reference/index.ts";
import {
  type Activation,
  activation,
  type Constant,
  codesOf,
  constant,
  type Island,
  islandGraph,
  offsetOf,
  realsOf,
} from "../backends/island.ts";
import { accepted, defaultRules, quantized } from "../support/models.ts";
import { type Feed, fusedOps, runModel } from "../support/onnxruntime.ts";
import { type Affine, f32 } from "./formulas.ts";
import { type Random, random } from "./random.ts";

/**
 * Mode `onnx`, op by op: our integer kernels on random one-op graphs against what ONNX Runtime computes for the
 * model that is exported from the same graph. Bit for bit, for int8 and for uint8 activations; and so computes the
 * exported model imported again.
 */

interface Expectation {
  /** The ops that run between Quantize and Dequantize. */
  readonly runs: string;
  /** How far results may be apart; 0 unless ONNX Runtime computes in float with other elementary functions. */
  readonly within?: 0 | 1;
  readonly cases?: number;
  /** Whether we compute it in float, too. */
  readonly inFloat?: boolean;
}

type Draw = (random: Random, i: number) => Island;

function agrees(name: string, expectation: Expectation, draw: Draw): void {
  const { runs, within = 0, cases = 16, inFloat = false } = expectation;
  it(name, async () => {
    const numbers = random([...name].reduce((sum, c) => sum * 31 + c.charCodeAt(0), 7));
    for (let i = 0; i < cases; i++) {
      const island = draw(numbers, i);
      const model = exportOnnx(islandGraph(island, i % 2 ? "int8" : "uint8"), ops);
      if (i < 2) expect(await opsBetween(model, realsOf(island).size)).toBe(runs);
      const theirs = await codesOfOnnxRuntime(model, island);
      for (const [way, ours] of waysToCompute(island, inFloat, model)) {
        const what = `${way}, case ${i}: ${JSON.stringify([island.attributes, island.to])}`;
        if (within === 0) expect(ours, what).toEqual(theirs);
        else expect(farthest(ours, theirs), what).toBeLessThanOrEqual(within);
      }
    }
  });
}

/** Codes from the simulated graph, from its integer form, and from that of the exported model. */
function* waysToCompute(
  island: Island,
  inFloat: boolean,
  model: Uint8Array,
): Generator<[string, number[]]> {
  const inputs = realsOf(island);
  const codes = (outputs: ReadonlyMap<string, Tensor>) =>
    codesOf(outputs.get("y")!.data, island.to);
  const integerCodes = (graph: Graph) => {
    const integer = integerForm(graph);
    if (!inFloat) expect(floatOps(integer)).toEqual([]);
    return codes(evaluate(integer, inputs, { ops, kernels }));
  };
  for (const carrier of ["uint8", "int8"] as const) {
    const graph = islandGraph(island, carrier);
    yield [`${carrier}, simulated`, codes(simulate(graph, inputs, { ops, kernels }))];
    yield [`${carrier}, integer`, integerCodes(graph)];
  }
  const imported = quantized(accepted(importModel(model, { name: "island.onnx" }))).graph;
  yield ["imported", integerCodes(imported)];
}

function integerForm(graph: Graph): Graph {
  return applyRules(graph, defaultRules().integer.rewrites, { ops, requantize: "onnx" }).graph;
}

/** Ops that are left in float; what moves values at a border computes nothing. */
function floatOps(graph: Graph): readonly string[] {
  const { floatNodes } = countNodes(graph, ops, new Map());
  return floatNodes.map(({ op }) => op).filter((op) => !ops.get(op)!.traits.includes("movement"));
}

async function codesOfOnnxRuntime(model: Uint8Array, island: Island): Promise<number[]> {
  const { y } = await runModel(model, Object.fromEntries(realsOf(island)) as never);
  return codesOf(y!.data as Float32Array, island.to);
}

/** Sorted op types without the Quantize and Dequantize of the ports and the transposes of the layout. */
async function opsBetween(model: Uint8Array, inputs: number): Promise<string> {
  const count = await fusedOps(model);
  const without: Record<string, number> = { QuantizeLinear: inputs, DequantizeLinear: 1 };
  return [...count]
    .flatMap(([op, n]) => Array<string>(Math.max(0, n - (without[op] ?? 0))).fill(op))
    .filter((op) => op !== "Transpose")
    .sort()
    .join(" ");
}

function farthest(a: readonly number[], b: readonly number[]): number {
  return a.reduce((most, q, i) => Math.max(most, Math.abs(q - b[i]!)), 0);
}

function drawn(random: Random, params: Affine, shape: readonly number[]): Activation {
  return activation(params, shape, random.codes(sizeOf(shape)));
}

/** A constant that is quantized as activations are. */
function constantActivation(random: Random, shape: readonly number[]): Constant {
  const { scale, zeroPoint } = random.affine();
  const quant = { scale: [scale], zeroPoint: [zeroPoint] };
  return constant({ ...tensor("uint8", shape, random.codes(sizeOf(shape))), quant });
}

/** Constant int8 weights, symmetric, with one scale or one for each channel. */
function weights(
  random: Random,
  shape: readonly number[],
  axis: number,
  perChannel: boolean,
  magnitude = 127,
): Constant {
  const scale = Array.from({ length: perChannel ? shape[axis]! : 1 }, random.scale);
  const quant = { scale, zeroPoint: scale.map(() => 0), ...(scale.length > 1 && { axis }) };
  return constant({
    ...tensor("int8", shape, random.weights(sizeOf(shape), magnitude)),
    quant,
  });
}

/** int32 in steps of input scale · weight scale. */
function biasFor(
  random: Random,
  x: Affine,
  { tensor: kernel }: Constant,
  length: number,
): Constant {
  const scale = kernel.quant!.scale.map((s) => f32(x.scale * s));
  const quant = { scale, zeroPoint: scale.map(() => 0), ...(scale.length > 1 && { axis: 0 }) };
  const values = Array.from({ length }, () => random.integer(-4000, 4000));
  return constant({ ...tensor("int32", [length], values), quant });
}

/** Parameters in which accumulators of `terms` products neither vanish nor all saturate; many fall on ties. */
function resultOf(random: Random, x: Affine, { tensor: kernel }: Constant, terms: number): Affine {
  const factor = random.pick([2 ** random.integer(3, 9), 127 * Math.ceil(Math.sqrt(terms))]);
  return random.affine(f32(f32(x.scale * random.pick(kernel.quant!.scale)) * factor));
}

describe("Conv", () => {
  const kinds = {
    dense: ["Conv2D", [7, 3, 3, 4], 4, 1],
    "one by one": ["Conv2D", [5, 1, 1, 8], 8, 1],
    grouped: ["Conv2D", [9, 3, 2, 2], 6, 3],
    "one channel a group": ["Conv2D", [8, 3, 3, 1], 8, 8],
    depthwise: ["DepthwiseConv2D", [1, 3, 3, 8], 8, 1],
    "depthwise, two results a channel": ["DepthwiseConv2D", [1, 2, 3, 8], 4, 1],
  } as const;
  describe.each(Object.entries(kinds))("%s", (_, [op, shape, channels, groups]) => {
    const axis = op === "Conv2D" ? 0 : 3;
    agrees(
      "strides, padding, dilation, scales",
      { runs: "QLinearConv", cases: 30 },
      (random, i) => {
        const x = random.affine();
        const kernel = weights(random, shape, axis, i % 3 !== 0, i % 4 === 3 ? 127 : 15);
        const bias = i % 2 ? biasFor(random, x, kernel, shape[axis]) : undefined;
        const attributes: Attributes = {
          strides: [random.integer(1, 2), random.integer(1, 2)],
          dilationRate: [random.integer(1, 2), random.integer(1, 2)],
          padding: [0, 0, 0, 0].map(() => random.integer(0, 1)),
          ...(op === "Conv2D" && { groups }),
        };
        return {
          op,
          attributes,
          operands: [drawn(random, x, [1, 7, 9, channels]), kernel, bias],
          to: resultOf(random, x, kernel, (shape[1] * shape[2] * channels) / groups),
        };
      },
    );
  });
});

describe("products of matrices", () => {
  for (const perChannel of [false, true]) {
    const scales = perChannel ? "per channel" : "per tensor";
    agrees(`Dense with bias, ${scales}`, { runs: "QGemm" }, (random, i) => {
      const [inputs, outputs] = [random.pick([1, 3, 65]), random.pick([2, 16, 33])];
      const x = random.affine();
      const kernel = weights(random, [outputs, inputs], 0, perChannel, i % 3 ? 20 : 127);
      const operands = [
        drawn(random, x, [random.integer(1, 9), inputs]),
        kernel,
        biasFor(random, x, kernel, outputs),
      ];
      return { op: "Dense", operands, to: resultOf(random, x, kernel, inputs) };
    });

    agrees(`Dense without bias, ${scales}`, { runs: "QGemm" }, (random, i) => {
      const x = random.affine();
      const kernel = weights(random, [17, 12], 0, perChannel, i % 3 ? 20 : 127);
      const operands = [drawn(random, x, [5, 12]), kernel];
      return { op: "Dense", operands, to: resultOf(random, x, kernel, 12) };
    });

    agrees(`Dense on rank 3, ${scales}`, { runs: "QLinearMatMul" }, (random) => {
      const x = random.affine();
      const kernel = weights(random, [17, 12], 0, perChannel);
      const operands = [drawn(random, x, [2, 5, 12]), kernel];
      return { op: "Dense", operands, to: resultOf(random, x, kernel, 12) };
    });

    agrees(`MatMul by constant weights, ${scales}`, { runs: "QLinearMatMul" }, (random) => {
      const x = random.affine();
      const kernel = weights(random, [12, 9], 1, perChannel);
      const operands = [drawn(random, x, [3, 12]), kernel];
      return { op: "MatMul", operands, to: resultOf(random, x, kernel, 12) };
    });
  }

  agrees("sums beyond 2²⁴", { runs: "QGemm" }, (random) => {
    const x = { scale: f32(1 / 128), zeroPoint: 0 };
    const ones = tensor("int8", [3, 4000], new Int8Array(12000).fill(127));
    const kernel = constant({ ...ones, quant: { scale: [f32(0.01)], zeroPoint: [0] } });
    const codes = random.codes(8000).map((q) => 200 + (q >> 3));
    const operands = [activation(x, [2, 4000], codes), kernel, biasFor(random, x, kernel, 3)];
    return { op: "Dense", operands, to: random.affine(f32(random.integer(30, 50) * 1.2345)) };
  });

  for (const transposeB of [false, true]) {
    const title = `MatMul of two activations, transposeB ${transposeB}`;
    agrees(title, { runs: "QLinearMatMul" }, (random, i) => {
      const [a, b] = [random.affine(), random.affine()];
      const [rows, inner, columns] = [random.integer(1, 9), random.pick([1, 8, 65]), 7];
      const batch = i % 2 ? [2, 3] : [];
      return {
        op: "MatMul",
        attributes: { transposeB },
        operands: [
          drawn(random, a, [...batch, rows, inner]),
          drawn(random, b, [...batch, ...(transposeB ? [columns, inner] : [inner, columns])]),
        ],
        to: random.affine(f32(a.scale * b.scale * 100 * Math.sqrt(inner))),
      };
    });
  }
});

describe("two operands", () => {
  const kinds = {
    Add: { runs: "QLinearAdd" },
    Multiply: { runs: "QLinearMul" },
    Subtract: { runs: "DequantizeLinear DequantizeLinear QuantizeLinear Sub" },
  } as const;
  describe.each(Object.entries(kinds))("%s", (op, { runs }) => {
    agrees("equal shapes", { runs, cases: 20 }, (random) => ({
      op,
      operands: [0, 1].map(() => drawn(random, random.affine(), [1, 4, 5, 12])),
      to: random.affine(),
    }));

    agrees("a constant", { runs }, (random) => ({
      op,
      operands: [
        drawn(random, random.affine(), [1, 4, 5, 12]),
        constantActivation(random, random.pick([[12], [1, 1, 1, 12], [1, 4, 5, 12], []])),
      ],
      to: random.affine(),
    }));

    agrees("one stretched along channels", { runs }, (random) => ({
      op,
      operands: [
        [1, 4, 5, 12],
        [1, 1, 1, 12],
      ].map((shape) => drawn(random, random.affine(), shape)),
      to: random.affine(),
    }));
  });
});

describe("an activation between layer and Quantize", () => {
  const conv = (random: Random): Pick<Island, "op" | "operands"> & { readonly to: Affine } => {
    const x = random.affine();
    const kernel = weights(random, [6, 3, 3, 4], 0, true);
    const operands = [drawn(random, x, [1, 7, 7, 4]), kernel, biasFor(random, x, kernel, 6)];
    return { op: "Conv2D", operands, to: resultOf(random, x, kernel, 36) };
  };

  agrees("ReLU that saturation implies is gone", { runs: "QLinearConv" }, (random) => {
    const { to, ...layer } = conv(random);
    return { ...layer, behind: [["ReLU", {}]], to: { ...to, zeroPoint: 0 } };
  });

  agrees("ReLU6 that saturation implies is gone", { runs: "QLinearConv" }, (random, i) => {
    // 6 / 255 and what an observer gives that saw a little less, or half a step more.
    const scale = f32((6 + [0, -0.5, 0.003, 1e-6][i % 4]!) / 255);
    return { ...conv(random), behind: [["ReLU6", {}]], to: { scale, zeroPoint: 0 } };
  });

  const float = "DequantizeLinear DequantizeLinear DequantizeLinear FusedConv QuantizeLinear";
  agrees("ReLU inside of the range stays, in float", { runs: float, within: 1 }, (random) => {
    const { to, ...layer } = conv(random);
    return { ...layer, behind: [["ReLU", {}]], to: { ...to, zeroPoint: random.integer(1, 100) } };
  });

  agrees("ReLU6 inside of the range stays, in float", { runs: float, within: 1 }, (random) => ({
    ...conv(random),
    behind: [["ReLU6", {}]],
    to: { scale: f32(0.07), zeroPoint: random.integer(1, 100) },
  }));

  agrees("Clip that saturation implies", { runs: "QLinearConv", within: 1 }, (random) => ({
    ...conv(random),
    behind: [["Clip", { min: -1, max: 1 }]],
    to: { scale: f32(2 / 256), zeroPoint: 128 },
  }));

  agrees("Add and ReLU", { runs: "QLinearAdd" }, (random) => ({
    op: "Add",
    operands: [0, 1].map(() => drawn(random, random.affine(), [1, 4, 5, 12])),
    behind: [["ReLU", {}]],
    to: { scale: random.scale(), zeroPoint: 0 },
  }));
});

describe("pooling", () => {
  const runs = "QLinearAveragePool";
  agrees("AveragePool", { runs, cases: 20 }, (random, i) => {
    const from = random.affine();
    const padding = [0, 0, 0, 0].map(() => random.integer(0, 1));
    return {
      op: "AveragePool2D",
      attributes: {
        poolSize: [random.integer(2, 3), random.integer(2, 3)],
        strides: [random.integer(1, 2), random.integer(1, 2)],
        padding,
        ...(i % 3 === 0 && { countedPadding: padding }),
      },
      operands: [drawn(random, from, [1, 9, 7, 3])],
      to: random.affine(f32(from.scale * random.pick([1, 1, 0.5, 2, 0.7]))),
    };
  });

  agrees("AveragePool whose window is the whole input", { runs, cases: 30 }, (random) => {
    const from = random.affine();
    const poolSize = [random.integer(2, 8), random.integer(1, 8)];
    return {
      op: "AveragePool2D",
      attributes: { poolSize },
      operands: [drawn(random, from, [1, ...poolSize, 16])],
      to: random.affine(f32(from.scale * random.pick([1, 0.5, 2, 0.1, 0.3]))),
    };
  });

  agrees("AveragePool, large windows", { runs, cases: 20 }, (random) => {
    const from = random.affine();
    return {
      op: "AveragePool2D",
      attributes: { poolSize: [8, 8], padding: [0, 0, 0, random.integer(0, 1)] },
      operands: [drawn(random, from, [1, 8, 9, 16])],
      to: random.affine(f32(from.scale * random.pick([1, 0.5, 2, 0.1, 0.3]))),
    };
  });

  agrees("GlobalAveragePool", { runs: "QLinearGlobalAveragePool", cases: 30 }, (random) => {
    const from = random.affine();
    return {
      op: "GlobalAveragePool2D",
      operands: [drawn(random, from, [1, random.integer(1, 12), random.integer(1, 8), 16])],
      to: random.affine(f32(from.scale * random.pick([1, 0.5, 2, 0.1, 0.3]))),
    };
  });

  for (const keepDims of [true, false]) {
    agrees(
      `ReduceMean over both spatial axes, keepDims ${keepDims}`,
      {
        runs: keepDims ? "QLinearGlobalAveragePool" : "QLinearGlobalAveragePool Reshape",
        cases: 20,
      },
      (random) => {
        const from = random.affine();
        return {
          op: "ReduceMean",
          attributes: { axes: [1, 2], keepDims },
          operands: [drawn(random, from, [1, random.integer(1, 12), random.integer(1, 8), 16])],
          to: random.affine(f32(from.scale * random.pick([1, 0.5, 2, 0.1, 0.3]))),
        };
      },
    );
  }

  const float = "DequantizeLinear QuantizeLinear ReduceMean";
  agrees("ReduceMean over the last axis", { runs: float, within: 1, cases: 20 }, (random) => {
    const from = random.affine();
    return {
      op: "ReduceMean",
      attributes: { axes: [-1] },
      operands: [drawn(random, from, [1, 6, random.integer(1, 64)])],
      to: random.affine(f32(from.scale * random.pick([1, 0.5, 2, 0.1, 0.3]))),
    };
  });

  agrees("MaxPool", { runs: "MaxPool" }, (random) => {
    const same = random.affine();
    return {
      op: "MaxPool2D",
      attributes: {
        poolSize: [3, 2],
        strides: [random.integer(1, 2), 1],
        dilationRate: [random.integer(1, 2), 1],
        padding: [0, 1, 1, 0],
      },
      operands: [drawn(random, same, [1, 7, 6, 5])],
      to: same,
    };
  });
});

describe("tables", () => {
  const everyCode = Uint8Array.from({ length: 256 }, (_, i) => i);
  const float = (op: string) => `DequantizeLinear ${op} QuantizeLinear`.split(" ").sort().join(" ");
  const kinds: Record<string, Expectation & { readonly attributes?: Attributes }> = {
    LeakyReLU: { runs: "QLinearLeakyRelu", attributes: { alpha: f32(0.3) } },
    Sigmoid: { runs: "QLinearSigmoid" },
    HardSigmoid: { runs: float("HardSigmoid"), attributes: { alpha: f32(1 / 6), beta: 0.5 } },
    HardSwish: { runs: float("HardSigmoid Mul") },
    Tanh: { runs: float("Tanh"), within: 1 },
    Exp: { runs: float("Exp"), within: 1 },
    ELU: { runs: float("Elu"), within: 1 },
    Softplus: { runs: float("Softplus"), within: 1 },
    Erf: { runs: float("Erf"), within: 1 },
    Abs: { runs: float("Abs") },
    Negative: { runs: float("Neg") },
    Swish: { runs: float("DequantizeLinear Mul Sigmoid"), within: 1 },
    GELU: { runs: float("Add DequantizeLinear Div Erf Mul Mul"), within: 1 },
  };
  describe.each(Object.entries(kinds))("%s", (op, { attributes = {}, ...expectation }) => {
    agrees("every code", { cases: 40, ...expectation }, (random) => ({
      op,
      attributes,
      operands: [activation(random.affine(), [256], everyCode)],
      to: random.affine(),
    }));
  });
});

describe("Softmax", () => {
  agrees(
    "rows in steps of 1/255 and 1/256",
    { runs: "QLinearSoftmax", cases: 20 },
    (random, i) => ({
      op: "Softmax",
      attributes: { axis: -1 },
      operands: [
        drawn(random, random.affine(f32(2 ** (-8 + 7 * random.unit()))), [
          5,
          random.pick([2, 10, 65, 128]),
        ]),
      ],
      to: { scale: f32(1 / (i % 2 ? 255 : 256)), zeroPoint: 0 },
    }),
  );
});

describe("parameters change", () => {
  it.each(["uint8", "int8"] as const)(
    "Dequantize, Quantize to other parameters, %s",
    async (carrier) => {
      const numbers = random(11);
      for (let i = 0; i < 20; i++) {
        const [from, to] = [numbers.affine(), numbers.affine()];
        const steps = ({ scale, zeroPoint }: Affine) => ({
          scale: [scale],
          zeroPoint: [zeroPoint - offsetOf(carrier)],
        });
        const editor = new GraphEditor(ops, "requantize");
        const type = { dtype: carrier, shape: [256], quant: steps(from) };
        const real = editor.value({ op: "Dequantize", operands: [editor.input("x", type)] });
        const attributes = { dtype: carrier, ...steps(to) };
        const y = editor.value({ op: "Quantize", operands: [real], attributes });
        editor.output({ name: "y", value: y });
        const graph = editor.finish();
        const codes = Array.from({ length: 256 }, (_, i) => i - offsetOf(carrier));
        const x = { ...tensor(carrier, [256], codes), quant: type.quant };
        const ours = simulate(graph, new Map([["x", x]]), { ops, kernels }).get("y")!;
        const theirs = await runModel(exportOnnx(graph, ops), { x: x as Feed });
        expect([...ours.data]).toEqual([...(theirs.y!.data as Int8Array)]);
      }
    },
  );

  agrees("Softmax along another axis", { runs: "QLinearSoftmax" }, (random) => ({
    op: "Softmax",
    attributes: { axis: 1 },
    operands: [drawn(random, random.affine(f32(0.05)), [2, 10, 6])],
    to: { scale: f32(1 / 256), zeroPoint: 0 },
  }));

  for (const op of ["Transpose", "Reshape"]) {
    const attributes = op === "Reshape" ? { shape: [240] } : { permutation: [1, 0] };
    const runs = `DequantizeLinear QuantizeLinear${op === "Reshape" ? " Reshape" : ""}`;
    agrees(`across a ${op}`, { runs, within: 1 }, (random) => ({
      op,
      attributes,
      operands: [drawn(random, random.affine(f32(0.05)), [12, 20])],
      to: random.affine(f32(0.05 * random.pick([0.5, 1.5, 2]))),
    }));
  }
});

describe("chosen or scaled elements", () => {
  for (const [op, name] of [
    ["Maximum", "Max"],
    ["Minimum", "Min"],
  ] as const) {
    const runs = `DequantizeLinear DequantizeLinear ${name} QuantizeLinear`;
    agrees(op, { runs }, (random) => {
      const same = random.affine();
      const operands = [0, 1].map(() => drawn(random, same, [3, 4, 20]));
      return { op, operands, to: same };
    });
  }

  agrees("PReLU", { runs: "DequantizeLinear PRelu QuantizeLinear", within: 1 }, (random) => {
    const slopes = tensor("float32", [1, 1, 1, 8], random.weights(8));
    const operands = [drawn(random, random.affine(), [1, 3, 4, 8]), constant(slopes)];
    return { op: "PReLU", operands, to: random.affine() };
  });
});

describe("movement", () => {
  agrees("Concat of different scales", { runs: "QLinearConcat", cases: 16 }, (random, i) => {
    const to = random.affine();
    const first = random.affine(f32(to.scale * random.pick([0.5, 2, 1.5])));
    return {
      op: "Concat",
      attributes: { axis: -1 },
      operands: [first, i % 3 ? random.affine() : to].map((params) =>
        drawn(random, params, [1, 3, 4, 32]),
      ),
      to,
    };
  });

  const kinds: Record<string, readonly [Attributes, string]> = {
    Reshape: [{ shape: [2, 96] }, "Reshape"],
    Transpose: [{ permutation: [0, 2, 1, 3] }, ""],
    Slice: [{ begin: [0, 1, 0, 2], size: [1, 2, 5, 3], steps: [1, 1, 1, -1] }, "Slice"],
    Tile: [{ repeats: [1, 2, 1, 3] }, "Tile"],
    ReduceMax: [{ axes: [1] }, "ReduceMax"],
    SpaceToDepth: [{ blockSize: 2 }, "DequantizeLinear QuantizeLinear SpaceToDepth"],
    DepthToSpace: [{ blockSize: 2 }, "DepthToSpace"],
    ResizeNearest: [{ shape: [1, 8, 12, 8] }, "Resize"],
    Gather: [{ axis: 1 }, "Gather"],
    Pad: [{ padding: [0, 1, 0, 2, 0, 0, 3, 1] }, "DequantizeLinear Pad QuantizeLinear"],
  };
  describe.each(Object.entries(kinds))("%s", (op, [attributes, runs]) => {
    agrees("equal parameters", { runs, cases: 4 }, (random) => {
      const same = random.affine();
      const indices = constant(tensor("int32", [3], [2, 0, 3]));
      const operands = [drawn(random, same, [1, 4, 6, 8]), ...(op === "Gather" ? [indices] : [])];
      return { op, attributes, operands, to: same };
    });
  });

  for (const coordinates of ["halfPixel", "alignCorners", "asymmetric"]) {
    const expectation = {
      runs: "DequantizeLinear QuantizeLinear Resize",
      within: 1,
      inFloat: true,
    } as const;
    agrees(`Resize, linear, ${coordinates}`, expectation, (random, i) => {
      const from = random.affine();
      return {
        op: "Resize",
        attributes: { shape: [1, random.integer(5, 12), random.integer(3, 12), 5], coordinates },
        operands: [drawn(random, from, [1, 5, 6, 5])],
        to: i % 2 ? from : random.affine(f32(from.scale * random.pick([0.7, 1.5]))),
      };
    });
  }
});
