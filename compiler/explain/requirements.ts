import type { RequirementItem } from "../../grammar/ast.ts";
import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import type { Summary } from "../lower/summary.ts";
import { coverageTooLow, requirementFails } from "./diagnostics.ts";

/** What a program is not and should be: what rule files require of it, and the least coverage that was asked for. */
export function unmetRequirements(
  model: string,
  summary: Summary,
  requirements: readonly RequirementItem[],
  least: number | undefined,
): readonly Diagnostic[] {
  const { coverage, floatNodes } = summary;
  return [
    ...requirements
      .filter((item) => !isCovered(summary, item.coverage))
      .map((item) => requirementFails(model, item, coverage, floatNodes)),
    ...(least === undefined || isCovered(summary, least)
      ? []
      : [coverageTooLow(model, least, coverage, floatNodes)]),
  ];
}

/** A share of the work; 1 means every op, also those that multiply nothing. */
function isCovered({ coverage, floatNodes }: Summary, share: number): boolean {
  return share === 1 ? floatNodes.length === 0 : coverage.share >= share;
}
