import { describe, expect, it } from "vitest";
import {
  type ExpectedInput,
  lintSamples,
  type SampleSource,
} from "../../compiler/calibrate/lint.ts";
import type { ModelPlace } from "../../grammar/source/diagnostic.ts";

function source(
  samples: readonly (readonly number[])[],
  changes: Partial<SampleSource> = {},
): SampleSource {
  const shape = [samples[0]?.length ?? 2];
  return {
    file: "x.npy",
    input: "x",
    count: samples.length,
    shape,
    sample: (i) => samples[i]!,
    ...changes,
  };
}

const ten = Array.from({ length: 10 }, (_, i) => [i, -i]);

/** The findings, one line each: severity, code, message and place. */
function check(samples: readonly (readonly number[])[], expected: Partial<ExpectedInput> = {}) {
  const input: ExpectedInput = { dtype: "float32", shape: [2], ...expected };
  return lintSamples([source(samples)], new Map([["x", input]])).map((found) => {
    const { model, path } = found.labels[0]!.place as ModelPlace;
    return `${found.severity} ${found.code} ${found.message} @ ${model} › ${path}`;
  });
}

describe("lint of calibration data", () => {
  it("has nothing to say of good data", () => {
    expect(check(ten)).toEqual([]);
    expect(
      check(
        ten.map((row) => row.map(Math.abs)),
        { dtype: "uint8" },
      ),
    ).toEqual([]);
  });

  it.each([
    [
      "NaN",
      ten.with(7, [1, Number.NaN]),
      {},
      "error QC2250 the data for input `x` holds `NaN` @ x.npy › sample 7",
    ],
    [
      "an infinity",
      ten.with(0, [Number.NEGATIVE_INFINITY, 0]),
      {},
      "error QC2250 the data for input `x` holds `-Infinity` @ x.npy › sample 0",
    ],
    [
      "the wrong shape",
      ten,
      { shape: [3] },
      "error QC2251 samples for input `x` have the shape `[2]`, expected `[3]` @ x.npy › input `x`",
    ],
    [
      "fractions for integers",
      ten.with(2, [0.5, 1]),
      { dtype: "int32" },
      "error QC2252 input `x` takes `int32`, but the data holds `0.5` @ x.npy › sample 2",
    ],
    [
      "integers out of range",
      ten,
      { dtype: "uint8" },
      "error QC2252 input `x` takes `uint8`, but the data holds `-1` @ x.npy › sample 1",
    ],
    [
      "no samples",
      [],
      {},
      "error QC2253 the data for input `x` holds no samples @ x.npy › input `x`",
    ],
    [
      "a constant",
      ten.map(() => [3, 3]),
      {},
      "error QC2254 all the data for input `x` is `3` @ x.npy › input `x`",
    ],
    [
      "equal samples",
      ten.map(() => [3, 4]),
      {},
      "warning QC2255 all 10 samples for input `x` are the same @ x.npy › input `x`",
    ],
    [
      "few samples",
      ten.slice(0, 4),
      {},
      "warning QC2256 only 4 samples to calibrate with @ x.npy › input `x`",
    ],
    ["other units", ten, { dtype: "int8", quant: { scale: [1], zeroPoint: [-128] } }, undefined],
    [
      "values of 0 to 1 for 0 to 255",
      ten.map(([a]) => [a! / 9, 0]),
      { dtype: "int8", quant: { scale: [1], zeroPoint: [-128] } },
      "warning QC2257 the data for input `x` lies in [0, 1], but the model's input holds [0, 255] @ x.npy › input `x`",
    ],
    [
      "values of 0 to 255 for 0 to 1",
      ten.map(([a]) => [a! * 28, 0]),
      { dtype: "int8", quant: { scale: [1 / 255], zeroPoint: [-128] } },
      "warning QC2257 the data for input `x` lies in [0, 252], but the model's input holds [0, 1] @ x.npy › input `x`",
    ],
  ] as const)("reports %s", (_, samples, expected, text) => {
    expect(check(samples, expected as Partial<ExpectedInput>)).toEqual(
      text === undefined ? [] : [text],
    );
  });

  it("compares the inputs of a model", () => {
    const sources = [
      source(ten),
      source(ten.slice(1), { input: "y", file: "y.npy" }),
      source(
        ten.map(() => [1, 1]),
        { input: "mask" },
      ),
    ];
    expect(
      lintSamples(sources, new Map()).map(({ code, severity }) => `${severity} ${code}`),
    ).toEqual(["error QC2258", "warning QC2254"]);
  });
});
