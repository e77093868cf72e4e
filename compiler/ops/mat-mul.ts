import { Rounding } from "../../runtime/reference/requantize.ts";
import type { Attributes } from "../ir/graph.ts";
import { type ImportBuilder, type ImportedValue, InferenceError, type Site } from "../ir/op.ts";
import { type Shape, sizeOf, type TensorType, tensor } from "../ir/types.ts";
import { integerLayer } from "./accumulator.ts";
import { defineOp } from "./define-op.ts";
import { einsum } from "./einsum.ts";
import { integerSums } from "./quantized-values.ts";
import { activationAttribute, constant, operand, result } from "./requantization.ts";
import { broadcastShape, broadcastStrides } from "./views.ts";

/** How `[…, rows, inner] · […, inner, columns]` lies in its operands. */
interface Product {
  readonly batch: Shape;
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
}

function productOf(x: TensorType, w: TensorType, attributes: Attributes): Product {
  if (x.shape.length < 2 || w.shape.length < 2)
    throw new InferenceError(`[${x.shape}] · [${w.shape}] is not a product of matrices`);
  const [rows, inner] = lastTwo(x.shape, attributes.transposeA === true);
  const [depth, columns] = lastTwo(w.shape, attributes.transposeB === true);
  if (inner !== depth)
    throw new InferenceError(`a row of ${inner} elements does not fit a column of ${depth}`);
  return {
    batch: broadcastShape(x.shape.slice(0, -2), w.shape.slice(0, -2)),
    rows,
    inner,
    columns,
  };
}

function lastTwo(shape: Shape, transposed: boolean): readonly [number, number] {
  const [a, b] = [shape.at(-2)!, shape.at(-1)!];
  return transposed ? [b, a] : [a, b];
}

/** The arguments from `xStart` on to `wStep`. */
function geometry({ operands: [x, w], attributes }: Site) {
  const { batch, rows, inner, columns } = productOf(x!, w!, attributes);
  const starts = (type: TensorType) => {
    const matrix = sizeOf(type.shape.slice(-2));
    const strides = broadcastStrides(type.shape.slice(0, -2), batch);
    return constant(tensor("int32", [sizeOf(batch)], places(batch, strides, matrix)));
  };
  const steps = (type: TensorType, transposed: boolean) =>
    transposed ? [1, type.shape.at(-1)!] : [type.shape.at(-1)!, 1];
  return [
    starts(x!),
    starts(w!),
    sizeOf(batch),
    rows,
    inner,
    columns,
    ...steps(x!, attributes.transposeA === true),
    ...steps(w!, attributes.transposeB === true),
  ];
}

/** `unit · Σ index · stride` for all indices of a shape, in order. */
function places(shape: Shape, strides: readonly number[], unit: number): readonly number[] {
  let starts = [0];
  shape.forEach((size, axis) => {
    starts = starts.flatMap((start) =>
      Array.from({ length: size }, (_, i) => start + i * strides[axis]! * unit),
    );
  });
  return starts;
}

export const MatMul = defineOp({
  name: "MatMul",
  doc: "products of matrices, leading axes broadcast: y[…, r, c] = Σ x[…, r, i] · other[…, i, c]",
  operands: [
    { name: "input", role: "activation" },
    { name: "other", role: "activation", channelAxis: -1, perChannel: true },
  ],
  attributes: {
    transposeA: { kind: "boolean", default: false, doc: "swaps the last two axes of `input`" },
    transposeB: { kind: "boolean", default: false, doc: "swaps the last two axes of `other`" },
    activation: activationAttribute,
  },
  traits: [],
  infer([x, w], attributes) {
    const { batch, rows, columns } = productOf(x!, w!, attributes);
    return [{ dtype: "float32", shape: [...batch, rows, columns] }];
  },
  lower: (site) => [
    { kernel: "matMul", arguments: [operand(0), operand(1), result(), ...geometry(site)] },
  ],
  lowerInteger(site) {
    const [x, w] = site.operands;
    const { inner, columns } = productOf(x!, w!, site.attributes);
    const rank = w!.shape.length;
    const layer = integerLayer(site, {
      channelAxis: site.attributes.transposeB === true ? rank - 2 : rank - 1,
      channels: columns,
      terms: inner,
      fixed: Rounding.fixedTwice,
      product: "float32",
    });
    if (typeof layer === "string") return layer;
    return [
      {
        kernel: "matMulInteger",
        arguments: [
          operand(0),
          operand(1),
          layer.multiplier,
          layer.shift,
          result(),
          ...geometry(site),
          ...layer.numbers,
        ],
      },
    ];
  },
  macs: ({ operands: [x, w], results: [y], attributes }) =>
    sizeOf(y!.shape) * productOf(x!, w!, attributes).inner,
  onnx: {
    Einsum: einsum,
    MatMul: (node, build) => matrixProduct(build, node.input(0), node.input(1)),
    MatMulInteger(node, build) {
      const [a, b] = [node.input(0), node.input(1)];
      return integerSums(build, [a, b], [node.inputs[2], node.inputs[3]], (x, w, attributes) =>
        build.one("MatMul", [x, w], attributes),
      );
    },
  },
  tflite: {
    BATCH_MATMUL: (op, build) =>
      build.one("MatMul", [op.input(0), op.input(1)], {
        transposeA: op.boolean("adjX"),
        transposeB: op.boolean("adjY"),
      }),
  },
  toOnnx(site, [input, other], build) {
    const turned = (value: NonNullable<typeof input>, transposed: boolean) => {
      const rank = value.type.shape.length;
      const order = Array.from({ length: rank }, (_, axis) => axis);
      const swapped = [...order.slice(0, -2), rank - 1, rank - 2];
      return transposed ? build.transpose(build.asIs(value), swapped) : build.asIs(value);
    };
    const { transposeA, transposeB } = site.attributes;
    return build.add(
      "MatMul",
      [turned(input!, transposeA === true), turned(other!, transposeB === true)],
      {},
      site.results,
    );
  },
});

/**
 * ONNX's product: an operand of rank 1 is a row or a column, whose axis the result lacks. A constant matrix on the
 * right makes it a `Dense` layer.
 */
export function matrixProduct(
  build: ImportBuilder,
  x: ImportedValue,
  other: ImportedValue,
): ImportedValue {
  const row = x.type.shape.length === 1;
  const column = other.type.shape.length === 1;
  const left = row ? build.one("Reshape", [x], { shape: [1, ...x.type.shape] }) : x;
  const right = column ? build.one("Reshape", [other], { shape: [...other.type.shape, 1] }) : other;
  const isLayer = right.constant !== undefined && right.type.shape.length === 2;
  const y = isLayer
    ? build.one("Dense", [left, build.one("Transpose", [right], { permutation: [1, 0] })])
    : build.one("MatMul", [left, right]);
  if (!row && !column) return y;
  const shape = y.type.shape.filter(
    (_, axis, all) => !(row && axis === all.length - 2) && !(column && axis === all.length - 1),
  );
  return build.one("Reshape", [y], { shape });
}
