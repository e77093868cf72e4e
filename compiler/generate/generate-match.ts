import type { Graph, NodeId, Value } from "../ir/graph.ts";
import { viewOf } from "../ir/graph-view.ts";
import type { OpTable } from "../ir/op.ts";
import type { NodePattern } from "../rewrite/pattern.ts";
import { type Check, checksOf, partsOf } from "./checks.ts";
import { type Choices, Draw } from "./choices.ts";
import { growByOne } from "./decode.ts";
import { DraftGraph } from "./draft-graph.ts";
import { type Ending, endingsFor } from "./endings.ts";
import { Growth } from "./growth.ts";
import { type PatternedRule, type Place, placeAt } from "./matching.ts";
import { drawPalette, type Palette, real } from "./palette.ts";
import { nodesOf } from "./pattern-parts.ts";

/** A graph with a place at which a rule matches: found by the generator, confirmed by the matcher. */
export interface GeneratedMatch {
  readonly graph: Graph;
  readonly place: Place;
  /** Ops, optional parts and alternatives of the pattern that were taken: what of the rule this graph covers. */
  readonly chosen: readonly string[];
  /** The node that stands for each node of the pattern. */
  readonly nodeOf: ReadonlyMap<NodePattern, NodeId>;
  /** How many graphs were begun. */
  readonly attempts: number;
}

export interface GenerateOptions {
  readonly ops: OpTable;
  /** Graphs that are begun before the generator gives up; 32 if absent. */
  readonly attempts?: number;
  /** Extents that are worth trying before others. */
  readonly near?: readonly number[];
  /** Counts what became of the graphs that reached the conditions only the whole graph can answer. */
  readonly tally?: Tally;
}

/** How often the generator came as far as a condition of which it knows nothing, and how often that then held. */
export interface Tally {
  tried: number;
  accepted: number;
}

/** A graph in which `rule` matches; `undefined` where none was found, which the rule may be the reason for. */
export function generateMatch(
  rule: PatternedRule,
  choices: Choices,
  { ops, attempts = 32, near, tally }: GenerateOptions,
): GeneratedMatch | undefined {
  const checks = checksOf(rule.pattern, rule.conditions);
  const extents = extentsIn(rule, checks);
  for (let attempt = 0; attempt < attempts; attempt++) {
    const draw = new Draw(choices, attempt);
    const palette = drawPalette(draw, extents, near);
    const draft = new DraftGraph(ops);
    if (attempt < attempts - 8 || attempt === 0) drawPrefix(draft, draw, palette);
    const growth = new Growth(rule, draft, draw, palette);
    const root = growth.run();
    if (root === undefined) continue;
    const found = finish(rule, { growth, checks, root, draw, palette }, tally);
    if (found === undefined) continue;
    const { chosen, nodeOf } = growth;
    return { ...found, chosen: [...new Set(chosen)], nodeOf, attempts: attempt + 1 };
  }
  return undefined;
}

interface Grown {
  readonly growth: Growth;
  readonly checks: readonly Check[];
  readonly root: Value;
  readonly draw: Draw;
  readonly palette: Palette;
}

/** Ends the graph in one of the ways under which the rule matches. */
function finish(
  rule: PatternedRule,
  { growth, checks, root, draw, palette }: Grown,
  tally: Tally | undefined,
): Pick<GeneratedMatch, "graph" | "place"> | undefined {
  const draft = growth.graph;
  const size = draft.size;
  const ends = endingsFor(rule, growth, checks, root);
  if (tally) tally.tried++;
  for (const ending of ends) {
    const graph = ended(draft, ending, root, draw, palette);
    draft.undo(size);
    const place = placeAt(rule, root.node, viewOf(graph), growth.ops);
    if (place === undefined) continue;
    if (tally) tally.accepted++;
    return { graph, place };
  }
  return undefined;
}

function ended(
  draft: DraftGraph,
  ending: Ending,
  root: Value,
  draw: Draw,
  palette: Palette,
): Graph {
  ending(draft, draw, palette);
  // An input or a constant that nothing reads.
  if (!draft.finish().nodes.has(root.node)) draft.output(root);
  const graph = draft.finish();
  draft.withoutOutputs();
  return graph;
}

/** A few nodes that the holes of the pattern may read. */
function drawPrefix(draft: DraftGraph, draw: Draw, palette: Palette): void {
  const count = draw.below(3) + (palette.reuse > 2 ? 2 : 0);
  if (count > 0) draft.input(real(palette.image));
  for (let i = 0; i < count; i++) growByOne(draft, draw, palette);
}

/** The whole numbers that a rule speaks of: extents around them are worth trying. */
function extentsIn({ pattern }: PatternedRule, checks: readonly Check[]): readonly number[] {
  const stated = checks
    .flatMap((check) => partsOf(check.kind === "let" ? check.value : check.condition))
    .flatMap((part) => (part.kind === "number" ? [part.value] : []));
  const sizes = pattern.chains.flatMap(({ root }) =>
    root.types.flatMap(({ dimensions = [] }) =>
      dimensions.flatMap((dimension) => (dimension.kind === "size" ? [dimension.value] : [])),
    ),
  );
  const attributes = nodesOf(pattern)
    .flatMap((node) => node.attributes.flatMap(({ value }) => partsOf(value)))
    .flatMap((part) => (part.kind === "number" ? [part.value] : []));
  const numbers = [...stated, ...sizes].filter((n) => Number.isInteger(n) && n > 1);
  // Above one number and a multiple of another.
  const multiples = numbers.flatMap((a) => numbers.map((b) => (Math.floor(b / a) + 1) * a));
  const all = [...new Set([...numbers, ...attributes, ...multiples.slice(0, 16)])];
  return all.filter((n) => Number.isInteger(n) && n >= 5 && n <= 128);
}
