import type { Graph, Node, NodeId } from "../ir/graph.ts";
import { viewOf } from "../ir/graph-view.ts";
import type { OpTable } from "../ir/op.ts";
import { applyRules, type Firing } from "./driver.ts";
import { missAt } from "./near-miss.ts";
import type { RewriteRule } from "./rule.ts";
import type { TracedFiring } from "./trace.ts";

/** A log of rewrites that was applied again. */
export interface Replayed {
  /** What they made of the graph, as far as they apply. */
  readonly graph: Graph;
  readonly applied: number;
  /** Why the next one does not apply, or does something else; absent where all do. */
  readonly failure?: { readonly reason: string; readonly rule?: RewriteRule };
}

/** Nodes around one at which the place of a rewrite may begin. */
const mostRoots = 32;

/**
 * Applies the rewrites of a log one by one, each at the node that it names, whatever else the rules would do. Nodes that a rewrite built are
 * known by the names that they have in the log.
 */
export function replayTrace(
  graph: Graph,
  rules: readonly RewriteRule[],
  log: readonly TracedFiring[],
  ops: OpTable,
): Replayed {
  const ids = new Map([...graph.nodes.values()].map(({ name, id }) => [name, id]));
  let current = graph;
  for (const [applied, entry] of log.entries()) {
    const rule = rules.find((one) => isMeant(one, entry));
    const id = ids.get(entry.node);
    const node = id === undefined ? undefined : current.nodes.get(id);
    const failed = (reason: string): Replayed => ({
      graph: current,
      applied,
      failure: { reason, ...(rule && { rule }) },
    });
    if (!rule) return failed("there is no such rule");
    if (!node) return failed(`there is no node \`${entry.node}\``);
    if (node.op !== entry.op) return failed(`\`${entry.node}\` is ${node.op} and was ${entry.op}`);
    const step = applyAround(current, rule, node, ops);
    if (!step)
      return failed(`it does not apply at \`${entry.node}\`${whyNot(current, rule, node, ops)}`);
    const built = step.firing.built.filter(({ op }) => op !== "Constant");
    const [made, was] = [built, entry.built].map((nodes) => nodes.map(({ op }) => op).join(", "));
    if (made !== was) return failed(`it builds ${made || "nothing"} and built ${was || "nothing"}`);
    for (const [i, { node: name }] of entry.built.entries()) ids.set(name, built[i]!.id);
    current = step.graph;
  }
  return { graph: current, applied: log.length };
}

/** Rules of one name are told apart by their files, whose path may be written in another way. */
function isMeant(rule: RewriteRule, { rule: name, file }: TracedFiring): boolean {
  if (rule.name !== name) return false;
  const isStandard = (path: string | undefined) => path?.startsWith("std/") === true;
  return isStandard(rule.span?.file.path) === isStandard(file);
}

interface Step {
  readonly graph: Graph;
  readonly firing: Firing;
}

/** One application of a rule that replaces a node: its place begins there or nearby. */
function applyAround(graph: Graph, rule: RewriteRule, node: Node, ops: OpTable): Step | undefined {
  for (const onlyAt of rootsAround(graph, rule, node)) {
    let firing: Firing | undefined;
    const observe = (one: Firing) => {
      firing = one;
    };
    const { graph: next } = applyRules(graph, [rule], { ops, onlyAt, observe });
    if (firing?.node.id === node.id) return { graph: next, firing };
  }
  return undefined;
}

function rootsAround(graph: Graph, { roots }: RewriteRule, node: Node): readonly NodeId[] {
  const view = viewOf(graph);
  const found = new Set([node.id]);
  for (const id of found) {
    if (found.size >= mostRoots) break;
    const operands = view.node(id).operands.flatMap((operand) => (operand ? [operand.node] : []));
    for (const next of [...view.users(id), ...operands]) found.add(next);
  }
  return [...found].filter((id) => roots?.has(view.node(id).op) ?? true);
}

function whyNot(graph: Graph, rule: RewriteRule, node: Node, ops: OpTable): string {
  if (rule.kind === "code") return "";
  const miss = missAt(rule, node.id, viewOf(graph), ops);
  return miss ? `: ${miss.reason}` : "";
}
