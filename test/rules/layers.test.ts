import { describe, expect, it } from "vitest";
import { exportOnnx } from "../../compiler/backends/onnx/export-onnx.ts";
import { importModel } from "../../compiler/frontends/import-model.ts";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import type { Tensor } from "../../compiler/ir/types.ts";
import { verify } from "../../compiler/ir/verify.ts";
import { ops } from "../../compiler/ops/index.ts";
import { calibrate, evaluator, quantizeModel } from "../../compiler/pipeline.ts";
import { simulate } from "../../compiler/quantize/simulate.ts";
import { kernels } from "../../runtime/reference/index.ts";
import { accepted, lowered, prepared } from "../support/models.ts";
import { tfliteNet } from "../support/tflite-net.ts";
import { samples } from "../zoo/inspect.ts";
import { writer } from "../zoo/writer.ts";
import { type OnnxLayer, refused, registered } from "./onnx-layers.ts";
import { operators, type TfliteLayer } from "./tflite-layers.ts";

/**
 * The default scheme on layers one by one: those of TFMOT's registry, those that it refuses, the operators of TFLite. Each is in
 * integers, or stays in float with the reason that is stated beside it; none is an exception.
 */

describe.each([
  ["layers of TFMOT's registry", registered],
  ["layers that TFMOT refuses", refused],
] as const)("%s, as ONNX", (_, layers) => {
  it.each(layers.map((layer) => [layer.name, layer] as const))("%s", (_, layer) => {
    expectToBe(layer, onnxBytes(layer));
  });
});

describe("operators of TFLite", () => {
  it.each(operators.map((layer) => [layer.name, layer] as const))("%s", (_, layer) => {
    const net = tfliteNet({ shape: layer.shape, type: layer.below ? "int32" : "float32" });
    expectToBe(layer, net.bytes(layer.build(net, "x")));
  });
});

function onnxBytes({ shape, build, below }: OnnxLayer): Uint8Array {
  const net = writer({ exporter: "tf2onnx", opset: 17 });
  net.output(build(net, net.input("x", shape, below === undefined ? "float32" : "int64")), "y");
  return net.bytes();
}

/** In integers but for what is stated, near float, and the same integers when simulated. */
function expectToBe(
  { name, below = 2, float = [], decibels = 30 }: OnnxLayer | TfliteLayer,
  bytes: Uint8Array,
) {
  const model = accepted(importModel(bytes, { name }));
  const ready = prepared(model);
  const inputs = samples({ below: { x: below } }, model.graph, 6, 1);
  const statistics = accepted(calibrate(ready, inputs));
  const quantized = accepted(quantizeModel(ready, statistics, { io: "float" }));
  const { graph, summary } = lowered(quantized, "onnx");
  const evaluation = { ops, kernels, keptInFloat: quantized.keptInFloat };
  const floats = inputs.map(evaluator(ready.graph));
  const integers = inputs.map((sample) => evaluate(graph, sample, evaluation));

  const reasons = summary.floatNodes.map(({ op, reason }) => `${op}: ${reason}`);
  expect([...new Set(reasons)]).toEqual(float);
  expect(summary.integerNodes).toBeGreaterThan(0);
  expect(verify(graph, ops, "integer")).toEqual([]);
  expect(integers[0]).toEqual(simulate(quantized.graph, inputs[0]!, evaluation));
  expect(signalToNoise(floats, integers)).toBeGreaterThan(decibels);
  expect(() => exportOnnx(quantized.graph, ops)).not.toThrow();
}

type Outputs = ReadonlyMap<string, Tensor>;

function signalToNoise(wanted: readonly Outputs[], found: readonly Outputs[]): number {
  let [signal, noise] = [0, 0];
  for (const [i, outputs] of wanted.entries()) {
    const [name, { data }] = [...outputs][0]!;
    const { data: got } = found[i]!.get(name)!;
    data.forEach((want, at) => {
      signal += want * want;
      noise += (want - got[at]!) ** 2;
    });
  }
  return 10 * Math.log10(signal / noise);
}
