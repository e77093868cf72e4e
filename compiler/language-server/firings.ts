import type { NearMiss } from "../explain/explanation.ts";
import type { Analysis } from "./analysis.ts";
import type { Firings } from "./deep-check.ts";
import { documentOutline, type OutlineEntry } from "./document-outline.ts";

/** What stands above a rule while a model is attached. */
export interface FireCount {
  readonly rule: OutlineEntry;
  readonly title: string;
}

/** How often each rule of a file fires. */
export function fireCounts(analysis: Analysis, { model, rules }: Firings): readonly FireCount[] {
  return documentOutline(analysis).flatMap((rule): readonly FireCount[] => {
    const firing = Object.hasOwn(rules, rule.name) ? rules[rule.name] : undefined;
    if (rule.kind !== "rule" || firing === undefined) return [];
    const { fired, misses } = firing;
    const why = misses.length > 0 ? "; why not elsewhere?" : "";
    const title =
      fired === 0
        ? `fires nowhere in ${baseName(model)}: why?`
        : `fires ${fired === 1 ? "once" : `${fired} times`} in ${baseName(model)}${why}`;
    return [{ rule, title }];
  });
}

/** The rule with an offset in it, if it was tried on the model. */
export function ruleAround(
  analysis: Analysis,
  firings: Firings,
  offset: number,
): string | undefined {
  const counts = fireCounts(analysis, firings);
  return counts.find(({ rule: { span } }) => span.start <= offset && offset <= span.end)?.rule.name;
}

/** Why a rule does not fire, or not elsewhere, in Markdown. */
export function whyNot({ model, rules }: Firings, rule: string): string {
  const firing = Object.hasOwn(rules, rule) ? rules[rule] : undefined;
  if (firing === undefined) return `\`${rule}\` is no rule of this file.`;
  const { fired, misses } = firing;
  const count = fired === 0 ? "nowhere" : fired === 1 ? "once" : `${fired} times`;
  const title = `\`${rule}\` fires ${count} in ${baseName(model)}.`;
  if (misses.length === 0)
    return fired > 0
      ? title
      : `${title} No node has the ops and neighbours that the pattern asks for.`;
  return [title, "It nearly fires at:", ...misses.map((miss) => `- ${missText(miss)}`)].join("\n");
}

/** The node, the clause that does not hold, and the value that makes it so. */
export function missText({ node, reason, place }: NearMiss): string {
  return `\`${node}\`: ${reason}${place ? ` (line ${place.line})` : ""}`;
}

function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1)!;
}
