import { InferenceError } from "../ir/op.ts";
import { type Shape, sameShape, tensor } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { int64 } from "./elementwise.ts";
import { operand, result } from "./requantization.ts";
import { broadcastShape, broadcastView, moved } from "./views.ts";

export const Expand = defineOp({
  name: "Expand",
  doc: "the input broadcast to a shape: axes of extent 1 repeat their element",
  operands: [{ name: "input", role: "activation" }],
  attributes: { shape: { kind: "numbers", doc: "the shape of the result" } },
  traits: ["movement"],
  infer([input], attributes) {
    const shape = attributes.shape as Shape;
    if (!sameShape(broadcastShape(input!.shape, shape), shape))
      throw new InferenceError(`[${input!.shape}] does not stretch to [${shape}]`);
    return [moved(input!, shape)];
  },
  lower: ({ operands: [x], results: [y] }) => [
    {
      kernel: "strided",
      arguments: [operand(0), result(), broadcastView(y!.shape, [x!.shape]), 0],
    },
  ],
  onnx: {
    Expand(node, build) {
      const input = node.input(0);
      const wanted = [...node.constantInput(1, "shape")!.data];
      return build.one("Expand", [input], { shape: broadcastShape(input.type.shape, wanted) });
    },
    ConstantOfShape(node, build) {
      const value = node.tensor("value") ?? tensor("float32", [1], [0]);
      const scalar = build.constant({ ...value, shape: [] });
      return build.one("Expand", [scalar], { shape: [...node.constantInput(0, "input")!.data] });
    },
  },
  tflite: {
    BROADCAST_TO: (op, build) =>
      build.one("Expand", [op.input(0)], { shape: [...op.constantInput(1, "shape")!.data] }),
    FILL: (op, build) =>
      build.one("Expand", [op.input(1)], { shape: [...op.constantInput(0, "dims")!.data] }),
    ZEROS_LIKE(op, build) {
      const { dtype, shape } = op.input(0).type;
      return build.one("Expand", [build.constant(tensor(dtype, [], [0]))], { shape });
    },
  },
  toOnnx: ({ attributes: { shape }, results }, [input], build) =>
    build.add("Expand", [build.asIs(input!), int64(build, shape as Shape)], {}, results),
});
