import type { Chain, ChoiceStep, Step } from "../ast.ts";

/** The alternatives that lead to a step, outer ones first. */
export type Branch = readonly { readonly choice: ChoiceStep; readonly index: number }[];

/** A step of a pattern, with whether it begins a chain of several. */
export interface PlacedStep {
  readonly step: Step;
  readonly isHead: boolean;
  readonly branch: Branch;
  /** It can match several times, so its names stand for lists. */
  readonly isRepeated: boolean;
}

/** Whether the first step says no more than that something comes first. What leads into a named pattern is asked for. */
function isSuperfluous({ steps: [, second] }: Chain): boolean {
  return second !== undefined && second.kind !== "value";
}

/** Every step of a pattern, those of operands, repetitions and alternatives included. */
export function* stepsOf(
  chain: Chain,
  branch: Branch = [],
  isRepeated = false,
): Generator<PlacedStep> {
  for (const [i, step] of chain.steps.entries()) {
    yield { step, isHead: i === 0 && isSuperfluous(chain), branch, isRepeated };
    if (step.kind === "repeat") yield* stepsOf(step.chain, branch, true);
    if (step.kind === "choice")
      for (const [index, alternative] of step.alternatives.entries())
        yield* stepsOf(alternative.chain, [...branch, { choice: step, index }], isRepeated);
    if (step.kind === "node")
      for (const { pattern, spread } of step.operands ?? [])
        yield* stepsOf(pattern, branch, isRepeated || spread);
  }
}
