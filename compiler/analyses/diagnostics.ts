import type { Diagnostic, Label } from "../../grammar/source/diagnostic.ts";
import type { Span } from "../../grammar/source/source-file.ts";
import { wayToWin } from "../rewrite/diagnostics.ts";

/** What can be said of rules without a model, beyond each rule by itself: QC2120 to QC2139. */

/** A rule as diagnostics speak of it. */
export interface RuleFacts {
  readonly name: string;
  readonly span?: Span;
}

const labelOf = (rule: RuleFacts, text: string): readonly Label[] =>
  rule.span ? [{ place: rule.span, text }] : [];

/**
 * Rules that may follow each other for ever, for all that was found.
 *
 * @param witness a graph for which they do: then it is certain, and an error
 */
export function mayNotEnd(circle: readonly RuleFacts[], witness?: string): Diagnostic {
  const names = circle.map(({ name }) => `\`${name}\``);
  const [first, ...others] = names;
  const more = others.length > 5 ? [...others.slice(0, 4), `${others.length - 4} others`] : others;
  const isOne = more.length === 0;
  const who = isOne ? first : `${first} and ${more.join(", ")}`;
  const what = isOne ? "can match what it builds" : "can make places for each other in a circle";
  const endless = isOne ? "matches what it builds, without end" : "follow each other without end";
  return {
    code: "QC2120",
    severity: witness ? "error" : "warning",
    message: witness
      ? `${who} ${endless}: ${witness} is rewritten for ever`
      : `${who} ${what}, and nothing shows that this comes to an end`,
    labels: circle.slice(0, 8).flatMap((rule) => labelOf(rule, "part of the circle")),
    help: "build less than is replaced, state what becomes smaller with `decreases`, or write `once` after the rule's name",
  };
}

/** Two rules of one strength that ask for different things at one place. */
export function rulesConflict(
  claims: readonly [Claim, Claim],
  facts: { readonly site: string; readonly at: string },
): Diagnostic {
  const [first, second] = claims;
  const { site, at } = facts;
  const isCertain = claims.some((claim) => claim.isCertain);
  return {
    code: "QC2122",
    severity: isCertain ? "error" : "warning",
    message: `\`${first.name}\` and \`${second.name}\` ${isCertain ? "" : "can "}ask for different things for ${site} of one node: ${first.request} and ${second.request}`,
    labels: claims.map(({ name, span, request }) => ({
      place: span,
      text: `\`${name}\` asks for ${request}`,
    })),
    help: `${wayOut(claims)}; both match at ${at}`,
  };
}

/** A rule that asks for two different things at one site. */
export function contradictsItself(
  rule: RuleFacts,
  site: string,
  claims: readonly Pick<Claim, "span" | "request">[],
): Diagnostic {
  const requests = claims.map(({ request }) => request).join(" and ");
  return {
    code: "QC2126",
    severity: "error",
    message: `\`${rule.name}\` asks for different things for \`${site}\`: ${requests}`,
    labels: claims.map(({ span, request }) => ({ place: span, text: `asks for ${request}` })),
    help: "leave out one of them, or make two rules of it, of which one is an `override`",
  };
}

/** A rule that is contradicted everywhere can win by being an `override`; if both are, the other one would be left with nothing. */
function wayOut(claims: readonly [Claim, Claim]): string {
  const [certain, other] = claims.filter((claim) => claim.isCertain);
  const isOverride = claims.some((claim) => claim.isOverride);
  if (certain && other) return "leave out one of them, or narrow one of the patterns";
  if (!certain || isOverride) return `${wayToWin(claims)}, or narrow one of the patterns`;
  return `put \`override\` after \`${certain.name}\`, which matches at some of the other's places`;
}

/** What a rule asks for. */
export interface Claim {
  readonly name: string;
  readonly isOverride: boolean;
  /** It is contradicted wherever it matches. */
  readonly isCertain: boolean;
  readonly span: Span;
  readonly request: string;
}

/** A rule whose matches are all taken by others. */
export function neverReached(
  rule: RuleFacts,
  takenBy: readonly (RuleFacts & { readonly before: readonly string[] })[],
  tried: number,
): Diagnostic {
  const names = takenBy.map(({ name }) => `\`${name}\``).join(" or ");
  const times = tried === 1 ? "the one graph" : `all ${tried} graphs`;
  return {
    code: "QC2121",
    severity: "warning",
    message: `\`${rule.name}\` is never applied: in ${times} made for it ${names} was first and left nothing for it`,
    labels: [
      ...labelOf(rule, "matches, but too late"),
      ...takenBy.flatMap((other) => labelOf(other, "takes its place")),
    ],
    help: takenBy.some(({ before }) => before.includes(rule.name))
      ? `let ${names} ask for more, or take its \`before\` away`
      : `write \`before ${takenBy.map(({ name }) => name).join(", ")}\` in \`${rule.name}\``,
  };
}

/** Two rules that lead to different graphs, depending on which is first. */
export function orderMatters(
  rules: readonly [RuleFacts, RuleFacts],
  facts: {
    readonly witness: string;
    readonly forms: readonly [string, string];
    readonly states: number;
  },
): Diagnostic {
  const [first, second] = rules;
  const { witness, forms, states } = facts;
  const isOne = first.name === second.name;
  const results =
    forms[0] === forms[1]
      ? `${forms[0]} with other numbers in its constants or attributes`
      : `${forms[0]} or ${forms[1]}`;
  const who = isOne
    ? `two places of \`${first.name}\``
    : `\`${first.name}\` and \`${second.name}\``;
  return {
    code: "QC2123",
    severity: "warning",
    message: `${who} lead to different graphs, depending on which is first: ${witness} becomes ${results}`,
    labels: [
      ...labelOf(first, isOne ? "overlaps itself" : "one of them"),
      ...(isOne ? [] : labelOf(second, "the other")),
    ],
    help: isOne
      ? "let the pattern ask for more, so that its places do not overlap"
      : `write \`before ${second.name}\` in \`${first.name}\`, or the other way round; put them into phases; add a rule that makes one of the graphs into the other (none was found within ${states} steps); or say \`expect any result\` in the file`,
  };
}

/** A replacement that has another type than what it replaces, in a graph that was made for its rule. */
export function changesType(rule: RuleFacts, graphs: number, reason: string): Diagnostic {
  return {
    code: "QC2124",
    severity: "warning",
    message: `${reason}, in one of ${graphs} ${graphs === 1 ? "graph" : "graphs"} made for it`,
    labels: labelOf(rule, "the replacement must have the type of what it replaces"),
    help: "add a `require` on shapes or dtypes that leaves such places out: there the rule is not applied",
  };
}

/** A replacement with a node that cannot be, in a graph that was made for its rule. */
export function isImpossible(rule: RuleFacts, graphs: number, reason: string): Diagnostic {
  return {
    code: "QC2127",
    severity: "warning",
    message: `${reason}, in one of ${graphs} ${graphs === 1 ? "graph" : "graphs"} made for it`,
    labels: labelOf(rule, "a model with such a place is rejected"),
    help: "build what fits wherever the pattern matches, or add a `require` that leaves such places out",
  };
}

/** A `quantize` rule all of whose requests lose against stronger ones. */
export function neverWins(
  rule: RuleFacts,
  winners: readonly (RuleFacts & {
    readonly request: string;
    readonly place: Span;
    readonly isOverride: boolean;
  })[],
  keeps: readonly ("fuse" | "tie")[],
): Diagnostic {
  const names = winners.map(({ name }) => `\`${name}\``).join(" and ");
  const kept = keeps.map((clause) => `\`${clause}\``).join(" and ");
  const leaveOut = kept
    ? `leave out what \`${rule.name}\` asks for: its ${kept} ${keeps.length === 1 ? "holds" : "hold"} all the same`
    : `leave out \`${rule.name}\``;
  return {
    code: "QC2125",
    severity: "warning",
    message: `\`${rule.name}\` can never win: wherever it matches, ${names} ${winners.length === 1 ? "is" : "are"} stronger`,
    labels: [
      ...labelOf(rule, "everything that it asks for loses"),
      ...winners.map(({ place, request, isOverride }) => ({
        place,
        text: `asks for ${request} here, ${isOverride ? "and an `override` is stronger than a rule that is none" : "in a file nearer to the root"}`,
      })),
    ],
    help: `let ${names} match less, with a \`require\` that leaves out what \`${rule.name}\` is for, or ${leaveOut}`,
  };
}
