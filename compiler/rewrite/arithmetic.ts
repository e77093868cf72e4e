import type { GraphView } from "../ir/graph-view.ts";
import {
  allocate,
  broadcastTwo,
  type DType,
  type Shape,
  sameShape,
  sizeOf,
  type Tensor,
  tensor,
} from "../ir/types.ts";
import {
  isAbsent,
  isList,
  isTensorTerm,
  isValueTerm,
  printTerm,
  type TensorTerm,
  type Term,
  unmet,
} from "./term.ts";

export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%";
export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";

const arithmetic: Readonly<Record<ArithmeticOperator, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
};

const comparisons: Readonly<Record<Exclude<Comparison, "!=">, (a: number, b: number) => boolean>> =
  {
    "==": (a, b) => a === b,
    "<": (a, b) => a < b,
    "<=": (a, b) => a <= b,
    ">": (a, b) => a > b,
    ">=": (a, b) => a >= b,
  };

/**
 * Arithmetic of rule files on numbers (float64), lists (element by element) and constants. Tensors broadcast as in
 * NumPy, but a 1-D one meets an operand that has a channel axis along that axis. Every result element is rounded to
 * float32; int32 with int32 stays int32, except for `/`.
 */
export function calculate(
  operator: ArithmeticOperator,
  left: Term,
  right: Term,
  graph: GraphView,
): Term {
  const a = numeric(left, graph);
  const b = numeric(right, graph);
  const apply = arithmetic[operator];
  if (typeof a === "number" && typeof b === "number") return apply(a, b);
  if (!isTensorTerm(a) && !isTensorTerm(b)) return zipLists(a, b, apply);
  const x = asTensor(a);
  const y = asTensor(b);
  const integers = operator !== "/" && isInteger(a) && isInteger(b);
  return broadcast(x, y, apply, integers ? "int32" : "float32");
}

/** `f` of every element, rounded to float32. */
export function mapElements(term: Term, graph: GraphView, f: (x: number) => number): Term {
  const x = numeric(term, graph);
  if (typeof x === "number") return f(x);
  if (!isTensorTerm(x)) return x.map(f);
  const { data } = x.tensor;
  return withElements(x, "float32", (i) => f(data[i]!));
}

/** Whether every element of one side compares with the element of the other that it meets. */
export function compare(operator: Comparison, left: Term, right: Term, graph: GraphView): boolean {
  if (operator === "!=") return !compare("==", left, right, graph);
  const holds = comparisons[operator];
  const a = numeric(left, graph);
  const b = numeric(right, graph);
  if (typeof a === "number" && typeof b === "number") return holds(a, b);
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((x, i) => holds(x, b[i]!));
  }
  return everyPair(a, b, holds);
}

/** Whether all elements are within `tolerance`; as many on both sides, or one on either. */
export function near(left: Term, right: Term, tolerance: number, graph: GraphView): boolean {
  const [a, b] = [numeric(left, graph), numeric(right, graph)];
  return everyPair(a, b, (x, y) => Math.abs(x - y) <= tolerance);
}

/** The numbers behind a term: a number, a list of numbers, or a constant. Anything else does not match. */
export function numeric(term: Term, graph: GraphView): number | readonly number[] | TensorTerm {
  if (typeof term === "number") return term;
  if (isAbsent(term)) return 0;
  if (isTensorTerm(term)) return term;
  if (isValueTerm(term)) return constantTerm(term, graph);
  if (isList(term) && term.every((item) => typeof item === "number")) return term;
  return isNo("number", term, graph);
}

/** A function of its own: closures for messages would be paid for at each call. */
function isNo(what: "number" | "constant", term: Term, graph: GraphView): never {
  return unmet(() => `${printTerm(term, graph)} is not a ${what}`);
}

/** The tensor behind a value of the graph, which must be a constant of plain numbers. */
export function constantTerm(term: Term, graph: GraphView): TensorTerm {
  if (isTensorTerm(term)) return term;
  if (!isValueTerm(term)) return isNo("constant", term, graph);
  const node = graph.node(term.value.node);
  if (node.op !== "Constant") return nodeIs(node.name, "not a constant");
  const tensor = node.attributes.value as Tensor;
  if (tensor.quant) return nodeIs(node.name, "quantized");
  const { channelAxis } = term;
  return channelAxis === undefined
    ? { kind: "tensor", tensor }
    : { kind: "tensor", tensor, channelAxis };
}

function nodeIs(name: string, what: string): never {
  return unmet(() => `\`${name}\` is ${what}`);
}

/** Numbers as a tensor: a scalar, or a list along one axis. */
export function asTensor(value: number | readonly number[] | TensorTerm): TensorTerm {
  if (typeof value === "number") return { kind: "tensor", tensor: tensor("float32", [], [value]) };
  if (isTensorTerm(value)) return value;
  return { kind: "tensor", tensor: tensor("float32", [value.length], value) };
}

function isInteger(value: number | readonly number[] | TensorTerm): boolean {
  if (typeof value === "number") return Number.isInteger(value);
  return isTensorTerm(value) ? value.tensor.dtype === "int32" : value.every(Number.isInteger);
}

function zipLists(
  a: number | readonly number[],
  b: number | readonly number[],
  f: (x: number, y: number) => number,
): readonly number[] {
  if (typeof a === "number") return (b as readonly number[]).map((y) => f(a, y));
  if (typeof b === "number") return a.map((x) => f(x, b));
  if (a.length !== b.length) unmet(() => `lists of ${a.length} and ${b.length} numbers`);
  return a.map((x, i) => f(x, b[i]!));
}

function everyPair(
  a: number | readonly number[] | TensorTerm,
  b: number | readonly number[] | TensorTerm,
  holds: (x: number, y: number) => boolean,
): boolean {
  const [x, y] = [asTensor(a).tensor, asTensor(b).tensor];
  if (y.data.length === 1) return x.data.every((value) => holds(value, y.data[0]!));
  if (x.data.length === 1) return y.data.every((value) => holds(x.data[0]!, value));
  return sameShape(x.shape, y.shape) && x.data.every((value, i) => holds(value, y.data[i]!));
}

function broadcast(
  a: TensorTerm,
  b: TensorTerm,
  f: (x: number, y: number) => number,
  dtype: DType,
): TensorTerm {
  const x = a.tensor;
  const y = b.tensor;
  if (y.shape.length === 0) return withElements(a, dtype, (i) => f(x.data[i]!, y.data[0]!));
  if (x.shape.length === 0) return withElements(b, dtype, (i) => f(x.data[0]!, y.data[i]!));
  const [aShape, bShape] = alongChannels(a, b);
  const isSame = sameShape(aShape, bShape);
  const shape = isSame ? aShape : broadcastShape(aShape, bShape);
  const result: Tensor = { dtype, shape, data: allocate(dtype, sizeOf(shape)) };
  if (isSame) combineSame(x, y, f, result);
  else combine(x, stridesIn(shape, aShape), y, stridesIn(shape, bShape), f, result);
  const { channelAxis } = a.tensor.shape.length === shape.length ? a : b;
  return channelAxis === undefined
    ? { kind: "tensor", tensor: result }
    : { kind: "tensor", tensor: result, channelAxis };
}

/** A tensor of the shape of another. */
function withElements(
  { tensor: { shape }, channelAxis }: TensorTerm,
  dtype: DType,
  element: (i: number) => number,
): TensorTerm {
  const data = allocate(dtype, sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = element(i);
  const tensor = { dtype, shape, data };
  return channelAxis === undefined
    ? { kind: "tensor", tensor }
    : { kind: "tensor", tensor, channelAxis };
}

type Combine = (x: number, y: number) => number;

function combineSame({ data: x }: Tensor, { data: y }: Tensor, f: Combine, result: Tensor): void {
  for (let k = 0; k < result.data.length; k++) result.data[k] = f(x[k]!, y[k]!);
}

/** For each axis of the result there is how far one step moves in either operand. */
function combine(
  { data: x }: Tensor,
  xStrides: readonly number[],
  { data: y }: Tensor,
  yStrides: readonly number[],
  f: Combine,
  { data, shape }: Tensor,
): void {
  const place = shape.map(() => 0);
  let i = 0;
  let j = 0;
  for (let k = 0; k < data.length; k++) {
    data[k] = f(x[i]!, y[j]!);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      i += xStrides[axis]!;
      j += yStrides[axis]!;
      if (++place[axis]! < shape[axis]!) break;
      i -= xStrides[axis]! * shape[axis]!;
      j -= yStrides[axis]! * shape[axis]!;
      place[axis] = 0;
    }
  }
}

/** The two shapes, a 1-D one moved to the channel axis of the other. */
function alongChannels(a: TensorTerm, b: TensorTerm): readonly [Shape, Shape] {
  const moved = (vector: TensorTerm, other: TensorTerm): Shape => {
    const { shape } = other.tensor;
    const { channelAxis } = other;
    if (vector.tensor.shape.length !== 1 || shape.length < 2 || channelAxis === undefined)
      return vector.tensor.shape;
    return shape.map((_, axis) => (axis === channelAxis ? vector.tensor.shape[0]! : 1));
  };
  return [moved(a, b), moved(b, a)];
}

/** The shape of two operands as NumPy broadcasts them. */
export function broadcastShape(a: Shape, b: Shape): Shape {
  return (
    broadcastTwo(a, b) ??
    unmet(() => `shapes [${a.join(", ")}] and [${b.join(", ")}] do not broadcast`)
  );
}

/** The shape with ones in front up to `rank`. */
export function withRank(shape: Shape, rank: number): Shape {
  return [...Array<number>(Math.max(0, rank - shape.length)).fill(1), ...shape];
}

/** For each axis of `shape` how far one step moves in a row-major operand that is broadcast to it. */
function stridesIn(shape: Shape, operand: Shape): readonly number[] {
  const strides = new Array<number>(shape.length).fill(0);
  const missing = shape.length - operand.length;
  let stride = 1;
  for (let axis = operand.length - 1; axis >= 0; axis--) {
    const size = operand[axis]!;
    if (size !== 1) strides[axis + missing] = stride;
    stride *= size;
  }
  return strides;
}

/** The elements with the axes in another order: axis `i` of the result is axis `permutation[i]` of `x`. */
export function transposeTensor(x: Tensor, permutation: readonly number[]): Tensor {
  const strides = x.shape.map((_, axis) => sizeOf(x.shape.slice(axis + 1)));
  const shape = permutation.map((axis) => x.shape[axis]!);
  const steps = permutation.map((axis) => strides[axis]!);
  const result = tensor(x.dtype, shape, []);
  const place = shape.map(() => 0);
  let from = 0;
  for (let k = 0; k < result.data.length; k++) {
    result.data[k] = x.data[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++place[axis]! < shape[axis]!) break;
      from -= steps[axis]! * shape[axis]!;
      place[axis] = 0;
    }
  }
  return result;
}
