import type { Expression, NamePattern } from "../../grammar/ast.ts";
import { commonName } from "../../grammar/name-pattern.ts";
import { conjunctsOf } from "../generate/checks.ts";
import type { PatternedRule } from "../generate/matching.ts";
import type { Graph, Node, NodeId } from "../ir/graph.ts";
import { viewOf } from "../ir/graph-view.ts";
import type { OpTable } from "../ir/op.ts";
import { matchAt } from "../rewrite/match.ts";
import { isValueTerm } from "../rewrite/term.ts";
import type { PlacedRule } from "./merged-rule.ts";

/** That the name of a captured node fits a pattern, or does not. */
export interface NameCondition {
  readonly capture: string;
  readonly pattern: NamePattern;
  readonly isMatch: boolean;
}

/** A condition about the name of a node, if it is one. */
export function nameConditionOf(condition: Expression): NameCondition | undefined {
  if (condition.kind === "unary" && condition.operator === "!") {
    const inner = nameConditionOf(condition.operand);
    return inner && { ...inner, isMatch: !inner.isMatch };
  }
  if (condition.kind !== "matches" || condition.subject.kind !== "member") return undefined;
  const { object, name } = condition.subject;
  if (object.kind !== "name" || !["name", "path"].includes(name.text)) return undefined;
  return { capture: object.name.text, pattern: condition.pattern, isMatch: true };
}

/** The conditions about names of some rules, with their captures as the merged rule has them. */
export function nameConditionsOf(placed: readonly PlacedRule[]): readonly NameCondition[] {
  return placed.flatMap(({ rule, prefix }) =>
    rule.conditions.flatMap((condition) =>
      condition.kind !== "require"
        ? []
        : conjunctsOf(condition.condition).flatMap((part) => {
            const found = nameConditionOf(part);
            return found ? [{ ...found, capture: prefix + found.capture }] : [];
          }),
    ),
  );
}

/** A graph whose nodes are called as conditions about a match at `root` ask; `undefined` if no names do. */
export function withNames(
  graph: Graph,
  rule: PatternedRule,
  root: NodeId,
  conditions: readonly NameCondition[],
  ops: OpTable,
): Graph | undefined {
  if (conditions.length === 0) return graph;
  const asked = new Map<NodeId, NameCondition[]>();
  matchAt(rule.pattern, root, viewOf(graph), ops, (search) => {
    for (const condition of conditions) {
      const term = search.lookup(condition.capture);
      if (term === undefined || !isValueTerm(term)) continue;
      const { node } = term.value;
      asked.set(node, [...(asked.get(node) ?? []), condition]);
    }
    return true;
  });
  const nodes = new Map<NodeId, Node>(graph.nodes);
  for (const [id, some] of asked) {
    const patterns = (isMatch: boolean) =>
      some.filter((one) => one.isMatch === isMatch).map(({ pattern }) => pattern);
    const name = commonName(patterns(true), patterns(false));
    if (typeof name === "string") return undefined;
    nodes.set(id, { ...nodes.get(id)!, name: name.name });
  }
  return { ...graph, nodes };
}
