import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import type { Span } from "../../grammar/source/source-file.ts";

/** The catalogue of tests of rule files: QC27xx. */

const quoted = (text: string): string => `\`${text}\``;

/** `miss` says why the rule does not apply where its pattern comes nearest. */
export function firesOtherwise(
  place: Span,
  facts: { readonly rule: string; readonly fired: number; readonly miss?: string | undefined },
): Diagnostic {
  const { rule, fired, miss } = facts;
  return {
    code: "QC2701",
    severity: "error",
    message: `${quoted(rule)} fires ${fired} time${fired === 1 ? "" : "s"} on this graph`,
    labels: [{ place, text: "expected otherwise" }],
    ...(miss !== undefined && { help: miss }),
  };
}

/** `graph` is what it became, as text. */
export function becomesOtherwise(place: Span, difference: string, graph: string): Diagnostic {
  return {
    code: "QC2702",
    severity: "error",
    message: `the graph becomes another one: ${difference}`,
    labels: [{ place, text: "expected this" }],
    help: `it becomes ${graph}`,
  };
}

export function requestedOtherwise(
  place: Span,
  facts: { readonly site: string; readonly wanted: string; readonly actual: string },
): Diagnostic {
  const { site, wanted, actual } = facts;
  return {
    code: "QC2703",
    severity: "error",
    message: `${quoted(site)} gets ${actual}`,
    labels: [{ place, text: `expected ${wanted}` }],
  };
}

/** `difference` is a sentence: where, what it was and what it is. */
export function computesOtherwise(
  place: Span,
  rules: readonly string[],
  difference: string,
): Diagnostic {
  return {
    code: "QC2704",
    severity: "error",
    message: `the rewritten graph computes something else: ${difference}`,
    labels: [{ place, text: `after ${rules.map(quoted).join(", ")}` }],
    help: "what a rule may change is stated by its `preserve`",
  };
}
