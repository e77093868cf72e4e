import type { Span } from "../../grammar/source/source-file.ts";
import type { Claim } from "../ir/annotations.ts";
import type { Node } from "../ir/graph.ts";
import { printQuantizer } from "../ir/quantizer.ts";
import type { ExplainedClaim, NodeName, TextPlace } from "./explanation.ts";

/** Where a span begins, as a field; none for what stands in no file. */
export function placed(span: Span | undefined): { readonly place?: TextPlace } {
  if (span === undefined) return {};
  const { file, start } = span;
  return { place: { file: file.path, line: file.positionAt(start).line } };
}

/** A node as explanations name it. */
export function nodeName({ name, op }: Node): NodeName {
  return { node: name, op };
}

/** A request as explanations show it. */
export function explainedClaim({ request, rule, span }: Claim): ExplainedClaim {
  const text = typeof request === "string" ? request : printQuantizer(request);
  return { request: text, rule, ...placed(span) };
}
