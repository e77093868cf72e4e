import { type Choices, Draw } from "../generate/choices.ts";
import { growByOne, unread } from "../generate/decode.ts";
import { DraftGraph } from "../generate/draft-graph.ts";
import { Growth } from "../generate/growth.ts";
import { placesOf } from "../generate/matching.ts";
import { drawPalette } from "../generate/palette.ts";
import type { Graph, NodeId } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { sizeOfGraph } from "../ir/size-of-graph.ts";
import type { ChainPattern, NodePattern, Pattern, ValuePattern } from "../rewrite/pattern.ts";
import type { PatternRule } from "../rewrite/rule.ts";

/** Two rules, and a node of the second one's pattern that may be what the first one replaces. */
export interface Pair {
  readonly first: PatternRule;
  readonly second: PatternRule;
  /** The place of that node in the pattern; see `nodesOf`. */
  readonly at: number;
}

/** A node of a pattern, with how the pattern is without what computes it. */
interface PatternNode {
  readonly node: NodePattern;
  readonly cut: Pattern;
  /** Of `cut`: what the value of the node is bound to. */
  readonly hole: number;
}

/** The pairs of rules whose patterns may have a node in common: that which the first replaces. A rule is paired with itself, too. */
export function pairsOf(rules: readonly PatternRule[]): readonly Pair[] {
  return rules.flatMap((first) =>
    rules.flatMap((second) =>
      nodesOf(second.pattern).flatMap(({ node }, at) =>
        // At its own root a rule is always the same match.
        mayBeOne(first, node) && (first !== second || at > 0) ? [{ first, second, at }] : [],
      ),
    ),
  );
}

function mayBeOne({ roots }: PatternRule, { ops }: NodePattern): boolean {
  if (roots === undefined || ops === undefined) return roots !== undefined || ops !== undefined;
  return [...roots].some((op) => ops.has(op));
}

/** The nodes that a pattern asks for from its first root on, in the order in which they are met; the root comes first. */
function nodesOf(pattern: Pattern): readonly PatternNode[] {
  const [chain, ...others] = pattern.chains;
  if (chain === undefined) return [];
  const found: PatternNode[] = [];
  const visit = (value: ValuePattern, within: (value: ValuePattern) => ValuePattern): void => {
    const { node } = value;
    if (node === undefined) return;
    const { node: _, ...rest } = value;
    const hole = node.slot ?? pattern.slotCount;
    const slots = [...new Set([...rest.slots, hole])];
    const start: ChainPattern = { ...chain, root: within({ ...rest, slots }) };
    const slotCount = pattern.slotCount + 1;
    found.push({ node, cut: { ...pattern, slotCount, chains: [start, ...others] }, hole });
    if (node.input) visit(node.input, (input) => within({ ...value, node: { ...node, input } }));
    for (const [i, operand] of (node.operands ?? []).entries()) {
      if (operand.spread) continue;
      visit(operand.pattern, (inner) => {
        const operands = node.operands!.with(i, { ...operand, pattern: inner });
        return within({ ...value, node: { ...node, operands } });
      });
    }
  };
  visit(chain.root, (root) => root);
  return found;
}

/** A graph in which two rules match, with nodes in common. */
export interface Overlap {
  readonly graph: Graph;
  /** Nodes beside inputs and constants. */
  readonly size: number;
}

/**
 * A graph in which the second rule matches on what the first one would replace; `undefined` where these choices lead to none. One in four
 * has another reader of an inner value.
 */
export function generateOverlap(
  { first, second, at }: Pair,
  choices: Choices,
  ops: OpTable,
): Overlap | undefined {
  const draw = new Draw(choices);
  const palette = drawPalette(draw);
  const draft = new DraftGraph(ops);
  const root = new Growth(first, draft, draw, palette).run();
  if (root === undefined) return undefined;
  const { cut, hole } = nodesOf(second.pattern)[at]!;
  if (at > 0) {
    const around = { pattern: cut, conditions: second.conditions };
    const growth = new Growth(around, draft, draw, palette, new Map([[hole, root]]));
    if (growth.run() === undefined) return undefined;
  }
  if (draw.chance(1, 4)) {
    const inner = draft.nodes.filter(({ op }) => op !== "Constant").map(({ id }) => id);
    growByOne(draft, draw, palette, [{ node: draw.pick(inner), output: 0 }]);
  }
  for (const value of unread(draft)) draft.output(value);
  const graph = draft.finish();
  return isOverlap(graph, first, second, ops) ? { graph, size: sizeOfGraph(graph) } : undefined;
}

/** Whether the rules match at places that have nodes in common which one of them replaces. */
export function isOverlap(
  graph: Graph,
  first: PatternRule,
  second: PatternRule,
  ops: OpTable,
): boolean {
  const places = placesOf(second, graph, ops);
  return placesOf(first, graph, ops).some(({ root, targets, nodes }) =>
    places.some(
      (other) =>
        (first !== second || other.root !== root) &&
        (meets(targets, other.nodes) || meets(other.targets, nodes)),
    ),
  );
}

function meets(a: ReadonlySet<NodeId>, b: ReadonlySet<NodeId>): boolean {
  return [...a].some((id) => b.has(id));
}
