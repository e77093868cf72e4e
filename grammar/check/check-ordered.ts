import type { Name } from "../ast.ts";
import * as report from "../diagnostics.ts";
import { closest } from "./closest.ts";
import type { FileScope } from "./scope.ts";

/** A rule that is put before another one, or into a phase: one that rewrites. */
export function checkOrdered(
  {
    rules,
    requesting,
    forgiven,
    found,
  }: Pick<FileScope, "rules" | "requesting" | "forgiven" | "found">,
  name: Name,
): void {
  if (requesting.has(name.text)) found.push(report.hasNoOrder(name));
  else if (!rules.has(name.text) && !forgiven.has(name.text))
    found.push(report.unknownRule(name, closest(name.text, rules)));
}
