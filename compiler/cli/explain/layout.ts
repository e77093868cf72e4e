import { graphlib, layout } from "@dagrejs/dagre";

/** A node to be placed: its size, and the indices of the nodes that it reads, all smaller than its own. */
export interface Box {
  readonly width: number;
  readonly height: number;
  readonly reads: readonly number[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A part of a graph as it is drawn. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  /** Centres, by the index of the node. */
  readonly nodes: ReadonlyMap<number, Point>;
  readonly edges: readonly Edge[];
}

/** From a node to one that reads it. Where one of them is in another part, the edge is a stub and only says which. */
export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly points: readonly Point[];
}

/** Parts of a graph have about so many nodes: more of them take long to place, and nobody finds anything in them. */
const [fewest, most] = [180, 280] as const;

/** Cuts a graph, in its order, into parts where few values pass from one to the next. Gives the first index of each. */
export function cutIntoParts(boxes: readonly Box[]): readonly number[] {
  const crossing = crossings(boxes);
  const starts = [0];
  for (let start = 0; boxes.length - start > most; ) {
    let best = start + most;
    for (let at = best; at >= start + fewest; at--) if (crossing[at]! < crossing[best]!) best = at;
    starts.push(best);
    start = best;
  }
  return starts;
}

/** For each index how many values from before it are read at it or after. */
function crossings(boxes: readonly Box[]): readonly number[] {
  const lastUse = boxes.map((_, i) => i);
  boxes.forEach(({ reads }, i) => {
    for (const read of reads) lastUse[read] = i;
  });
  const change = new Array<number>(boxes.length + 2).fill(0);
  lastUse.forEach((last, i) => {
    change[i + 1]!++;
    change[last + 1]!--;
  });
  let alive = 0;
  return change.map((step) => (alive += step));
}

/** Places the nodes from `start` to `end` in layers, readers below what they read. */
export function draw(boxes: readonly Box[], start: number, end: number): Drawing {
  const graph = new graphlib.Graph();
  graph.setGraph({ nodesep: 20, ranksep: 34, marginx: 16, marginy: 16 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (let i = start; i < end; i++) {
    const { width, height, reads } = boxes[i]!;
    graph.setNode(String(i), { width, height });
    for (const read of reads) if (read >= start) graph.setEdge(String(read), String(i));
  }
  layout(graph);
  const { width = 0, height = 0 }: Partial<Box> = graph.graph();
  const names: readonly string[] = graph.nodes();
  const edges: readonly { readonly v: string; readonly w: string }[] = graph.edges();
  return {
    width,
    height,
    nodes: new Map(names.map((name) => [Number(name), pointOf(graph.node(name))])),
    edges: edges.map((edge) => ({
      from: Number(edge.v),
      to: Number(edge.w),
      points: (graph.edge(edge).points as readonly Point[]).map(pointOf),
    })),
  };
}

/** Without what else the layout keeps there. */
function pointOf({ x, y }: Point): Point {
  return { x, y };
}
