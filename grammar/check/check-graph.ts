import type {
  Expression,
  Field,
  GraphChain,
  GraphLiteral,
  GraphNode,
  GraphValue,
  Name,
  TensorTypePattern,
} from "../ast.ts";
import * as report from "../diagnostics.ts";
import type { OpWord } from "../vocabulary.ts";
import { checkAttributeValue } from "./check-expressions.ts";
import { checkType, isVariadic, mostOperands } from "./check-patterns.ts";
import { closest } from "./closest.ts";
import { emptyScope, type FileScope, unknownOp } from "./scope.ts";

/** What the names of a graph stand for: the first word for each, and the op of those that are nodes. */
export interface GraphNames {
  readonly values: ReadonlyMap<string, Name>;
  readonly nodes: ReadonlyMap<string, OpWord>;
}

interface GraphScope {
  readonly file: FileScope;
  /** Names that some step of the graph gives, wherever it stands. */
  readonly given: ReadonlySet<string>;
  readonly values: Map<string, Name>;
  readonly nodes: Map<string, OpWord>;
}

/** Names, ops, operands, attributes and types of a graph that is written out. */
export function checkGraph(file: FileScope, { chains }: GraphLiteral): GraphNames {
  const given = new Set(chains.flatMap(({ steps }) => steps.flatMap(nameGiven)));
  const scope: GraphScope = { file, given, values: new Map(), nodes: new Map() };
  for (const chain of chains) checkChain(scope, chain);
  return scope;
}

/** What a step calls a value for the first time; a value at the head of a chain without a type has been named elsewhere. */
function nameGiven(step: GraphChain["steps"][number], place: number): readonly string[] {
  if (step.kind === "constant" || !step.name) return [];
  return step.kind === "node" || place > 0 || step.type ? [step.name.text] : [];
}

function unknown({ file, given, values }: GraphScope, name: Name): void {
  file.found.push(
    given.has(name.text)
      ? report.laterValue(name)
      : report.unknownValue(name, closest(name.text, values.keys())),
  );
}

function checkChain(scope: GraphScope, { steps }: GraphChain): void {
  for (const [i, step] of steps.entries()) {
    const isHead = i === 0;
    if (step.kind === "node") checkNode(scope, step, isHead);
    else if (step.kind === "constant") checkConstant(scope, step.value, isHead);
    else if (isHead) checkHead(scope, step);
    else checkNaming(scope, step);
  }
}

/** An input, a constant or a value that has a name. */
function checkHead(scope: GraphScope, { name, type, quant, value, result }: GraphValue): void {
  const { file } = scope;
  if (type === undefined || (scope.values.has(name.text) && value === undefined)) {
    if (!scope.values.has(name.text)) unknown(scope, name);
    if (type !== undefined) checkType(file, type);
    return;
  }
  define(scope, name);
  checkType(file, type);
  checkFull(scope, type);
  for (const field of quant) checkQuantField(scope, field);
  if (value !== undefined) checkElements(scope, value);
  if (result !== undefined) file.found.push(report.notAValueHere(name.span));
}

/** A step behind another one gives it a name, and may say its type. */
function checkNaming(scope: GraphScope, { name, type, quant, value, result }: GraphValue): void {
  if (type !== undefined) checkType(scope.file, type);
  if (value !== undefined || quant.length > 0 || result !== undefined)
    scope.file.found.push(report.notAValueHere(name.span));
  define(scope, name);
}

function define({ file, values }: GraphScope, name: Name): void {
  const first = values.get(name.text);
  if (first === undefined) values.set(name.text, name);
  else file.found.push(report.duplicateBinding(name, first));
}

function checkConstant({ file }: GraphScope, value: Expression, isHead: boolean): void {
  if (!isHead || !isNumbers(value)) file.found.push(report.notALiteral(value.span));
}

function checkFull({ file }: GraphScope, { dtype, dimensions, span }: TensorTypePattern): void {
  const isFull = dtype !== undefined && dimensions?.every(({ kind }) => kind === "size");
  if (!isFull) file.found.push(report.incompleteType(span));
}

const quantFields = ["scale", "zeroPoint", "axis", "group"];

function checkQuantField({ file }: GraphScope, { name, value }: Field): void {
  if (!quantFields.includes(name.text)) {
    const similar = closest(name.text, quantFields);
    file.found.push(report.unknownAttribute(name, "a quantized type", quantFields, similar));
  } else if (!isNumbers(value)) file.found.push(report.notALiteral(value.span));
}

function checkElements({ file }: GraphScope, e: Expression): void {
  const isDrawn =
    e.kind === "call" && e.callee.text === "exact" && e.arguments[0]?.value.kind === "number";
  if (!isDrawn && !isNumbers(e)) file.found.push(report.notALiteral(e.span));
}

/** A number, or lists of numbers. */
function isNumbers(e: Expression): boolean {
  if (e.kind === "unary") return e.operator === "-" && isNumbers(e.operand);
  if (e.kind === "list") return e.items.every(isNumbers);
  return e.kind === "number" || (e.kind === "name" && ["inf", "nan"].includes(e.name.text));
}

function checkNode(scope: GraphScope, node: GraphNode, isHead: boolean): void {
  const { file } = scope;
  for (const { value } of node.operands ?? []) checkChain(scope, value);
  if (node.type !== undefined) checkType(file, node.type);
  const op = file.ops.get(node.op.text);
  if (op === undefined) {
    if (file.opSets.has(node.op.text))
      file.found.push(report.wrongType(node.op.span, "an op", "a set of ops"));
    else if (!file.forgiven.has(node.op.text)) file.found.push(unknownOp(node.op, file));
  } else {
    checkOperands(scope, node, op, isHead);
    for (const field of node.fields) checkField(scope, field, op);
  }
  if (node.name === undefined) return;
  define(scope, node.name);
  if (op !== undefined) scope.nodes.set(node.name.text, op);
}

function checkOperands(
  { file }: GraphScope,
  { op: name, operands = [], fields }: GraphNode,
  op: OpWord,
  isHead: boolean,
): void {
  const known = op.operands.map((operand) => operand.name);
  const positional = operands.filter(({ slot }) => slot === undefined);
  const first = isHead ? 0 : 1;
  const surplus = positional[mostOperands(op) - first];
  if (surplus !== undefined) file.found.push(report.tooManyOperands(name, surplus.span, known));
  for (const { slot } of operands)
    if (slot !== undefined && !known.includes(slot.text))
      file.found.push(report.unknownSlot(slot, op.name, known, closest(slot.text, known)));
  if (isVariadic(op)) return;
  const named = [...operands.flatMap(({ slot }) => slot ?? []), ...fields.map((f) => f.name)];
  const given = new Set(named.map(({ text }) => text));
  const missing = op.operands
    .slice(positional.length + first)
    .find((operand) => !operand.optional && !operand.isWeight && !given.has(operand.name));
  if (missing !== undefined) file.found.push(report.missingOperand(name, missing.name));
}

/** An operand by name, an attribute, or a size from which weights follow. */
function checkField(scope: GraphScope, { name, value }: Field, op: OpWord): void {
  const { file } = scope;
  if (op.operands.some((operand) => operand.name === name.text)) {
    checkOperandValue(scope, value);
    return;
  }
  const known = [...op.attributes, ...(op.sizes ?? [])];
  const word = known.find((attribute) => attribute.name === name.text);
  if (word !== undefined) {
    const isSize = op.sizes?.includes(word) === true;
    // `kernelSize: 3` is that for both sides.
    const both = isSize && word.kind === "numbers" && value.kind === "number";
    if (!both) checkAttributeValue(emptyScope(file), [word], value);
    if (!isAttribute(value)) file.found.push(report.notALiteral(value.span));
    return;
  }
  const names = [...op.operands, ...known].map((one) => one.name);
  file.found.push(report.unknownAttribute(name, op.name, names, closest(name.text, names)));
}

/** `kernel: k`, `kernel: "conv/kernel"`, `kernel: parts[1]`, `bias: [1, 2]`. */
function checkOperandValue(scope: GraphScope, value: Expression): void {
  const { file, values } = scope;
  const owner = value.kind === "index" ? value.object : value;
  const name =
    owner.kind === "name"
      ? owner.name
      : owner.kind === "string"
        ? { text: owner.value, span: owner.span }
        : undefined;
  if (name !== undefined && values.has(name.text)) return;
  if (isNumbers(value)) return;
  if (name === undefined) file.found.push(report.notALiteral(value.span));
  else unknown(scope, name);
}

function isAttribute(e: Expression): boolean {
  if (e.kind === "list") return e.items.every(isAttribute);
  return isNumbers(e) || ["string", "boolean", "name"].includes(e.kind);
}
