import { describe, expect, it } from "vitest";
import { runtimeSources } from "../../compiler/cli/runtime-sources.ts";
import {
  digits,
  type Form,
  floatModels,
  lowerCase,
  type ModelCase,
  quantizedModels,
} from "../support/model-cases.ts";
import { asArrays, type Emitted, emitted, hasShared } from "../support/models.ts";
import { relaxedSources } from "../support/relaxed-dot.ts";

/** Bytes of the code of MobileNetV2, its loader and one program, and of its weights. */
const mobileNetLimits = { code: 100 * 2 ** 10, weights: 3.7 * 2 ** 20 };

/** The programs of one model for all places give the same bytes, and lie in an arena that is near the least. */
describe("JavaScript, baseline and relaxed SIMD give the same bytes", () => {
  it.each(["quantized", "float"] as const)("digits, %s", async (form) => {
    await compareFamilies(digits, form);
  });

  it("digits, linked and assembled", async () => {
    const { integer, samples } = lowerCase(digits, "quantized");
    const linked = await (await emitted(integer, "wasm")).load();
    const assembled = await (await emitted(integer, "wasm", (path) => runtimeSources(path))).load();
    for (const sample of samples)
      expect(linked.run(asArrays(sample))).toEqual(assembled.run(asArrays(sample)));
  });

  describe.skipIf(!hasShared)("on real models", () => {
    it.each(quantizedModels)("$model", async (request) => {
      const { files } = await compareFamilies(request, "as it is");
      if (request.model === "mobilenet_v2_int8.tflite") expectSmall(files);
    });

    it.each(floatModels)("$model, quantized", async (request) => {
      await compareFamilies(request, "quantized");
    });

    it.each(floatModels)("$model, in float", async (request) => {
      await compareFamilies(request, "float");
    });
  });
});

/** Compares all programs of a model and gives the one for WebAssembly. */
async function compareFamilies(request: ModelCase, form: Form): Promise<Emitted> {
  const { integer, samples } = lowerCase(request, form);
  const js = await (await emitted(integer, "js")).load();
  const wasm = await emitted(integer, "wasm", relaxedSources());
  expect(wasm.files.has("model.relaxed.wasm")).toBe(form !== "float");
  const programs = [await wasm.load({ simd: "baseline" }), await wasm.load({ simd: "relaxed" })];
  for (const sample of samples) {
    const wanted = js.run(asArrays(sample));
    for (const program of programs) expect(program.run(asArrays(sample))).toEqual(wanted);
  }
  const { arenaBytes, arenaLowerBoundBytes } = wasm.manifest;
  expect(arenaBytes).toBeLessThanOrEqual(1.1 * arenaLowerBoundBytes);
  return wasm;
}

function expectSmall(files: Emitted["files"]): void {
  const size = (name: Parameters<typeof files.get>[0]) => Buffer.from(files.get(name)!).length;
  const program = Math.max(size("model.wasm"), size("model.relaxed.wasm"));
  expect(size("model.js") + program).toBeLessThanOrEqual(mobileNetLimits.code);
  expect(size("model.bin")).toBeLessThanOrEqual(mobileNetLimits.weights);
}
