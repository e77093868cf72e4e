import type { Expression } from "../../grammar/ast.ts";
import { nameMatcher } from "../../grammar/index.ts";
import type { RuleTypeScript } from "../config/modules.ts";
import type { NodeId } from "../ir/graph.ts";
import type { GraphView, Positions } from "../ir/graph-view.ts";
import type { OpTable } from "../ir/op.ts";
import { type TensorType, tensor } from "../ir/types.ts";
import { calculate, compare, near } from "./arithmetic.ts";
import { builtins } from "./builtins.ts";
import { callForeign, evaluateInline, foreignFunction, rejectCondition } from "./foreign.ts";
import {
  absent,
  ifMet,
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
  nodes?(): readonly NodeId[];
}

/** The value of an expression. Throws `Unmet` where it has none at this match. */
export function evaluateExpression(expression: Expression, scope: Scope): Term {
  return evaluatorOf(expression)(scope);
}

/** An expression as a function. */
type Evaluator = (scope: Scope) => Term;

const evaluators = new WeakMap<Expression, Evaluator>();

/** What has been made of an expression serves all places: reading its syntax again at each costs more than what it says. */
function evaluatorOf(expression: Expression): Evaluator {
  const known = evaluators.get(expression);
  if (known) return known;
  const made = compileExpression(expression);
  evaluators.set(expression, made);
  return made;
}

function compileExpression(expression: Expression): Evaluator {
  switch (expression.kind) {
    case "number":
    case "string":
    case "boolean": {
      const { value } = expression;
      return () => value;
    }
    case "name": {
      const { text } = expression.name;
      return (scope) => named(text, scope);
    }
    case "list":
      return compileList(expression.items);
    case "member": {
      const object = compileExpression(expression.object);
      const { text } = expression.name;
      return (scope) => member(object(scope), text, scope);
    }
    case "index": {
      const object = compileExpression(expression.object);
      const index = compileExpression(expression.index);
      return (scope) => indexed(object(scope), index(scope), scope);
    }
    case "call":
      return compileCall(expression);
    case "typescript":
      return (scope) => evaluateInline(expression, scope);
    case "unary": {
      const operand = compileExpression(expression.operand);
      return expression.operator === "!"
        ? (scope) => !asCondition(operand(scope), expression.operand, scope)
        : (scope) => calculate("-", 0, operand(scope), scope.graph);
    }
    case "binary":
      return compileBinary(expression);
    case "matches": {
      const subject = compileExpression(expression.subject);
      const fits = nameMatcher(expression.pattern);
      return (scope) => {
        const name = subject(scope);
        return typeof name === "string" && fits(name);
      };
    }
    case "near": {
      const left = compileExpression(expression.left);
      const right = compileExpression(expression.right);
      return (scope) => near(left(scope), right(scope), expression.tolerance, scope.graph);
    }
  }
}

function compileList(items: readonly Expression[]): Evaluator {
  const values = items.flatMap((item) => ("value" in item ? [item.value] : []));
  if (values.length === items.length) return () => values;
  const compiled = items.map(compileExpression);
  return (scope) => compiled.map((item) => item(scope));
}

function compileCall(call: Expression & { kind: "call" }): Evaluator {
  const given = call.arguments.map(({ value }) => compileExpression(value));
  const { text } = call.callee;
  const callee = Object.hasOwn(builtins, text) ? builtins[text] : undefined;
  return (scope) => {
    const foreign = foreignFunction(scope, call.callee);
    if (foreign === undefined && callee === undefined)
      return unmet(() => `there is no function \`${text}\``);
    const values = given.map((value) => value(scope));
    return foreign
      ? callForeign(foreign, call, values, scope)
      : callee!.apply(scope.graph, scope.ops, ...values);
  };
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

function compileBinary(expression: Expression & { kind: "binary" }): Evaluator {
  const { operator } = expression;
  const left = compileExpression(expression.left);
  const right = compileExpression(expression.right);
  const isFirst = (scope: Scope) => asCondition(left(scope), expression.left, scope);
  const isSecond = (scope: Scope) => asCondition(right(scope), expression.right, scope);
  switch (operator) {
    case "&&":
      return (scope) => isFirst(scope) && isSecond(scope);
    case "||":
      return (scope) => isFirst(scope) || isSecond(scope);
    case "in":
      return (scope) => isIn(left(scope), right(scope), scope);
    case "==":
      return (scope) => equal(left(scope), right(scope), scope);
    case "!=":
      return (scope) => !equal(left(scope), right(scope), scope);
    case "<":
    case "<=":
    case ">":
    case ">=":
      return (scope) => compare(operator, left(scope), right(scope), scope.graph);
    default:
      return (scope) => calculate(operator, left(scope), right(scope), scope.graph);
  }
}

function isIn(item: Term, list: Term, scope: Scope): boolean {
  if (isOpsTerm(list)) return typeof item === "string" && list.names.has(item);
  if (!isList(list)) return unmet(() => "`in` needs a list on its right");
  return list.some((one) => equal(item, one, scope));
}

/** Equality of names, lists and values as wholes; of a constant with numbers, of every element. */
function equal(left: Term, right: Term, scope: Scope): boolean {
  if (sameTerm(left, right)) return true;
  if (typeof left === "string" || typeof right === "string") return false;
  if (isList(left) && isList(right)) return false;
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

/** The same as a function, for whoever asks at very many places. */
export function compileCondition(expression: Expression): (scope: Scope) => boolean {
  const value = evaluatorOf(expression);
  return (scope) => asCondition(value(scope), expression, scope);
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
  if (typeof object !== "object") return lacks(`a ${typeof object}`, name);
  if (isList(object)) return memberOfEach(object, name, scope);
  switch (object.kind) {
    case "value":
      return memberOfValue(object, name, scope);
    case "tensor":
      if (name === "value") return object;
      return memberOfType(object.tensor, name) ?? lacks("a tensor", name);
    case "absent":
      return absent;
    case "ops":
      return lacks("an op", name, ": capture a node");
  }
}

function memberOfEach(list: readonly Term[], name: string, scope: Scope): Term {
  return list.map((item) => member(item, name, scope));
}

function memberOfValue(object: ValueTerm, name: string, scope: Scope): Term {
  const node = scope.graph.node(object.value.node);
  if (name === "name" || name === "path") return node.name;
  if (name === "op") return node.op;
  const type = node.types[object.value.output]!;
  const ofType = memberOfType(type, name);
  if (ofType !== undefined) return ofType;
  if (name === "depth") return positionsIn(scope.graph).depth(node.id);
  if (name === "output") return object;
  if (name === "value" && node.op === "Constant") return object;
  const attribute = Object.hasOwn(node.attributes, name) ? node.attributes[name] : undefined;
  if (attribute !== undefined) return termOfAttribute(attribute);
  const operand = operandTerm(scope.graph, node, opOf(scope.ops, node), name);
  if (operand !== undefined) return operand;
  if (name === "scale" && type.quant) return type.quant.scale;
  if (name === "zeroPoint" && type.quant) return type.quant.zeroPoint;
  if (name === "axis" && type.quant) return type.quant.axis ?? absent;
  return lacks(`\`${node.name}\` (${node.op})`, name);
}

/** A function of its own, as closures with what they see would be allocated at each call of those that seldom need one. */
function lacks(owner: string, name: string, hint = ""): never {
  return unmet(() => `${owner} has no \`${name}\`${hint}`);
}

function memberOfType({ shape, dtype }: TensorType, name: string): Term | undefined {
  if (name === "shape") return shape;
  if (name === "rank") return shape.length;
  return name === "dtype" ? dtype : undefined;
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
  return ifMet(() => evaluateExpression(part, scope));
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
