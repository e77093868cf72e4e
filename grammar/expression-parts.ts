import type { Expression } from "./ast.ts";

/** What an expression is made of, from left to right; nothing of TypeScript that is written in a rule. */
export function expressionParts(e: Expression): readonly Expression[] {
  switch (e.kind) {
    case "list":
      return e.items;
    case "member":
      return [e.object];
    case "index":
      return [e.object, e.index];
    case "call":
      return e.arguments.map(({ value }) => value);
    case "unary":
      return [e.operand];
    case "binary":
    case "near":
      return [e.left, e.right];
    case "matches":
      return [e.subject];
    default:
      return [];
  }
}
