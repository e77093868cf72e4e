import { InferenceError } from "../ir/op.ts";
import { sizeOf, tensor } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { asInt64 } from "./elementwise.ts";
import { constant, operand, result } from "./requantization.ts";
import { moved } from "./views.ts";

export const GatherND = defineOp({
  name: "GatherND",
  doc: "slices at places of several axes: y[j, …] = x[indices[j, 0], indices[j, 1], …]",
  operands: [
    { name: "input", role: "activation" },
    { name: "indices", role: "parameter" },
  ],
  attributes: {
    batchDims: { kind: "number", default: 0, doc: "leading axes that input and indices share" },
  },
  traits: ["movement"],
  infer([input, indices], attributes) {
    const batch = attributes.batchDims as number;
    const depth = indices!.shape.at(-1) ?? 0;
    const shared = indices!.shape.slice(0, batch);
    const fits = shared.every((size, i) => size === input!.shape[i]);
    if (!fits || indices!.shape.length <= batch || batch + depth > input!.shape.length)
      throw new InferenceError(`\`indices\` [${indices!.shape}] do not fit [${input!.shape}]`);
    return [moved(input!, [...indices!.shape.slice(0, -1), ...input!.shape.slice(batch + depth)])];
  },
  lower({ operands: [x, indices], attributes }) {
    const batch = attributes.batchDims as number;
    const depth = indices!.shape.at(-1)!;
    const sizes = x!.shape.slice(batch, batch + depth);
    return [
      {
        kernel: "gatherND",
        arguments: [
          operand(0),
          operand(1),
          result(),
          sizeOf(x!.shape.slice(0, batch)),
          sizeOf(indices!.shape.slice(batch, -1)),
          depth,
          sizeOf(x!.shape.slice(batch + depth)),
          constant(tensor("int32", [depth], sizes)),
        ],
      },
    ];
  },
  onnx: {
    GatherND: (node, build) =>
      build.one("GatherND", [node.input(0), node.input(1)], {
        batchDims: node.int("batch_dims", 0),
      }),
  },
  tflite: { GATHER_ND: (op, build) => build.one("GatherND", [op.input(0), op.input(1)]) },
  toOnnx({ attributes: { batchDims }, results }, [input, indices], build) {
    const operands = [build.asIs(input!), asInt64(build, indices!)];
    return build.add("GatherND", operands, { batch_dims: batchDims as number }, results);
  },
});
