import type { SiteReference, TestItem } from "../ast.ts";
import * as report from "../diagnostics.ts";
import { checkRequest } from "./check-expressions.ts";
import { checkGraph, type GraphNames } from "./check-graph.ts";
import { closest } from "./closest.ts";
import { emptyScope, type FileScope } from "./scope.ts";

/** A test has one graph, and expects things of rules and nodes that there are. */
export function checkTest(scope: FileScope, { name, clauses, span }: TestItem): void {
  const { file, start } = span;
  const word = file.span(start, start + "test".length);
  const [graph, second] = clauses.filter((clause) => clause.kind === "graph");
  if (graph === undefined) scope.found.push(report.testWithoutGraph(word, name.text));
  if (graph && second) scope.found.push(report.repeatedClause("graph", second.span, graph.span));
  const names = graph ? checkGraph(scope, graph.graph) : undefined;
  for (const clause of clauses)
    switch (clause.kind) {
      case "graph":
        break;
      case "becomes":
        checkGraph(scope, clause.graph);
        break;
      case "fires":
        if (!scope.rules.has(clause.rule.text) && !scope.forgiven.has(clause.rule.text))
          scope.found.push(report.unknownRule(clause.rule, closest(clause.rule.text, scope.rules)));
        break;
      case "request":
        for (const site of clause.sites) if (names) checkSite(scope, names, site);
        checkRequest(emptyScope(scope), clause.value);
    }
}

/** A slot of a node that has a name in the graph, or the output of a value. */
function checkSite({ found }: FileScope, names: GraphNames, { capture, slot }: SiteReference) {
  const op = names.nodes.get(capture.text);
  if (op === undefined) {
    if (!names.values.has(capture.text)) {
      const known = [...names.values.keys()];
      found.push(report.unknownValue(capture, closest(capture.text, known)));
    } else if (slot?.text !== "output")
      found.push(report.wrongCapture(capture, "node", names.values.get(capture.text)!));
  } else if (slot !== undefined && !op.slots.includes(slot.text))
    found.push(report.unknownSlot(slot, op.name, op.slots, closest(slot.text, op.slots)));
}
