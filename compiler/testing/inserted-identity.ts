import type { Attributes, Graph, Node, NodeId, Value } from "../ir/graph.ts";
import { typeOf } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import type { Shape } from "../ir/types.ts";
import { together } from "./firing.ts";
import type { TestedLibrary } from "./tested-library.ts";

/** Ops that change nothing with the right attributes. */
const identities: Readonly<Record<string, (shape: Shape) => Attributes>> = {
  Reshape: (shape) => ({ shape }),
  Transpose: (shape) => ({ permutation: shape.map((_, axis) => axis) }),
};

/** The same graph with an operation that changes nothing behind one of its values; all readers of the value read it instead. */
export function withIdentity(graph: Graph, op: string, value: Value): Graph {
  const type = typeOf(graph, value);
  const id = (Math.max(...graph.nodes.keys()) + 1) as NodeId;
  const behind: Value = { node: id, output: 0 };
  const moved = (one: Value | undefined) =>
    one?.node === value.node && one.output === value.output ? behind : one;
  const identity: Node = {
    id,
    op,
    name: `same${id}`,
    operands: [value],
    attributes: identities[op]!(type.shape),
    types: [type],
    provenance: { sources: [], rules: [] },
  };
  const nodes = [...graph.nodes.values()].flatMap((node) => {
    const reading = { ...node, operands: node.operands.map(moved) };
    return node.id === value.node ? [reading, identity] : [reading];
  });
  return {
    ...graph,
    nodes: new Map(nodes.map((node) => [node.id, node])),
    outputs: graph.outputs.map((port) => ({ ...port, value: moved(port.value)! })),
  };
}

const dropped = new WeakMap<TestedLibrary, readonly string[]>();

/** The identities that a library takes away where they stand alone: only of these it can be asked that they change nothing. */
export function droppedIdentities(tested: TestedLibrary, ops: OpTable): readonly string[] {
  const known = dropped.get(tested);
  if (known) return known;
  const type = { dtype: "float32", shape: [1, 2, 3] } as const;
  const provenance = { sources: [], rules: [] };
  const x = {
    id: 0 as NodeId,
    op: "Input",
    name: "x",
    operands: [],
    attributes: {},
    types: [type],
    provenance,
  };
  const value = { node: x.id, output: 0 };
  const ports = { inputs: [{ name: "x", value }], outputs: [{ name: "y", value }] };
  const plain: Graph = { name: "identity", nodes: new Map([[x.id, x]]), ...ports };
  const found = Object.keys(identities).filter((op) => {
    const { graph } = together(withIdentity(plain, op, value), tested, ops);
    return graph.nodes.size === 1;
  });
  dropped.set(tested, found);
  return found;
}
