import type { Node, NodeId } from "./graph.ts";

/**
 * The nodes of a graph, in its order, by their ids: a `Map` that does not grow while it is filled. Ids are dense, so finding a
 * node is a look into an array; the graph of a hundred thousand nodes is made and read many times as fast as a hash table of them.
 */
export class NodeTable implements ReadonlyMap<NodeId, Node> {
  readonly #ordered: readonly Node[];
  readonly #ids: readonly NodeId[];
  readonly #byId: readonly (Node | undefined)[];

  /** @param ids of the nodes in their order */
  constructor(
    ordered: readonly Node[],
    ids: readonly NodeId[],
    byId: readonly (Node | undefined)[],
  ) {
    this.#ordered = ordered;
    this.#ids = ids;
    this.#byId = byId;
  }

  get size(): number {
    return this.#ordered.length;
  }

  get(id: NodeId): Node | undefined {
    return this.#byId[id];
  }

  has(id: NodeId): boolean {
    return this.#byId[id] !== undefined;
  }

  values(): MapIterator<Node> {
    return this.#ordered.values();
  }

  keys(): MapIterator<NodeId> {
    return this.#ids.values();
  }

  *entries(): MapIterator<[NodeId, Node]> {
    for (const node of this.#ordered) yield [node.id, node];
  }

  [Symbol.iterator](): MapIterator<[NodeId, Node]> {
    return this.entries();
  }

  forEach(visit: (node: Node, id: NodeId, nodes: ReadonlyMap<NodeId, Node>) => void): void {
    for (const node of this.#ordered) visit(node, node.id, this);
  }
}
