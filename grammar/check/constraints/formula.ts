import type { AttributePattern, Expression } from "../../ast.ts";
import type { Span } from "../../source/source-file.ts";
import { type Comparison, type Fact, flipped, holds, opposite, type Word } from "./fact.ts";
import { type Linear, linearOf, plus, scaled } from "./linear.ts";
import { type CertainStep, dimensionsOf, type RuleMeanings, rankOf } from "./meanings.ts";

/** Facts of which one set is to be true: an `or` of `and`s. */
export type Formula = readonly (readonly Fact[])[];

/** Nothing is said. */
const anything: Formula = [[]];
const mostBranches = 64;

/** A condition that is true of nothing. */
function never(span: Span): Formula {
  const value = Number.NEGATIVE_INFINITY;
  return [[{ kind: "compare", subject: "nothing", comparison: "<", value, span }]];
}

/** Both. `anything` where that would be too much to look at. */
export function both(a: Formula, b: Formula): Formula {
  if (a.length * b.length > mostBranches) return a;
  return a.flatMap((left) => b.map((right) => [...left, ...right]));
}

/**
 * What a condition says. What is not understood says nothing: a formula that cannot be true belongs to a condition that cannot hold.
 *
 * @param isTrue whether the condition is to hold, or not to
 */
export function formulaOf(condition: Expression, isTrue: boolean, meanings: RuleMeanings): Formula {
  const { span } = condition;
  switch (condition.kind) {
    case "boolean":
      return condition.value === isTrue ? anything : never(span);
    case "unary":
      return condition.operator === "!"
        ? formulaOf(condition.operand, !isTrue, meanings)
        : anything;
    case "matches": {
      const subject = meanings.textOf(condition.subject);
      return [[{ kind: "matches", subject, pattern: condition.pattern, isMatch: isTrue, span }]];
    }
    case "member": {
      const word: Word = { kind: "boolean", text: String(isTrue) };
      return [[{ kind: "word", subject: meanings.textOf(condition), isEqual: true, word, span }]];
    }
    case "binary":
      return formulaOfBinary(condition, isTrue, meanings);
    default:
      return anything;
  }
}

function formulaOfBinary(
  condition: Expression & { readonly kind: "binary" },
  isTrue: boolean,
  meanings: RuleMeanings,
): Formula {
  const { operator, left, right, span } = condition;
  if (operator === "&&" || operator === "||") {
    const sides = [left, right].map((side) => formulaOf(side, isTrue, meanings));
    return (operator === "&&") === isTrue ? both(sides[0]!, sides[1]!) : sides.flat();
  }
  if (operator === "in") return formulaOfIn(left, right, isTrue, meanings, span);
  if (!(operator in opposite)) return anything;
  const comparison = operator as Comparison;
  // Comparisons of lists and tensors are of every element: the opposite of `<` is not `>=`.
  if (!isTrue && /[<>]/.test(comparison) && !isOneNumber(left, right, meanings)) return anything;
  return compared(left, isTrue ? comparison : opposite[comparison], right, meanings, span);
}

function isOneNumber(left: Expression, right: Expression, meanings: RuleMeanings): boolean {
  const { terms } = plus(linearOf(left, meanings), linearOf(right, meanings));
  return [...terms.keys()].every(isNatural);
}

/** A size, a rank or a place. */
export function isNatural(subject: string): boolean {
  // A sum of several may be anything.
  if (subject.includes(" * ")) return false;
  return /\.(shape\[-?\d+\]|rank|depth)$|^size\([^()]*\)$/.test(subject);
}

function formulaOfIn(
  left: Expression,
  right: Expression,
  isIn: boolean,
  meanings: RuleMeanings,
  span: Span,
): Formula {
  if (right.kind !== "list") return anything;
  const words = right.items.map((item) => (item.kind === "string" ? item.value : undefined));
  if (words.includes(undefined)) return anything;
  const subject = meanings.textOf(left);
  return [[{ kind: "oneOf", subject, words: new Set(words as string[]), isIn, span }]];
}

/** What `left comparison right` says. */
export function compared(
  left: Expression,
  comparison: Comparison,
  right: Expression,
  meanings: RuleMeanings,
  span: Span,
): Formula {
  const [a, b] = [meanings.meaningOf(left), meanings.meaningOf(right)];
  const word = wordOf(b);
  if (word) return worded(meanings.textOf(a), comparison, word, span, b);
  const other = wordOf(a);
  if (other) return worded(meanings.textOf(b), comparison, other, span, a);
  const remainder = remainderOf(a, meanings);
  if (remainder && b.kind === "number")
    return [[{ kind: "remainder", ...remainder, comparison, value: b.value, span }]];
  return ordered(plus(linearOf(a, meanings), scaled(linearOf(b, meanings), -1)), comparison, span);
}

/** `sum comparison 0`. A sum of several unknowns is one of its own, scaled so that equal ones have equal texts. */
function ordered({ terms, constant }: Linear, comparison: Comparison, span: Span): Formula {
  const names = [...terms.keys()].sort();
  const [first] = names;
  // Without unknowns it is true or false; a difference of what is infinite is neither.
  if (Number.isNaN(constant)) return anything;
  if (first === undefined) return holds(comparison, constant, 0) ? anything : never(span);
  const factor = terms.get(first)!;
  const subject =
    names.length === 1
      ? first
      : names.map((name) => `${terms.get(name)! / factor} * ${name}`).join(" + ");
  const way = factor < 0 ? flipped[comparison] : comparison;
  const value = -constant / factor;
  return [[{ kind: "compare", subject, comparison: way, value: value === 0 ? 0 : value, span }]];
}

function remainderOf(
  expression: Expression,
  meanings: RuleMeanings,
): { readonly subject: string; readonly offset: number; readonly divisor: number } | undefined {
  if (expression.kind !== "binary" || expression.operator !== "%") return undefined;
  const divisor = meanings.meaningOf(expression.right);
  const { terms, constant } = linearOf(expression.left, meanings);
  const [term, ...others] = terms;
  if (divisor.kind !== "number" || divisor.value === 0) return undefined;
  if (term === undefined || others.length > 0 || term[1] !== 1) return undefined;
  return { subject: term[0], offset: constant, divisor: divisor.value };
}

function wordOf(expression: Expression): Word | undefined {
  if (expression.kind === "string") return { kind: "string", text: expression.value };
  if (expression.kind === "boolean") return { kind: "boolean", text: String(expression.value) };
  if (expression.kind !== "list") return undefined;
  const items = expression.items.map((item) => numberOf(item));
  return items.includes(undefined) ? undefined : { kind: "list", text: items.join() };
}

function numberOf(expression: Expression): number | undefined {
  if (expression.kind === "number") return expression.value;
  if (expression.kind !== "unary" || expression.operand.kind !== "number") return undefined;
  return -expression.operand.value;
}

/** A list that is equal to one that is written out has its length and its items. */
function worded(
  subject: string,
  comparison: Comparison,
  word: Word,
  span: Span,
  { kind }: Expression,
): Formula {
  if (comparison !== "==" && comparison !== "!=") return anything;
  const isEqual = comparison === "==";
  const fact: Fact = { kind: "word", subject, isEqual, word, span };
  if (kind !== "list" || !isEqual || word.text === "") return [[fact]];
  const items = word.text.split(",").map((item, i): Fact => {
    return {
      kind: "compare",
      subject: `${subject}[${i}]`,
      comparison: "==",
      value: Number(item),
      span,
    };
  });
  return [[fact, ...items]];
}

/** What the pattern itself says of a step: its attributes and its type. */
export function formulaOfStep({ step, name }: CertainStep, meanings: RuleMeanings): Formula {
  let formula: Formula = anything;
  if (step.type) {
    const rank = rankOf(step.type);
    const { span } = step.type;
    if (rank !== undefined)
      formula = [
        [{ kind: "compare", subject: `${name}.rank`, comparison: "==", value: rank, span }],
      ];
    for (const { dimension, text } of dimensionsOf(step.type, name))
      formula = both(formula, formulaOfDimension(dimension, text, meanings));
  }
  if (step.kind !== "node") return formula;
  for (const attribute of step.attributes)
    formula = both(formula, formulaOfAttribute(name, attribute, meanings));
  return formula;
}

function formulaOfDimension(
  dimension: ReturnType<typeof dimensionsOf>[number]["dimension"],
  subject: string,
  meanings: RuleMeanings,
): Formula {
  const { span } = dimension;
  if (dimension.kind === "size")
    return [[{ kind: "compare", subject, comparison: "==", value: dimension.value, span }]];
  if (dimension.kind !== "variable") return anything;
  const meant = meanings.textOf({ kind: "name", name: dimension.name, span });
  if (meant === subject) return anything;
  const terms = new Map([
    [meant, 1],
    [subject, -1],
  ]);
  return ordered({ terms, constant: 0 }, "==", span);
}

function formulaOfAttribute(
  name: string,
  { name: attribute, value, comparison = "==", most, span }: AttributePattern,
  meanings: RuleMeanings,
): Formula {
  const object: Expression = { kind: "name", name: { text: name, span }, span };
  const subject: Expression = { kind: "member", object, name: attribute, span };
  if (most !== undefined)
    return both(
      compared(subject, ">=", value, meanings, span),
      compared(subject, "<=", most, meanings, span),
    );
  if (meanings.textOf(value) === meanings.textOf(subject)) return anything;
  return compared(subject, comparison, value, meanings, span);
}
