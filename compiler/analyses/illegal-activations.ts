import type { NewNode, ReplacementChain } from "../../grammar/ast.ts";
import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import { illegalNode } from "../rewrite/diagnostics.ts";
import type { PatternRule } from "../rewrite/rule.ts";

/** Layers that a rule builds with an activation of their own, which only integers have; those carry a scale. */
export function illegalActivations(rule: PatternRule): readonly Diagnostic[] {
  return rule.replaces
    .flatMap((clause) => newNodes(clause.with))
    .flatMap(({ op, same, fields }): readonly Diagnostic[] => {
      const given = fields.find(({ name }) => name.text === "activation")?.value;
      const isInteger = fields.some(({ name }) => name.text === "dtype" || name.text === "scale");
      if (given?.kind !== "string" || given.value === "linear" || isInteger) return [];
      const breach = `has the activation ${given.value}`;
      return [
        illegalNode(rule, { op: op?.text ?? `same ${same!.text}`, breach, place: given.span }),
      ];
    });
}

function newNodes({ steps }: ReplacementChain): readonly NewNode[] {
  return steps.flatMap((step) =>
    step.kind === "new"
      ? [step, ...(step.operands ?? []).flatMap(({ value }) => newNodes(value))]
      : [],
  );
}
