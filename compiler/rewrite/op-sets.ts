import type { OpDef, OpTable, Trait } from "../ir/op.ts";
import type { OpSets } from "./pattern.ts";

/** The sets that every rule file may name: one for each trait, and those of `facts`. */
export function traitSets(ops: OpTable): OpSets {
  const named = (holds: (op: OpDef) => boolean): ReadonlySet<string> =>
    new Set([...ops.values()].filter(holds).map(({ name }) => name));
  return new Map([
    ...Object.entries(traitNames).map(
      ([trait, name]) => [name, named(({ traits }) => traits.includes(trait as Trait))] as const,
    ),
    ...Object.entries(facts).map(([name, holds]) => [name, named(holds)] as const),
  ]);
}

const traitNames: Readonly<Record<Trait, string>> = {
  commutative: "Commutative",
  elementwise: "Elementwise",
  movement: "Movement",
  monotone: "Monotone",
  "inference-identity": "InferenceIdentity",
};

/** Sets that follow from more than one trait. */
const facts: Readonly<Record<string, (op: OpDef) => boolean>> = {
  /** Ops with an integer form. */
  Integer: (op) => op.lowerInteger !== undefined,
  /** Ops that compute and have none. */
  FloatOnly: (op) => !op.lowerInteger && op.operands.length > 0 && !op.traits.includes("movement"),
  /** Those of one operand. */
  IntegerUnary: (op) => op.lowerInteger !== undefined && isUnary(op),
  UnaryElementwise: (op) => op.traits.includes("elementwise") && isUnary(op),
  /** Elementwise ops whose two operands are called `a` and `b`. */
  BinaryElementwise: ({ traits, operands }) =>
    traits.includes("elementwise") && operands.map(({ name }) => name).join() === "a,b",
};

function isUnary({ operands: [first, ...others] }: OpDef): boolean {
  return first !== undefined && others.length === 0 && first.variadic !== true;
}
