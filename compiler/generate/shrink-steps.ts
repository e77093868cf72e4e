import type { Attributes, AttributeValue, Graph, Node, NodeId, Value } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { sameType, type Tensor, type TensorType } from "../ir/types.ts";
import { cropped, rebuilt, typeOfShape } from "./rebuild.ts";

/**
 * Ways to make a graph smaller, the ones that take most away first. Each gives candidates; types that do not fit are left out
 * here, whether a candidate still fails is for the caller to see.
 */
export type ShrinkStep = (graph: Graph, ops: OpTable) => Iterable<Graph | undefined>;

/** Outputs one by one, or all but one. */
function* dropOutputs(graph: Graph, ops: OpTable): Generator<Graph | undefined> {
  const { outputs } = graph;
  if (outputs.length < 2) return;
  for (const output of outputs) yield rebuilt(graph, { outputs: [output] }, ops);
  for (const output of outputs)
    yield rebuilt(graph, { outputs: outputs.filter((other) => other !== output) }, ops);
}

/** What one node needs, and nothing else. */
function* keepCone(graph: Graph, ops: OpTable): Generator<Graph | undefined> {
  const name = graph.outputs[0]?.name ?? "y";
  for (const node of computed(graph)) {
    const isOnlyOutput = graph.outputs.length === 1 && graph.outputs[0]!.value.node === node.id;
    if (!isOnlyOutput) yield rebuilt(graph, { outputs: [{ name, value: resultOf(node) }] }, ops);
  }
}

/** A node becomes an input: what it needs is gone. The last ones first, that take most with them. */
function* cutBefore(graph: Graph, ops: OpTable): Generator<Graph | undefined> {
  for (const node of computed(graph).toReversed()) {
    if (node.types.length > 1) continue;
    yield rebuilt(graph, { node: (other) => (other.id === node.id ? asInput(node) : other) }, ops);
  }
}

function asInput(node: Node): Node {
  return { ...node, op: "Input", operands: [], attributes: {} };
}

/** Readers of a node read its operand of the same type. */
function* bypass(graph: Graph, ops: OpTable): Generator<Graph | undefined> {
  for (const node of computed(graph)) {
    for (const operand of node.operands) {
      if (!operand || !sameType(typeIn(graph, operand), node.types[0]!)) continue;
      yield redirected(graph, resultOf(node), operand, ops);
    }
  }
}

/** One operand of one node is an earlier value of the same type. */
function* useEarlier(graph: Graph, ops: OpTable): Generator<Graph | undefined> {
  const order = [...graph.nodes.keys()];
  for (const node of computed(graph)) {
    for (const [at, operand] of node.operands.entries()) {
      if (operand === undefined) continue;
      const type = typeIn(graph, operand);
      for (const id of order.slice(0, order.indexOf(operand.node))) {
        const earlier = graph.nodes.get(id)!;
        if (earlier.op === "Constant" || !sameType(earlier.types[0]!, type)) continue;
        yield withOperands(graph, node, replacedAt(node.operands, at, resultOf(earlier)), ops);
      }
    }
  }
}

/** Optional operands, and those of a variable number. */
function* dropOperands(graph: Graph, ops: OpTable): Generator<Graph | undefined> {
  for (const node of computed(graph)) {
    const { operands: defs } = ops.get(node.op)!;
    const isVariadic = defs.at(-1)?.variadic === true;
    for (const at of [...node.operands.keys()].toReversed()) {
      if (node.operands[at] === undefined) continue;
      const def = defs[Math.min(at, defs.length - 1)]!;
      if (isVariadic && at >= defs.length - 1 && node.operands.length > defs.length)
        yield withOperands(graph, node, node.operands.toSpliced(at, 1), ops);
      else if (def.optional)
        yield withOperands(graph, node, trimmed(replacedAt(node.operands, at, undefined)), ops);
    }
  }
}

function trimmed(operands: Node["operands"]): Node["operands"] {
  return operands.slice(0, operands.findLastIndex((value) => value !== undefined) + 1);
}

/** Every extent of one size becomes a smaller one; then those of one axis of one input or constant. */
function* shrinkExtents(graph: Graph, ops: OpTable): Generator<Graph | undefined> {
  const leaves = [...graph.nodes.values()].filter(({ op }) => op === "Input" || op === "Constant");
  const extents = new Set(leaves.flatMap(({ types: [type] }) => type!.shape));
  for (const extent of [...extents].toSorted((a, b) => b - a)) {
    for (const smaller of smallerThan(extent)) {
      const other = (n: number) => (n === extent ? smaller : n);
      yield rebuilt(graph, { node: (node) => withExtents(node, other) }, ops);
    }
  }
  for (const leaf of leaves) {
    for (const [axis, extent] of leaf.types[0]!.shape.entries()) {
      for (const smaller of smallerThan(extent)) {
        const shape = leaf.types[0]!.shape.with(axis, smaller);
        const resize = (node: Node) => (node.id === leaf.id ? withShape(node, shape) : node);
        yield rebuilt(graph, { node: resize }, ops);
        // A window and its padding only become smaller together.
        const plain = (node: Node) => (reads(node, leaf) ? withDefaults(node, ops) : resize(node));
        yield rebuilt(graph, { node: plain }, ops);
      }
    }
  }
}

function reads({ operands }: Node, { id }: Node): boolean {
  return operands.some((value) => value?.node === id);
}

function withDefaults(node: Node, ops: OpTable): Node {
  const defs = Object.entries(ops.get(node.op)!.attributes);
  const usual = defs.flatMap(([name, def]) =>
    def.default === undefined ? [] : [[name, def.default] as const],
  );
  return { ...node, attributes: { ...node.attributes, ...Object.fromEntries(usual) } };
}

function smallerThan(extent: number): readonly number[] {
  return [...new Set([1, 2, extent >> 1, extent - 1])].filter((n) => n > 0 && n < extent);
}

/** Attributes that speak of extents follow them. */
const shapeAttributes = ["shape", "size"];

function withExtents(node: Node, other: (extent: number) => number): Node {
  if (node.op === "Input" || node.op === "Constant")
    return withShape(node, node.types[0]!.shape.map(other));
  const attributes: Record<string, Attributes[string]> = { ...node.attributes };
  for (const name of shapeAttributes) {
    const list = attributes[name];
    if (Array.isArray(list)) attributes[name] = (list as readonly number[]).map(other);
  }
  return { ...node, attributes };
}

function withShape(node: Node, shape: readonly number[]): Node {
  const [type] = node.types as [TensorType];
  if (shape.every((n, axis) => n === type.shape[axis])) return node;
  if (node.op === "Input") return { ...node, types: [typeOfShape(type, shape)] };
  return withTensor(node, cropped(node.attributes.value as Tensor, shape));
}

function withTensor(node: Node, value: Tensor): Node {
  const { data: _, ...type } = value;
  return { ...node, attributes: { value }, types: [type] };
}

/** One attribute of one node has its default. */
function* useDefaults(graph: Graph, ops: OpTable): Generator<Graph | undefined> {
  for (const node of computed(graph)) {
    for (const [name, def] of Object.entries(ops.get(node.op)!.attributes)) {
      const usual = def.default;
      const stated = node.attributes[name];
      if (usual === undefined || `${usual}` === `${stated}`) continue;
      for (const value of [usual, ...partlyUsual(stated, usual)]) {
        const attributes = { ...node.attributes, [name]: value };
        const change = (other: Node) => (other.id === node.id ? { ...other, attributes } : other);
        yield rebuilt(graph, { node: change }, ops);
      }
    }
  }
}

/** Lists with one more element as in the default. */
function partlyUsual(
  stated: AttributeValue | undefined,
  usual: AttributeValue,
): readonly AttributeValue[] {
  if (!Array.isArray(stated) || !Array.isArray(usual) || stated.length !== usual.length) return [];
  const numbers = stated as readonly number[];
  return numbers.flatMap((n, i) => (n === usual[i] ? [] : [numbers.with(i, usual[i] as number)]));
}

/** A constant holds only zeros, only ones, or the signs of its elements. */
function* simplifyWeights(graph: Graph, ops: OpTable): Generator<Graph | undefined> {
  for (const node of graph.nodes.values()) {
    if (node.op !== "Constant") continue;
    for (const simpler of simplerTensors(node.attributes.value as Tensor)) {
      const change = (other: Node) => (other.id === node.id ? withTensor(other, simpler) : other);
      yield rebuilt(graph, { node: change }, ops);
    }
  }
}

/** The tensor with simpler elements, simplest first; none that is as it was. */
export function* simplerTensors(x: Tensor): Generator<Tensor> {
  const made = [() => 0, () => 1, (v: number) => Math.sign(v), (v: number) => Math.round(v)];
  for (const [i, simple] of made.entries()) {
    const data = x.data.map(simple);
    if (data.every((v, at) => v === x.data[at])) return;
    if (i > 1 && weightOf(data) >= weightOf(x.data)) continue;
    yield { ...x, data };
  }
}

/** How much there is to read in some numbers. */
export function weightOf(data: ArrayLike<number>): number {
  let weight = 0;
  for (let i = 0; i < data.length; i++) {
    const v = data[i]!;
    weight += v === 0 ? 0 : v === 1 ? 1 : v === -1 ? 2 : Number.isInteger(v) ? 3 : 4;
  }
  return weight;
}

/** Short names in the order of the nodes. */
function* rename(graph: Graph, ops: OpTable): Generator<Graph | undefined> {
  const counts = new Map<string, number>();
  const names = new Map<NodeId, string>();
  for (const { id, op } of graph.nodes.values()) {
    const stem = op === "Input" ? "x" : op === "Constant" ? "k" : op.toLowerCase();
    const count = (counts.get(stem) ?? 0) + 1;
    counts.set(stem, count);
    names.set(id, count === 1 ? stem : `${stem}${count}`);
  }
  if ([...graph.nodes.values()].every(({ id, name }) => names.get(id) === name)) return;
  const renamed = rebuilt(graph, { node: (node) => named(node, names.get(node.id)!) }, ops);
  if (renamed === undefined) return;
  const inputs = renamed.inputs.map((port) => ({ ...port, name: names.get(port.value.node)! }));
  const outputs = renamed.outputs.map((port, i) => ({
    ...port,
    name: i === 0 ? "y" : `y${i + 1}`,
  }));
  yield { ...renamed, inputs, outputs };
}

function named(node: Node, name: string): Node {
  return { ...node, name, provenance: { sources: [name], rules: [] } };
}

/** In the order in which they are tried. */
export const shrinkSteps: readonly ShrinkStep[] = [
  dropOutputs,
  keepCone,
  cutBefore,
  bypass,
  useEarlier,
  dropOperands,
  shrinkExtents,
  useDefaults,
  simplifyWeights,
  rename,
];

function computed({ nodes }: Graph): readonly Node[] {
  return [...nodes.values()].filter(({ op }) => op !== "Input" && op !== "Constant");
}

function resultOf({ id }: Node): Value {
  return { node: id, output: 0 };
}

function typeIn({ nodes }: Graph, { node, output }: Value): TensorType {
  return nodes.get(node)!.types[output]!;
}

function redirected(graph: Graph, from: Value, to: Value, ops: OpTable): Graph | undefined {
  const redirect = (value: Value) =>
    value.node === from.node && value.output === from.output ? to : value;
  return rebuilt(graph, { redirect }, ops);
}

function withOperands(
  graph: Graph,
  { id }: Node,
  operands: Node["operands"],
  ops: OpTable,
): Graph | undefined {
  const change = (node: Node) => (node.id === id ? { ...node, operands } : node);
  return rebuilt(graph, { node: change }, ops);
}

function replacedAt(
  operands: Node["operands"],
  at: number,
  by: Value | undefined,
): Node["operands"] {
  return operands.map((value, i) => (i === at ? by : value));
}
