import type { Expression } from "../../grammar/ast.ts";
import { conjuncts } from "./conjuncts.ts";
import type { AskedSite } from "./covers.ts";

/**
 * Whether a rule picks the node of a site by what only a model knows: its name, or where in the model it is. Two such rules are about
 * one node where a model has one that both mean; that some graph has one says nothing.
 */
export function isPicked({ rule, site }: AskedSite): boolean {
  return conjuncts(rule.item.clauses).some((condition) => picks(condition, site.capture.text));
}

function picks(condition: Expression, capture: string): boolean {
  if (condition.kind === "matches") return isPlaceOf(condition.subject, capture);
  if (condition.kind !== "binary") return false;
  const { operator, left, right } = condition;
  if (operator === "||") return picks(left, capture) && picks(right, capture);
  const sides = [left, right];
  if (operator === "==" || operator === "in") {
    if (sides.some((side) => isPlaceOf(side, capture))) return true;
    return sides.some((side) => isName(side, capture)) && sides.some(isEndOfModel);
  }
  return (
    ["<", "<=", ">", ">="].includes(operator) && sides.some((side) => isPlaceOf(side, capture))
  );
}

/** `layer.name`, `layer.path` or `layer.depth`. */
function isPlaceOf(expression: Expression, capture: string): boolean {
  return (
    expression.kind === "member" &&
    isName(expression.object, capture) &&
    ["name", "path", "depth"].includes(expression.name.text)
  );
}

function isEndOfModel(expression: Expression): boolean {
  return expression.kind === "call" && ["first", "last"].includes(expression.callee.text);
}

function isName(expression: Expression, text: string): boolean {
  return expression.kind === "name" && expression.name.text === text;
}
