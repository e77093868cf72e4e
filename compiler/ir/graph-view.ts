import { type Graph, type Node, type NodeId, usersOf } from "./graph.ts";

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
  usedOnlyBy(id: NodeId, nodes: ReadonlySet<NodeId>): boolean;
  isOutput(id: NodeId): boolean;
}

/** A view of a graph that does not change. */
export function viewOf(graph: Graph): GraphView {
  const uses = usersOf(graph);
  const users = new Map(
    [...uses].map(([id, nodes]) => [id, [...new Set(nodes.map((node) => node.id))]]),
  );
  const outputs = new Map<NodeId, number>();
  for (const { value } of graph.outputs)
    outputs.set(value.node, (outputs.get(value.node) ?? 0) + 1);
  return {
    node: (id) => graph.nodes.get(id)!,
    users: (id) => users.get(id)!,
    eachUser: (id) => users.get(id)!,
    useCount: (id) => uses.get(id)!.length + (outputs.get(id) ?? 0),
    usedOnlyBy: (id, nodes) => !outputs.has(id) && users.get(id)!.every((user) => nodes.has(user)),
    isOutput: (id) => outputs.has(id),
  };
}
