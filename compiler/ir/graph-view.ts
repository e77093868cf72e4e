import type { Graph, Node, NodeId } from "./graph.ts";
import { Uses } from "./uses.ts";

/** The questions that patterns ask of a graph; an editor answers them too. */
export interface GraphView {
  node(id: NodeId): Node;
  /** Ids of the nodes that use a result of `id`. */
  users(id: NodeId): readonly NodeId[];
  /** The same one by one, for whoever may not need them all. */
  eachUser(id: NodeId): Iterable<NodeId>;
  /** Uses by nodes and as outputs of the graph. */
  useCount(id: NodeId): number;
  /** Whether every use of `id` is by one of `nodes`. */
  usedOnlyBy(id: NodeId, nodes: readonly NodeId[]): boolean;
  isOutput(id: NodeId): boolean;
  /** Of a graph that does not change. */
  positions?(): Positions;
}

/** Where nodes are in a whole graph. */
export interface Positions {
  /** The number of nodes before it on the longest way from an input, constants not counted. */
  depth(id: NodeId): number;
  /** The first node of some ops on the way from the inputs, and the last. */
  first(ops: ReadonlySet<string>): NodeId | undefined;
  last(ops: ReadonlySet<string>): NodeId | undefined;
}

/** A view of a graph that does not change. */
export function viewOf(graph: Graph): GraphView {
  const nodes: Node[] = [];
  const uses = new Uses(graph.nodes.size);
  for (const node of graph.nodes.values()) {
    nodes[node.id] = node;
    for (const operand of node.operands) if (operand) uses.add(operand.node, node.id);
  }
  const outputs = new Map<NodeId, number>();
  for (const { value } of graph.outputs)
    outputs.set(value.node, (outputs.get(value.node) ?? 0) + 1);
  let positions: Positions | undefined;
  return {
    node: (id) => nodes[id]!,
    users: (id) => uses.users(id),
    eachUser: (id) => uses.eachUser(id),
    useCount: (id) => uses.count(id) + (outputs.get(id) ?? 0),
    usedOnlyBy: (id, users) => !outputs.has(id) && uses.isOnlyBy(id, users),
    isOutput: (id) => outputs.has(id),
    positions: () => (positions ??= positionsOf(graph)),
  };
}

function positionsOf({ nodes }: Graph): Positions {
  const depths = new Map<NodeId, number>();
  const order = new Map<NodeId, number>();
  const ends = new Map<string, { readonly first: NodeId; readonly last: NodeId }>();
  // A graph lists operands before their users.
  for (const { id, op, operands } of nodes.values()) {
    const before = operands.flatMap((operand) =>
      operand && nodes.get(operand.node)!.op !== "Constant" ? [depths.get(operand.node)! + 1] : [],
    );
    depths.set(id, before.length === 0 ? 0 : before.reduce((a, b) => Math.max(a, b)));
    order.set(id, order.size);
    ends.set(op, { first: ends.get(op)?.first ?? id, last: id });
  }
  const end = (ops: ReadonlySet<string>, which: "first" | "last") => {
    const found = [...ops].flatMap((op) => ends.get(op)?.[which] ?? []);
    return found.toSorted((a, b) => order.get(a)! - order.get(b)!).at(which === "first" ? 0 : -1);
  };
  return {
    depth: (id) => depths.get(id)!,
    first: (ops) => end(ops, "first"),
    last: (ops) => end(ops, "last"),
  };
}
