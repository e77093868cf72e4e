import { describe, expect, it } from "vitest";
import { exportOnnx } from "../../compiler/backends/onnx/export-onnx.ts";
import { ops } from "../../compiler/ops/index.ts";
import { evaluator } from "../../compiler/pipeline.ts";
import { compiled, zooModels } from "./compiled.ts";

/** The schemes of the standard library on networks of all kinds: no exception, each float node with its reason, near float. */

/** Decibels that a scheme keeps on random weights, at the least. */
const presets = { dynamic: 25, weights4: 10, int16x8: 30, tflite: 20, onnxruntime: 5 } as const;

const models = zooModels(...["resnet", "mobilenet v3, ops", "video", "crnn", "bert", "gpt"]);

describe.each(Object.entries(presets))("std/%s", (preset, decibels) => {
  it.each(models)("%s", (_, model) => {
    const { ready, quantized, lowered, inputs } = compiled(`import "std/${preset}"`, model);
    const [float, run] = [evaluator(ready.graph), evaluator(lowered.graph, "onnx")];
    let [signal, noise] = [0, 0];
    for (const sample of inputs) {
      const [wanted] = [...float(sample).values()];
      const [found] = [...run(sample).values()];
      wanted!.data.forEach((want, i) => {
        signal += want * want;
        noise += (want - found!.data[i]!) ** 2;
      });
    }
    expect(10 * Math.log10(signal / noise)).toBeGreaterThan(decibels);
    for (const { reason } of lowered.summary.floatNodes) expect(reason).not.toBe("");
    expect(() => exportOnnx(quantized.graph, ops)).not.toThrow();
  });
});
