import { InferenceError } from "../ir/op.ts";
import { sizeOf, tensor } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { constant, operand, result } from "./requantization.ts";
import { axisOf, moved, stridesOf } from "./views.ts";

export const GatherElements = defineOp({
  name: "GatherElements",
  doc: "elements along an axis, each chosen by its own index: y[i, j] = x[indices[i, j], j] for axis 0",
  operands: [
    { name: "input", role: "activation" },
    { name: "indices", role: "parameter" },
  ],
  attributes: {
    axis: { kind: "number", default: 0, doc: "the axis; negative counts from the end" },
  },
  traits: ["movement"],
  infer([input, indices], attributes) {
    const axis = axisOf(attributes.axis as number, input!.shape.length);
    const { shape } = indices!;
    const fits = shape.every((size, i) => i === axis || size <= input!.shape[i]!);
    if (shape.length !== input!.shape.length || !fits)
      throw new InferenceError(`\`indices\` [${shape}] do not fit [${input!.shape}]`);
    return [moved(input!, shape)];
  },
  lower({ operands: [x], results: [y], attributes }) {
    const rank = x!.shape.length;
    const axis = axisOf(attributes.axis as number, rank);
    const strides = stridesOf(x!.shape);
    const table = [...y!.shape, ...strides.map((stride, i) => (i === axis ? 0 : stride))];
    return [
      {
        kernel: "gatherElements",
        arguments: [
          operand(0),
          operand(1),
          result(),
          sizeOf(y!.shape),
          rank,
          constant(tensor("int32", [table.length], table)),
          x!.shape[axis]!,
          strides[axis]!,
        ],
      },
    ];
  },
  onnx: {
    GatherElements: (node, build) =>
      build.one("GatherElements", [node.input(0), node.input(1)], { axis: node.int("axis", 0) }),
  },
  toOnnx: ({ operands: [x], attributes: { axis }, results }, [input, indices], build) =>
    build.add(
      "GatherElements",
      [build.asIs(input!), build.asIs(indices!)],
      { axis: axisOf(axis as number, x!.shape.length) },
      results,
    ),
});
