import { expect, it } from "vitest";
import { GraphEditor } from "../../compiler/ir/edit.ts";
import { type TensorType, tensor } from "../../compiler/ir/types.ts";
import { ops } from "../../compiler/ops/index.ts";
import { worstDifference } from "../../compiler/testing/compare-outcomes.ts";
import { runGraph } from "../../compiler/testing/run-graph.ts";

const vector: TensorType = { dtype: "float32", shape: [2] };
const quantized = { dtype: "int8", scale: [1], zeroPoint: [0] };

/** Quantize(… Sqrt(x)). */
function roots(between: readonly string[]) {
  const editor = new GraphEditor(ops, "roots");
  let value = editor.value({ op: "Sqrt", operands: [editor.input("x", vector)] });
  for (const op of between) value = editor.value({ op, operands: [value] });
  value = editor.value({ op: "Quantize", operands: [value], attributes: quantized });
  editor.output({ name: "y", value });
  return editor.finish();
}

const run = (between: readonly string[], x: readonly number[]) =>
  runGraph(roots(between), new Map([["x", tensor("float32", [2], x)]]), ops);

it("nothing is said of integers that were made of what is no number", () => {
  expect(run([], [-1, 4]).roundsNaN).toBe(true);
  expect(worstDifference(run([], [-1, 4]), run(["Exp"], [-1, 4]), [])).toBeUndefined();
  expect(run([], [1, 4]).roundsNaN).toBe(false);
  expect(worstDifference(run([], [1, 4]), run(["Exp"], [1, 4]), [])).toMatchObject({
    output: "y",
    before: 1,
    after: 3,
  });
});
