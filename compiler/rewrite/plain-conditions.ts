import type { Expression } from "../../grammar/ast.ts";
import { expressionParts } from "../../grammar/index.ts";
import type { OpTable } from "../ir/op.ts";
import { builtins } from "./builtins.ts";
import type { Condition } from "./conditions.ts";

/** Functions that look at the type of a value and at nothing else. */
const ofTypes: ReadonlySet<string> = new Set(["rank", "size"]);

/**
 * The parts of `require`s that hold or not by names, ops, types and attributes of nodes alone: they cost so little that they are looked at
 * before a pattern is matched. Those behind a call of the user's TypeScript wait for it, as it may fail.
 *
 * @param isKnown whether a name stands for something before the match
 */
export function plainConditions(
  conditions: readonly Condition[],
  isKnown: (name: string) => boolean,
  ops: OpTable,
): readonly Expression[] {
  const isPlain = plainness(isKnown, ops);
  const plain: Expression[] = [];
  for (const condition of conditions) {
    if (condition.kind === "let" && callsTypeScript(condition.value)) break;
    if (condition.kind !== "require") continue;
    for (const part of conjuncts(condition.condition)) {
      if (callsTypeScript(part)) return plain;
      if (isPlain(part)) plain.push(part);
    }
  }
  return plain;
}

function conjuncts(e: Expression): readonly Expression[] {
  return e.kind === "binary" && e.operator === "&&"
    ? [...conjuncts(e.left), ...conjuncts(e.right)]
    : [e];
}

const operandNames = new WeakMap<OpTable, ReadonlySet<string>>();

/** Of all ops, found once. */
function operandsIn(ops: OpTable): ReadonlySet<string> {
  const known = operandNames.get(ops);
  if (known) return known;
  const names = new Set([...ops.values()].flatMap((op) => op.operands.map(({ name }) => name)));
  operandNames.set(ops, names);
  return names;
}

function plainness(isKnown: (name: string) => boolean, ops: OpTable) {
  const operands = operandsIn(ops);
  const isElements = (member: string) => member === "value" || operands.has(member);
  const isPlain = (e: Expression): boolean => {
    switch (e.kind) {
      // By itself a name may be a constant, whose elements are many.
      case "name":
      case "typescript":
        return false;
      case "member":
        return isNode(e.object) && !isElements(e.name.text);
      case "call":
        return ofTypes.has(e.callee.text) && e.arguments.every(({ value }) => isNode(value));
      default:
        return expressionParts(e).every(isPlain);
    }
  };
  const isNode = (e: Expression): boolean => e.kind === "name" && isKnown(e.name.text);
  return isPlain;
}

function callsTypeScript(e: Expression): boolean {
  if (e.kind === "typescript") return true;
  if (e.kind === "call" && !Object.hasOwn(builtins, e.callee.text)) return true;
  return expressionParts(e).some(callsTypeScript);
}
