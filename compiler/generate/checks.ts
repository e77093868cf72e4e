import type { Expression } from "../../grammar/ast.ts";
import { expressionParts } from "../../grammar/index.ts";
import { exportNamed } from "../config/modules.ts";
import type { Condition } from "../rewrite/conditions.ts";
import type { Pattern } from "../rewrite/pattern.ts";

/** One conjunct of a `require`, or a `let`, with what it waits for while a match is built. */
export type Check =
  | {
      readonly kind: "require";
      readonly condition: Expression;
      /** The slots of the names in it. */
      readonly needs: readonly number[];
      /** It asks about users, outputs or places in the model: only the whole graph has an answer. */
      readonly isLate: boolean;
      /** It calls TypeScript, of which nothing is known. */
      readonly isOpaque: boolean;
    }
  | {
      readonly kind: "let";
      readonly name: string;
      readonly slot: number;
      readonly value: Expression;
      readonly needs: readonly number[];
    };

const late = new Set(["sole", "isOutput", "readers", "onlyReadBy", "leavesModel"]);

const known = new WeakMap<Pattern, WeakMap<readonly Condition[], readonly Check[]>>();

/** The conditions of a rule that expressions state, `&&` taken apart, in their order. Remembered: every graph asks. */
export function checksOf(pattern: Pattern, conditions: readonly Condition[]): readonly Check[] {
  const ofPattern = known.get(pattern) ?? new WeakMap<readonly Condition[], readonly Check[]>();
  known.set(pattern, ofPattern);
  const checks = ofPattern.get(conditions) ?? found(pattern, conditions);
  ofPattern.set(conditions, checks);
  return checks;
}

function found(pattern: Pattern, conditions: readonly Condition[]): readonly Check[] {
  return conditions.flatMap((condition): readonly Check[] => {
    if (condition.kind === "let") {
      const { name, value } = condition;
      const needs = slotsOf(value, pattern);
      return [{ kind: "let", name: name.text, slot: pattern.slots.get(name.text)!, value, needs }];
    }
    if (condition.kind !== "require") return [];
    return conjunctsOf(condition.condition).map((part) => ({
      kind: "require",
      condition: part,
      needs: slotsOf(part, pattern),
      isLate: partsOf(part).some((e) => isLate(e, pattern)),
      isOpaque: partsOf(part).some((e) => isOpaque(e, pattern)),
    }));
  });
}

/** The parts of a condition that must all hold. */
export function conjunctsOf(condition: Expression): readonly Expression[] {
  return condition.kind === "binary" && condition.operator === "&&"
    ? [...conjunctsOf(condition.left), ...conjunctsOf(condition.right)]
    : [condition];
}

function slotsOf(expression: Expression, { slots }: Pattern): readonly number[] {
  const found = new Set<number>();
  for (const part of partsOf(expression)) {
    const names =
      part.kind === "name"
        ? [part.name.text]
        : part.kind === "typescript"
          ? (part.source.match(/[A-Za-z_$][\w$]*/g) ?? [])
          : [];
    for (const name of names) {
      const slot = slots.get(name);
      if (slot !== undefined) found.add(slot);
    }
  }
  return [...found];
}

function isLate(part: Expression, pattern: Pattern): boolean {
  if (isOpaque(part, pattern)) return true;
  if (part.kind === "member") return part.name.text === "depth";
  return part.kind === "call" && (late.has(part.callee.text) || isEndOfModel(part, pattern));
}

/** `first(Conv2D)`: of the model, not of a list. */
function isEndOfModel({ callee, arguments: [given] }: Call, { slots }: Pattern): boolean {
  return (
    ["first", "last"].includes(callee.text) &&
    given?.value.kind === "name" &&
    !slots.has(given.value.name.text)
  );
}

type Call = Expression & { readonly kind: "call" };

function isOpaque(part: Expression, { typescript }: Pattern): boolean {
  if (part.kind === "typescript") return true;
  return part.kind === "call" && exportNamed(typescript?.foreign, part.callee) !== undefined;
}

/** An expression and all expressions in it. */
export function partsOf(expression: Expression): readonly Expression[] {
  return [expression, ...expressionParts(expression).flatMap(partsOf)];
}
