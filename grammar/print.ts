import type {
  Argument,
  AttributePattern,
  Chain,
  Contract,
  DimensionPattern,
  Expression,
  NewNode,
  NewOperand,
  NodeStep,
  OperandPattern,
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

function printArgument({ name, value }: Argument): string {
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
  return steps.map(printStep).join(" -> ");
}

/** One step of a pattern. */
export function printStep(step: Step): string {
  const type = step.type === undefined ? "" : ` ${printType(step.type)}`;
  return (step.kind === "value" ? step.name.text : printNode(step)) + type;
}

function printNode({ capture, ops, optional, ordered, operands, attributes }: NodeStep): string {
  const alternatives = ops === "any" ? "any" : ops.map(({ text }) => text).join(" | ");
  return [
    capture === undefined ? "" : `${capture.text}: `,
    ordered ? "ordered " : "",
    alternatives,
    optional ? "?" : "",
    operands === undefined ? "" : `(${operands.map(printOperand).join(", ")})`,
    attributes.length === 0 ? "" : ` ${braced(attributes.map(printField))}`,
  ].join("");
}

function printOperand({ slot, spread, optional, pattern }: OperandPattern): string {
  return `${operandHead(slot?.text, spread)}${printChain(pattern)}${optional ? "?" : ""}`;
}

function operandHead(slot: string | undefined, spread: boolean): string {
  return `${slot === undefined ? "" : `${slot} = `}${spread ? "..." : ""}`;
}

function printField({ name, value }: AttributePattern): string {
  return `${name.text}: ${printExpression(value)}`;
}

const braced = (parts: readonly string[]): string => `{ ${parts.join(", ")} }`;

function printType({ dtype, dimensions }: TensorTypePattern): string {
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
