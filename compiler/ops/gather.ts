import { InferenceError } from "../ir/op.ts";
import { sizeOf } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { operand, result } from "./requantization.ts";
import { axisOf, moved } from "./views.ts";

export const Gather = defineOp({
  name: "Gather",
  doc: "slices along an axis, chosen by indices: y[…, j, …] = x[…, indices[j], …]",
  operands: [
    { name: "input", role: "activation" },
    { name: "indices", role: "parameter" },
  ],
  attributes: {
    axis: { kind: "number", default: 0, doc: "the axis; negative counts from the end" },
    batchDims: { kind: "number", default: 0, doc: "leading axes that input and indices share" },
  },
  traits: ["movement"],
  infer([input, indices], attributes) {
    const batch = attributes.batchDims as number;
    const axis = axisOf(attributes.axis as number, input!.shape.length);
    const shared = indices!.shape.slice(0, batch);
    if (batch > axis || shared.some((size, i) => size !== input!.shape[i]))
      throw new InferenceError(`\`indices\` [${indices!.shape}] do not fit [${input!.shape}]`);
    const shape = [
      ...input!.shape.slice(0, axis),
      ...indices!.shape.slice(batch),
      ...input!.shape.slice(axis + 1),
    ];
    return [moved(input!, shape)];
  },
  lower({ operands: [x, indices], attributes }) {
    const batch = attributes.batchDims as number;
    const axis = axisOf(attributes.axis as number, x!.shape.length);
    const groups = sizeOf(x!.shape.slice(0, batch));
    const outer = sizeOf(x!.shape.slice(batch, axis));
    const inner = sizeOf(x!.shape.slice(axis + 1));
    const count = sizeOf(indices!.shape.slice(batch));
    const numbers = [outer, x!.shape[axis]!, inner, count];
    const tensors = [operand(0), operand(1), result()];
    return batch === 0
      ? [{ kernel: "gather", arguments: [...tensors, ...numbers] }]
      : [{ kernel: "gatherBatched", arguments: [...tensors, groups, ...numbers] }];
  },
  onnx: {
    Gather: (node, build) =>
      build.one("Gather", [node.input(0), node.input(1)], { axis: node.int("axis", 0) }),
  },
  tflite: {
    GATHER: (op, build) =>
      build.one("Gather", [op.input(0), op.input(1)], {
        axis: op.number("axis"),
        batchDims: op.number("batchDims"),
      }),
    EMBEDDING_LOOKUP: (op, build) => build.one("Gather", [op.input(1), op.input(0)]),
  },
  toOnnx({ operands: [x], attributes: { axis, batchDims }, results }, [input, indices], build) {
    if (batchDims !== 0) return build.reject("ONNX gathers without batches only");
    const place = axisOf(axis as number, x!.shape.length);
    const operands = [build.asIs(input!), build.asIs(indices!)];
    return build.add("Gather", operands, { axis: place }, results);
  },
});
