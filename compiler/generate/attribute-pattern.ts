import type { AttributePattern } from "../../grammar/ast.ts";
import { type AttributeValue, isTensor } from "../ir/graph.ts";
import type { Scope } from "../rewrite/expression.ts";
import { isList, isTensorTerm, type Term } from "../rewrite/term.ts";
import type { Draw } from "./choices.ts";
import { valueOrNothing } from "./scope.ts";

/** A value that an attribute pattern allows, `current` if it does; `undefined` where the pattern names an unknown one. */
export function attributeThatFits(
  { value, comparison, most }: AttributePattern,
  current: AttributeValue | undefined,
  scope: Scope,
  draw: Draw,
): AttributeValue | undefined {
  const bound = valueOrNothing(value, scope);
  if (bound === undefined) return undefined;
  if (most !== undefined) {
    const high = valueOrNothing(most, scope);
    if (typeof bound !== "number" || typeof high !== "number") return undefined;
    return draw.pick([bound, high, (bound + high) / 2]);
  }
  if (comparison === undefined || comparison === "==") return attributeOf(bound);
  if (comparison === "!=") return unequal(bound, current, draw);
  if (typeof bound !== "number") return undefined;
  if (comparison === "<" || comparison === "<=") {
    const limit = comparison === "<" ? bound - 1 : bound;
    return typeof current === "number" && current <= limit ? current : limit;
  }
  const limit = comparison === ">" ? bound + 1 : bound;
  return typeof current === "number" && current >= limit ? current : limit;
}

function attributeOf(term: Term): AttributeValue | undefined {
  if (typeof term !== "object") return term;
  if (isTensorTerm(term)) return term.tensor;
  return isList(term) ? (term as readonly number[]) : undefined;
}

function unequal(
  bound: Term,
  current: AttributeValue | undefined,
  draw: Draw,
): AttributeValue | undefined {
  if (typeof bound === "boolean") return !bound;
  if (typeof bound === "number")
    return typeof current === "number" && current !== bound
      ? current
      : Number.isFinite(bound)
        ? bound + draw.pick([1, -1])
        : 1;
  if (typeof bound === "string" || current === undefined)
    return current === bound ? undefined : current;
  if (!isList(bound) || !Array.isArray(current) || isTensor(current)) return undefined;
  const differs = current.length !== bound.length || current.some((x, i) => x !== bound[i]);
  if (differs) return current;
  const [first, ...others] = current as readonly number[];
  return draw.chance(1, 2) ? [first! + 1, ...others] : current.map((x) => (x as number) + 1);
}
