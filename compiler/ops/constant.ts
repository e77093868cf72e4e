import type { ImportBuilder, ImportedValue, OnnxNode } from "../ir/op.ts";
import { sizeOf, type Tensor, tensor } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { dtypeOfOnnx } from "./onnx-types.ts";
import { stridesOf } from "./views.ts";

/** Elements that an importer may make up out of a few numbers of the file. */
const mostElements = 2 ** 24;

function integers(build: ImportBuilder, values: readonly number[]): ImportedValue {
  return build.constant(tensor("int32", [values.length], values));
}

/** A constant from the attributes `value`, `value_float(s)` or `value_int(s)`. */
function onnxConstant(node: OnnxNode, build: ImportBuilder): ImportedValue {
  const value = node.tensor("value");
  if (value) return build.constant(value);
  if (node.has("value_float"))
    return build.constant(tensor("float32", [], [node.float("value_float", 0)]));
  if (node.has("value_int")) return build.constant(tensor("int32", [], [node.int("value_int", 0)]));
  const floats = node.floats("value_floats");
  if (floats) return build.constant(tensor("float32", [floats.length], floats));
  const ints = node.ints("value_ints");
  if (ints) return integers(build, ints);
  return build.reject("a constant of text or of sparse elements is not supported");
}

/** `start, start + delta, …` up to before `limit`. */
function arithmeticRange(
  build: ImportBuilder,
  [start, limit, delta]: readonly [Tensor, Tensor, Tensor],
): ImportedValue {
  const [from, step] = [start.data[0]!, delta.data[0]!];
  const count = Math.max(0, Math.ceil((limit.data[0]! - from) / step));
  if (!(count <= mostElements)) return build.reject(`a range of ${count} elements is too long`);
  const values = Array.from({ length: count }, (_, i) => from + i * step);
  return build.constant(tensor(start.dtype, [count], values));
}

/** Ones on a diagonal of a matrix like the input. */
function eyeLike(node: OnnxNode, build: ImportBuilder): ImportedValue {
  const { shape, dtype } = node.input(0).type;
  if (shape.length !== 2 || sizeOf(shape) > mostElements)
    return build.reject(`[${shape}] is no matrix, or too large a one`);
  const to = node.has("dtype") ? dtypeOfOnnx(node.int("dtype", 1)) : dtype;
  if (to === undefined) return build.reject("its element type is not supported");
  const [rows, columns] = shape as readonly [number, number];
  const eye = tensor(to, shape, []);
  for (let i = 0; i < rows; i++) {
    const j = i + node.int("k", 0);
    if (0 <= j && j < columns) eye.data[i * columns + j] = 1;
  }
  return build.constant(eye);
}

/** The places of the elements other than 0, one column each: their number is a matter of values, so of constants. */
function nonZero(node: OnnxNode, build: ImportBuilder): ImportedValue {
  const { shape, data } = node.constantInput(0, "X")!;
  const places = [...data.keys()].filter((i) => data[i] !== 0);
  const strides = stridesOf(shape);
  const rows = shape.map((size, axis) => places.map((i) => Math.floor(i / strides[axis]!) % size));
  return build.constant(tensor("int32", [shape.length, places.length], rows.flat()));
}

export const Constant = defineOp({
  name: "Constant",
  doc: "a tensor that is known at compile time",
  operands: [],
  attributes: { value: { kind: "tensor", doc: "the tensor" } },
  traits: [],
  infer: (_, attributes) => {
    const { dtype, shape, quant } = attributes.value as Tensor;
    return [{ dtype, shape, ...(quant && { quant }) }];
  },
  lower: () => [],
  /** Besides constants, what is known as soon as shapes are. */
  onnx: {
    Constant: onnxConstant,
    EyeLike: eyeLike,
    NonZero: nonZero,
    Range: (node, build) =>
      arithmeticRange(build, [
        node.constantInput(0, "start")!,
        node.constantInput(1, "limit")!,
        node.constantInput(2, "delta")!,
      ]),
    Shape(node, build) {
      const { shape } = node.input(0).type;
      return integers(build, shape.slice(node.int("start", 0), node.int("end", shape.length)));
    },
    Size: (node, build) => build.constant(tensor("int32", [], [sizeOf(node.input(0).type.shape)])),
  },
  tflite: {
    RANGE: (op, build) =>
      arithmeticRange(build, [
        op.constantInput(0, "start")!,
        op.constantInput(1, "limit")!,
        op.constantInput(2, "delta")!,
      ]),
    RANK: (op, build) => build.constant(tensor("int32", [], [op.input(0).type.shape.length])),
    SHAPE: (op, build) => integers(build, op.input(0).type.shape),
  },
});
