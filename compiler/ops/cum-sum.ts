import { tensor } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { checkReal } from "./elementwise.ts";
import { operand, result } from "./requantization.ts";
import { around, axisOf } from "./views.ts";

export const CumSum = defineOp({
  name: "CumSum",
  doc: "running sums along an axis",
  operands: [{ name: "input", role: "activation" }],
  attributes: {
    axis: { kind: "number", doc: "the axis; negative counts from the end" },
    exclusive: { kind: "boolean", default: false, doc: "leaves the element itself out" },
    reverse: { kind: "boolean", default: false, doc: "sums from the end" },
  },
  traits: [],
  infer([input], { axis }) {
    axisOf(axis as number, input!.shape.length);
    return [{ ...checkReal(input!, "input", "numbers") }];
  },
  lower({ operands: [x], attributes: { axis, exclusive, reverse } }) {
    const geometry = around(x!.shape, axisOf(axis as number, x!.shape.length));
    const numbers = [...geometry, exclusive ? 1 : 0, reverse ? 1 : 0];
    return [{ kernel: "cumSum", arguments: [operand(0), result(), ...numbers] }];
  },
  onnx: {
    CumSum: (node, build) =>
      build.one("CumSum", [node.input(0)], {
        axis: node.constantInput(1, "axis")!.data[0]!,
        exclusive: node.int("exclusive", 0) === 1,
        reverse: node.int("reverse", 0) === 1,
      }),
  },
  tflite: {
    CUMSUM: (op, build) =>
      build.one("CumSum", [op.input(0)], {
        axis: op.constantInput(1, "axis")!.data[0]!,
        exclusive: op.boolean("exclusive"),
        reverse: op.boolean("reverse"),
      }),
  },
  toOnnx: ({ attributes: { axis, exclusive, reverse }, results }, [input], build) =>
    build.add(
      "CumSum",
      [build.asIs(input!), build.constant(tensor("int32", [], [axis as number]))],
      { exclusive: exclusive ? 1 : 0, reverse: reverse ? 1 : 0 },
      results,
    ),
});
