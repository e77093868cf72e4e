import type { AttributePattern, Expression } from "../../grammar/ast.ts";
import { type Comparison, holds } from "../../grammar/check/constraints/fact.ts";
import type { OpDef } from "../ir/op.ts";
import type { RewriteTerms } from "./replacement-terms.ts";
import type { TermId } from "./terms.ts";

/** The value of an attribute that is known without a graph. A list is the text of its items. */
export type Literal = number | string | boolean;

/** The value of an expression that is written out. */
export function literalOf(expression: Expression): Literal | undefined {
  const { kind } = expression;
  if (kind === "number" || kind === "string" || kind === "boolean") return expression.value;
  if (kind === "call" && expression.callee.text === "infinity") return Number.POSITIVE_INFINITY;
  if (kind === "unary" && expression.operator === "-") {
    const operand = literalOf(expression.operand);
    return typeof operand === "number" ? -operand : undefined;
  }
  if (kind !== "list") return undefined;
  const items = expression.items.map(literalOf);
  return items.includes(undefined) ? undefined : JSON.stringify(items);
}

/** What an attribute is where a node is not given it. */
export function usualValue(op: OpDef | undefined, attribute: string): Literal | undefined {
  const usual = op?.attributes[attribute]?.default;
  return Array.isArray(usual) ? JSON.stringify(usual) : (usual as Literal | undefined);
}

/** Whether a rule gives a node that it builds an attribute that a pattern excludes: `Clip { max: 5 }` is no `Clip { max: infinity() }`. */
export function excludes(
  rewrite: RewriteTerms,
  id: TermId,
  attributes: readonly AttributePattern[],
): boolean {
  return attributes.some((wanted) => {
    const given = givenAttribute(rewrite, id, wanted.name.text);
    return given !== undefined && !allows(wanted, given);
  });
}

/** The value that a rule writes, or leaves at what is usual for the op; `undefined` of one that it takes over. */
function givenAttribute(
  { terms, built }: RewriteTerms,
  id: TermId,
  attribute: string,
): Literal | undefined {
  const made = built.get(id);
  const field = made?.fields.get(attribute);
  if (field !== undefined) return literalOf(field);
  const [op, ...others] = terms.term(id).ops ?? [];
  const isWritten = made !== undefined && made.carriers.length === 0;
  return isWritten && op !== undefined && others.length === 0
    ? usualValue(terms.ops.get(op), attribute)
    : undefined;
}

/** Whether no node has what two patterns ask of its attributes: one writes a value that the other one excludes. */
export function contradict(
  a: readonly AttributePattern[],
  b: readonly AttributePattern[],
): boolean {
  const isExcluded = ({ name, value, comparison = "==", most }: AttributePattern) => {
    const given = comparison === "==" && !most ? literalOf(value) : undefined;
    if (given === undefined) return false;
    return b.some((other) => other.name.text === name.text && !allows(other, given));
  };
  return a.some(isExcluded);
}

/** Whether a value can be what is asked for; what is not written out may be anything. */
function allows({ value, comparison = "==", most }: AttributePattern, given: Literal): boolean {
  const asked = literalOf(value);
  if (asked === undefined) return true;
  const high = most && literalOf(most);
  if (most && (high === undefined || !compares(given, "<=", high))) return high === undefined;
  return compares(given, most ? ">=" : comparison, asked);
}

function compares(a: Literal, comparison: Comparison, b: Literal): boolean {
  if (typeof a === "number" && typeof b === "number") return holds(comparison, a, b);
  // Of a list each item is compared; whether one is another is all that is known here.
  return typeof a !== typeof b || (comparison === "==" ? a === b : true);
}
