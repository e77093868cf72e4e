import type { ExplainedNode } from "../../explain/explanation.ts";
import { type Markup, markup } from "../markup.ts";
import { type Box, cutIntoParts, type Drawing, draw, type Edge, type Point } from "./layout.ts";

/** One drawn part of the graph. */
export interface GraphPart {
  /** Indices of its nodes: from the first, up to the second without it. */
  readonly start: number;
  readonly end: number;
  readonly svg: Markup;
}

/** The program as drawings of some hundred nodes each: a number in `data-node` is the index of the node. */
export function graphParts(nodes: readonly ExplainedNode[]): readonly GraphPart[] {
  const index = new Map(nodes.map(({ node }, i) => [node, i]));
  const boxes = nodes.map((node): Box => {
    const reads = node.reads.flatMap((name) => index.get(name) ?? []);
    return { ...sizeOf(node), reads };
  });
  const starts = cutIntoParts(boxes);
  return starts.map((start, part) => {
    const end = starts[part + 1] ?? nodes.length;
    return { start, end, svg: drawing(nodes, boxes, draw(boxes, start, end), start, part) };
  });
}

const longest = 26;
/** In pixels, with some room: what is wider in one font than in another must not stick out. */
const [charWidth, boldWidth] = [6.6, 7.8] as const;

/** The end of a long name tells more than its beginning. */
function shortName(name: string): string {
  return name.length > longest ? `…${name.slice(1 - longest)}` : name;
}

function sizeOf({ node, op, kind }: ExplainedNode): {
  readonly width: number;
  readonly height: number;
} {
  if (kind === "border") return { width: 22 + op.length * boldWidth, height: 24 };
  const letters = Math.max(shortName(node).length * charWidth, op.length * boldWidth);
  return { width: Math.max(84, 20 + letters), height: 42 };
}

const kindText: Readonly<Record<ExplainedNode["kind"], string>> = {
  input: "input",
  integer: "in integers",
  float: "in float",
  border: "conversion",
};

function drawing(
  nodes: readonly ExplainedNode[],
  boxes: readonly Box[],
  { width, height, nodes: places, edges }: Drawing,
  start: number,
  part: number,
): Markup {
  const drawn = [...places].map(([i, place]) => nodeBox(nodes[i]!, boxes[i]!, place, i, start));
  return markup`<svg viewBox="0 0 ${Math.ceil(width)} ${Math.ceil(height)}" data-width="${Math.ceil(width)}" role="group" aria-label="part ${part + 1} of the graph">
${edges.map((edge) => edgePath(edge))}
${drawn}
</svg>`;
}

function nodeBox(
  node: ExplainedNode,
  { width, height, reads }: Box,
  { x, y }: Point,
  index: number,
  start: number,
): Markup {
  const { kind, op, node: name } = node;
  const isStub = reads.some((read) => read < start);
  const rounding = kind === "border" ? height / 2 : 6;
  const title = `${op} ${name}, ${kindText[kind]}`;
  const texts =
    kind === "border"
      ? markup`<text class="op" y="4">${op}</text>`
      : markup`<text class="op" y="-3">${op}</text><text class="name" y="13">${shortName(name)}</text>`;
  return markup`<g class="node ${kind}" data-node="${index}" role="button" tabindex="-1" aria-label="${title}" transform="translate(${round(x)} ${round(y)})"><title>${title}</title>${isStub ? [markup`<path class="stub" d="M0 ${-height / 2 - 12}V${-height / 2}"/>`] : []}<rect x="${round(-width / 2)}" y="${-height / 2}" width="${round(width)}" height="${height}" rx="${rounding}"/>${texts}</g>
`;
}

/** Through the middles between the points, so that corners are round. */
export function edgePath({ from, to, points: [first, ...rest] }: Edge): Markup {
  if (first === undefined) return markup``;
  const last = rest.at(-1) ?? first;
  const bends = rest.slice(0, -1).map((point, i) => {
    const next = rest[i + 1]!;
    return `Q${at(point)} ${at({ x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 })}`;
  });
  return markup`<path class="edge" data-from="${from}" data-to="${to}" d="M${at(first)}${bends.join("")}L${at(last)}"/>
`;
}

function at({ x, y }: Point): string {
  return `${round(x)} ${round(y)}`;
}

function round(x: number): number {
  return Math.round(10 * x) / 10;
}
