import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lintSamples } from "../../compiler/calibrate/lint.ts";
import { arrangementOf } from "../../compiler/cli/data/arrangement.ts";
import { datasetOf } from "../../compiler/cli/data/dataset.ts";
import { expectedInputs, fitDataset, type ModelInput } from "../../compiler/cli/data/fit.ts";
import { encodeNpy, type NpyArray, type NpyData, readNpy } from "../../compiler/cli/data/npy.ts";
import { parsePreprocessing } from "../../compiler/cli/data/preprocessing.ts";
import type { Shape } from "../../compiler/ir/types.ts";

function array(data: NpyData, shape: Shape, file = "x.npy"): NpyArray {
  return readNpy(encodeNpy(data, shape), file);
}

function input(changes: Partial<ModelInput> = {}): ModelInput {
  return { name: "x", dtype: "float32", shape: [1, 2], ...changes };
}

/** All runs of one unnamed array, each as plain numbers; and the codes of the notes. */
function check(
  given: NpyArray,
  model: ModelInput,
  preprocessing?: Parameters<typeof parsePreprocessing>[0],
) {
  const stated = preprocessing && parsePreprocessing(preprocessing);
  const fitted = fitDataset(datasetOf([{ array: given }]), [model], stated);
  const runs = Array.from({ length: fitted.runs }, (_, i) => [
    ...fitted.run(i).get(model.name)!.data,
  ]);
  return { runs, notes: fitted.notes.map(({ code }) => code) };
}

describe("arrangement", () => {
  it.each([
    [[28, 28], [1, 1, 28, 28], "same"],
    [[28, 28, 1], [1, 1, 28, 28], "same"],
    [[49, 10, 1], [1, 49, 10, 1], "same"],
    [[], [1, 1], "same"],
    [[128], [1, 128], "same"],
    [[32, 32, 3], [1, 3, 32, 32], "to-channel-first"],
    [[1, 32, 32, 3], [1, 3, 32, 32], "to-channel-first"],
    [[3, 32, 32], [1, 32, 32, 3], "to-channel-last"],
    [[24, 32, 3], [3, 24, 32], "to-channel-first"],
    [[32, 24, 3], [1, 3, 24, 32], undefined],
    [[784], [1, 28, 28], undefined],
    [[10, 49], [49, 10], undefined],
    [[3, 3, 3], [1, 3, 3, 3], "same"],
  ] as const)("of %j in %j is %s", (sample, expected, arrangement) => {
    expect(arrangementOf(sample, expected)).toBe(arrangement);
  });
});

describe("fitting data to inputs", () => {
  it("cuts samples and converts them value by value", () => {
    const bytes = array(Uint8Array.of(0, 255, 7, 8), [2, 2]);
    expect(check(bytes, input()).runs).toEqual([
      [0, 255],
      [7, 8],
    ]);
    const tokens = array(BigInt64Array.of(5n, 6n, 7n, -8n), [2, 2]);
    expect(check(tokens, input({ dtype: "int32" })).runs).toEqual([
      [5, 6],
      [7, -8],
    ]);
    expect(check(tokens, input()).runs[1]).toEqual([7, -8]);
  });

  it("moves channels to where the model has them, and says so", () => {
    const image = array(
      Uint8Array.from({ length: 18 }, (_, i) => i),
      [1, 2, 3, 3],
    );
    const first = check(image, input({ shape: [1, 3, 2, 3] }));
    expect(first.runs).toEqual([[0, 3, 6, 9, 12, 15, 1, 4, 7, 10, 13, 16, 2, 5, 8, 11, 14, 17]]);
    expect(first.notes).toEqual(["QC2540"]);
    const back = array(Float32Array.from(first.runs[0]!), [1, 3, 2, 3]);
    const last = check(back, input({ shape: [1, 2, 3, 3] }));
    expect(last.runs).toEqual([Array.from({ length: 18 }, (_, i) => i)]);
    expect(last.notes).toEqual(["QC2540"]);
  });

  it("takes as many samples at once as the batch, and fills up the last run", () => {
    const three = array(Uint8Array.of(1, 2, 3, 4, 5, 6), [3, 2]);
    expect(check(three, input({ shape: [2, 2] })).runs).toEqual([
      [1, 2, 3, 4],
      [5, 6, 5, 6],
    ]);
  });

  it("takes data of a quantized input's dtype as it is, and quantizes other data", () => {
    const quantized = input({ dtype: "int8", quant: { scale: [1], zeroPoint: [-128] } });
    expect(check(array(Int8Array.of(-128, 127), [1, 2]), quantized)).toEqual({
      runs: [[-128, 127]],
      notes: [],
    });
    const pixels = array(Uint8Array.of(0, 255, 1, 254), [2, 2]);
    expect(check(pixels, quantized)).toEqual({
      runs: [
        [-128, 127],
        [-127, 126],
      ],
      notes: ["QC2541"],
    });
    const reals = array(Float32Array.of(0.5, 300), [1, 2]);
    expect(check(reals, quantized).runs).toEqual([[-128, 127]]);
    const unit = input({
      dtype: "int8",
      quant: { scale: [Math.fround(1 / 255)], zeroPoint: [-128] },
    });
    expect(check(pixels, unit, { scale: "1/255" }).runs[0]).toEqual([-128, 127]);
  });

  it("preprocesses per channel, in float32, before it transposes", () => {
    const image = array(Uint8Array.of(10, 20, 30, 40, 50, 60), [1, 1, 2, 3]);
    const stated = { scale: "1/10", mean: "1,2,3", std: "1, 2, 1/2" };
    expect(
      check(image, input({ shape: [1, 1, 2, 3] }), stated).runs[0]!.map((x) => Math.fround(x)),
    ).toEqual([0, 0, 0, 3, 1.5, 6].map((x) => expect.closeTo(x, 5)));
    const planes = array(Uint8Array.of(10, 40, 20, 50, 30, 60), [1, 3, 1, 2]);
    expect(check(planes, input({ shape: [1, 3, 1, 2] }), stated).runs[0]).toEqual(
      [0, 3, 0, 1.5, 0, 6].map((x) => expect.closeTo(x, 5)),
    );
    expect(check(image, input({ shape: [1, 3, 1, 2] }), stated).runs[0]).toEqual(
      [0, 3, 0, 1.5, 0, 6].map((x) => expect.closeTo(x, 5)),
    );
  });

  it("gives arrays to the inputs that they name, the others in order", () => {
    const data = datasetOf([
      { array: array(Uint8Array.of(1), [1, 1], "a.npy") },
      { name: "c", array: array(Uint8Array.of(3), [1, 1], "c.npy") },
      { array: array(Uint8Array.of(2), [1, 1], "b.npy") },
    ]);
    const inputs = ["c", "a", "b"].map((name) => input({ name, shape: [1] }));
    const run = fitDataset(data, inputs).run(0);
    expect([...run].map(([name, { data: values }]) => [name, values[0]])).toEqual([
      ["c", 3],
      ["a", 1],
      ["b", 2],
    ]);
  });

  it.each([
    ["another shape", array(Uint8Array.of(1, 2, 3), [1, 3]), input(), {}, "QC2531"],
    ["fractions", array(Float32Array.of(1, 0.5), [1, 2]), input({ dtype: "int32" }), {}, "QC2532"],
    [
      "too large integers",
      array(BigInt64Array.of(1n, 2n ** 31n), [1, 2]),
      input({ dtype: "int32" }),
      {},
      "QC2532",
    ],
    ["a single number", array(Uint8Array.of(1), []), input(), {}, "QC2526"],
    ["no such channels", array(Uint8Array.of(1, 2), [1, 2]), input(), { mean: "1,2,3" }, "QC2534"],
    [
      "tokens that are to be scaled",
      array(Int32Array.of(1, 2), [1, 2]),
      input({ dtype: "int32" }),
      { scale: "2" },
      "QC2535",
    ],
    ["a broken fraction", array(Uint8Array.of(1, 2), [1, 2]), input(), { scale: "1/0" }, "QC2533"],
    ["words for numbers", array(Uint8Array.of(1, 2), [1, 2]), input(), { mean: "a,b" }, "QC2533"],
    ["a deviation of 0", array(Uint8Array.of(1, 2), [1, 2]), input(), { std: "1,0" }, "QC2533"],
    [
      "lists of two lengths",
      array(Uint8Array.of(1, 2), [1, 2]),
      input(),
      { mean: "1,2", std: "1,2,3" },
      "QC2533",
    ],
  ] as const)("rejects %s", (_, given, model, options, code) => {
    expect(() => check(given, model, options)).toThrow(new RegExp(code));
  });

  it("rejects inputs without data, data without inputs, and different numbers of samples", () => {
    const one = { array: array(Uint8Array.of(1), [1, 1]) };
    const model = input({ shape: [1] });
    const both = [model, input({ name: "y", shape: [1] })];
    expect(() => fitDataset(datasetOf([one]), both)).toThrow(
      /QC2529: there is no data for input `y`/,
    );
    expect(() => fitDataset(datasetOf([one, one]), [model])).toThrow(/QC2530/);
    expect(() => fitDataset(datasetOf([{ ...one, name: "z" }]), [model])).toThrow(/QC2528.*`z`/);
    const two = { array: array(Uint8Array.of(1, 2), [2, 1]) };
    expect(() => datasetOf([one, two])).toThrow(/QC2527/);
  });

  it("hands its samples to the lint", () => {
    const inputs = [input({ dtype: "int8", quant: { scale: [1], zeroPoint: [-128] } })];
    const fitted = fitDataset(
      datasetOf([{ array: array(Float32Array.of(0, 1, Number.NaN, 0), [2, 2]) }]),
      inputs,
    );
    const found = lintSamples(fitted.sources, expectedInputs(fitted, inputs));
    expect(found.map(({ code }) => code)).toEqual(["QC2250", "QC2256"]);
  });

  it("keeps every element of an image in its place", () => {
    const size = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(size, size, size, (h, w, c) => {
        const data = Int32Array.from({ length: h * w * c }, (_, i) => i);
        const { runs } = check(array(data, [1, h, w, c]), input({ shape: [1, c, h, w] }));
        if (arrangementOf([h, w, c], [1, c, h, w]) === "same") return;
        for (let y = 0; y < h; y++)
          for (let x = 0; x < w; x++)
            for (let k = 0; k < c; k++) {
              expect(runs[0]![(k * h + y) * w + x]).toBe((y * w + x) * c + k);
            }
      }),
    );
  });
});
