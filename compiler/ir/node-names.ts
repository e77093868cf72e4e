import type { Node, NodeId } from "./graph.ts";
import { numbered } from "./unique-names.ts";

/** So many names of nodes that are gone are kept at hand: whoever is built in the place of one of them takes its name. */
const mostFreed = 16;

/** Up to this number all are tried again for each who wants the name: most names are wanted once or twice. */
const fewNumbers = 4;

/** The nodes whose names are kept apart. */
export interface NamedNodes {
  /** Those that have their names, at the time of the call. */
  all(): Iterable<Node>;
  /** The name of a node that is still there. */
  nameOf(id: NodeId): string | undefined;
}

/**
 * The names of the nodes of a graph that changes, each of them once. Most nodes are built in the place of others and called like
 * these, so the table of all names is not made before somebody wants one that no node has just given back. Nothing is taken out of it:
 * an entry of a node that is gone says that the name is free.
 */
export class NodeNames {
  readonly #nodes: NamedNodes;
  #owners: Map<string, NodeId> | undefined;
  /** Of names that many wanted: the number to try next. */
  readonly #next = new Map<string, number>();
  readonly #freed: string[] = [];

  constructor(nodes: NamedNodes) {
    this.#nodes = nodes;
  }

  /** The wanted name if it is free, or that with the first free number from 2 behind it; that of node `id` from now on. */
  take(wanted: string, id: NodeId): string {
    const isFree = this.#isFreed(wanted) || this.#isFree(wanted);
    const name = isFree ? wanted : this.#withNumber(wanted);
    this.#owners?.set(name, id);
    return name;
  }

  /** A node that had the name is gone. */
  release(name: string): void {
    if (this.#freed.length === mostFreed) this.#freed.splice(0, mostFreed / 2);
    this.#freed.push(name);
  }

  #isFreed(name: string): boolean {
    const at = this.#freed.indexOf(name);
    if (at < 0) return false;
    this.#freed[at] = this.#freed.at(-1)!;
    this.#freed.length--;
    return true;
  }

  #isFree(name: string): boolean {
    this.#owners ??= ownersOf(this.#nodes.all());
    const owner = this.#owners.get(name);
    return owner === undefined || this.#nodes.nameOf(owner) !== name;
  }

  #withNumber(wanted: string): string {
    const { name, number } = numbered(wanted, this.#next.get(wanted), (one) => this.#isFree(one));
    if (number > fewNumbers) this.#next.set(wanted, number + 1);
    return name;
  }
}

function ownersOf(nodes: Iterable<Node>): Map<string, NodeId> {
  const owners = new Map<string, NodeId>();
  for (const { name, id } of nodes) owners.set(name, id);
  return owners;
}
