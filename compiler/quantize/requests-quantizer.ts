import type { Argument, Expression } from "../../grammar/ast.ts";
import { type Diagnostic, Rejected } from "../../grammar/source/diagnostic.ts";
import { requestOfExport } from "../config/instantiate.ts";
import { exportNamed, type Foreign } from "../config/modules.ts";
import {
  type ObserverName,
  observerNames,
  type Quantizer,
  type QuantizerDType,
} from "../ir/quantizer.ts";
import { notAQuantizer } from "../rewrite/diagnostics.ts";

/** What a rule may write after `=`; `none` is no request. */
export type Requested = Quantizer | "float" | "none";

/** Named quantizers of a file, as they are written there. */
export type QuantizerScope = ReadonlyMap<string, Expression>;

/**
 * The quantizer that an expression writes: a name, `float`, `none`, or a constructor such as `Percentile(99.9, int8, per: tensor)`.
 * The dtype is int8 where none is written, the granularity `tensor`, the range affine. An export of TypeScript is what it
 * says itself. Throws `Rejected`.
 */
export function quantizerOf(
  expression: Expression,
  scope: QuantizerScope,
  foreign?: Foreign,
): Requested {
  // A name may stand for another one; a circle of names is cut where it closes.
  const passed = new Set<string>();
  let named = expression;
  while (named.kind === "name") {
    const { text } = named.name;
    if (text === "none" || text === "float") return text;
    const defined = passed.has(text) ? undefined : scope.get(text);
    if (defined === undefined) {
      const exported = exportNamed(foreign, named.name);
      if (exported !== undefined) return requestOfExport(named.name, exported);
      return reject(named, `there is no quantizer \`${text}\``);
    }
    passed.add(text);
    named = defined;
  }
  if (named.kind !== "call") return reject(named, "it is neither a name nor a call");
  const exported = exportNamed(foreign, named.callee);
  return exported === undefined
    ? constructed(named)
    : requestOfExport(named.callee, exported, named.arguments);
}

/** Why the call of a constructor makes no quantizer; nothing of names, and of what only TypeScript knows. */
export function faultsOfQuantizer(expression: Expression): readonly Diagnostic[] {
  if (expression.kind !== "call") return [];
  const { text } = expression.callee;
  if (!observerNames.some((name) => name === text)) return [];
  try {
    constructed(expression);
    return [];
  } catch (error) {
    if (error instanceof Rejected) return error.diagnostics;
    throw error;
  }
}

type Call = Expression & { readonly kind: "call" };

function constructed(call: Call): Quantizer {
  const observer = observerNames.find((name) => name === call.callee.text);
  if (observer === undefined) return reject(call, `there is no quantizer \`${call.callee.text}\``);
  const words = new Set(call.arguments.flatMap((argument) => wordOf(argument) ?? []));
  const dtype = [...words].find(isQuantizerDType) ?? "int8";
  for (const word of words) {
    if (word !== dtype && !flags.includes(word)) reject(call, `\`${word}\` says nothing to it`);
  }
  return {
    observer,
    dtype,
    per: granularity(call),
    symmetric: words.has("symmetric"),
    narrow: words.has("narrow"),
    powerOfTwo: words.has("powerOfTwo"),
    ...parameters(observer, call),
  };
}

const flags: readonly string[] = ["symmetric", "affine", "narrow", "powerOfTwo"];

/** Numbers that an observer takes, by name or in this order. */
const parameterNames: Readonly<Record<ObserverName, readonly (keyof Quantizer)[]>> = {
  LastValue: [],
  MovingAverage: ["momentum"],
  AllValues: [],
  Percentile: ["percentile"],
  Entropy: [],
  MeanSquaredError: [],
  Fixed: ["min", "max"],
};

function parameters(observer: ObserverName, call: Call): Partial<Quantizer> {
  const names = parameterNames[observer];
  const found: Record<string, number> = {};
  let position = 0;
  for (const { name, value } of call.arguments) {
    if (name?.text === "per") continue;
    const number = numberOf(value);
    if (number === undefined) {
      if (name) reject(value, `\`${name.text}\` must be a number`);
      continue;
    }
    const key = name?.text ?? names[position++];
    if (key === undefined || !names.some((known) => known === key))
      return reject(value, `\`${observer}\` takes no ${name ? `\`${name.text}\`` : "number here"}`);
    found[key] = number;
  }
  const fault = faultOf(observer, found);
  return fault === undefined ? found : reject(call, fault);
}

/** Why an observer cannot work with its numbers. */
function faultOf(
  observer: ObserverName,
  { min, max, momentum = 0, percentile = 100 }: Readonly<Record<string, number>>,
): string | undefined {
  if (observer === "Fixed") {
    if (min === undefined || max === undefined) return "`Fixed` needs `min` and `max`";
    const isRange = min <= max && [min, max].every((x) => Number.isFinite(Math.fround(x)));
    if (!isRange) return "`min` and `max` must be float32 numbers, the lower one first";
  }
  if (!(0 <= momentum && momentum < 1)) return "`momentum` must be at least 0 and below 1";
  if (!(0 < percentile && percentile <= 100)) return "a percentile is above 0 and at most 100";
  return undefined;
}

function granularity(call: Call): Quantizer["per"] {
  const argument = call.arguments.find(({ name }) => name?.text === "per");
  if (argument === undefined) return "tensor";
  const { value } = argument;
  if (value.kind === "name" && (value.name.text === "tensor" || value.name.text === "channel"))
    return value.name.text;
  if (value.kind === "call" && value.callee.text === "group" && value.arguments.length === 1) {
    const group = numberOf(value.arguments[0]!.value);
    if (group !== undefined && Number.isSafeInteger(group) && group > 0) return { group };
  }
  return reject(value, "`per` is `tensor`, `channel` or `group(n)`, `n` elements");
}

function wordOf({ name, value }: Argument): string | undefined {
  return name === undefined && value.kind === "name" ? value.name.text : undefined;
}

/** A number, or arithmetic on numbers alone: `255 / 256`. */
function numberOf(value: Expression): number | undefined {
  if (value.kind === "number") return value.value;
  if (value.kind === "unary" && value.operator === "-") {
    const operand = numberOf(value.operand);
    return operand === undefined ? undefined : -operand;
  }
  if (value.kind !== "binary") return undefined;
  const [left, right] = [numberOf(value.left), numberOf(value.right)];
  return left === undefined || right === undefined
    ? undefined
    : arithmetic[value.operator]?.(left, right);
}

const arithmetic: Readonly<Record<string, (left: number, right: number) => number>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
};

function isQuantizerDType(word: string): word is QuantizerDType {
  return /^u?int([2-9]|1[0-6])$/.test(word);
}

function reject(expression: Expression, reason: string): never {
  throw new Rejected([notAQuantizer(expression.span, reason)]);
}
