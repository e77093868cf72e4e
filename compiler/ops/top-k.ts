import { InferenceError } from "../ir/op.ts";
import { defineOp } from "./define-op.ts";
import { int64 } from "./elementwise.ts";
import { onnxTypeOf } from "./onnx-types.ts";
import { operand, result } from "./requantization.ts";
import { around, axisOf, moved } from "./views.ts";

export const TopK = defineOp({
  name: "TopK",
  doc: "the k largest (or smallest) elements along an axis, in order, and their places",
  operands: [{ name: "input", role: "activation" }],
  attributes: {
    k: { kind: "number", doc: "how many" },
    axis: { kind: "number", default: -1, doc: "the axis; negative counts from the end" },
    largest: { kind: "boolean", default: true, doc: "the largest, or the smallest" },
  },
  traits: ["movement"],
  infer([input], attributes) {
    const [k, axis] = [
      attributes.k as number,
      axisOf(attributes.axis as number, input!.shape.length),
    ];
    if (!(k >= 0 && k <= input!.shape[axis]!))
      throw new InferenceError(
        `there are not ${k} elements along axis ${axis} of [${input!.shape}]`,
      );
    const shape = input!.shape.map((size, i) => (i === axis ? k : size));
    return [moved(input!, shape), { dtype: "int32", shape }];
  },
  lower({ operands: [x], attributes: { k, axis, largest } }) {
    const geometry = around(x!.shape, axisOf(axis as number, x!.shape.length));
    const numbers = [...geometry, k as number, largest ? 1 : 0];
    return [{ kernel: "topK", arguments: [operand(0), result(0), result(1), ...numbers] }];
  },
  onnx: {
    TopK(node, build) {
      const k = node.constantInput(1, "K")?.data[0] ?? node.int("k", 0);
      const largest = node.int("largest", 1) === 1;
      return build.add("TopK", [node.input(0)], { k, axis: node.int("axis", -1), largest });
    },
  },
  tflite: {
    TOPK_V2: (op, build) =>
      build.add("TopK", [op.input(0)], { k: op.constantInput(1, "k")!.data[0]! }),
  },
  toOnnx({ operands: [x], attributes: { k, axis, largest }, results }, [input], build) {
    const [values, places] = build.add(
      "TopK",
      [build.asIs(input!), int64(build, [k as number])],
      { axis: axisOf(axis as number, x!.shape.length), largest: largest ? 1 : 0 },
      results,
    );
    const [indices] = build.add("Cast", [places], { to: onnxTypeOf("int32") }, [results[1]!]);
    return [values!, indices!];
  },
});
