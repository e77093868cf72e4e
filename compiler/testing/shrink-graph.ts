import type { Graph, Node, NodeId, Value } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { sameType, sizeOf, type Tensor } from "../ir/types.ts";
import { verify } from "../ir/verify.ts";
import { type Change, type Rebuilt, rebuild } from "./rebuild.ts";

/** So many graphs are tried before the smallest so far has to do. */
const mostTried = 600;

/**
 * A smaller graph of which the same is true, as far as greedy steps lead: fewer outputs, nodes passed by or cut off, operands left out, sizes
 * of 1, attributes as they are by default, plain numbers. The steps are always tried in the same order.
 */
export function shrinkGraph(graph: Graph, fails: (graph: Graph) => boolean, ops: OpTable): Graph {
  let smallest = graph;
  let tried = 0;
  while (tried < mostTried) {
    const next = smaller();
    if (next === undefined) break;
    smallest = next;
  }
  return smallest;

  /** The first step that leads to a graph of which the same is true. */
  function smaller(): Graph | undefined {
    for (const step of steps)
      for (const change of step(smallest, ops)) {
        const next = attempt(change);
        if (next !== undefined) return next;
      }
    return undefined;
  }

  function attempt(change: Change): Graph | undefined {
    if (tried++ >= mostTried) return undefined;
    const next = rebuild(smallest, change, ops);
    if (next === undefined || verify(next, ops, "scheduled").some(isIllegal)) return undefined;
    return fails(next) ? next : undefined;
  }
}

/** What is no graph at all. Forms differ in which nodes they allow; a generated graph may be of any. */
const isIllegal = (breach: string): boolean => !breach.includes("forbids");

type Step = (graph: Graph, ops: OpTable) => Iterable<Change>;

const one = (id: NodeId, rebuilt: Rebuilt): Change => ({ nodes: new Map([[id, rebuilt]]) });

/** Nodes that compute something, the last ones first. */
function computing({ nodes }: Graph): readonly Node[] {
  return [...nodes.values()].filter(({ op }) => op !== "Input" && op !== "Constant").reverse();
}

function* fewerOutputs({ outputs }: Graph): Iterable<Change> {
  if (outputs.length < 2) return;
  for (const i of outputs.keys()) yield { outputs: [i] };
  for (const i of outputs.keys())
    yield { outputs: [...outputs.keys()].filter((other) => other !== i) };
}

/** A node gives way to one of its operands, of the same type. */
function* passedBy(graph: Graph): Iterable<Change> {
  for (const { id, operands, types } of computing(graph)) {
    for (const operand of operands)
      if (operand && types.length === 1 && sameType(typeAt(graph, operand), types[0]!))
        yield one(id, { kind: "value", value: operand });
  }
}

/** An output gives an earlier value. */
function* earlierOutput(graph: Graph): Iterable<Change> {
  for (const [i, { value }] of graph.outputs.entries()) {
    const { operands } = graph.nodes.get(value.node)!;
    if (graph.outputs.length > 1 || i > 0) return;
    for (const operand of operands)
      if (operand && graph.nodes.get(operand.node)!.op !== "Constant")
        yield one(value.node, { kind: "value", value: operand });
  }
}

/** What comes before a node is cut off: it becomes an input. */
function* cutOff(graph: Graph): Iterable<Change> {
  for (const { id, types } of computing(graph))
    if (types.length === 1) yield one(id, { kind: "input", type: types[0]! });
}

function typeAt({ nodes }: Graph, { node, output }: Value) {
  return nodes.get(node)!.types[output]!;
}

/** Optional and variadic operands are left out. */
function* fewerOperands(graph: Graph, ops: OpTable): Iterable<Change> {
  for (const { id, op, operands, attributes } of computing(graph)) {
    const defs = ops.get(op)!.operands;
    for (const [i, operand] of operands.entries()) {
      if (operand === undefined) continue;
      const def = defs[Math.min(i, defs.length - 1)]!;
      if (def.variadic && operands.length > 1)
        yield one(id, {
          kind: "node",
          node: { op, attributes, operands: operands.toSpliced(i, 1) },
        });
      else if (def.optional)
        yield one(id, {
          kind: "node",
          node: { op, attributes, operands: operands.with(i, undefined) },
        });
    }
  }
}

/** Every extent of one size becomes another one, in inputs, constants and lists of sizes. */
function* smallerSizes(graph: Graph): Iterable<Change> {
  const leaves = [...graph.nodes.values()].filter(({ op }) => op === "Input" || op === "Constant");
  const sizes = new Set(leaves.flatMap(({ types }) => types[0]!.shape));
  for (const size of [...sizes].sort((a, b) => b - a))
    for (const smaller of [1, 2, 3]) {
      if (smaller >= size) continue;
      for (const withLists of [false, true]) yield resized(graph, size, smaller, withLists);
    }
}

function resized(graph: Graph, from: number, to: number, withLists: boolean): Change {
  const nodes = new Map<NodeId, Rebuilt>();
  for (const node of graph.nodes.values()) {
    const { id, op, types, attributes } = node;
    const [type] = types;
    if (op === "Input" && type!.shape.includes(from) && isUniform(type!.quant))
      nodes.set(id, { kind: "input", type: { ...type!, shape: swapped(type!.shape, from, to) } });
    else if (op === "Constant") {
      const value = attributes.value as Tensor;
      if (value.shape.includes(from) && isUniform(value.quant))
        nodes.set(id, { kind: "constant", value: sliced(value, from, to) });
    } else if (withLists && op !== "Input") {
      const changed = Object.entries(attributes).map(([name, value]) => [
        name,
        Array.isArray(value) && typeof value[0] === "number" ? swapped(value, from, to) : value,
      ]);
      const rest = Object.fromEntries(changed);
      nodes.set(id, { kind: "node", node: { ...node, attributes: rest } });
    }
  }
  return { nodes };
}

const isUniform = (quant: Tensor["quant"]): boolean => quant?.axis === undefined;

function swapped(shape: readonly number[], from: number, to: number): readonly number[] {
  return shape.map((size) => (size === from ? to : size));
}

/** The first elements along each axis of some size. */
function sliced(value: Tensor, from: number, to: number): Tensor {
  const shape = swapped(value.shape, from, to);
  const data = value.data.slice(0, sizeOf(shape));
  const strides = value.shape.map((_, i) => sizeOf(value.shape.slice(i + 1)));
  const own = shape.map((_, i) => sizeOf(shape.slice(i + 1)));
  for (let i = 0; i < data.length; i++) {
    let at = 0;
    for (const [axis, stride] of own.entries())
      at += (Math.floor(i / stride) % shape[axis]!) * strides[axis]!;
    data[i] = value.data[at]!;
  }
  return { ...value, shape, data };
}

/** Attributes as they are when nobody states them. */
function* plainAttributes(graph: Graph, ops: OpTable): Iterable<Change> {
  for (const node of computing(graph)) {
    const defs = ops.get(node.op)!.attributes;
    for (const [name, value] of Object.entries(node.attributes)) {
      const standard = defs[name]?.default;
      if (standard === undefined || JSON.stringify(standard) === JSON.stringify(value)) continue;
      const attributes = { ...node.attributes, [name]: standard };
      yield one(node.id, { kind: "node", node: { ...node, attributes } });
    }
  }
}

/** Constants of one number throughout. */
function* plainNumbers(graph: Graph): Iterable<Change> {
  for (const { id, op, attributes } of graph.nodes.values()) {
    if (op !== "Constant") continue;
    const value = attributes.value as Tensor;
    for (const x of [0, 1, 2]) {
      if (value.data.every((element) => element === x)) break;
      yield one(id, { kind: "constant", value: { ...value, data: value.data.slice().fill(x) } });
    }
  }
}

const steps: readonly Step[] = [
  fewerOutputs,
  earlierOutput,
  passedBy,
  cutOff,
  fewerOperands,
  smallerSizes,
  plainAttributes,
  plainNumbers,
];
