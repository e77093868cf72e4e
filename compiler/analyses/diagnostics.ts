import type { Diagnostic, Label } from "../../grammar/source/diagnostic.ts";
import type { Span } from "../../grammar/source/source-file.ts";

/** What can be said of rules without a model, beyond each rule by itself: QC2120 to QC2139. */

/** A rule as diagnostics speak of it. */
export interface RuleFacts {
  readonly name: string;
  readonly span?: Span;
}

const labelOf = (rule: RuleFacts, text: string): readonly Label[] =>
  rule.span ? [{ place: rule.span, text }] : [];

/** Rules that may follow each other for ever, for all that was found. */
export function mayNotEnd(circle: readonly RuleFacts[]): Diagnostic {
  const names = circle.map(({ name }) => `\`${name}\``);
  const [first, ...others] = names;
  const more = others.length > 5 ? [...others.slice(0, 4), `${others.length - 4} others`] : others;
  return {
    code: "QC2120",
    severity: "warning",
    message:
      more.length === 0
        ? `${first} can match what it builds, and nothing shows that this comes to an end`
        : `${first} and ${more.join(", ")} can make places for each other in a circle, and nothing shows that this comes to an end`,
    labels: circle.slice(0, 8).flatMap((rule) => labelOf(rule, "part of the circle")),
    help: "build less than is replaced, state what becomes smaller with `decreases`, or write `once` after the rule's name",
  };
}

/** Two rules of one strength that ask for different things at one place. */
export function rulesConflict(
  claims: readonly [Claim, Claim],
  facts: { readonly isCertain: boolean; readonly site: string; readonly at: string },
): Diagnostic {
  const [first, second] = claims;
  const { isCertain, site, at } = facts;
  return {
    code: "QC2122",
    severity: isCertain ? "error" : "warning",
    message: `\`${first.name}\` and \`${second.name}\` ${isCertain ? "" : "can "}ask for different things for ${site} of one node: ${first.request} and ${second.request}`,
    labels: claims.map(({ name, span, request }) => ({
      place: span,
      text: `\`${name}\` asks for ${request}`,
    })),
    help: `put \`override\` after the name of the rule that is to win, or narrow one of the patterns; both match at ${at}`,
  };
}

/** What a rule asks for. */
export interface Claim {
  readonly name: string;
  readonly span: Span;
  readonly request: string;
}
