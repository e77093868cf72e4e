import { describe, expect, it } from "vitest";
import { type Kernel, lowerSite, runCalls } from "../../compiler/ir/evaluate.ts";
import { completeAttributes, inferTypes } from "../../compiler/ir/infer.ts";
import type { KernelCall, OpDef, Requantize, Site } from "../../compiler/ir/op.ts";
import {
  allocate,
  type DType,
  type QuantizedDType,
  quantRange,
  sizeOf,
  type Tensor,
  type TensorType,
  type TypedArray,
} from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";
import { kernels } from "../../runtime/reference/index.ts";
import { type Sample, samples } from "../support/op-samples.ts";

/** Laws that hold for every op of the table. */

describe("the op table", () => {
  it("has each op under its own name", () => {
    for (const [name, op] of ops) expect(op.name).toBe(name);
    const files = [...ops.values()];
    expect(new Set(files.map(({ name }) => name)).size).toBe(files.length);
  });

  it("imports each operator of a format once", () => {
    for (const format of ["onnx", "tflite"] as const) {
      const names = [...ops.values()].flatMap((op) => Object.keys(op[format] ?? {}));
      expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
    }
  });
});

describe.each([...ops.values()])("$name", (op: OpDef) => {
  it("is documented, attributes included", () => {
    expect(op.doc.length).toBeGreaterThan(0);
    expect(op.doc).not.toMatch(/\.$/);
    for (const { doc } of Object.values(op.attributes)) expect(doc.length).toBeGreaterThan(0);
  });

  it("has named operands, the variadic one last", () => {
    const names = op.operands.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    op.operands.forEach(({ variadic }, i) => {
      expect(!variadic || i === op.operands.length - 1).toBe(true);
    });
  });

  it("has defaults of their attributes' kinds", () => {
    for (const { kind, default: value, oneOf } of Object.values(op.attributes)) {
      if (value === undefined) continue;
      const lists = kind === "numbers" || kind === "strings";
      const one = lists ? (value as readonly unknown[])[0] : value;
      const wanted = kind.startsWith("number")
        ? "number"
        : kind === "boolean"
          ? "boolean"
          : "string";
      if (one !== undefined) expect(typeof one).toBe(wanted);
      if (oneOf) expect(oneOf).toContain(value);
    }
  });
});

describe.each(samples)("$name in use", (sample) => {
  it("calls kernels that exist, with operands and results that exist", () => {
    const site = siteOf(sample);
    for (const { kernel, arguments: list } of callsOf(sample.op, site)) {
      expect(kernels).toHaveProperty(kernel);
      expect(list.length).toBe(kernels[kernel as keyof typeof kernels].length);
      for (const argument of list) {
        // float32 lanes have no other numbers.
        if (typeof argument === "number") expect(argument).toBe(Math.fround(argument));
        else if (argument.kind === "operand") expect(site.operands[argument.index]).toBeDefined();
        else if (argument.kind === "result") expect(site.results[argument.index]).toBeDefined();
      }
    }
  });

  it("writes every element of the inferred shape, from operands alone", () => {
    const site = siteOf(sample);
    const calls = callsOf(sample.op, site);
    const tensors = site.operands.map((type) => type && fill(type, 1));
    const once = compute(calls, tensors, site.results, 11);
    const again = compute(calls, tensors, site.results, 101);
    once.forEach((result, i) => {
      expect(result.data.length).toBe(sizeOf(result.shape));
      expect(result.data).toEqual(again[i]!.data);
      expect(result.data.every((x) => !Number.isNaN(x))).toBe(true);
    });
  });
});

/** Ops whose operands are values of the network: their integer form is a function of what those stand for. */
const integerSamples = samples.filter(
  ({ op, operands }) =>
    op.lowerInteger !== undefined &&
    op.operands.every(({ role }) => role === "activation" || role === "parameter") &&
    operands.every((type) => type !== undefined),
);

/** Integer forms that round sums of several roundings, in steps. */
const steps: Readonly<Record<string, number>> = { HardSwish: 2 };

describe.each(integerSamples)("$name on integers", (sample) => {
  const { integerModes = ["onnx", "tflite"] } = sample;
  it.each(integerModes)("is at most a step from its reals in mode %s", (mode) => {
    const { op, operands, attributes = {}, result: to = palette } = sample;
    // Ops that choose one of their operands need all parameters to agree.
    const types = operands.map((type) => (type!.dtype === "float32" ? quantized(type!) : type!));
    const q = { dtype: "int8", scale: [to.scale], zeroPoint: [to.zeroPoint] };
    const site = siteOf({ operands: types, attributes: { ...attributes, ...q }, op }, mode);
    const calls = lowerSite(op, site);
    if (typeof calls === "string") throw new Error(calls);
    const integers = types.map((type) => fill(type, 2));
    const [actual] = runCalls(calls, integers, site.results, kernels);
    const [wanted] = quantizedReals(sample, integers, to);
    const far = Array.from(actual!.data, (q, i) => Math.abs(q - wanted![i]!));
    expect(Math.max(...far)).toBeLessThanOrEqual(steps[sample.name] ?? 1);
  });
});

/** The parameters of all values: those of operands and results agree. */
const palette = { scale: 0.02, zeroPoint: -13 };

/** The float form on the reals that the integers stand for, quantized. What is not a number becomes 0. */
function quantizedReals(
  sample: Sample & { op: OpDef },
  integers: readonly Tensor[],
  { scale, zeroPoint }: typeof palette,
) {
  const reals = integers.map(dequantize);
  const site = siteOf(sample);
  const results = runCalls(callsOf(sample.op, site), reals, site.results, kernels);
  return results.map(({ data }) =>
    Array.from(data, (x) => {
      const steps = Number.isNaN(x) ? 0 : Math.round(x / scale);
      return Math.min(127, Math.max(-128, steps + zeroPoint));
    }),
  );
}

function dequantize(q: Tensor): Tensor {
  if (!q.quant) return q;
  const [scale, zeroPoint] = [q.quant.scale[0]!, q.quant.zeroPoint[0]!];
  const data = Float32Array.from(q.data, (x) => (x - zeroPoint) * scale);
  return { dtype: "float32", shape: q.shape, data };
}

function quantized({ shape }: TensorType): TensorType {
  const quant = { scale: [palette.scale], zeroPoint: [palette.zeroPoint] };
  return { dtype: "int8", shape, quant };
}

function siteOf(
  { op, operands, attributes = {} }: Sample & { op: OpDef },
  requantize: Requantize = "onnx",
): Site {
  const complete = completeAttributes(op, attributes);
  const results = inferTypes(op, operands, complete);
  return {
    name: op.name,
    attributes: complete,
    operands,
    constants: operands.map(() => undefined),
    results,
    requantize,
  };
}

function callsOf(op: OpDef, site: Site): readonly KernelCall[] {
  const calls = lowerSite(op, site);
  if (typeof calls === "string") throw new Error(calls);
  return calls;
}

/** Reals in [0.1, 1.9], every integer of a quantized dtype, and indices and booleans 0 and 1. */
function fill(type: TensorType, seed: number): Tensor {
  let state = seed;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const data = allocate(type.dtype, sizeOf(type.shape));
  for (let i = 0; i < data.length; i++) data[i] = draw(type, next());
  return { ...type, data };
}

function draw({ dtype, quant }: TensorType, chance: number): number {
  if (dtype === "float32") return 0.1 + 1.8 * chance;
  if (!quant) return chance < 0.5 ? 0 : 1;
  const [low, high] = quantRange[dtype as QuantizedDType & DType];
  return low + Math.floor(chance * (high - low + 1));
}

/** `runCalls` into results that hold `before` in every element. */
function compute(
  calls: readonly KernelCall[],
  operands: readonly (Tensor | undefined)[],
  types: readonly TensorType[],
  before: number,
): readonly Tensor[] {
  const filling: Record<string, Kernel> = { ...kernels };
  const [{ kernel, arguments: list }] = calls as readonly [KernelCall];
  let filled = false;
  filling[kernel] = (...values: readonly TypedArray[]) => {
    for (const [i, argument] of list.entries()) {
      const isResult = typeof argument === "object" && argument.kind === "result";
      if (isResult && !filled) values[i]!.fill(before);
    }
    filled = true;
    (kernels as Readonly<Record<string, Kernel>>)[kernel]!(...(values as never[]));
  };
  return runCalls(calls, operands, types, filling);
}
