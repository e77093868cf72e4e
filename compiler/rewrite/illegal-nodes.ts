import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import { forms } from "../ir/forms.ts";
import type { Graph } from "../ir/graph.ts";
import type { OpTable } from "../ir/op.ts";
import { illegalNode } from "./diagnostics.ts";
import type { RewriteRule } from "./rule.ts";

/** Nodes that rules built and that the canonical form does not have: one for each rule. What nobody's rule built is our own bug. */
export function illegalNodes(
  graph: Graph,
  rules: readonly RewriteRule[],
  ops: OpTable,
  model: string,
): readonly Diagnostic[] {
  const byName = new Map(rules.map((rule) => [rule.name, rule]));
  const told = new Map<string, Diagnostic>();
  for (const node of graph.nodes.values()) {
    const rule = byName.get(node.provenance.rules.at(-1) ?? "");
    if (rule?.kind !== "rewrite" || told.has(rule.name)) continue;
    const breach = forms.canonical
      .map((fact) => fact.breach(node, graph, ops))
      .find((found) => found !== undefined);
    const place = { model, path: node.name };
    if (breach) told.set(rule.name, illegalNode(rule, { op: node.op, breach, place }));
  }
  return [...told.values()];
}
