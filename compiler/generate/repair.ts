import type { Expression } from "../../grammar/ast.ts";
import { commonName } from "../../grammar/name-pattern.ts";
import type { Attributes, AttributeValue } from "../ir/graph.ts";
import type { OpDef } from "../ir/op.ts";
import { type DType, dtypeNotation, sizeOf, type TensorType } from "../ir/types.ts";
import type { Scope } from "../rewrite/expression.ts";
import { isList, isTensorTerm, type Term } from "../rewrite/term.ts";
import type { Draw } from "./choices.ts";
import { valueOrNothing } from "./scope.ts";

/** What of a node, or of a constant, is to be another. */
export interface Repair {
  readonly attributes?: Attributes;
  /** A number for all elements of an operand that the node's pattern does not list. */
  readonly operands?: ReadonlyMap<string, number>;
  /** Of a constant: a number for all elements. */
  readonly value?: number;
  /** Of a constant or an input. */
  readonly shape?: readonly number[];
  readonly dtype?: DType;
  /** A node of this op in the place of an input. */
  readonly op?: string;
  readonly name?: string;
}

/** The node that was made last, under its names in the rule. */
export interface Subject {
  readonly names: ReadonlySet<string>;
  readonly op: OpDef;
  readonly attributes: Attributes;
  /** Of its first result. */
  readonly type: TensorType;
  /** Names of dimensions in its type pattern. */
  readonly dimensions: ReadonlyMap<string, number>;
  readonly scope: Scope;
  /** What the `let`s of the rule stand for. */
  readonly lets: ReadonlyMap<string, Expression>;
  readonly draw: Draw;
}

/** A part of the subject that can be chosen, and what it takes for the expression about it to have a certain value. */
interface Place {
  readonly current: Term;
  readonly put: (value: Term) => Repair | undefined;
  /** A list whose product should stay what it is. */
  readonly keepsProduct?: boolean;
}

/**
 * What makes a condition on the subject true, or false where `holds` is false: solved for the attribute, the element of a
 * list or the constant that it compares. `undefined` where the condition has no such form.
 */
export function repairFor(
  condition: Expression,
  subject: Subject,
  holds = true,
): Repair | undefined {
  switch (condition.kind) {
    case "unary":
      return condition.operator === "!" ? repairFor(condition.operand, subject, !holds) : undefined;
    case "binary":
      return repairBinary(condition, subject, holds);
    case "matches": {
      const { subject: whose, pattern } = condition;
      const name = holds ? commonName([pattern]) : commonName([], [pattern]);
      return typeof name === "object" ? placeOf(whose, subject)?.put(name.name) : undefined;
    }
    case "near":
      return repairComparison(holds ? "==" : "!=", condition.left, condition.right, subject);
    case "call":
      return condition.callee.text === "isIdentity" && holds
        ? repairIdentity(condition.arguments[0]?.value, subject)
        : undefined;
    case "name": {
      const meaning = subject.lets.get(condition.name.text);
      return meaning && repairFor(meaning, subject, holds);
    }
    default:
      return placeOf(condition, subject)?.put(holds);
  }
}

type Binary = Expression & { readonly kind: "binary" };

function repairBinary(condition: Binary, subject: Subject, holds: boolean): Repair | undefined {
  const { operator, left, right } = condition;
  if (operator === "&&" || operator === "||") {
    const all = (operator === "&&") === holds;
    const sides = all ? [left, right] : subject.draw.shuffled([left, right]);
    for (const side of sides) {
      if (all && valueOrNothing(side, subject.scope) === holds) continue;
      const repair = repairFor(side, subject, holds);
      if (repair) return repair;
    }
    return undefined;
  }
  if (operator === "in") return repairMembership(left, right, subject, holds);
  if (!(operator in opposite)) return undefined;
  const comparison = operator as Comparison;
  return repairComparison(holds ? comparison : opposite[comparison], left, right, subject);
}

function repairMembership(
  left: Expression,
  right: Expression,
  subject: Subject,
  holds: boolean,
): Repair | undefined {
  const list = valueOrNothing(right, subject.scope);
  if (!holds || list === undefined || !isList(list) || list.length === 0) return undefined;
  return placeOf(left, subject)?.put(subject.draw.pick(list));
}

type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";
const opposite: Readonly<Record<Comparison, Comparison>> = {
  "==": "!=",
  "!=": "==",
  "<": ">=",
  "<=": ">",
  ">": "<=",
  ">=": "<",
};
const mirrored: Readonly<Record<Comparison, Comparison>> = {
  "==": "==",
  "!=": "!=",
  "<": ">",
  "<=": ">=",
  ">": "<",
  ">=": "<=",
};

function repairComparison(
  comparison: Comparison,
  left: Expression,
  right: Expression,
  subject: Subject,
): Repair | undefined {
  return (
    repairSide(comparison, left, right, subject) ??
    repairSide(mirrored[comparison], right, left, subject)
  );
}

/** Solves for a place on the left. */
function repairSide(
  comparison: Comparison,
  left: Expression,
  right: Expression,
  subject: Subject,
): Repair | undefined {
  const bound = valueOrNothing(right, subject.scope);
  if (bound === undefined) return undefined;
  if (left.kind === "binary" && left.operator === "%") {
    const divisor = valueOrNothing(left.right, subject.scope);
    return repairRemainder(comparison, left.left, divisor, bound, subject);
  }
  if (left.kind === "call" && comparison === "==" && typeof bound === "number") {
    const of = left.arguments[0]?.value;
    if (of && left.callee.text === "size") return repairSize(of, bound, subject);
    if (of && left.callee.text === "rank") return repairRank(of, bound, subject);
  }
  const place = placeOf(left, subject);
  if (place === undefined) return undefined;
  const wanted = meeting(comparison, place.current, numberOf(bound) ?? bound, subject.draw);
  return wanted === undefined ? undefined : place.put(wanted);
}

/** So many elements, along one axis. */
function repairSize(of: Expression, size: number, subject: Subject): Repair | undefined {
  const place = isSubject(of, subject) ? shapePlace(subject) : undefined;
  return place?.put(size === 1 ? subject.draw.pick([[1], []]) : [size]);
}

/** So many dimensions: the last ones are joined, or new ones of 1 put in front. */
function repairRank(of: Expression, rank: number, subject: Subject): Repair | undefined {
  const place = isSubject(of, subject) ? shapePlace(subject) : undefined;
  if (place === undefined) return undefined;
  const shape = [...(place.current as readonly number[])];
  while (shape.length < rank) shape.unshift(1);
  while (shape.length > Math.max(1, rank)) {
    const [a, b] = shape.splice(-2);
    shape.push(a! * b!);
  }
  return place.put(shape);
}

/** A value that compares with `bound` like that. */
function meeting(comparison: Comparison, current: Term, bound: Term, draw: Draw): Term | undefined {
  if (comparison === "==") return bound;
  if (comparison === "!=") return otherThan(bound, current, draw);
  if (typeof bound !== "number") return undefined;
  const step = comparison === "<" ? -1 : comparison === ">" ? 1 : 0;
  const limit = bound + step;
  if (!isList(current)) return limit;
  // Each element of a list keeps to the limit.
  const upper = comparison.startsWith("<");
  const numbers = current as readonly number[];
  return numbers.map((x) => (upper ? Math.min(x, limit) : Math.max(x, limit)));
}

function otherThan(bound: Term, current: Term, draw: Draw): Term | undefined {
  if (typeof bound === "number") return Number.isFinite(bound) ? bound + draw.pick([1, -1, 2]) : 1;
  if (typeof bound === "boolean") return !bound;
  if (typeof bound === "string" && bound in dtypeNotation)
    return bound === "float32" ? "int32" : "float32";
  if (isList(bound) && isList(current) && bound.every((x) => typeof x === "number")) {
    const list = bound as readonly number[];
    return isOrder(list) ? rotated(list, draw) : list.map((x, i) => (i === 0 ? x + 1 : x));
  }
  return undefined;
}

function rotated(list: readonly number[], draw: Draw): readonly number[] {
  const by = 1 + draw.below(Math.max(1, list.length - 1));
  return [...list.slice(by), ...list.slice(0, by)];
}

function repairRemainder(
  comparison: Comparison,
  left: Expression,
  divisor: Term | undefined,
  rest: Term,
  subject: Subject,
): Repair | undefined {
  const place = placeOf(left, subject);
  if (typeof divisor !== "number" || typeof rest !== "number" || place === undefined)
    return undefined;
  const times = 1 + subject.draw.below(2);
  if (comparison === "==") return place.put(times * divisor + rest);
  return comparison === "!=" ? place.put(times * divisor + rest + 1) : undefined;
}

function repairIdentity(given: Expression | undefined, subject: Subject): Repair | undefined {
  if (given === undefined) return undefined;
  if (isCall(given, "compose")) {
    const [first, second] = given.arguments.map(({ value }) => value);
    const known = valueOrNothing(first!, subject.scope);
    const place = placeOf(second!, subject);
    return place && known && isNumbers(known) ? place.put(inverseOf(known)) : undefined;
  }
  const place = placeOf(given, subject);
  return place && isList(place.current) ? place.put([...place.current.keys()]) : undefined;
}

function placeOf(expression: Expression, subject: Subject): Place | undefined {
  switch (expression.kind) {
    case "name": {
      const meaning = subject.lets.get(expression.name.text);
      if (meaning) return placeOf(meaning, subject);
      const axis = subject.dimensions.get(expression.name.text);
      if (axis !== undefined) return elementOf(shapePlace(subject), axis);
      return subject.names.has(expression.name.text)
        ? constantPlace(expression, subject)
        : undefined;
    }
    case "member":
      return memberPlace(expression, subject);
    case "index":
      return elementPlace(expression, subject);
    case "call":
      return placeInside(expression, subject);
    case "unary": {
      const inner = placeOf(expression.operand, subject);
      if (inner === undefined || typeof inner.current !== "number") return undefined;
      return { current: -inner.current, put: (v) => inner.put(-(v as number)) };
    }
    default:
      return undefined;
  }
}

/** All elements of a constant. */
function constantPlace(expression: Expression, { scope }: Subject): Place | undefined {
  const current = valueOrNothing(expression, scope);
  if (current === undefined) return undefined;
  return {
    current,
    put: (value) => (typeof value === "number" ? { value } : undefined),
  };
}

type Member = Expression & { readonly kind: "member" };

function memberPlace(expression: Member, subject: Subject): Place | undefined {
  const { object, name } = expression;
  if (isSubject(object, subject)) {
    if (name.text === "value" && subject.op.name === "Constant")
      return constantPlace(object, subject);
    if (name.text === "name" || name.text === "path") return namePlace(subject);
    if (name.text === "shape") return shapePlace(subject);
    if (name.text === "op") return opPlace(subject);
    if (name.text === "dtype" && subject.op.operands.length === 0) return dtypePlace(subject);
    return attributePlace(name.text, subject);
  }
  // `n.gamma.value`: an operand that the pattern does not list.
  if (name.text !== "value") return operandPlace(expression, subject);
  return operandPlace(object, subject);
}

function operandPlace(expression: Expression, subject: Subject): Place | undefined {
  if (expression.kind !== "member" || !isSubject(expression.object, subject)) return undefined;
  const slot = expression.name.text;
  if (!subject.op.operands.some(({ name }) => name === slot)) return undefined;
  const put = (value: Term): Repair | undefined =>
    typeof value === "number" ? { operands: new Map([[slot, value]]) } : undefined;
  return { current: 0, put };
}

function isSubject(expression: Expression, { names }: Subject): boolean {
  return expression.kind === "name" && names.has(expression.name.text);
}

function namePlace({ scope, names }: Subject): Place {
  const [name] = names;
  const current = scope.lookup(name!) ?? "";
  return { current, put: (value) => (typeof value === "string" ? { name: value } : undefined) };
}

/** The op behind a value of which the pattern says nothing. */
function opPlace({ op }: Subject): Place | undefined {
  const put = (value: Term) => (typeof value === "string" ? { op: value } : undefined);
  return op.name === "Input" ? { current: op.name, put } : undefined;
}

/** The element type of a constant or an input. */
function dtypePlace({ type }: Subject): Place {
  const put = (value: Term): Repair | undefined =>
    typeof value === "string" && value in dtypeNotation ? { dtype: value as DType } : undefined;
  return { current: type.dtype, put };
}

/** The shape of a constant or an input, or the attribute of that name. */
function shapePlace(subject: Subject): Place | undefined {
  if (subject.op.operands.length > 0) {
    const stated = attributePlace("shape", subject);
    return stated && { ...stated, keepsProduct: true };
  }
  const put = (value: Term) =>
    isNumbers(value) && value.every((n) => n > 0) ? { shape: value } : undefined;
  return { current: subject.type.shape, put };
}

function attributePlace(name: string, { attributes }: Subject): Place | undefined {
  const current = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
  if (current === undefined || (typeof current === "object" && "data" in current)) return undefined;
  return {
    current,
    put: (value) => {
      const fitting = attributeFrom(value, current);
      return fitting === undefined ? undefined : { attributes: { [name]: fitting } };
    },
  };
}

/** What a term is as an attribute of the kind of `like`; one number is that for all elements of a list. */
function attributeFrom(value: Term, like: AttributeValue): AttributeValue | undefined {
  if (Array.isArray(like)) {
    if (typeof value === "number") return like.map(() => value);
    return isList(value) ? (value as readonly number[]) : undefined;
  }
  const number = typeof like === "number" ? numberOf(value) : undefined;
  if (number !== undefined) return number;
  return typeof value === typeof like ? (value as AttributeValue) : undefined;
}

type Index = Expression & { readonly kind: "index" };

function elementPlace({ object, index }: Index, subject: Subject): Place | undefined {
  const at = valueOrNothing(index, subject.scope);
  return typeof at === "number" ? elementOf(placeOf(object, subject), at) : undefined;
}

function elementOf(list: Place | undefined, at: number): Place | undefined {
  if (list === undefined || !isList(list.current)) return undefined;
  const items = list.current as readonly number[];
  const i = at < 0 ? at + items.length : at;
  if (items[i] === undefined) return undefined;
  const put = (value: Term) => {
    if (typeof value !== "number") return undefined;
    return list.put(list.keepsProduct ? withExtent(items, i, value) : withElement(items, i, value));
  };
  return { current: items[i], put };
}

/** The list with another element at one place; an order of axes stays one. */
function withElement(items: readonly number[], i: number, value: number): readonly number[] {
  const other = isOrder(items) ? items.indexOf(value) : -1;
  return items.map((x, at) => (at === i ? value : at === other ? items[i]! : x));
}

/** The shape with another extent at one axis, which its neighbour makes up for where it can. */
function withExtent(shape: readonly number[], i: number, extent: number): readonly number[] {
  const beside = i + 1 < shape.length ? i + 1 : i - 1;
  const others = sizeOf(shape.filter((_, axis) => axis !== i && axis !== beside));
  const left = sizeOf(shape) / (extent * others);
  if (beside < 0 || !Number.isInteger(left) || left === 0) return withElement(shape, i, extent);
  return shape.map((n, axis) => (axis === i ? extent : axis === beside ? left : n));
}

type Call = Expression & { readonly kind: "call" };

/** Functions that can be solved for their last argument, a place. */
function placeInside({ callee, arguments: given }: Call, subject: Subject): Place | undefined {
  const last = given.at(-1)?.value;
  const inner = last && placeOf(last, subject);
  if (inner === undefined) return undefined;
  switch (callee.text) {
    case "axis":
    case "max":
    case "min":
    case "sorted":
    case "flat":
      return inner;
    case "abs":
      return inner;
    case "inverse":
      return { ...inner, put: (v) => (isNumbers(v) ? inner.put(inverseOf(v)) : undefined) };
    default:
      return undefined;
  }
}

function isCall(expression: Expression, name: string): expression is Call {
  return expression.kind === "call" && expression.callee.text === name;
}

function isNumbers(term: Term): term is readonly number[] {
  return isList(term) && term.every((x) => typeof x === "number");
}

function isOrder(list: readonly number[]): boolean {
  return list.length > 1 && list.every((_, i) => list.includes(i));
}

function inverseOf(order: readonly number[]): readonly number[] {
  return order.map((_, axis) => order.indexOf(axis));
}

/** The number of a term that is one, or a tensor of one. */
function numberOf(term: Term): number | undefined {
  if (typeof term === "number") return term;
  return isTensorTerm(term) && term.tensor.data.length === 1 ? term.tensor.data[0] : undefined;
}

/** Whether the second repair undoes what the first one did. */
export function contradicts(first: Repair, second: Repair): boolean {
  const touched = Object.keys(second.attributes ?? {}).filter((n) => n in (first.attributes ?? {}));
  return (
    touched.some((name) => !Array.isArray(first.attributes![name])) ||
    touched.some((name) => `${first.attributes![name]}` === `${second.attributes![name]}`) ||
    (first.value !== undefined && second.value !== undefined) ||
    (first.op !== undefined && second.op !== undefined) ||
    (first.dtype !== undefined && second.dtype !== undefined) ||
    (first.shape !== undefined && `${first.shape}` === `${second.shape}`)
  );
}

/** The first repair and then the other. */
export function bothRepairs(first: Repair, second: Repair): Repair {
  return {
    ...first,
    ...second,
    attributes: { ...first.attributes, ...second.attributes },
    operands: new Map([...(first.operands ?? []), ...(second.operands ?? [])]),
  };
}
