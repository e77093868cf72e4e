import type { BinaryOperator } from "./ast.ts";

/** Operators that bind loosest first. The comparisons do not associate. */
const levels: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["==", "!=", "<", "<=", ">", ">=", "in", "~", "~="],
  ["+", "-"],
  ["*", "/", "%"],
];

const byOperator: ReadonlyMap<string, number> = new Map(
  levels.flatMap((operators, level) => operators.map((operator) => [operator, level] as const)),
);

export const comparisonPrecedence = 2;
export const unaryPrecedence = levels.length;
export const suffixPrecedence = levels.length + 1;

/** Higher binds tighter. */
export function precedenceOf(operator: BinaryOperator | "~" | "~="): number {
  return byOperator.get(operator)!;
}
