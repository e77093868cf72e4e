import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import type { Span } from "../../grammar/source/source-file.ts";

/** The catalogue of graphs that are written out in rule files: QC2141 to QC2143. */

/** `reason` is a sentence of the op's, without a place. */
export function nodeDoesNotFit(place: Span, op: string, reason: string): Diagnostic {
  return {
    code: "QC2141",
    severity: "error",
    message: `\`${op}\` cannot stand here: ${reason}`,
    labels: [{ place, text: "does not fit its operands" }],
  };
}

/** A stated type is not the one that follows. */
export function statedTypeDisagrees(place: Span, actual: string): Diagnostic {
  return {
    code: "QC2142",
    severity: "error",
    message: `the type of this value is \`${actual}\``,
    labels: [{ place, text: "stated otherwise" }],
    help: "the types of all but inputs and constants follow from their operands: leave it out, or state what follows",
  };
}

/** `given` elements are not what the type asks for. */
export function wrongElementCount(place: Span, given: number, wanted: number): Diagnostic {
  return {
    code: "QC2143",
    severity: "error",
    message: `${given} elements for a shape of ${wanted}`,
    labels: [{ place, text: "all elements in their order, or one number for all of them" }],
    help: "`exact(7)` draws as many small numbers as are needed, from a seed",
  };
}
