import type { NodeStep } from "../../ast.ts";
import { attributesNamed, opsByName } from "../bindings.ts";
import type { FileScope } from "../scope.ts";
import type { Fact } from "./fact.ts";
import type { CertainStep } from "./meanings.ts";

/** What the ops of a pattern imply: the name of the op, and the words that its attributes can be. */
export function knownFacts(scope: FileScope, steps: readonly CertainStep[]): readonly Fact[] {
  return steps.flatMap(({ step, name }) =>
    step.kind === "node" && step.ops !== "any" ? factsOf(scope, step, name) : [],
  );
}

function factsOf(scope: FileScope, step: NodeStep, name: string): readonly Fact[] {
  const ops = opsByName(scope, step);
  if (ops.length === 0) return [];
  const span = step.ops === "any" ? step.span : step.ops[0]!.span;
  const oneOf = (subject: string, words: readonly string[]): Fact => {
    return { kind: "oneOf", subject, words: new Set(words), isIn: true, span };
  };
  const names = new Set(ops.flatMap(({ attributes }) => attributes.map((word) => word.name)));
  const attributes = [...names].flatMap((attribute) => {
    const words = attributesNamed(ops, attribute).map((word) => word.oneOf);
    return words.includes(undefined)
      ? []
      : [
          oneOf(
            `${name}.${attribute}`,
            words.flatMap((some) => some!),
          ),
        ];
  });
  return [
    oneOf(
      `${name}.op`,
      ops.map((op) => op.name),
    ),
    ...attributes,
  ];
}
