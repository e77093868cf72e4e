import type {
  Alternative,
  Argument,
  AttributePattern,
  Chain,
  ChoiceStep,
  Contract,
  DimensionPattern,
  Expression,
  Field,
  GraphChain,
  GraphNode,
  GraphOperand,
  GraphStep,
  GraphValue,
  Name,
  NewNode,
  NewOperand,
  NodeStep,
  OperandPattern,
  PathStep,
  ReplacementChain,
  ReplacementStep,
  SiteReference,
  Step,
  TensorTypePattern,
} from "./ast.ts";
import {
  comparisonPrecedence,
  precedenceOf,
  suffixPrecedence,
  unaryPrecedence,
} from "./precedence.ts";

/** Parts of clauses in their canonical form, on one line. */

/** The canonical text of an expression, with the parentheses that it needs. */
export function printExpression(e: Expression, atLeast = 0): string {
  const [text, precedence] = printed(e);
  return precedence < atLeast ? `(${text})` : text;
}

function printed(e: Expression): readonly [text: string, precedence: number] {
  switch (e.kind) {
    case "number":
      return [printNumber(e.value), suffixPrecedence];
    case "string":
      return [printString(e.value), suffixPrecedence];
    case "boolean":
      return [String(e.value), suffixPrecedence];
    case "name":
      return [e.name.text, suffixPrecedence];
    case "typescript":
      return [`ts{${e.source}}`, suffixPrecedence];
    case "list":
      return [`[${e.items.map((item) => printExpression(item)).join(", ")}]`, suffixPrecedence];
    case "member":
      return [`${printExpression(e.object, suffixPrecedence)}.${e.name.text}`, suffixPrecedence];
    case "index": {
      const object = printExpression(e.object, suffixPrecedence);
      return [`${object}[${printExpression(e.index)}]`, suffixPrecedence];
    }
    case "call":
      return [`${e.callee.text}(${e.arguments.map(printArgument).join(", ")})`, suffixPrecedence];
    case "unary":
      return [e.operator + printExpression(e.operand, unaryPrecedence), unaryPrecedence];
    case "binary": {
      const level = precedenceOf(e.operator);
      const left = printExpression(e.left, level === comparisonPrecedence ? level + 1 : level);
      return [`${left} ${e.operator} ${printExpression(e.right, level + 1)}`, level];
    }
    case "matches": {
      const subject = printExpression(e.subject, comparisonPrecedence + 1);
      const { kind, source } = e.pattern;
      const pattern = kind === "regex" ? `/${source}/` : printString(source);
      return [`${subject} ~ ${pattern}`, comparisonPrecedence];
    }
    case "near": {
      const left = printExpression(e.left, comparisonPrecedence + 1);
      const right = printExpression(e.right, comparisonPrecedence + 1);
      const { file, end } = e.span;
      // The default, where it was written out, stays so.
      const isStated = file.text.slice(e.right.span.end, end).includes("within");
      const within = isStated || e.tolerance !== 1e-6 ? ` within ${printNumber(e.tolerance)}` : "";
      return [`${left} ~= ${right}${within}`, comparisonPrecedence];
    }
  }
}

/** An argument of a call, with its name if it has one. */
export function printArgument({ name, value }: Argument): string {
  return name === undefined ? printExpression(value) : `${name.text}: ${printExpression(value)}`;
}

/** Decimal, but for numbers below 10⁻³ in their exponential form where that is shorter. */
export function printNumber(value: number): string {
  const decimal = String(value);
  const exponential = value.toExponential();
  return value < 1e-3 && exponential.length < decimal.length ? exponential : decimal;
}

const escapes: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** A string literal that reads back as `text`. */
export function printString(text: string): string {
  return `"${text.replace(/["\\\n\r\t]/g, (character) => escapes[character] ?? `\\${character}`)}"`;
}

/** The canonical text of a pattern. */
export function printChain({ steps }: Chain): string {
  return linkSteps(steps, printStep).join(" ");
}

/** The steps of a pattern as texts, each with the arrow that leads to it. A path is an arrow itself. */
export function linkSteps(
  steps: readonly Step[],
  print: (step: Step) => string,
): readonly string[] {
  return steps.flatMap((step, i) => {
    if (step.kind === "path") return [];
    const before = steps[i - 1];
    const arrow = before === undefined ? "" : before.kind === "path" ? printPath(before) : "->";
    return [arrow === "" ? print(step) : `${arrow} ${print(step)}`];
  });
}

/** One step of a pattern. */
export function printStep(step: Step): string {
  return printUntyped(step) + (step.type === undefined ? "" : ` ${printType(step.type)}`);
}

function printUntyped(step: Step): string {
  switch (step.kind) {
    case "value":
      return step.name.text;
    case "node":
      return printNode(step);
    case "repeat":
      return `(${printChain(step.chain)})${step.most ? "?" : step.least ? "+" : "*"}`;
    case "path":
      return printPath(step);
    case "choice":
      return `one of ${braced(step.alternatives.map(printAlternative))}${printTag(step)}`;
  }
}

/** A choice with each alternative on a line of its own. */
export function printOpenedStep(step: Step, indent: string): string {
  if (step.kind !== "choice") return printStep(step);
  const lines = step.alternatives.map(
    (alternative) => `\n${indent}${printAlternative(alternative)}`,
  );
  const type = step.type === undefined ? "" : ` ${printType(step.type)}`;
  return `one of {${lines.join(",")}\n}${printTag(step)}${type}`;
}

function printAlternative({ tag, chain }: Alternative): string {
  return `${tag === undefined ? "" : `${tag.text} = `}${printChain(chain)}`;
}

function printTag({ as }: ChoiceStep): string {
  return as === undefined ? "" : ` as ${as.text}`;
}

function printPath({ capture, ops }: PathStep): string {
  return `->>(${capture === undefined ? "" : `${capture.text}: `}${printOps(ops)})`;
}

function printOps(ops: NodeStep["ops"]): string {
  return ops === "any" ? "any" : ops.map(({ text }) => text).join(" | ");
}

/** A node without its capture and type, as after `is`. */
export function printNode({
  capture,
  ops,
  optional,
  ordered,
  operands,
  attributes,
}: NodeStep): string {
  return [
    capture === undefined ? "" : `${capture.text}: `,
    ordered ? "ordered " : "",
    printOps(ops),
    optional ? "?" : "",
    operands === undefined ? "" : `(${operands.map(printOperand).join(", ")})`,
    attributes.length === 0 ? "" : ` ${braced(attributes.map(printAttribute))}`,
  ].join("");
}

function printOperand({ slot, spread, optional, pattern }: OperandPattern): string {
  return `${operandHead(slot?.text, spread)}${printChain(pattern)}${optional ? "?" : ""}`;
}

function operandHead(slot: string | undefined, spread: boolean): string {
  return `${slot === undefined ? "" : `${slot} = `}${spread ? "..." : ""}`;
}

function printAttribute({ name, value, comparison, most }: AttributePattern): string {
  const operator = comparison === undefined ? "" : `${comparison} `;
  const upTo = most === undefined ? "" : ` .. ${printExpression(most)}`;
  return `${name.text}: ${operator}${printExpression(value)}${upTo}`;
}

function printField({ name, value }: Field): string {
  return `${name.text}: ${printExpression(value)}`;
}

const braced = (parts: readonly string[]): string => `{ ${parts.join(", ")} }`;

/** What stands behind a step: `:: f32[n, 3]`. */
export function printType({ dtype, dimensions }: TensorTypePattern): string {
  const shape = dimensions === undefined ? "" : `[${dimensions.map(printDimension).join(", ")}]`;
  return `:: ${dtype?.text ?? "_"}${shape}`;
}

function printDimension(dimension: DimensionPattern): string {
  switch (dimension.kind) {
    case "any":
      return "_";
    case "rest":
      return "...";
    case "size":
      return printNumber(dimension.value);
    case "variable":
      return dimension.name.text;
  }
}

/** Neighbouring slots of one capture are written in braces. */
export function printSites(sites: readonly SiteReference[]): string {
  const groups: SiteReference[][] = [];
  for (const site of sites) {
    const last = groups.at(-1)?.at(-1);
    const joins = last?.capture.text === site.capture.text && last.slot && site.slot;
    if (joins) groups.at(-1)!.push(site);
    else groups.push([site]);
  }
  return groups.map((group) => `${group[0]!.capture.text}.${printSlots(group)}`).join(", ");
}

/** Slots of one capture, without it. */
export function printSlots(sites: readonly SiteReference[]): string {
  const slots = sites.map(({ slot, index }) => {
    const which = typeof index === "object" ? index.text : index;
    return slot === undefined ? "*" : `${slot.text}${which === undefined ? "" : `[${which}]`}`;
  });
  return slots.length === 1 ? slots[0]! : `{${slots.join(", ")}}`;
}

/** The canonical text of a replacement. */
export function printNewChain({ steps }: ReplacementChain): string {
  return steps.map(printNewStep).join(" -> ");
}

/** One step of a replacement. */
export function printNewStep(step: ReplacementStep): string {
  return step.kind === "value" ? printExpression(step.value) : printNewNode(step);
}

/** A chain that builds one node, with the braces of that opened: each entry on a line of its own. */
export function printOpenedChain({ steps }: ReplacementChain, indent: string): string | undefined {
  const last = steps.at(-1)!;
  if (last.kind !== "new" || entriesOf(last).length === 0) return undefined;
  if (steps.slice(0, -1).some(({ kind }) => kind === "new")) return undefined;
  const before = steps.slice(0, -1).map((step) => `${printNewStep(step)} -> `);
  const lines = entriesOf(last).map((entry) => `\n${indent}${entry}`);
  return `${before.join("")}${printBuilt(last)} {${lines.join(",")}\n}`;
}

function printNewNode(node: NewNode): string {
  const entries = entriesOf(node);
  return `${printBuilt(node)}${entries.length === 0 ? "" : ` ${braced(entries)}`}`;
}

function printBuilt({ op, same, operands }: NewNode): string {
  const what = op?.text ?? `same ${same!.text}`;
  return operands === undefined ? what : `${what}(${operands.map(printNewOperand).join(", ")})`;
}

function entriesOf({ from, fields }: NewNode): readonly string[] {
  return [...from.map(({ text }) => `...${text}`), ...fields.map(printField)];
}

function printNewOperand({ slot, spread, value }: NewOperand): string {
  return `${operandHead(slot?.text, spread)}${printNewChain(value)}`;
}

/** The canonical text of a chain of a graph that is written out. */
export function printGraphChain({ steps }: GraphChain): string {
  return steps.map(printGraphStep).join(" -> ");
}

/** One step of such a chain. */
export function printGraphStep(step: GraphStep): string {
  if (step.kind === "constant") return printExpression(step.value);
  return step.kind === "value" ? printGraphValue(step) : printGraphNode(step);
}

function printGraphValue({ name, result, type, quant, value }: GraphValue): string {
  return [
    printGraphName(name),
    result === undefined ? "" : `[${result}]`,
    type === undefined ? "" : ` ${printType(type)}`,
    quant.length === 0 ? "" : ` ${braced(quant.map(printField))}`,
    value === undefined ? "" : ` = ${printExpression(value)}`,
  ].join("");
}

function printGraphNode({ name, op, operands, fields, type }: GraphNode): string {
  return [
    name === undefined ? "" : `${printGraphName(name)}: `,
    op.text,
    operands === undefined ? "" : `(${operands.map(printGraphOperand).join(", ")})`,
    fields.length === 0 ? "" : ` ${braced(fields.map(printField))}`,
    type === undefined ? "" : ` ${printType(type)}`,
  ].join("");
}

function printGraphOperand({ slot, value }: GraphOperand): string {
  return `${operandHead(slot?.text, false)}${printGraphChain(value)}`;
}

/** Any name that was in quotes stays so: the others were written as they are. */
function printGraphName({ text, span }: Name): string {
  return span.file.text[span.start] === '"' ? printString(text) : text;
}

/** What stands after `preserve`. */
export function printContract(contract: Contract): string {
  switch (contract.kind) {
    case "within":
      return `within ${printNumber(contract.epsilon)}`;
    case "steps":
      return `steps ${printNumber(contract.steps)}`;
    default:
      return contract.kind;
  }
}
