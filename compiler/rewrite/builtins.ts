import type { Kind } from "../../grammar/vocabulary.ts";
import { roundHalfEven } from "../../runtime/reference/requantize.ts";
import type { NodeId } from "../ir/graph.ts";
import type { GraphView } from "../ir/graph-view.ts";
import type { OpDef, OpTable } from "../ir/op.ts";
import {
  type QuantizedDType,
  quantRange,
  sameQuant,
  sizeOf,
  type Tensor,
  type TensorType,
  tensor,
} from "../ir/types.ts";
import {
  asTensor,
  constantTerm,
  mapElements,
  numeric,
  transposeTensor,
  withRank,
} from "./arithmetic.ts";
import {
  isAbsent,
  isList,
  isOpsTerm,
  isTensorTerm,
  isValueTerm,
  printTerm,
  sameTerm,
  type Term,
  unmet,
} from "./term.ts";
import { transposedReshape } from "./transposed-reshape.ts";

export interface Builtin {
  readonly parameters: readonly { readonly name: string; readonly kind: Kind }[];
  readonly result: Kind;
  readonly doc: string;
  /** Whether the result depends on other nodes of the graph than those of its arguments. */
  readonly looksAround?: true;
  readonly apply: (graph: GraphView, ops: OpTable, ...values: readonly Term[]) => Term;
}

type Apply = Builtin["apply"];

/** `signature` is `k: tensor, p: numbers -> tensor`. */
function builtin(signature: string, doc: string, apply: Apply): Builtin {
  const [parameters, result] = signature.split("->").map((part) => part.trim()) as [string, Kind];
  const list = parameters === "" ? [] : parameters.split(", ");
  return {
    parameters: list.map((parameter) => {
      const [name, kind] = parameter.split(": ") as [string, Kind];
      return { name, kind };
    }),
    result,
    doc,
    apply,
  };
}

const around = (signature: string, doc: string, apply: Apply): Builtin => ({
  ...builtin(signature, doc, apply),
  looksAround: true,
});

const elementwise = (doc: string, f: (x: number) => number): Builtin =>
  builtin("x: tensor -> tensor", doc, (graph, _, x) => mapElements(x!, graph, f));

const reduction = (doc: string, f: (a: number, b: number) => number, start: number): Builtin =>
  builtin("x: tensor -> number", doc, (graph, _, x) => elements(graph, x!).reduce(f, start));

/** One end of a list, or of the nodes of some ops in the order of the graph. */
function atEnd(graph: GraphView, of: Term, end: "first" | "last"): Term {
  if (!isOpsTerm(of))
    return list(of).at(end === "first" ? 0 : -1) ?? unmet(() => "the list is empty");
  const positions =
    graph.positions?.() ?? unmet(() => "nodes have positions in `quantize` rules only");
  const node = positions[end](of.names);
  if (node === undefined) return unmet(() => `the model has no ${printTerm(of, graph)}`);
  return { kind: "value", value: { node, output: 0 } };
}

/** Functions that rule files may call, in `require`, `let` and replacements. All are pure. */
export const builtins: Readonly<Record<string, Builtin>> = {
  sqrt: elementwise("the square root of every element", Math.sqrt),
  abs: elementwise("the magnitude of every element", Math.abs),
  round: elementwise("the nearest integer, halves to even", roundHalfEven),
  min: reduction("the smallest element", (a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
  max: reduction("the largest element", (a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
  sum: reduction("the sum of all elements", (a, b) => a + b, 0),
  product: reduction("the product of all elements", (a, b) => a * b, 1),
  infinity: builtin("-> number", "the number above all others", () => Number.POSITIVE_INFINITY),

  size: builtin(
    "x: any -> number",
    "the number of elements of a list, tensor or value",
    (graph, _, x) => (isList(x!) ? x.length : sizeOf(typeOfTerm(graph, x!).shape)),
  ),
  rank: builtin(
    "x: value -> number",
    "the number of dimensions",
    (graph, _, x) => typeOfTerm(graph, x!).shape.length,
  ),
  join: builtin(
    "a: numbers, b: numbers -> numbers",
    "one list after the other",
    (_graph, _, a, b) => [...list(a!), ...list(b!)],
  ),
  drop: builtin(
    "list: numbers, n: number -> numbers",
    "the list without its first `n` items",
    (_graph, _, items, n) => list(items!).slice(n as number),
  ),
  take: builtin(
    "list: numbers, n: number -> numbers",
    "the first `n` items of a list",
    (_graph, _, items, n) => list(items!).slice(0, n as number),
  ),
  allEqual: builtin(
    "list: any -> boolean",
    "whether all items of a list are equal",
    (_graph, _, items) => list(items!).every((item) => sameTerm(item, list(items!)[0]!)),
  ),

  first: around(
    "of: any -> any",
    "the first item of a list; of an op or a set of ops, the first such node on the way from the inputs of the model",
    (graph, _, of) => atEnd(graph, of!, "first"),
  ),
  last: around(
    "of: any -> any",
    "the last item of a list; of an op or a set of ops, the last such node on the way to the outputs of the model",
    (graph, _, of) => atEnd(graph, of!, "last"),
  ),
  pick: builtin(
    "list: numbers, at: numbers -> numbers",
    "the items of a list at some places",
    (_graph, _, items, at) =>
      numbers(at!).map((i) => numbers(items!)[i] ?? unmet(() => `there is no item ${i}`)),
  ),
  positions: builtin(
    "list: numbers, items: numbers -> numbers",
    "the place of each of `items` in a list",
    (_graph, _, list, items) => numbers(items!).map((item) => numbers(list!).indexOf(item)),
  ),

  inverse: builtin("p: numbers -> numbers", "the permutation that undoes `p`", (_graph, _, p) =>
    inverse(numbers(p!)),
  ),
  compose: builtin(
    "p: numbers, q: numbers -> numbers",
    "the permutation of a transpose by `p`, then one by `q`",
    (_graph, _, p, q) => numbers(q!).map((axis) => numbers(p!)[axis]!),
  ),
  isIdentity: builtin(
    "p: numbers -> boolean",
    "whether a permutation changes nothing",
    (_graph, _, p) => numbers(p!).every((axis, i) => axis === i),
  ),
  axis: builtin(
    "x: value, i: any -> any",
    "axis `i` of a value (or a list of axes), counted from the front",
    (graph, _, x, i) => {
      const rank = typeOfTerm(graph, x!).shape.length;
      const fromFront = (axis: number) => (axis < 0 ? axis + rank : axis);
      return typeof i === "number" ? fromFront(i) : numbers(i!).map(fromFront);
    },
  ),
  sorted: builtin(
    "list: numbers -> numbers",
    "the numbers of a list, smallest first",
    (_graph, _, items) => numbers(items!).toSorted((a, b) => a - b),
  ),
  withoutAxes: builtin(
    "p: numbers, axes: numbers -> numbers",
    "what is left of permutation `p` when `axes` of its result are removed on both sides",
    (_graph, _, p, axes) => withoutAxes(numbers(p!), numbers(axes!)),
  ),
  movesOnlyOnes: builtin(
    "shape: numbers, p: numbers -> boolean",
    "whether a transpose of `shape` by `p` keeps the order of its elements",
    (_graph, _, shape, p) => {
      const moved = numbers(p!).filter((axis) => numbers(shape!)[axis] !== 1);
      return moved.every((axis, i) => i === 0 || moved[i - 1]! < axis);
    },
  ),

  reshapeFirst: builtin(
    "shape: numbers, p: numbers, to: numbers -> any",
    "for a transpose by `p` and a reshape to `to`: a permutation, a shape and a permutation that do the same one after the other, with as much as possible of the transpose behind the reshape",
    (_graph, _, shape, p, to) => {
      if (sizeOf(numbers(shape!)) !== sizeOf(numbers(to!)))
        unmet(() => "the two shapes have not as many elements");
      const found = transposedReshape(numbers(shape!), numbers(p!), numbers(to!));
      if (found === undefined) return unmet(() => "the reshape joins axes that lie apart");
      return [found.before, found.shape, found.behind];
    },
  ),

  transpose: builtin(
    "k: tensor, p: numbers -> tensor",
    "a constant with its axes in the order `p`",
    (graph, _, k, p) => {
      const { tensor: x } = constantTerm(k!, graph);
      if (x.shape.length !== numbers(p!).length)
        unmet(() => `\`transpose\` of rank ${x.shape.length}`);
      return { kind: "tensor", tensor: transposeTensor(x, numbers(p!)) };
    },
  ),
  reshape: builtin(
    "k: tensor, shape: numbers -> tensor",
    "a constant under another shape of as many elements",
    (graph, _, k, shape) => {
      const { tensor: x } = asTensor(numeric(k!, graph));
      if (sizeOf(numbers(shape!)) !== x.data.length)
        unmet(() => `${x.data.length} elements do not fit [${numbers(shape!).join(", ")}]`);
      return { kind: "tensor", tensor: { ...x, shape: numbers(shape!) } };
    },
  ),
  withRank: builtin(
    "k: tensor, n: number -> tensor",
    "a constant with ones in front of its shape, up to rank `n`",
    (graph, _, k, n) => {
      const { tensor: x } = asTensor(numeric(k!, graph));
      return { kind: "tensor", tensor: { ...x, shape: withRank(x.shape, n as number) } };
    },
  ),
  fill: builtin(
    "value: number, shape: numbers -> tensor",
    "a constant of one value",
    (_graph, _, value, shape) => {
      const data = new Float32Array(sizeOf(numbers(shape!))).fill(value as number);
      return { kind: "tensor", tensor: tensor("float32", numbers(shape!), data) };
    },
  ),
  flat: builtin(
    "k: tensor -> tensor",
    "all elements of a constant along one axis",
    (graph, _, k) => {
      const { tensor: x } = asTensor(numeric(k!, graph));
      return { kind: "tensor", tensor: { ...x, shape: [x.data.length] } };
    },
  ),

  channelSums: builtin(
    "k: tensor, axis: number -> tensor",
    "for each index of one axis the sum of all elements there",
    (graph, _, k, axis) => {
      const { tensor: x } = asTensor(numeric(k!, graph));
      return { kind: "tensor", tensor: channelSums(x, axis as number) };
    },
  ),

  isConst: builtin(
    "x: any -> boolean",
    "whether a value is known at compile time",
    (graph, _, x) =>
      isTensorTerm(x!) || (isValueTerm(x!) && graph.node(x.value.node).op === "Constant"),
  ),
  present: builtin(
    "x: any -> boolean",
    "whether an optional node or operand is there",
    (_graph, _, x) => !isAbsent(x!),
  ),
  sole: around("x: any -> boolean", "whether a value is used exactly once", (graph, _, x) =>
    everyValue(x!, (node) => graph.useCount(node) === 1),
  ),
  isOutput: around(
    "x: value -> boolean",
    "whether a value is an output of the model",
    (graph, _, x) => isValueTerm(x!) && graph.isOutput(x.value.node),
  ),
  producers: around(
    "x: any -> any",
    "the ops that compute a value (or each of a list), seen through ops that only move it",
    (graph, ops, x) => values(x!).map((value) => producer(graph, ops, value)),
  ),
  onlyComputedBy: around(
    "x: any, ops: any -> boolean",
    "whether a value (or each of a list) is computed by an op of a set or a list, seen through ops that only move it",
    (graph, ops, x, some) => {
      const isAmong = amongOps(some!);
      return values(x!).every((value) => isAmong(producer(graph, ops, value)));
    },
  ),
  readers: around(
    "x: value -> any",
    "the ops that compute with a value, seen through ops that only move it",
    (graph, ops, x) => [...new Set(readersOf(graph, ops, x!, isMovement))],
  ),
  onlyReadBy: around(
    "x: value, ops: any -> boolean",
    "whether some op computes with a value, and only those of a set or a list do, seen through ops that only move it",
    (graph, ops, x, some) => {
      const isAmong = amongOps(some!);
      let isRead = false;
      for (const op of readersOf(graph, ops, x!, isMovement)) {
        if (!isAmong(op)) return false;
        isRead = true;
      }
      return isRead;
    },
  ),
  leavesModel: around(
    "x: value -> boolean",
    "whether nothing computes with a value: it is only moved and joined with others, and is an output then",
    (graph, ops, x) => {
      const passes = (op: OpDef) => isMovement(op) || op.name === "Concat";
      return readersOf(graph, ops, x!, passes).next().done === true;
    },
  ),
  sameParameters: builtin(
    "a: any, b: any -> boolean",
    "whether two quantized values (or lists of them) have one dtype, scale and zero point",
    (graph, _, a, b) => sameParameters(graph, [...values(a!), ...values(b!)]),
  ),
  perTensor: builtin(
    "x: any -> boolean",
    "whether a quantized value (or each of a list) has one scale",
    (graph, _, x) =>
      values(x!).every((value) => {
        const { quant } = typeOfTerm(graph, value);
        return quant !== undefined && quant.scale.length === 1;
      }),
  ),
  lowest: builtin(
    "x: value -> number",
    "the smallest integer of a quantized value's dtype",
    (graph, _, x) => rangeOf(graph, x!)[0],
  ),
  highest: builtin(
    "x: value -> number",
    "the largest integer of a quantized value's dtype",
    (graph, _, x) => rangeOf(graph, x!)[1],
  ),
  fusedActivation: builtin(
    "act: any -> string",
    "the word for an activation that an integer op applies to its result: `linear` where there is none",
    (graph, _, act) => fusedActivation(graph, act!),
  ),
};

/** Whether an op is one of a set of ops, or of a list that has their names as words. */
function amongOps(some: Term): (op: string) => boolean {
  if (isOpsTerm(some)) return (op) => some.names.has(op);
  const words = list(some);
  return (op) => words.includes(op);
}

const isMovement = ({ traits }: OpDef): boolean => traits.includes("movement");

function producer(graph: GraphView, ops: OpTable, term: Term): string {
  if (!isValueTerm(term)) return "Constant";
  let node = graph.node(term.value.node);
  while (isMovement(ops.get(node.op)!)) node = graph.node(node.operands[0]!.node);
  return node.op;
}

/** Ops of the users of a value, and of the users of those that it passes through. */
function* readersOf(
  graph: GraphView,
  ops: OpTable,
  term: Term,
  passes: (op: OpDef) => boolean,
): Generator<string> {
  if (!isValueTerm(term)) return;
  const open = [term.value.node];
  // Most values are not moved.
  let seen: Set<NodeId> | undefined;
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const user of graph.users(id)) {
      const { op } = graph.node(user);
      if (!passes(ops.get(op)!)) yield op;
      else if (!seen?.has(user)) {
        seen ??= new Set();
        seen.add(user);
        open.push(user);
      }
    }
  }
}

function rangeOf(graph: GraphView, term: Term): readonly [number, number] {
  const { dtype } = typeOfTerm(graph, term);
  return dtype in quantRange
    ? quantRange[dtype as QuantizedDType]
    : unmet(() => `${printTerm(term, graph)} is ${dtype}`);
}

/** The activations that integer ops know, by op and limits. */
const activationWords: Readonly<Record<string, string>> = {
  ReLU: "relu",
  ReLU6: "relu6",
  "Clip 0 6": "relu6",
  "Clip -1 1": "reluN1To1",
  "Clip 0 Infinity": "relu",
};

function fusedActivation(graph: GraphView, act: Term): string {
  if (isAbsent(act) || !isValueTerm(act)) return "linear";
  const { op, attributes } = graph.node(act.value.node);
  const key = op === "Clip" ? `Clip ${attributes.min} ${attributes.max}` : op;
  return activationWords[key] ?? unmet(() => `no integer op applies a ${key} to its result`);
}

function channelSums(x: Tensor, axis: number): Tensor {
  const inner = sizeOf(x.shape.slice(axis + 1));
  const channels = x.shape[axis]!;
  const sums = new Float64Array(channels);
  x.data.forEach((value, i) => {
    sums[Math.floor(i / inner) % channels]! += value;
  });
  return tensor("float32", [channels], sums);
}

/** The type of a tensor or value; anything else makes the condition unmet. */
export function typeOfTerm(graph: GraphView, term: Term): TensorType {
  if (isTensorTerm(term)) return term.tensor;
  if (isValueTerm(term)) return graph.node(term.value.node).types[term.value.output]!;
  return unmet(() => `${printTerm(term, graph)} has no type`);
}

function elements(graph: GraphView, term: Term): readonly number[] {
  const value = numeric(term, graph);
  if (typeof value === "number") return [value];
  return isTensorTerm(value) ? Array.from(value.tensor.data) : value;
}

function list(term: Term): readonly Term[] {
  return isList(term) ? term : [term];
}

function numbers(term: Term): readonly number[] {
  if (isList(term) && term.every((item) => typeof item === "number")) return term;
  return unmet(() => "not a list of numbers");
}

/** Absent ones are left out. */
function values(term: Term): readonly Term[] {
  return list(term).filter((item) => !isAbsent(item));
}

function everyValue(term: Term, holds: (node: number) => boolean): boolean {
  return values(term).every((item) => isValueTerm(item) && holds(item.value.node));
}

function sameParameters(graph: GraphView, terms: readonly Term[]): boolean {
  const [first, ...rest] = terms.map((term) => typeOfTerm(graph, term));
  if (first?.quant === undefined) return false;
  return rest.every((type) => type.dtype === first.dtype && sameQuant(type.quant, first.quant));
}

function inverse(permutation: readonly number[]): readonly number[] {
  const result = permutation.map(() => 0);
  permutation.forEach((axis, i) => {
    result[axis] = i;
  });
  return result;
}

function withoutAxes(permutation: readonly number[], axes: readonly number[]): readonly number[] {
  const left = permutation.filter((_, i) => !axes.includes(i));
  const order = left.toSorted((a, b) => a - b);
  return left.map((axis) => order.indexOf(axis));
}
