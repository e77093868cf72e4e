import type { Expression } from "../../grammar/ast.ts";
import { Rejected } from "../../grammar/source/diagnostic.ts";
import { evaluateExpression, type Scope } from "../rewrite/expression.ts";
import { type Term, Unmet } from "../rewrite/term.ts";

/** The value of an expression; `undefined` where it has none, or where TypeScript fails on a graph that is half made. */
export function valueOrNothing(expression: Expression, scope: Scope): Term | undefined {
  try {
    return evaluateExpression(expression, scope);
  } catch (error) {
    if (error instanceof Unmet || error instanceof Rejected) return undefined;
    throw error;
  }
}
