import { placeAt, placesOf } from "../generate/matching.ts";
import type { Graph, Node, NodeId } from "../ir/graph.ts";
import { type GraphView, viewOf } from "../ir/graph-view.ts";
import type { OpTable } from "../ir/op.ts";
import { candidatesAt } from "../rewrite/decision-tree.ts";
import { type ApplyOptions, applyRules } from "../rewrite/driver.ts";
import { sizeOfRule } from "../rewrite/order.ts";
import { laterRules } from "../rewrite/precedence.ts";
import type { PatternRule, RewriteRule } from "../rewrite/rule.ts";
import { CanonicalForms } from "./canonical-forms.ts";
import type { Instance } from "./instance.ts";
import { type Effort, type Meeting, overlapsOf, someInstances } from "./overlaps.ts";
import type { IsOwn } from "./own-rules.ts";
import type { TermId } from "./terms.ts";

/** Two rules that match in one place of a graph, where one takes something from the other. */
export interface CriticalPair {
  readonly first: PatternRule;
  readonly second: PatternRule;
  /** The graph. */
  readonly witness: Graph;
  /** What becomes of it when one of the rules is applied before all others. */
  readonly forms: readonly [Graph, Graph];
  /** Whether the two can be rewritten to one graph, within `mostStates` of each. */
  readonly joins: boolean;
}

/** Graphs that are looked at, from each of the two of a pair, for one that both lead to. */
export const mostStates = 16;

/** Ways of laying two rules over each other that are tried, and pairs that are made of them. */
const mostMeetings = 12;
const mostPairs = 2;

/**
 * The critical pairs that were found of the rules of a phase: patterns laid over each other at a node that one of the rules replaces,
 * made into a graph, in which each rule goes first once. Pairs that
 * `before` orders are left out, and places where both start at one node: there the larger pattern goes first.
 */
export function criticalPairs(
  rules: readonly RewriteRule[],
  ops: OpTable,
  isOwn: IsOwn,
  effort: Effort,
): readonly CriticalPair[] {
  const patterns = rules.filter((rule) => rule.kind === "rewrite");
  const own = patterns.filter(isOwn);
  const laterThan = laterRules(patterns);
  const phase: Phase = { rules, ops, ...candidatesOf(rules, ops) };
  const pairs: CriticalPair[] = [];
  for (const [i, first] of own.entries())
    for (const second of own.slice(i)) {
      if (laterThan(first.name).has(second.name) || laterThan(second.name).has(first.name))
        continue;
      const meetings = [...meetingsOf(first, second, ops)].slice(0, mostMeetings);
      let left = mostPairs;
      for (const graph of overlapsOf(first, second, meetings, ops, effort)) {
        const pair = pairIn(graph, first, second, phase);
        if (pair) pairs.push(pair);
        if (pair && (!pair.joins || --left === 0)) break;
      }
      if (effort.overlays <= 0 || effort.graphs <= 0) return pairs;
    }
  return pairs;
}

/** The rules that a graph is rewritten by. */
interface Phase {
  readonly rules: readonly RewriteRule[];
  readonly ops: OpTable;
  /** Those that may match at a node. */
  readonly candidates: (node: Node, view: GraphView) => readonly RewriteRule[];
}

function candidatesOf(rules: readonly RewriteRule[], ops: OpTable): Pick<Phase, "candidates"> {
  const tested = candidatesAt(rules, ops, (rule) => rule);
  return {
    candidates: (node, view) =>
      tested(node, view).flatMap(({ item, guard }) => (guard(node, view) ? item : [])),
  };
}

function* meetingsOf(first: PatternRule, second: PatternRule, ops: OpTable): Generator<Meeting> {
  for (const a of someInstances(first, ops))
    for (const b of someInstances(second, ops)) {
      const [mine, theirs] = [targetsIn(a, first), targetsIn(b, second)];
      for (const id of a.nodes)
        for (const other of b.nodes) {
          if (!mine.has(a.terms.find(id)) && !theirs.has(b.terms.find(other))) continue;
          // A rule and itself at one node are no pair.
          if (first === second && a === b && id === other) continue;
          if (mayBeOne(a, id, b, other)) yield { first: a, id, second: b, other };
        }
    }
}

function targetsIn({ names, terms }: Instance, { replaces }: PatternRule): ReadonlySet<TermId> {
  return new Set(
    replaces.flatMap(({ target }) => {
      const bound = names.get(target.text);
      return typeof bound === "number" ? [terms.find(bound)] : [];
    }),
  );
}

function mayBeOne(a: Instance, id: TermId, b: Instance, other: TermId): boolean {
  const [x, y] = [a.terms.term(id).ops, b.terms.term(other).ops];
  if (!x || !y) return true;
  return [...x].some((op) => op !== "Constant" && y.has(op));
}

/** The pair that a graph holds, if both rules match there and have a node in common. */
function pairIn(
  witness: Graph,
  first: PatternRule,
  second: PatternRule,
  phase: Phase,
): CriticalPair | undefined {
  const { rules, ops } = phase;
  const isShared = (id: NodeId) => !["Constant", "Input"].includes(witness.nodes.get(id)!.op);
  for (const a of placesOf(first, witness, ops))
    for (const b of placesOf(second, witness, ops)) {
      const meets = [...a.nodes].some((id) => b.nodes.has(id) && isShared(id));
      if (!meets) continue;
      // At one node the larger pattern goes first: that is an order.
      const isOrdered = sizeOfRule(first) !== sizeOfRule(second) || first === second;
      if (a.root === b.root && isOrdered) continue;
      const starts = [
        applyRules(witness, [first], { ops, onlyAt: a.root }),
        applyRules(witness, [second], { ops, onlyAt: b.root }),
      ];
      if (starts.some(({ fired }) => fired.size === 0)) continue;
      const forms = starts.map(({ graph }) => normalForm(graph, rules, { ops }));
      const [x, y] = forms as [Graph, Graph];
      const joins = meet(starts[0]!.graph, starts[1]!.graph, [x, y], phase);
      return { first, second, witness, forms: [x, y], joins };
    }
  return undefined;
}

/** Rewrites that one small graph is allowed. */
const budget = 200;

function normalForm(graph: Graph, rules: readonly RewriteRule[], options: ApplyOptions): Graph {
  return applyRules(graph, rules, { ...options, budget }).graph;
}

/** Whether two graphs lead to one: their normal forms are one, or a few steps of any order lead to one. */
function meet(a: Graph, b: Graph, [x, y]: readonly [Graph, Graph], phase: Phase): boolean {
  const forms = new CanonicalForms(phase.ops);
  if (forms.of(x) === forms.of(y)) return true;
  const [left, right] = [reachable(a, phase, forms), reachable(b, phase, forms)];
  return [...left].some((form) => right.has(form));
}

function reachable(start: Graph, phase: Phase, forms: CanonicalForms): ReadonlySet<number> {
  const seen = new Set([forms.of(start)]);
  const open = [start];
  for (let head = 0; head < open.length && seen.size < mostStates; head++)
    for (const next of stepsFrom(open[head]!, phase)) {
      const form = forms.of(next);
      if (seen.has(form)) continue;
      seen.add(form);
      open.push(next);
    }
  return seen;
}

/** What one application of one rule makes of a graph, at each node. */
function* stepsFrom(graph: Graph, { ops, candidates }: Phase): Generator<Graph> {
  const view = viewOf(graph);
  for (const node of graph.nodes.values())
    for (const rule of candidates(node, view)) {
      if (rule.kind === "rewrite" && !placeAt(rule, node.id, view, ops)) continue;
      const step = applyRules(graph, [rule], { ops, onlyAt: node.id });
      if (step.fired.size > 0) yield step.graph;
    }
}
