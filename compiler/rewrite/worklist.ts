import type { NodeId } from "../ir/graph.ts";
import type { Sight } from "./rule.ts";

/** Visits the nodes on one side of a node. */
export type Neighbours = (id: NodeId, visit: (neighbour: NodeId) => void) => void;

/** How far from a change a node is that is so many edges away, on the side to which patterns look. */
export const near = (edges: number): number => edges;

/** The same on the other side: only who sees everything can have to do with it. */
export const far = (): number => farthest;

const farthest = 2 ** 31 - 2;

/** Whether a change so far away can be seen. */
export function sees({ edges, isAround }: Sight, distance: number): boolean {
  return distance <= edges || (isAround && distance === farthest);
}

/** In the place of a distance: the node does not wait. What waits has one more than its distance, so that arrays begin with this. */
const notWaiting = 0;

/**
 * Nodes that are to be looked at, each once, in the order in which they were added. With each goes how near the nearest change
 * is, so that only rules that see as far are tried again.
 */
export class Worklist {
  readonly #queue: NodeId[];
  #head = 0;
  /** By node: one more than its distance. */
  #distances: Int32Array;
  /** By node: the last walk that came to it. */
  #walks: Int32Array;
  #walk = 0;
  /** The nodes to which the last walk came, the nearest first; kept for the next walk, as they are many. */
  readonly #reached: NodeId[] = [];
  #reachedCount = 0;

  constructor(ids: Iterable<NodeId>) {
    this.#queue = [...ids];
    const size = 1 + this.#queue.reduce((largest, id) => Math.max(largest, id), 0);
    this.#distances = new Int32Array(size);
    this.#walks = new Int32Array(size);
    for (const id of this.#queue) this.#distances[id] = 1;
  }

  get isEmpty(): boolean {
    return this.#head === this.#queue.length;
  }

  /** The next node. */
  get first(): NodeId {
    return this.#queue[this.#head]!;
  }

  /** Takes the next node away, and gives the number of edges between it and the nearest change. */
  take(): number {
    const id = this.#queue[this.#head++]!;
    const distance = this.#distances[id]! - 1;
    this.#distances[id] = notWaiting;
    return distance;
  }

  add(id: NodeId, distance: number): void {
    this.#makeRoom(id);
    const known = this.#distances[id]!;
    if (known === notWaiting) this.#queue.push(id);
    if (known === notWaiting || distance < known - 1) this.#distances[id] = distance + 1;
  }

  /** Adds what is within `reach` edges of `start`, the nearest first. */
  addAround(
    start: readonly NodeId[],
    reach: number,
    neighbours: Neighbours,
    distanceAt: (edges: number) => number,
  ): void {
    this.#walk++;
    this.#reachedCount = 0;
    for (const id of start) this.#reach(id);
    let begin = 0;
    for (let edges = 0; begin < this.#reachedCount; edges++) {
      const end = this.#reachedCount;
      for (let i = begin; i < end; i++) this.add(this.#reached[i]!, distanceAt(edges));
      if (edges === reach) return;
      for (let i = begin; i < end; i++) neighbours(this.#reached[i]!, this.#reach);
      begin = end;
    }
  }

  /** Notes a node, unless this walk has come to it before. */
  readonly #reach = (id: NodeId): void => {
    this.#makeRoom(id);
    if (this.#walks[id] === this.#walk) return;
    this.#walks[id] = this.#walk;
    this.#reached[this.#reachedCount++] = id;
  };

  #makeRoom(id: NodeId): void {
    const size = this.#distances.length;
    if (id < size) return;
    const distances = new Int32Array(2 * id + 64);
    distances.set(this.#distances);
    const walks = new Int32Array(distances.length);
    walks.set(this.#walks);
    this.#distances = distances;
    this.#walks = walks;
  }
}
