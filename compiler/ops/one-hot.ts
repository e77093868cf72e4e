import { InferenceError } from "../ir/op.ts";
import { type DType, sizeOf, tensor } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { onnxTypeOf } from "./onnx-types.ts";
import { operand, result } from "./requantization.ts";
import { axisOf } from "./views.ts";

export const OneHot = defineOp({
  name: "OneHot",
  doc: "a new axis with `on` at the place that the index names and `off` elsewhere",
  operands: [{ name: "indices", role: "parameter" }],
  attributes: {
    depth: { kind: "number", doc: "the extent of the new axis" },
    axis: { kind: "number", default: -1, doc: "its place in the result" },
    on: { kind: "number", default: 1, doc: "the value at the index" },
    off: { kind: "number", default: 0, doc: "the value elsewhere" },
    to: { kind: "dtype", default: "float32", doc: "the dtype of the result" },
  },
  traits: [],
  infer([indices], { depth, axis, to }) {
    if (!((depth as number) >= 0)) throw new InferenceError(`depth ${depth} is negative`);
    const shape: number[] = [...indices!.shape];
    shape.splice(axisOf(axis as number, shape.length + 1), 0, depth as number);
    return [{ dtype: to as DType, shape }];
  },
  lower({ operands: [x], attributes: { depth, axis, on, off } }) {
    const place = axisOf(axis as number, x!.shape.length + 1);
    const [outer, inner] = [sizeOf(x!.shape.slice(0, place)), sizeOf(x!.shape.slice(place))];
    const numbers = [outer, depth as number, inner, on as number, off as number];
    return [{ kernel: "oneHot", arguments: [operand(0), result(), ...numbers] }];
  },
  onnx: {
    OneHot(node, build) {
      const values = node.constantInput(2, "values")!;
      const indices = node.input(0);
      const whole =
        indices.type.dtype === "float32" ? build.one("Cast", [indices], { to: "int32" }) : indices;
      return build.one("OneHot", [whole], {
        depth: node.constantInput(1, "depth")!.data[0]!,
        axis: node.int("axis", -1),
        on: values.data[1]!,
        off: values.data[0]!,
        to: values.dtype,
      });
    },
  },
  tflite: {
    ONE_HOT(op, build) {
      const on = op.constantInput(2, "on value")!;
      return build.one("OneHot", [op.input(0)], {
        depth: op.constantInput(1, "depth")!.data[0]!,
        axis: op.number("axis"),
        on: on.data[0]!,
        off: op.constantInput(3, "off value")!.data[0]!,
        to: on.dtype,
      });
    },
  },
  /** As float32, the one type of values that ONNX Runtime has for int32 indices. */
  toOnnx({ attributes: { depth, axis, on, off, to }, results: [y] }, [indices], build) {
    const size = build.constant(tensor("int32", [1], [depth as number]));
    const values = build.constant(tensor("float32", [2], [off as number, on as number]));
    const operands = [build.asIs(indices!), size, values];
    const real = { ...y!, dtype: "float32" } as const;
    const hot = build.add("OneHot", operands, { axis: axis as number }, [real]);
    return to === "float32" ? hot : build.add("Cast", hot, { to: onnxTypeOf(to as DType) }, [y!]);
  },
});
