import type { SiteReference } from "../../grammar/ast.ts";
import { Rejected } from "../../grammar/source/diagnostic.ts";
import type { Span } from "../../grammar/source/source-file.ts";
import type { Request } from "../ir/annotations.ts";
import { printRequest } from "../quantize/claims.ts";
import { quantizerOf } from "../quantize/requests-quantizer.ts";
import type { QuantizeRule } from "../rewrite/rule.ts";

/** What a rule asks for at a site. */
export interface Asked {
  readonly rule: QuantizeRule;
  readonly span: Span;
  readonly request: Request;
  readonly site: SiteReference;
}

/** The requests of a rule that are written out; what a config or TypeScript asks for is not known here. */
export function requestsOf(rule: QuantizeRule): readonly Asked[] {
  if (rule.item.using) return [];
  return rule.item.clauses.flatMap((clause): readonly Asked[] => {
    if (clause.kind !== "set" && clause.kind !== "tie") return [];
    const request = requestOf(clause.value, rule);
    if (request === undefined || request === "none") return [];
    return clause.sites.map((site) => ({ rule, span: clause.span, request, site }));
  });
}

/** The request that an expression writes; `undefined` where only TypeScript knows. */
export function requestOf(
  value: Parameters<typeof quantizerOf>[0] | undefined,
  rule: QuantizeRule,
): Request | "none" | undefined {
  if (value === undefined) return undefined;
  try {
    return quantizerOf(value, rule.quantizers, rule.pattern.typescript?.foreign);
  } catch (error) {
    if (error instanceof Rejected) return undefined;
    throw error;
  }
}

/**
 * The slot that a reference is about, one text for each: `activation` is `output`, `input` is the first operand of all ops that have one
 * of that name, and `*` is all of them.
 */
export function slotOf({ slot, index }: SiteReference): string {
  if (slot === undefined) return "*";
  const text = slot.text === "activation" ? "output" : slot.text;
  if (text === "input" && index === undefined) return "input[0]";
  return index === undefined ? text : `${text}[${typeof index === "number" ? index : "…"}]`;
}

/** Whether two references are about the same slot of a node for sure: of operands that names stand for nobody knows. */
export function isSameSlot(a: SiteReference, b: SiteReference): boolean {
  return typeof a.index !== "object" && slotOf(a) === slotOf(b);
}

/** A request as a message shows it. */
export function shown({ request }: Pick<Asked, "request">): string {
  return printRequest(request);
}
