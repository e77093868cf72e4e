import type { OpTable, Trait } from "../ir/op.ts";
import type { OpSets } from "./pattern.ts";

/**
 * The sets that every rule file may name: one for each trait, `Integer` for ops that have an integer form, and
 * `FloatOnly` for those that compute in float and have none.
 */
export function traitSets(ops: OpTable): OpSets {
  const sets = new Map<string, Set<string>>([
    ["Integer", new Set()],
    ["FloatOnly", new Set()],
  ]);
  for (const trait of Object.keys(traitNames) as Trait[]) sets.set(traitNames[trait], new Set());
  for (const op of ops.values()) {
    const computes = op.operands.length > 0 && !op.traits.includes("movement");
    if (op.lowerInteger) sets.get("Integer")!.add(op.name);
    else if (computes) sets.get("FloatOnly")!.add(op.name);
    for (const trait of op.traits) sets.get(traitNames[trait])?.add(op.name);
  }
  return sets;
}

const traitNames: Readonly<Record<Trait, string>> = {
  commutative: "Commutative",
  elementwise: "Elementwise",
  movement: "Movement",
  monotone: "Monotone",
  "inference-identity": "InferenceIdentity",
};
