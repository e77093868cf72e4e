import type { Name } from "../../grammar/ast.ts";
import type { Diagnostic, Label } from "../../grammar/source/diagnostic.ts";
import type { Span } from "../../grammar/source/source-file.ts";

/** What rewriting and loading rules can tell a user: QC2101 to QC2114. */

/** A rule as diagnostics speak of it. */
interface RuleFacts {
  readonly name: string;
  readonly span?: Span;
  /** 0 for the user's own file: there a fault of a rule is an error. */
  readonly distance: number;
}

const severityOf = (rule: RuleFacts) => (rule.distance === 0 ? "error" : "warning");

const labelOf = (rule: RuleFacts, text: string): readonly Label[] =>
  rule.span ? [{ place: rule.span, text }] : [];

/** Rewriting did not come to an end. */
export function rewriteLoop(facts: {
  readonly model: string;
  readonly node: string;
  readonly cycle: readonly RuleFacts[];
  readonly budget: number;
}): Diagnostic {
  const { model, node, cycle, budget } = facts;
  const names = cycle.map(({ name }) => `\`${name}\``).join(" → ");
  return {
    code: "QC2101",
    severity: "error",
    message:
      cycle.length === 1
        ? `rewriting does not end: ${names} matches what it builds`
        : `rewriting does not end: the rules ${names} follow each other in a circle`,
    labels: [
      ...cycle.flatMap((rule) => labelOf(rule, "takes part in the circle")),
      { place: { model, path: node }, text: `after ${budget} rewrites the circle was here` },
    ],
    help: "add a `require` that is false for the rule's own result, or delete one of the rules",
  };
}

/** A replacement does not have the type of what it replaces. */
export function replacementChangesType(
  rule: RuleFacts,
  facts: {
    readonly model: string;
    readonly node: string;
    readonly from: string;
    readonly to: string;
  },
): Diagnostic {
  return {
    code: "QC2102",
    severity: severityOf(rule),
    message: `\`${rule.name}\` replaces ${facts.from} by ${facts.to}`,
    labels: [
      ...labelOf(rule, "the replacement must have the type of what it replaces"),
      { place: { model: facts.model, path: facts.node }, text: "matched here" },
    ],
    help: "add a `require` on shapes or dtypes that leaves such places out",
  };
}

/** A rule rebuilds exactly what was there. */
export function rewriteChangesNothing(
  rule: RuleFacts,
  facts: { readonly model: string; readonly node: string },
): Diagnostic {
  return {
    code: "QC2103",
    severity: "warning",
    message: `\`${rule.name}\` replaces a node by itself, so it was not applied`,
    labels: [
      ...labelOf(rule, "changes nothing"),
      { place: { model: facts.model, path: facts.node }, text: "matched here" },
    ],
    help: "add a `require` that is false where there is nothing left to do",
  };
}

/** The new node's operands and attributes do not fit. */
export function replacementDoesNotFit(
  rule: RuleFacts,
  facts: {
    readonly model: string;
    readonly node: string;
    readonly op: string;
    readonly reason: string;
  },
): Diagnostic {
  return {
    code: "QC2104",
    severity: severityOf(rule),
    message: `\`${rule.name}\` builds a \`${facts.op}\` that is not possible: ${facts.reason}`,
    labels: [
      ...labelOf(rule, "the replacement"),
      { place: { model: facts.model, path: facts.node }, text: "matched here" },
    ],
  };
}

/** A name that two imported files give to different quantizers. */
export function ambiguousQuantizer(used: Name, first: Name, other: Name): Diagnostic {
  return {
    code: "QC2118",
    severity: "warning",
    message: `two imported files call different quantizers \`${used.text}\``,
    labels: [
      { place: used.span, text: "is the first of them" },
      { place: first.span, text: "the first" },
      { place: other.span, text: "the other" },
    ],
    help: `say which is meant with a \`quantizer ${used.text} = …\` in this file`,
  };
}

/** A new node that schemes and kernels do not know in such a form. */
export function illegalNode(
  rule: RuleFacts,
  facts: {
    readonly op: string;
    readonly breach: string;
    /** Where that is written, or the node of a model. */
    readonly place: Label["place"];
  },
): Diagnostic {
  return {
    code: "QC2117",
    severity: "error",
    message: `\`${rule.name}\` builds a \`${facts.op}\` that ${facts.breach}, which is only for integers that are made later`,
    labels: [...labelOf(rule, "builds it"), { place: facts.place, text: "built here" }],
    help: "an activation is a node of its own, behind the layer: `-> ReLU`; the compiler makes one of both where they are quantized",
  };
}

export function importNotFound(from: Name): Diagnostic {
  return {
    code: "QC2105",
    severity: "error",
    message: `there is no rule file \`${from.text}\``,
    labels: [{ place: from.span, text: "imported here" }],
    help: "libraries begin with `std/`; other files are named relative to this one, as `./rules.qcfg`",
  };
}

/** Two rules of one name in one library. */
export function ruleDefinedTwice(again: Name, first: Name): Diagnostic {
  return {
    code: "QC2107",
    severity: "error",
    message: `there are two rules \`${again.text}\``,
    labels: [
      { place: again.span, text: "defined again" },
      { place: first.span, text: "first defined here" },
    ],
    help: "reports and `before` name rules, so give each its own name",
  };
}

export function orderIsCircular(rules: readonly RuleFacts[]): Diagnostic {
  return {
    code: "QC2108",
    severity: "error",
    message:
      rules.length === 1
        ? `\`${rules[0]!.name}\` is to go before itself`
        : `${rules.map(({ name }) => `\`${name}\``).join(" and ")} are each to go before the other`,
    labels: rules.flatMap((rule) => labelOf(rule, "`before` closes the circle")),
  };
}

/** How one of several rules of one strength wins. Of two overrides the one in the nearer file does. */
export function wayToWin(claims: readonly { readonly isOverride: boolean }[]): string {
  return claims.some(({ isOverride }) => isOverride)
    ? "move the rule that is to lose into a file that this one imports"
    : "put `override` after the name of the rule that is to win";
}

/** Two rules of one level want different things for the same sites: at least one place. */
export function requestsConflict(facts: {
  readonly model: string;
  readonly places: readonly { readonly node: string; readonly site: string }[];
  readonly claims: readonly (RuleFacts & {
    readonly isOverride: boolean;
    readonly request: string;
  })[];
  /** The clauses that tie the places, where it is they that bring the requests together. */
  readonly ties: readonly { readonly rule: string; readonly span: Span }[];
}): Diagnostic {
  const { claims, places, ties, model } = facts;
  const rules = claims.map(({ name, request }) => `\`${name}\` wants ${request}`).join(", ");
  const [first, ...others] = places;
  const more = others.length > 0 ? ` and ${others.length} more` : "";
  return {
    code: "QC2109",
    severity: "error",
    message: `the requests for ${first!.site} of \`${first!.node}\`${more} disagree: ${rules}`,
    labels: [
      ...claims.flatMap((claim) => labelOf(claim, `\`${claim.name}\` asks for ${claim.request}`)),
      ...ties.slice(0, 4).map(({ rule, span }) => ({ place: span, text: `\`${rule}\` ties them` })),
      ...places.slice(0, 8).map(({ node, site }) => ({
        place: { model, path: node },
        text: others.length > 0 ? `both ask for ${site}` : "both match here",
      })),
    ],
    help: `${wayToWin(claims)}, or narrow one of the patterns`,
  };
}

/** A rule of the user's own that never matches. */
export function ruleNeverFires(
  rule: RuleFacts,
  facts: {
    readonly model: string;
    readonly nearMiss?: { readonly node: string; readonly reason: string };
    readonly reason: string;
    readonly place?: { readonly node: string; readonly reason: string };
    readonly names?: readonly string[];
  },
): Diagnostic {
  const { nearMiss, model, reason, place, names = [] } = facts;
  const quoted = names.map((name) => `\`${name}\``).join(", ");
  const nearest =
    names.length > 0
      ? `the nearest ${names.length === 1 ? "name is" : "names are"} ${quoted}, of which a pattern must fit all; `
      : "";
  return {
    code: "QC2110",
    severity: "error",
    message: `\`${rule.name}\` matches nothing in the model: ${nearMiss ? nearMiss.reason : reason}`,
    labels: [
      ...labelOf(rule, "never applies"),
      ...(nearMiss ? [{ place: { model, path: nearMiss.node }, text: "the nearest miss" }] : []),
      ...(place
        ? [{ place: { model, path: place.node }, text: `the nearest: ${place.reason}` }]
        : []),
    ],
    help: `${nearest}write \`optional\` after the rule's name if it need not match`,
  };
}

/** A rule of the user's own that matches, but not where its replacement is possible. */
export function ruleAlwaysRefused(
  rule: RuleFacts,
  facts: { readonly model: string; readonly node: string; readonly reason: string },
): Diagnostic {
  const { model, node, reason } = facts;
  return {
    code: "QC2114",
    severity: "error",
    message: `\`${rule.name}\` matches but can be applied nowhere in the model: ${reason}`,
    labels: [
      ...labelOf(rule, "never applies"),
      { place: { model, path: node }, text: "matched here" },
    ],
    help: "write `optional` after the rule's name if it need not apply",
  };
}

/** A file expects a rule to fire another number of times. */
export function expectationFails(
  expectation: { readonly rule: Name; readonly span: Span; readonly text: string },
  times: number,
): Diagnostic {
  return {
    code: "QC2111",
    severity: "error",
    message: `\`${expectation.rule.text}\` fired ${times === 1 ? "once" : `${times} times`}`,
    labels: [{ place: expectation.span, text: `expected ${expectation.text}` }],
  };
}

/** What is written after `=` is no quantizer. */
export function notAQuantizer(span: Span, reason: string): Diagnostic {
  return {
    code: "QC2112",
    severity: "error",
    message: `this is not a quantizer: ${reason}`,
    labels: [{ place: span, text: "a quantizer, `float` or `none`" }],
    help: "for example `LastValue(int8, per: channel, symmetric, narrow)`",
  };
}

/** `derive` of something that is not a bias from its own layer. */
export function notDerivable(rule: RuleFacts, span: Span): Diagnostic {
  return {
    code: "QC2113",
    severity: "error",
    message: "only the bias of a layer can be derived, from the input and the kernel of that layer",
    labels: [{ place: span, text: `in \`${rule.name}\`` }],
    help: "write `derive layer.bias = layer.input * layer.kernel`",
  };
}

/** A rule matches what came of its own work and does not find a smaller measure there. */
export function measureDoesNotDecrease(
  rule: RuleFacts,
  facts: {
    readonly model: string;
    readonly node: string;
    readonly measure: number;
    readonly limit: number;
  },
): Diagnostic {
  const { model, node, measure, limit } = facts;
  return {
    code: "QC2191",
    severity: severityOf(rule),
    message: `\`${rule.name}\` does not make its measure smaller: it was ${limit} and is ${measure} in what the rule built`,
    labels: [
      ...labelOf(rule, "states `decreases`"),
      { place: { model, path: node }, text: "not applied again here" },
    ],
    help: "state another measure after `decreases`, or add a `require` that is false for the rule's own result",
  };
}

/** Phases that contradict each other's `before`. */
export function phasesAreCircular(circle: readonly Name[]): Diagnostic {
  const names = circle.map(({ text }) => `\`${text}\``).join(", ");
  return {
    code: "QC2192",
    severity: "error",
    message: `the phases ${names} wait for each other`,
    labels: circle.map(({ span }) => ({ place: span, text: "part of the circle" })),
    help: "delete one of the `before`",
  };
}

/** Phases that could run in either order. */
export function phasesHaveNoOrder(names: readonly string[], places: readonly Name[]): Diagnostic {
  const [first, second] = names;
  return {
    code: "QC2193",
    severity: "error",
    message: `nothing says whether the phase \`${first}\` or \`${second}\` runs first`,
    labels: places.map(({ span }) => ({ place: span, text: "could be first" })),
    help: `write \`before ${first}\` or \`before ${second}\` in one of them; \`main\` is the phase of all other rules, and \`phase main { before … }\` gives it a place`,
  };
}
