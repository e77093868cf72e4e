import { describe, expect, it } from "vitest";
import { exportOnnx } from "../../compiler/backends/onnx/export-onnx.ts";
import { GraphEditor } from "../../compiler/ir/edit.ts";
import { evaluate } from "../../compiler/ir/evaluate.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { type DType, type Tensor, tensor } from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";
import { kernels } from "../../runtime/reference/index.ts";
import { random } from "../onnxruntime/random.ts";
import { runModel } from "../support/onnxruntime.ts";

/** A layer on integers that are chosen at run time. */

const [rows, inputs, outputs] = [5, 37, 6];

interface Weights {
  readonly dtype?: DType;
  readonly zeroPoint?: number;
}

function layer(per: "row" | "tensor", { dtype = "int8", zeroPoint = 0 }: Weights = {}): Graph {
  const { weights } = random(7);
  const editor = new GraphEditor(ops, "dynamic");
  const x = editor.input("x", { dtype: "float32", shape: [1, rows, inputs] });
  const scale = Array.from({ length: outputs }, (_, o) => Math.fround(0.01 * (o + 1)));
  const most = dtype === "int4" ? 7 : 127;
  const offset = dtype === "uint8" ? 128 : 0;
  const kernel = editor.constant({
    ...tensor(
      dtype,
      [outputs, inputs],
      Array.from(weights(outputs * inputs, most), (q) => q + offset),
    ),
    quant: { scale, zeroPoint: scale.map(() => zeroPoint), axis: 0 },
  });
  const bias = editor.constant(tensor("float32", [outputs], [0.5, -1, 2, 0, 0.25, 9]));
  const y = editor.value({ op: "DynamicDense", operands: [x, kernel, bias], attributes: { per } });
  editor.output({ name: "y", value: y });
  return editor.finish();
}

/** Rows of very different ranges, one of them zeros, one of numbers above zero. */
function sample(): Tensor {
  const { unit } = random(3);
  const values = Array.from({ length: rows * inputs }, (_, at) => {
    const row = Math.floor(at / inputs);
    return row === 3 ? 0 : (unit() - (row === 1 ? 0 : 0.4)) * 10 ** row;
  });
  return tensor("float32", [1, rows, inputs], values);
}

const run = (graph: Graph, x = sample()) =>
  evaluate(graph, new Map([["x", x]]), { ops, kernels }).get("y")!;

describe("DynamicDense", () => {
  it.each([
    ["row", {}],
    ["tensor", {}],
    ["row", { dtype: "uint8", zeroPoint: 128 }],
    ["tensor", { dtype: "uint8", zeroPoint: 121 }],
    ["row", { dtype: "int4" }],
  ] as const)(
    "per %s, weights %o: its export gives the same bits in ONNX Runtime",
    async (per, weights) => {
      const graph = layer(per, weights);
      const x = sample();
      const { y } = await runModel(exportOnnx(graph, ops), {
        x: { shape: x.shape, data: x.data as Float32Array },
      });
      expect([...(y!.data as Float32Array)]).toEqual([...run(graph, x).data]);
    },
  );

  it("gives a row the integers of its own range, whatever stands beside it", () => {
    const graph = layer("row");
    const x = sample();
    const alone = tensor(
      "float32",
      x.shape,
      x.data.map((value, at) => (at < inputs ? value : 0)),
    );
    expect([...run(graph, x).data].slice(0, outputs)).toEqual(
      [...run(graph, alone).data].slice(0, outputs),
    );
    expect([...run(graph, x).data].slice(3 * outputs, 4 * outputs)).toEqual([
      0.5, -1, 2, 0, 0.25, 9,
    ]);
  });

  it("per tensor shares one range", () => {
    const graph = layer("tensor");
    const first = [...run(graph).data].slice(0, outputs);
    expect(first).not.toEqual([...run(layer("row")).data].slice(0, outputs));
  });
});
