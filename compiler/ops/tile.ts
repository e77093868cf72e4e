import type { Shape } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { int64 } from "./elementwise.ts";
import { onnxPerAxis } from "./onnx-layout.ts";
import { operand, result } from "./requantization.ts";
import { moved, perAxis, stridesOf, viewOf } from "./views.ts";

export const Tile = defineOp({
  name: "Tile",
  doc: "the input repeated along its axes",
  operands: [{ name: "input", role: "activation" }],
  attributes: { repeats: { kind: "numbers", doc: "how often, for each axis" } },
  traits: ["movement"],
  infer([input], { repeats }) {
    const list = perAxis(repeats as readonly number[], input!.shape.length, "repeats");
    return [
      moved(
        input!,
        input!.shape.map((size, axis) => size * list[axis]!),
      ),
    ];
  },
  /** Each axis is walked as two: the repeats, with stride 0, around the places. */
  lower({ operands: [x], attributes }) {
    const repeats = attributes.repeats as Shape;
    const strides = stridesOf(x!.shape);
    const extents = x!.shape.flatMap((size, axis) => [repeats[axis]!, size]);
    const view = viewOf(extents, [strides.flatMap((stride) => [0, stride])]);
    return [{ kernel: "strided", arguments: [operand(0), result(), view, 0] }];
  },
  onnx: {
    Tile: (node, build) =>
      build.one("Tile", [node.input(0)], { repeats: [...node.constantInput(1, "repeats")!.data] }),
  },
  tflite: {
    TILE: (op, build) =>
      build.one("Tile", [op.input(0)], { repeats: [...op.constantInput(1, "multiples")!.data] }),
  },
  toOnnx({ attributes: { repeats }, results }, [input], build) {
    const list = int64(build, onnxPerAxis(input!, repeats as Shape));
    return build.add("Tile", [input, list], {}, results, input!.layout);
  },
});
