import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import type { Span } from "../../grammar/source/source-file.ts";

/** The diagnostics of the text form of graphs, QC2051 to QC2059. */

function error(code: Diagnostic["code"], message: string, place: Span, text = ""): Diagnostic {
  return { code, severity: "error", message, labels: [{ place, text }] };
}

export function syntaxError(place: Span, expected: string, found: string): Diagnostic {
  return error("QC2051", `expected ${expected}, found ${found}`, place);
}

/** A value that no line before defines. */
export function unknownValue(place: Span, name: string): Diagnostic {
  return error("QC2052", `no node before is called \`${name}\``, place);
}

export function duplicateNode(place: Span, name: string): Diagnostic {
  return error("QC2053", `two nodes are called \`${name}\``, place);
}

export function unknownOp(place: Span, op: string): Diagnostic {
  return error("QC2054", `there is no op \`${op}\``, place);
}

/** Operands or attributes that do not fit the op. */
export function unfitNode(place: Span, op: string, reason: string): Diagnostic {
  return error("QC2055", `\`${op}\`: ${reason}`, place);
}

/** The type that a line states is not what its op gives. */
export function typeDisagrees(place: Span, stated: string, inferred: string): Diagnostic {
  return error("QC2056", `the type is ${inferred}, not ${stated}`, place);
}
