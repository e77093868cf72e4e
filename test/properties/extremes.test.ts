import * as fc from "fast-check";
import { expect, it } from "vitest";
import { GraphEditor } from "../../compiler/ir/edit.ts";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import { tensor } from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";
import { fixedPoint } from "../../compiler/ops/requantization.ts";
import { calibrate, lowerModel, quantizeModel } from "../../compiler/pipeline.ts";
import { deriveBias } from "../../compiler/quantize/derive-bias.ts";
import { simulate } from "../../compiler/quantize/simulate.ts";
import { kernels } from "../../runtime/reference/index.ts";
import { scaleOnce, scaleTwice } from "../../runtime/reference/requantize.ts";
import { prepared } from "../support/models.ts";
import { runs } from "../support/runs.ts";

/** Magnitudes from the least float32 to the greatest, with the exact corners. */
const magnitude = fc.oneof(
  fc.constantFrom(0, -0, 1, 2 ** -149, -(2 ** -149), 2 ** -126, 3.4e38, -3.4e38, 1e30, -1e-30),
  fc
    .tuple(fc.integer({ min: -140, max: 127 }), fc.double({ min: -1, max: 1, noNaN: true }))
    .map(([exponent, x]) => Math.fround(x * 2 ** exponent)),
);
const drawn = fc.record({
  weights: fc.array(magnitude, { minLength: 8, maxLength: 8 }),
  bias: fc.array(magnitude, { minLength: 2, maxLength: 2 }),
  sample: fc.array(magnitude, { minLength: 4, maxLength: 4 }),
  addend: magnitude,
  requantize: fc.constantFrom("onnx" as const, "tflite" as const),
  io: fc.constantFrom("float" as const, "int8" as const, "uint8" as const),
});

it("numbers of any magnitude give a program that agrees with its simulation, or diagnostics", () => {
  let compiled = 0;
  fc.assert(
    fc.property(drawn, ({ weights, bias, sample, addend, requantize, io }) => {
      const editor = new GraphEditor(ops, "extremes");
      const x = editor.input("x", { dtype: "float32", shape: [1, 4] });
      const kernel = editor.constant(tensor("float32", [2, 4], weights), "kernel");
      const dense = editor.value({
        op: "Dense",
        operands: [x, kernel, editor.constant(tensor("float32", [2], bias), "bias")],
      });
      const other = editor.constant(tensor("float32", [2], [addend, 1]), "addend");
      const sum = editor.value({ op: "Add", operands: [dense, other] });
      editor.output({ name: "y", value: editor.value({ op: "Tanh", operands: [sum] }) });
      const model = { graph: editor.finish(), format: "onnx", quantized: false } as const;
      const ready = prepared({
        ...model,
        name: "extremes",
        sources: [],
        dimensions: [],
        metadata: {},
      });
      const inputs = new Map([["x", tensor("float32", [1, 4], sample)]]);
      const { value: statistics } = calibrate(ready, [inputs]);
      const quantized = statistics && quantizeModel(ready, statistics, { io }).value;
      if (!quantized) return;
      const { value: integer } = lowerModel(quantized, { requantize });
      if (!integer) return;
      compiled++;
      const port = quantized.graph.nodes.get(quantized.graph.inputs[0]!.value.node)!.types[0]!;
      const fed = new Map([["x", tensor(port.dtype, [1, 4], [1, 2, 127, 0])]]);
      expect(evaluate(integer.graph, fed, { ops, kernels, requantize })).toEqual(
        simulate(quantized.graph, fed, { ops, kernels, requantize }),
      );
    }),
    runs(400, 20260719),
  );
  expect(compiled).toBeGreaterThan(100);
});

it("a bias that does not fit int32 is not derived, nor one without a step", () => {
  const derived = (bias: number, scale: number) =>
    deriveBias({
      input: { scale: [scale], zeroPoint: [0] },
      weights: { scale: [scale], zeroPoint: [3] },
      bias: tensor("float32", [1], [bias]),
    });
  expect(derived(1, 2 ** -8)?.data).toEqual(Int32Array.of(2 ** 16));
  expect(derived(2 ** 15, 2 ** -8)).toBeUndefined();
  expect(derived(1, 2 ** -100)).toBeUndefined();
  expect(derived(Number.NaN, 1)).toBeUndefined();
});

it("factors beyond those that networks have saturate in both roundings", () => {
  for (const exponent of [14, 15, 20, 31, 62, 63, 100]) {
    const { multiplier, shift } = fixedPoint(1.5 * 2 ** exponent);
    for (const scaled of [scaleOnce, scaleTwice]) {
      expect(scaled(0, multiplier, shift)).toBe(0);
      expect(scaled(1, multiplier, shift)).toBeGreaterThan(2 ** 14);
      expect(scaled(-(2 ** 31), multiplier, shift)).toBeLessThan(-(2 ** 30));
    }
  }
});
