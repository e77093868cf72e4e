import type { kernels } from "../../runtime/reference/index.ts";
import type { Attributes } from "../ir/graph.ts";
import type { OpDef } from "../ir/op.ts";
import { defineOp } from "./define-op.ts";
import { onnxTypeOf } from "./onnx-types.ts";
import { reducedShape } from "./reduction.ts";
import { operand, result } from "./requantization.ts";
import { around, axisOf } from "./views.ts";

function shapeOf(shape: readonly number[], { axis, keepDims }: Attributes): readonly number[] {
  return reducedShape(shape, { axes: [axis as number], keepDims: keepDims! });
}

/** What is different in an op that finds the place of an element. */
export interface Arg {
  readonly name: string;
  /** `kernel(x, y, outer, length, inner, last)`. */
  readonly kernel: keyof typeof kernels;
  readonly tflite: string;
  /** Which element it is. */
  readonly word: string;
}

/** Places are the same for integers as for the reals that they stand for. */
export function defineArg({ name, kernel, tflite, word }: Arg): OpDef {
  return defineOp({
    name,
    doc: `the place of the ${word} element along an axis, the first one of equals`,
    operands: [{ name: "input", role: "activation" }],
    attributes: {
      axis: { kind: "number", default: 0, doc: "the axis; negative counts from the end" },
      keepDims: { kind: "boolean", default: true, doc: "whether it stays as an axis of extent 1" },
      selectLastIndex: { kind: "boolean", default: false, doc: "the last one of equals instead" },
    },
    traits: [],
    infer: ([input], attributes) => [{ dtype: "int32", shape: shapeOf(input!.shape, attributes) }],
    lower({ operands: [x], attributes }) {
      const axis = axisOf(attributes.axis as number, x!.shape.length);
      const last = attributes.selectLastIndex ? 1 : 0;
      return [{ kernel, arguments: [operand(0), result(), ...around(x!.shape, axis), last] }];
    },
    onnx: {
      [name]: (node, build) =>
        build.one(name, [node.input(0)], {
          axis: node.int("axis", 0),
          keepDims: node.int("keepdims", 1) === 1,
          selectLastIndex: node.int("select_last_index", 0) === 1,
        }),
    },
    tflite: {
      [tflite]: (op, build) =>
        build.one(name, [op.input(0)], {
          axis: op.constantInput(1, "axis")!.data[0]!,
          keepDims: false,
        }),
    },
    toOnnx({ operands: [x], attributes, results: [y] }, [input], build) {
      const places = build.add(
        name,
        [build.asIs(input!)],
        {
          axis: axisOf(attributes.axis as number, x!.shape.length),
          keepdims: attributes.keepDims ? 1 : 0,
          select_last_index: attributes.selectLastIndex ? 1 : 0,
        },
        [y!],
      );
      return build.add("Cast", places, { to: onnxTypeOf("int32") }, [y!]);
    },
  });
}
