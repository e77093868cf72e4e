import type { Expression, NamePattern } from "../../grammar/ast.ts";
import { nameMatcher } from "../../grammar/index.ts";
import type { RuleTypeScript } from "../config/modules.ts";
import type { NodeId } from "../ir/graph.ts";
import type { GraphView, Positions } from "../ir/graph-view.ts";
import type { OpTable } from "../ir/op.ts";
import { tensor } from "../ir/types.ts";
import { calculate, compare, near } from "./arithmetic.ts";
import { builtins, typeOfTerm } from "./builtins.ts";
import { callForeign, evaluateInline, foreignFunction, rejectCondition } from "./foreign.ts";
import {
  absent,
  isAbsent,
  isList,
  isOpsTerm,
  isTensorTerm,
  isValueTerm,
  operandTerm,
  opOf,
  printTerm,
  sameTerm,
  type Term,
  termOfAttribute,
  Unmet,
  unmet,
  type ValueTerm,
} from "./term.ts";

/** What the names of an expression mean at one match. */
export interface Scope {
  readonly graph: GraphView;
  readonly ops: OpTable;
  /** A capture, shape variable or `let`; `undefined` for a name that is none of them. */
  lookup(name: string): Term | undefined;
  /** The ops behind the name of an op or of a set. */
  opsNamed(name: string): ReadonlySet<string> | undefined;
  /** What the rule may call besides the built-in functions. */
  readonly typescript?: RuleTypeScript | undefined;
  /** The nodes of the match, for messages. */
  nodes?(): ReadonlySet<NodeId>;
}

/** The value of an expression. Throws `Unmet` where it has none at this match. */
export function evaluateExpression(expression: Expression, scope: Scope): Term {
  switch (expression.kind) {
    case "number":
    case "string":
    case "boolean":
      return expression.value;
    case "name":
      return named(expression.name.text, scope);
    case "list":
      return expression.items.map((item) => evaluateExpression(item, scope));
    case "member":
      return member(evaluateExpression(expression.object, scope), expression.name.text, scope);
    case "index":
      return indexed(
        evaluateExpression(expression.object, scope),
        evaluateExpression(expression.index, scope),
        scope,
      );
    case "call": {
      const name = expression.callee.text;
      const values = () =>
        expression.arguments.map(({ value }) => evaluateExpression(value, scope));
      const foreign = foreignFunction(scope, expression.callee);
      if (foreign) return callForeign(foreign, expression, values(), scope);
      const callee = Object.hasOwn(builtins, name) ? builtins[name] : undefined;
      if (callee === undefined)
        return unmet(() => `there is no function \`${expression.callee.text}\``);
      return callee.apply(scope.graph, scope.ops, ...values());
    }
    case "typescript":
      return evaluateInline(expression, scope);
    case "unary": {
      const value = evaluateExpression(expression.operand, scope);
      return expression.operator === "!"
        ? !asCondition(value, expression.operand, scope)
        : calculate("-", 0, value, scope.graph);
    }
    case "binary":
      return binary(expression, scope);
    case "matches": {
      const subject = evaluateExpression(expression.subject, scope);
      return typeof subject === "string" && fitsName(expression.pattern, subject);
    }
    case "near":
      return near(
        evaluateExpression(expression.left, scope),
        evaluateExpression(expression.right, scope),
        expression.tolerance,
        scope.graph,
      );
  }
}

function named(name: string, scope: Scope): Term {
  const term = scope.lookup(name);
  if (term !== undefined) return term;
  const names = scope.opsNamed(name);
  return names ? { kind: "ops", names } : unmet(() => `\`${name}\` is not bound here`);
}

/** Whether a condition holds; a failure says by what values. */
export function requireCondition(condition: Expression, scope: Scope): void {
  if (conditionOf(condition, scope)) return;
  unmet(() => explainFalse(condition, scope));
}

function binary(expression: Expression & { kind: "binary" }, scope: Scope): Term {
  const { operator } = expression;
  const left = evaluateExpression(expression.left, scope);
  if (operator === "&&")
    return asCondition(left, expression.left, scope) && conditionOf(expression.right, scope);
  if (operator === "||")
    return asCondition(left, expression.left, scope) || conditionOf(expression.right, scope);
  const right = evaluateExpression(expression.right, scope);
  switch (operator) {
    case "in":
      if (isOpsTerm(right)) return typeof left === "string" && right.names.has(left);
      if (!isList(right)) return unmet(() => "`in` needs a list on its right");
      return right.some((item) => equal(left, item, scope));
    case "==":
      return equal(left, right, scope);
    case "!=":
      return !equal(left, right, scope);
    case "<":
    case "<=":
    case ">":
    case ">=":
      return compare(operator, left, right, scope.graph);
    default:
      return calculate(operator, left, right, scope.graph);
  }
}

/** Equality of names, lists and values as wholes; of a constant with numbers, of every element. */
function equal(left: Term, right: Term, scope: Scope): boolean {
  if (sameTerm(left, right)) return true;
  if (isAbsent(left) || isAbsent(right)) return false;
  if (isValueTerm(left) && isValueTerm(right)) {
    if (!isConstant(left, scope) || !isConstant(right, scope)) return false;
  }
  if (isNumeric(left) && isNumeric(right)) return compare("==", left, right, scope.graph);
  return false;
}

function isConstant({ value }: ValueTerm, scope: Scope): boolean {
  return scope.graph.node(value.node).op === "Constant";
}

function isNumeric(term: Term): boolean {
  if (isList(term)) return term.every((item) => typeof item === "number");
  return typeof term === "number" || isValueTerm(term) || isTensorTerm(term);
}

/** Whether a condition holds. Throws `Unmet` where it has no value at this match. */
export function conditionOf(expression: Expression, scope: Scope): boolean {
  return asCondition(evaluateExpression(expression, scope), expression, scope);
}

function asCondition(term: Term, expression: Expression, scope: Scope): boolean {
  if (typeof term === "boolean") return term;
  const isForeign =
    expression.kind === "typescript" ||
    (expression.kind === "call" && foreignFunction(scope, expression.callee) !== undefined);
  if (isForeign) return rejectCondition(expression, term, scope);
  return unmet(() => "a condition is neither true nor false");
}

/**
 * `x.name`, `.op`, `.shape`, `.rank`, `.dtype`, `.value`, `.output`, an attribute, an operand, or `.scale` and `.zeroPoint`
 * of the value's own type. A member of a list is the list of the members; of something absent, absent.
 */
export function member(object: Term, name: string, scope: Scope): Term {
  if (isList(object)) return object.map((item) => member(item, name, scope));
  if (isAbsent(object)) return absent;
  if (typeof object !== "object") return unmet(() => `a ${typeof object} has no \`${name}\``);
  if (isOpsTerm(object)) return unmet(() => `an op has no \`${name}\`: capture a node`);
  const type = typeOfTerm(scope.graph, object);
  if (name === "shape") return type.shape;
  if (name === "rank") return type.shape.length;
  if (name === "dtype") return type.dtype;
  if (isTensorTerm(object))
    return name === "value" ? object : unmet(() => `a tensor has no \`${name}\``);
  const node = scope.graph.node(object.value.node);
  if (name === "name" || name === "path") return node.name;
  if (name === "op") return node.op;
  if (name === "depth") return positionsIn(scope.graph).depth(node.id);
  if (name === "output") return object;
  if (name === "value" && node.op === "Constant") return object;
  const attribute = Object.hasOwn(node.attributes, name) ? node.attributes[name] : undefined;
  if (attribute !== undefined) return termOfAttribute(attribute);
  const op = opOf(scope.ops, node);
  if (op.operands.some((operand) => operand.name === name)) {
    return operandTerm(scope.graph, node, op, name);
  }
  if (name === "scale" && type.quant) return type.quant.scale;
  if (name === "zeroPoint" && type.quant) return type.quant.zeroPoint;
  if (name === "axis" && type.quant) return type.quant.axis ?? absent;
  return unmet(() => `\`${node.name}\` (${node.op}) has no \`${name}\``);
}

/** Where nodes are in the whole graph, which only an annotated one knows: a rewritten one changes all the time. */
function positionsIn({ positions }: GraphView): Positions {
  return positions?.() ?? unmet(() => "nodes have positions in `quantize` rules only");
}

/** `list[i]`, from the end if negative; a list of indices picks several. */
function indexed(object: Term, index: Term, scope: Scope): Term {
  if (isList(index)) {
    const picked = index.map((i) => indexed(object, i, scope));
    if (!isTensorTerm(object)) return picked;
    return {
      kind: "tensor",
      tensor: tensor("float32", [picked.length], picked as readonly number[]),
    };
  }
  if (typeof index !== "number") return unmet(() => "an index must be a number");
  const items =
    isTensorTerm(object) && object.tensor.shape.length === 1 ? object.tensor.data : object;
  if (typeof items !== "object" || !("at" in items))
    return unmet(() => `${printTerm(object, scope.graph)} is not a list`);
  return items.at(index) ?? unmet(() => `index ${index} of ${items.length} items`);
}

const matchers = new WeakMap<NamePattern, (name: string) => boolean>();

/** Whether a name fits; what has been made of a pattern serves all nodes. */
function fitsName(pattern: NamePattern, name: string): boolean {
  let matches = matchers.get(pattern);
  if (matches === undefined) {
    matches = nameMatcher(pattern);
    matchers.set(pattern, matches);
  }
  return matches(name);
}

/** The text of a clause and the values that made it false. */
function explainFalse(condition: Expression, scope: Scope): string {
  const shown = namesIn(condition).flatMap((part) => {
    const value = valueOrNothing(part, scope);
    return value === undefined ? [] : [`${sourceOf(part)} = ${printTerm(value, scope.graph)}`];
  });
  const text = `\`${sourceOf(condition)}\` does not hold`;
  return shown.length === 0 ? text : `${text}: ${[...new Set(shown)].join(", ")}`;
}

/** Parts that `&&` or `||` never came to may have no value here. */
function valueOrNothing(part: Expression, scope: Scope): Term | undefined {
  try {
    return evaluateExpression(part, scope);
  } catch (error) {
    if (error instanceof Unmet) return undefined;
    throw error;
  }
}

function sourceOf({ span }: Expression): string {
  return span.file.text.slice(span.start, span.end);
}

/** The members, calls and names that a comparison compares, for a message. */
function namesIn(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "name":
    case "member":
    case "index":
    case "call":
      return [expression];
    case "unary":
      return namesIn(expression.operand);
    case "binary":
    case "near":
      return [...namesIn(expression.left), ...namesIn(expression.right)];
    case "matches":
      return namesIn(expression.subject);
    default:
      return [];
  }
}
