import type { Expression } from "../../ast.ts";

/** A sum of multiples of unknown numbers. The unknowns go by their text. */
export interface Linear {
  readonly terms: ReadonlyMap<string, number>;
  readonly constant: number;
}

/** What names stand for, where that is known: other expressions, or unknowns of another text. */
export interface Meanings {
  /** The text of an expression that is no arithmetic. */
  textOf(expression: Expression): string;
  /** What stands for an expression: the value of a `let`. */
  meaningOf(expression: Expression): Expression;
}

/** An expression as a sum; what is no sum of multiples counts as an unknown of its own. */
export function linearOf(written: Expression, meanings: Meanings): Linear {
  const expression = meanings.meaningOf(written);
  if (expression.kind === "number") return { terms: new Map(), constant: expression.value };
  if (expression.kind === "call" && expression.callee.text === "infinity")
    return { terms: new Map(), constant: Number.POSITIVE_INFINITY };
  if (expression.kind === "unary" && expression.operator === "-")
    return scaled(linearOf(expression.operand, meanings), -1);
  if (expression.kind === "binary") {
    const sum = linearOfBinary(expression, meanings);
    if (sum) return sum;
  }
  return { terms: new Map([[meanings.textOf(expression), 1]]), constant: 0 };
}

function linearOfBinary(
  expression: Expression & { readonly kind: "binary" },
  meanings: Meanings,
): Linear | undefined {
  const { operator } = expression;
  if (!["+", "-", "*", "/"].includes(operator)) return undefined;
  const left = linearOf(expression.left, meanings);
  const right = linearOf(expression.right, meanings);
  if (operator === "+") return plus(left, right);
  if (operator === "-") return plus(left, scaled(right, -1));
  if (operator === "*" && left.terms.size === 0) return scaled(right, left.constant);
  if (right.terms.size > 0 || (operator === "/" && right.constant === 0)) return undefined;
  return scaled(left, operator === "*" ? right.constant : 1 / right.constant);
}

/** The sum of both, without unknowns that cancel. */
export function plus(a: Linear, b: Linear): Linear {
  const terms = new Map(a.terms);
  for (const [name, times] of b.terms) {
    const sum = (terms.get(name) ?? 0) + times;
    if (sum === 0) terms.delete(name);
    else terms.set(name, sum);
  }
  return { terms, constant: a.constant + b.constant };
}

/** A multiple of a sum. */
export function scaled({ terms, constant }: Linear, factor: number): Linear {
  if (factor === 0) return { terms: new Map(), constant: 0 };
  return {
    terms: new Map([...terms].map(([name, times]) => [name, times * factor])),
    constant: constant * factor,
  };
}
