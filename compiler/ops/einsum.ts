import type { ImportBuilder, ImportedValue, OnnxNode } from "../ir/op.ts";
import { sizeOf } from "../ir/types.ts";

/** A value with a letter for each of its axes. */
interface Labelled {
  readonly value: ImportedValue;
  readonly labels: readonly string[];
}

/** `bij,bjk->bik` and the like: one or two operands, without an ellipsis and without a letter twice in one operand. */
export function einsum(node: OnnxNode, build: ImportBuilder): ImportedValue {
  const { inputs, output } = readEquation(node, build);
  const [a, b] = inputs.map((labels, i) => {
    const value = node.input(i);
    if (labels.length !== value.type.shape.length || new Set(labels).size !== labels.length)
      return build.reject(`operand ${i} does not fit \`${labels.join("")}\``);
    return { value, labels };
  });
  const product = b === undefined ? sumOut(build, a!, output) : contract(build, a!, b, output);
  return ordered(build, product, output);
}

function readEquation(node: OnnxNode, build: ImportBuilder) {
  const equation = node.string("equation", "").replaceAll(" ", "");
  const [left, right] = equation.split("->") as [string, string | undefined];
  const inputs = left.split(",").map((labels) => [...labels]);
  if (equation.includes(".") || inputs.length > 2)
    return build.reject(`the equation \`${equation}\` is not supported`);
  const letters = inputs.flat();
  // Without an arrow the result has the letters that stand once, in alphabetical order.
  const once = letters.filter((c) => letters.indexOf(c) === letters.lastIndexOf(c)).sort();
  const output = right === undefined ? once : [...right];
  if (!output.every((c) => letters.includes(c)))
    return build.reject(`the equation \`${equation}\` makes up an axis`);
  return { inputs, output };
}

/** Sums over the letters that are not among `kept`. */
function sumOut(
  build: ImportBuilder,
  { value, labels }: Labelled,
  kept: readonly string[],
): Labelled {
  const axes = labels.flatMap((label, axis) => (kept.includes(label) ? [] : [axis]));
  if (axes.length === 0) return { value, labels };
  return {
    value: build.one("ReduceSum", [value], { axes, keepDims: false }),
    labels: labels.filter((label) => kept.includes(label)),
  };
}

/** The axes in the order of `labels`. */
function ordered(
  build: ImportBuilder,
  { value, labels: own }: Labelled,
  labels: readonly string[],
): ImportedValue {
  const permutation = labels.map((label) => own.indexOf(label));
  return permutation.every((axis, i) => axis === i)
    ? value
    : build.one("Transpose", [value], { permutation });
}

/** A product of matrices: letters of both operands and the result are batches, of both operands alone are summed. */
function contract(
  build: ImportBuilder,
  first: Labelled,
  second: Labelled,
  output: readonly string[],
): Labelled {
  const a = sumOut(build, first, [...second.labels, ...output]);
  const b = sumOut(build, second, [...first.labels, ...output]);
  const both = a.labels.filter((label) => b.labels.includes(label));
  const batch = both.filter((label) => output.includes(label));
  const inner = both.filter((label) => !output.includes(label));
  const rows = a.labels.filter((label) => !both.includes(label));
  const columns = b.labels.filter((label) => !both.includes(label));
  const sizes = new Map([
    ...a.labels.map((label, axis) => [label, a.value.type.shape[axis]!] as const),
    ...b.labels.map((label, axis) => [label, b.value.type.shape[axis]!] as const),
  ]);
  const extents = (labels: readonly string[]) => labels.map((label) => sizes.get(label)!);
  const matrices = (operand: Labelled, one: readonly string[], two: readonly string[]) =>
    build.one("Reshape", [ordered(build, operand, [...batch, ...one, ...two])], {
      shape: [...extents(batch), sizeOf(extents(one)), sizeOf(extents(two))],
    });
  const product = build.one("MatMul", [matrices(a, rows, inner), matrices(b, inner, columns)]);
  const labels = [...batch, ...rows, ...columns];
  return { value: build.one("Reshape", [product], { shape: extents(labels) }), labels };
}
