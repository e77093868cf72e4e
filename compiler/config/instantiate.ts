import type { Argument, Expression, Name, UsingConfig } from "../../grammar/ast.ts";
import { closest } from "../../grammar/check/closest.ts";
import { Rejected } from "../../grammar/source/diagnostic.ts";
import type { Quantizer as QuantizerRequest } from "../ir/quantizer.ts";
import {
  argumentIsNoConstant,
  exportIsNo,
  notConstructed,
  notLoaded,
  unknownConfig,
} from "./diagnostics.ts";
import { exportNamed, type Foreign, reasonOf } from "./modules.ts";
import { isQuantizeConfig, missingMethods, type QuantizeConfig } from "./quantize-config.ts";
import { isQuantizer } from "./quantizers.ts";
import { type Json, quantizableNamed, quantizableNames } from "./registry.ts";

/** The config that a rule uses: an export, or one of the registry. Throws `Rejected`. */
export function configOfUsing(using: UsingConfig, foreign: Foreign | undefined): QuantizeConfig {
  const { config: name } = using;
  const found = exportNamed(foreign, name) ?? registeredConfig(using, foreign);
  const made = isClass(found) ? construct(found, using.arguments, name) : found;
  if (isQuantizeConfig(made)) {
    if (!isClass(found) && using.arguments.length > 0)
      throw new Rejected([exportIsNo(name, "config", "it takes no arguments: it is an object")]);
    return made;
  }
  const missing = typeof made === "object" && made !== null ? missingMethods(made) : [];
  const why = missing.length > 0 ? `it has no \`${missing.join("`, `")}\`` : undefined;
  throw new Rejected([exportIsNo(name, "config", why)]);
}

function registeredConfig({ config: name, from }: UsingConfig, foreign: Foreign | undefined) {
  const registered = from === undefined ? quantizableNamed(name.text) : undefined;
  if (registered !== undefined) return registered;
  if (foreign === undefined) throw new Rejected([notLoaded(`\`${name.text}\``, name.span)]);
  throw new Rejected([unknownConfig(name, closest(name.text, quantizableNames()))]);
}

/** What an imported quantizer asks for: a quantizer itself, a class of them, or a function that gives one. Throws `Rejected`. */
export function requestOfExport(
  name: Name,
  found: unknown,
  given?: readonly Argument[],
): QuantizerRequest | "float" {
  const made =
    given === undefined && !isClass(found)
      ? found
      : isClass(found)
        ? construct(found, given ?? [], name)
        : call(found, given ?? [], name);
  if (!isQuantizer(made)) throw new Rejected([exportIsNo(name, "quantizer")]);
  return made.request();
}

type Class = new (...values: unknown[]) => unknown;

function isClass(value: unknown): value is Class {
  return typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));
}

function construct(type: Class, given: readonly Argument[], name: Name): unknown {
  return guarded(name, () => new type(...valuesOf(given)));
}

function call(found: unknown, given: readonly Argument[], name: Name): unknown {
  if (typeof found !== "function") throw new Rejected([exportIsNo(name, "quantizer")]);
  return guarded(name, () => found(...valuesOf(given)));
}

function guarded(name: Name, make: () => unknown): unknown {
  try {
    return make();
  } catch (error) {
    if (error instanceof Rejected) throw error;
    throw new Rejected([notConstructed(name, reasonOf(error))]);
  }
}

/** Positional arguments as they are, then the named ones in one object. */
function valuesOf(given: readonly Argument[]): readonly Json[] {
  const positional = given.filter(({ name }) => name === undefined);
  const named = given.flatMap(({ name, value }) => (name ? [[name.text, jsonOf(value)]] : []));
  const options = named.length > 0 ? [Object.fromEntries(named)] : [];
  return [...positional.map(({ value }) => jsonOf(value)), ...options];
}

function jsonOf(expression: Expression): Json {
  switch (expression.kind) {
    case "number":
    case "string":
    case "boolean":
      return expression.value;
    case "list":
      return expression.items.map(jsonOf);
    case "unary": {
      const operand = jsonOf(expression.operand);
      if (expression.operator === "-" && typeof operand === "number") return -operand;
      if (expression.operator === "!" && typeof operand === "boolean") return !operand;
    }
  }
  throw new Rejected([argumentIsNoConstant(expression.span)]);
}
