import type { EveryClause, LetClause, RequireClause, UnlessClause } from "../../grammar/ast.ts";
import { printChain, printNode } from "../../grammar/index.ts";
import type { NodeId, Value } from "../ir/graph.ts";
import type { GraphView } from "../ir/graph-view.ts";
import { conditionOf, evaluateExpression, requireCondition } from "./expression.ts";
import type { Search } from "./match.ts";
import type { LocalPattern } from "./pattern.ts";
import { ifMet, isAbsent, isList, isValueTerm, type Term, unmet } from "./term.ts";

/** What must hold of a match beyond its pattern, or is named on the way, in the order of the clauses. */
export type Condition = RequireClause | LetClause | UnlessCondition | EveryCondition;

/** There is no way in which these chains fit too. */
export interface UnlessCondition {
  readonly kind: "unless";
  readonly clause: UnlessClause;
  readonly pattern: LocalPattern;
}

/** Each user or operand is like this. */
export interface EveryCondition {
  readonly kind: "every";
  readonly clause: EveryClause;
  readonly pattern: LocalPattern;
}

/** Defines the `let`s of a match; throws `Unmet` with the first condition that does not hold. */
export function requireAll(conditions: readonly Condition[], search: Search): void {
  for (const condition of conditions) requireOne(condition, search);
}

/** The same for whoever does not ask why: `false` where a `require` does not hold, without an exception, as most places fail at one. */
export function holdAll(conditions: readonly Condition[], search: Search): boolean {
  for (const condition of conditions) {
    if (condition.kind !== "require") requireOne(condition, search);
    else if (!conditionOf(condition.condition, search)) return false;
  }
  return true;
}

/** The same where no condition throws: one that has no value at a match does not hold. */
export function allHold(conditions: readonly Condition[], search: Search): boolean {
  return ifMet(() => holdAll(conditions, search)) === true;
}

/** Defines a `let`, or throws `Unmet` where a condition does not hold. */
export function requireOne(condition: Condition, search: Search): void {
  switch (condition.kind) {
    case "let":
      search.define(condition.name.text, evaluateExpression(condition.value, search));
      break;
    case "require":
      requireCondition(condition.condition, search);
      break;
    case "unless":
      if (search.fits(condition.pattern))
        unmet(() => `\`${condition.clause.chains.map(printChain).join(", ")}\` fits as well`);
      break;
    case "every":
      requireEvery(condition, search);
  }
}

/** Interior nodes are used by the match alone: throws `Unmet` with the first that has other users. */
export function requireSingleUse(
  graph: Pick<GraphView, "node" | "usedOnlyBy">,
  nodes: readonly NodeId[],
  targets: readonly (Value | undefined)[],
): void {
  for (const id of nodes) {
    if (isTarget(id, targets)) continue;
    const { op, name } = graph.node(id);
    if (op === "Constant" || op === "Input" || graph.usedOnlyBy(id, nodes)) continue;
    hasOtherUsers(name);
  }
}

function isTarget(id: NodeId, targets: readonly (Value | undefined)[]): boolean {
  for (const target of targets) if (target?.node === id) return true;
  return false;
}

function hasOtherUsers(name: string): never {
  return unmet(() => `\`${name}\` has other users`);
}

function requireEvery({ clause, pattern }: EveryCondition, search: Search): void {
  const { who, of, is } = clause;
  const term = search.lookup(of.text);
  if (term === undefined || isAbsent(term)) return;
  for (const { node, output } of valuesOf(term)) {
    if (who === "user" && search.graph.isOutput(node))
      unmet(() => `\`${search.graph.node(node).name}\` leaves the model`);
    const others = who === "user" ? usersOf(search, { node, output }) : operandsOf(search, node);
    for (const other of others) {
      if (search.fits(pattern, other)) continue;
      const { name, op } = search.graph.node(other.node);
      const relation = who === "user" ? "is used by" : "reads";
      unmet(
        () => `\`${of.text}\` ${relation} \`${name}\`, which is ${op} and not ${printNode(is)}`,
      );
    }
  }
}

function valuesOf(term: Term): readonly Value[] {
  if (isList(term)) return term.flatMap(valuesOf);
  return isValueTerm(term) ? [term.value] : [];
}

function usersOf({ graph }: Search, { node, output }: Value): readonly Value[] {
  return graph
    .users(node)
    .filter((user) =>
      graph.node(user).operands.some((o) => o?.node === node && o.output === output),
    )
    .map((user) => ({ node: user, output: 0 }));
}

function operandsOf({ graph }: Search, node: Value["node"]): readonly Value[] {
  return graph.node(node).operands.filter((operand) => operand !== undefined);
}
