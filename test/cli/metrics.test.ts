import { describe, expect, it } from "vitest";
import { type MetricName, metricOf } from "../../compiler/cli/metrics.ts";
import type { ModelPort } from "../../compiler/cli/runnable.ts";

/** The score of one output per sample. */
function score(
  name: MetricName,
  outputs: readonly (readonly number[])[],
  labels: { readonly data: Int8Array | BigInt64Array; readonly shape: readonly number[] },
  port: Partial<ModelPort> & Pick<ModelPort, "shape">,
) {
  const dtype = labels.data instanceof Int8Array ? ("int8" as const) : ("int64" as const);
  const metric = metricOf(name, {
    labels: { file: "y.npy", dtype, ...labels },
    samples: outputs.length,
    output: { name: "y", dtype: "float32", ...port },
    batch: 1,
  });
  for (const [i, values] of outputs.entries()) metric.add(Float32Array.from(values), i);
  return metric.score();
}

describe("accuracy", () => {
  const outputs = [
    [0, 2, 1],
    [5, 5, 0],
    [Number.NaN, 0, 1],
    [-3, -2, -1],
  ];

  it("takes the first of equal values, and NaN for wrong", () => {
    const labels = { data: Int8Array.of(1, 0, 2, 2), shape: [4] };
    const { values, notFinite } = score("accuracy", outputs, labels, { shape: [1, 3] });
    expect(values).toEqual({ accuracy: 0.75, correct: 3, samples: 4 });
    expect(notFinite).toBe(1);
  });

  it("takes labels of any integer dtype, also [n, 1]", () => {
    const labels = { data: BigInt64Array.of(1n, 1n, 1n, 1n), shape: [4, 1] };
    expect(score("accuracy", outputs, labels, { shape: [3] }).values.accuracy).toBe(0.25);
  });

  it("rejects labels that are no classes, or too few", () => {
    const wrong = { data: Int8Array.of(1, 0, 3, 2), shape: [4] };
    expect(() => score("accuracy", outputs, wrong, { shape: [1, 3] })).toThrow("QC2508");
    const few = { data: Int8Array.of(1, 0), shape: [2] };
    expect(() => score("accuracy", outputs, few, { shape: [1, 3] })).toThrow("QC2507");
    const perToken = { data: Int8Array.of(1, 0, 1, 0, 1, 0, 1, 0), shape: [4, 2] };
    expect(() => score("accuracy", outputs, perToken, { shape: [1, 3] })).toThrow("QC2507");
  });
});

describe("perplexity", () => {
  it("is the number of classes for equal logits", () => {
    const labels = { data: Int8Array.of(0, 2, 1, 1), shape: [2, 2] };
    const flat = [0, 0, 0, 0, 0, 0];
    const { values } = score("perplexity", [flat, flat], labels, { shape: [1, 2, 3] });
    expect(values).toMatchObject({ samples: 2, tokens: 4 });
    expect(values.perplexity).toBeCloseTo(3, 12);
  });

  it("reads integers as the reals that they stand for, however large", () => {
    const labels = { data: Int8Array.of(0), shape: [1, 1] };
    const quant = { scale: [0.5], zeroPoint: [10] };
    const { values } = score("perplexity", [[2010, 2008]], labels, { shape: [1, 1, 2], quant });
    // Logits 1000 and 999.
    expect(values.perplexity).toBeCloseTo(1 + Math.exp(-1), 12);
  });
});
