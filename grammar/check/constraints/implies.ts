import type { AttributePattern, Expression, LetClause, TensorTypePattern } from "../../ast.ts";
import type { Span } from "../../source/source-file.ts";
import { both, type Formula, formulaOf, formulaOfStep } from "./formula.ts";
import { type CertainStep, dimensionsOf, RuleMeanings, rankOf } from "./meanings.ts";
import { contradictionIn } from "./unsatisfiable.ts";

/** What a rule says of its match: steps with attributes and types, and conditions. Names of two rules are told apart by the caller. */
export interface Statements {
  readonly steps: readonly CertainStep[];
  readonly lets: readonly LetClause[];
  readonly conditions: readonly Expression[];
}

/**
 * Whether all that is asked holds wherever all that is known does: each part of it is written there too, or its opposite contradicts
 * what is known. What is not understood is not implied.
 */
export function implies(known: Statements, asked: Statements): boolean {
  const meanings = new RuleMeanings(
    [...known.steps, ...asked.steps],
    [...known.lets, ...asked.lets],
  );
  const given = known.conditions.flatMap(conjuncts);
  const written = new Set(given.map((condition) => meanings.textOf(condition)));
  let formula: Formula = [[]];
  for (const step of known.steps) formula = both(formula, formulaOfStep(step, meanings));
  for (const condition of given) formula = both(formula, formulaOf(condition, true, meanings));
  const holds = (condition: Expression) =>
    written.has(meanings.textOf(condition)) ||
    both(formula, formulaOf(condition, false, meanings)).every(
      (facts) => contradictionIn(facts) !== undefined,
    );
  return (
    asked.steps.every((step) => hasDType(step, known.steps)) &&
    asked.steps.flatMap((step) => conditionsOf(step, meanings)).every(holds) &&
    asked.conditions.flatMap(conjuncts).every(holds)
  );
}

function conjuncts(condition: Expression): readonly Expression[] {
  if (condition.kind !== "binary" || condition.operator !== "&&") return [condition];
  return [...conjuncts(condition.left), ...conjuncts(condition.right)];
}

/** The element type that a step asks for is one that is stated. */
function hasDType({ step, name }: CertainStep, known: readonly CertainStep[]): boolean {
  const asked = step.type?.dtype?.text;
  if (asked === undefined) return true;
  return known.some((other) => other.name === name && other.step.type?.dtype?.text === asked);
}

/** What a step says of itself, as conditions. */
function conditionsOf({ step, name }: CertainStep, meanings: RuleMeanings): readonly Expression[] {
  const attributes = step.kind === "node" ? step.attributes : [];
  return [
    ...attributes.flatMap((attribute) => conditionsOfAttribute(name, attribute, meanings)),
    ...(step.type ? conditionsOfType(name, step.type, meanings) : []),
  ];
}

function conditionsOfAttribute(
  object: string,
  { name, value, comparison = "==", most, span }: AttributePattern,
  meanings: RuleMeanings,
): readonly Expression[] {
  const subject: Expression = { kind: "member", object: named(object, span), name, span };
  if (most) return [compared(subject, ">=", value), compared(subject, "<=", most)];
  const isBound = meanings.textOf(value) === meanings.textOf(subject);
  return isBound ? [] : [compared(subject, comparison, value)];
}

function conditionsOfType(
  name: string,
  type: TensorTypePattern,
  meanings: RuleMeanings,
): readonly Expression[] {
  const { span, dimensions = [] } = type;
  const rank = rankOf(type);
  const ranks: Expression = {
    kind: "member",
    object: named(name, span),
    name: word("rank", span),
    span,
  };
  const shape: Expression = {
    kind: "member",
    object: named(name, span),
    name: word("shape", span),
    span,
  };
  const sizes = dimensionsOf(type, name).flatMap(({ dimension, text }): readonly Expression[] => {
    const place = Number(/\[(-?\d+)\]$/.exec(text)![1]);
    const subject: Expression = { kind: "index", object: shape, index: number(place, span), span };
    if (dimension.kind === "size") return [compared(subject, "==", number(dimension.value, span))];
    if (dimension.kind !== "variable") return [];
    const value = named(dimension.name.text, span);
    const isBound = meanings.textOf(value) === text;
    return isBound ? [] : [compared(subject, "==", value)];
  });
  if (type.dimensions === undefined) return sizes;
  const least = dimensions.filter(({ kind }) => kind !== "rest").length;
  return [compared(ranks, rank === undefined ? ">=" : "==", number(least, span)), ...sizes];
}

function compared(
  left: Expression,
  operator: NonNullable<AttributePattern["comparison"]>,
  right: Expression,
): Expression {
  return { kind: "binary", operator, left, right, span: left.span };
}

function named(text: string, span: Span): Expression {
  return { kind: "name", name: word(text, span), span };
}

function word(text: string, span: Span) {
  return { text, span };
}

function number(value: number, span: Span): Expression {
  if (value >= 0) return { kind: "number", value, span };
  return { kind: "unary", operator: "-", operand: { kind: "number", value: -value, span }, span };
}
