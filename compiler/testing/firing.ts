import { placesOf } from "../generate/matching.ts";
import type { Graph, NodeId, Value } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { applyRules, type Rewritten } from "../rewrite/driver.ts";
import { applyPhases } from "../rewrite/phases.ts";
import type { RewriteRule } from "../rewrite/rule.ts";
import type { TestedLibrary } from "./tested-library.ts";

/** Rewriting graphs of a few nodes takes a few rewrites: a loop is seen early. */
const budgetOf = ({ nodes }: Graph): number => 8 * nodes.size + 32;

/** One rule on one graph. */
export function alone(graph: Graph, rule: RewriteRule, ops: OpTable): Rewritten {
  return applyRules(graph, [rule], { ops, budget: budgetOf(graph) });
}

const known = new WeakMap<TestedLibrary, WeakMap<Graph, Rewritten>>();

/** All rules of a library on one graph. Remembered: several laws ask. */
export function together(graph: Graph, tested: TestedLibrary, ops: OpTable): Rewritten {
  const ofLibrary = known.get(tested) ?? new WeakMap<Graph, Rewritten>();
  known.set(tested, ofLibrary);
  const rewritten =
    ofLibrary.get(graph) ??
    applyPhases(graph, tested.library.phases, { ops, budget: budgetOf(graph) });
  ofLibrary.set(graph, rewritten);
  return rewritten;
}

/** One rule on one graph, with the nodes of the graph that it replaces. */
export function replacedBy(
  graph: Graph,
  rule: RewriteRule,
  ops: OpTable,
): { readonly targets: ReadonlySet<NodeId>; readonly rewritten: Rewritten } {
  const fired = new Set<NodeId>();
  const rewritten = applyRules(graph, [rule], {
    ops,
    budget: budgetOf(graph),
    observe: ({ node }) => fired.add(node.id),
  });
  if (fired.size === 0) return { targets: fired, rewritten };
  const places = rule.kind === "rewrite" ? placesOf(rule, graph, ops) : [];
  const all = [...fired, ...places.flatMap(({ targets }) => [...targets])];
  return { targets: new Set(all.filter((id) => graph.nodes.has(id))), rewritten };
}

/** The same graph with other outputs, and what they need. Inputs stay. */
export function cutAt(graph: Graph, outputs: readonly Value[]): Graph {
  const needed = new Set<NodeId>(graph.inputs.map(({ value }) => value.node));
  const stack = outputs.map(({ node }) => node);
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    if (needed.has(id) && graph.nodes.get(id)!.op !== "Input") continue;
    needed.add(id);
    for (const operand of graph.nodes.get(id)!.operands) if (operand) stack.push(operand.node);
  }
  return {
    ...graph,
    nodes: new Map([...graph.nodes].filter(([id]) => needed.has(id))),
    outputs: outputs.map((value, i) => ({ name: `cut${i}`, value })),
  };
}
