import {
  type ImportBuilder,
  type ImportedValue,
  InferenceError,
  type TFLiteOperator,
} from "../ir/op.ts";
import { sizeOf, type TensorType } from "../ir/types.ts";
import { defineOp } from "./define-op.ts";
import { operand, result } from "./requantization.ts";
import { range, stridesOf, viewOf } from "./views.ts";

/** Per-channel parameters follow their axis. */
function permuted(type: TensorType, permutation: readonly number[]): TensorType {
  const shape = permutation.map((axis) => type.shape[axis]!);
  const { quant } = type;
  if (quant?.axis === undefined) return { ...type, shape };
  if (quant.group !== undefined)
    throw new InferenceError("operand `input` is quantized in groups along its last axis");
  return { ...type, shape, quant: { ...quant, axis: permutation.indexOf(quant.axis) } };
}

/** `[N, s₁ · b₁, …, C]` to `[b₁ · … · N, s₁, …, C]`: the places within a block become batches. */
function spaceToBatch(op: TFLiteOperator, build: ImportBuilder): ImportedValue {
  const [input, block, pads] = blockOperands(op, "paddings");
  const rest = range(input.type.shape.length - 1 - block.length);
  const padded = build.one("Pad", [input], {
    padding: [
      ...[0, ...pads.map(([before]) => before), ...rest.map(() => 0)],
      ...[0, ...pads.map(([, after]) => after), ...rest.map(() => 0)],
    ],
  });
  const [batch, ...sizes] = padded.type.shape as [number, ...number[]];
  const split = build.one("Reshape", [padded], {
    shape: [
      batch,
      ...block.flatMap((size, i) => [sizes[i]! / size, size]),
      ...sizes.slice(block.length),
    ],
  });
  const blocks = block.map((_, i) => 2 * i + 2);
  const places = block.map((_, i) => 2 * i + 1);
  const tail = rest.map((i) => 2 * block.length + 1 + i);
  const moved = build.one("Transpose", [split], {
    permutation: [...blocks, 0, ...places, ...tail],
  });
  return build.one("Reshape", [moved], {
    shape: [
      batch * block.reduce((product, size) => product * size, 1),
      ...sizes.map((size, i) => size / (block[i] ?? 1)),
    ],
  });
}

/** The inverse of `spaceToBatch`, with crops in place of paddings. */
function batchToSpace(op: TFLiteOperator, build: ImportBuilder): ImportedValue {
  const [input, block, crops] = blockOperands(op, "crops");
  const [batches, ...sizes] = input.type.shape as [number, ...number[]];
  const batch = batches / block.reduce((product, size) => product * size, 1);
  const split = build.one("Reshape", [input], { shape: [...block, batch, ...sizes] });
  const n = block.length;
  const pairs = block.flatMap((_, i) => [n + 1 + i, i]);
  const tail = range(sizes.length - n, 2 * n + 1);
  const moved = build.one("Transpose", [split], { permutation: [n, ...pairs, ...tail] });
  const joined = [batch, ...sizes.map((size, i) => size * (block[i] ?? 1))];
  const whole = build.one("Reshape", [moved], { shape: joined });
  return build.one("Slice", [whole], {
    begin: joined.map((_, i) => crops[i - 1]?.[0] ?? 0),
    size: joined.map((size, i) => size - (crops[i - 1]?.[0] ?? 0) - (crops[i - 1]?.[1] ?? 0)),
    steps: joined.map(() => 1),
  });
}

function blockOperands(
  op: TFLiteOperator,
  name: string,
): readonly [ImportedValue, readonly number[], readonly (readonly [number, number])[]] {
  const block = [...op.constantInput(1, "block shape")!.data];
  const { data } = op.constantInput(2, name)!;
  return [op.input(0), block, block.map((_, i) => [data[2 * i]!, data[2 * i + 1]!] as const)];
}

export const Transpose = defineOp({
  name: "Transpose",
  doc: "the axes in another order: axis i of the result is axis permutation[i] of the input",
  operands: [{ name: "input", role: "activation" }],
  attributes: {
    permutation: { kind: "numbers", doc: "for each axis of the result, the axis of the input" },
  },
  traits: ["movement"],
  infer([input], attributes) {
    const permutation = attributes.permutation as readonly number[];
    const { shape } = input!;
    if (
      permutation.length !== shape.length ||
      !shape.every((_, axis) => permutation.includes(axis))
    ) {
      throw new InferenceError(`[${permutation}] is no order of the axes of [${shape}]`);
    }
    return [permuted(input!, permutation)];
  },
  lower({ operands: [x], results: [y], attributes }) {
    const strides = stridesOf(x!.shape);
    const permutation = attributes.permutation as readonly number[];
    const wide = permutation.filter((axis) => x!.shape[axis] !== 1);
    if (wide.every((axis, i) => i === 0 || wide[i - 1]! < axis))
      return [{ kernel: "copy", arguments: [operand(0), result(), sizeOf(y!.shape)] }];
    const view = viewOf(y!.shape, [permutation.map((axis) => strides[axis]!)]);
    return [{ kernel: "strided", arguments: [operand(0), result(), view, 0] }];
  },
  onnx: {
    Transpose(node, build) {
      const input = node.input(0);
      const permutation = node.ints("perm") ?? range(input.type.shape.length).reverse();
      return build.one("Transpose", [input], { permutation });
    },
  },
  tflite: {
    TRANSPOSE: (op, build) =>
      build.one("Transpose", [op.input(0)], {
        permutation: [...op.constantInput(1, "perm")!.data],
      }),
    SPACE_TO_BATCH_ND: spaceToBatch,
    BATCH_TO_SPACE_ND: batchToSpace,
  },
  toOnnx: ({ attributes }, [input], build) =>
    build.transpose(input!, attributes.permutation as readonly number[]),
});
