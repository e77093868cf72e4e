import type { Item } from "../../grammar/ast.ts";
import { itemsOf } from "../../grammar/check/scope.ts";
import { stepsOf } from "../../grammar/check/steps.ts";
import { outlineFile } from "../../grammar/outline.ts";
import type { Span } from "../../grammar/source/source-file.ts";
import { spanOf } from "../../grammar/tokens.ts";
import type { Analysis } from "./analysis.ts";
import type { Token } from "./cursor.ts";

/** An item of a file, or a node that a rule captures. */
export interface OutlineEntry {
  readonly name: string;
  readonly kind: "import" | "ops" | "pattern" | "quantizer" | "rule" | "phase" | "check" | "node";
  /** What is written behind the name. */
  readonly detail: string;
  readonly span: Span;
  /** The name itself, inside of `span`. */
  readonly nameSpan: Span;
  readonly children: readonly OutlineEntry[];
}

const kinds: Readonly<Record<string, OutlineEntry["kind"]>> = {
  import: "import",
  ops: "ops",
  pattern: "pattern",
  quantizer: "quantizer",
  quantize: "rule",
  rewrite: "rule",
  phase: "phase",
};

/** The items of a file in their order, those with faults too. */
export function documentOutline(analysis: Analysis): readonly OutlineEntry[] {
  const { source } = analysis;
  const items = new Map(itemsOf(analysis.rules).map((item) => [item.span.start, item]));
  return outlineFile(source, analysis.lexed.tokens)
    .filter(({ kind }) => kind === "item")
    .map(({ tokens }): OutlineEntry => {
      const [word] = tokens;
      const item = items.get(word!.startOffset);
      const name = nameOf(tokens);
      const span = source.span(word!.startOffset, spanOf(source, tokens.at(-1)!).end);
      return {
        name: name.image.replaceAll('"', ""),
        kind: kinds[word!.image] ?? "check",
        detail: word!.image,
        span,
        nameSpan: spanOf(source, name),
        children: item ? capturesOf(item) : [],
      };
    });
}

/** The name behind the word of an item; of an import or a test what stands in quotes, of an item without a name its word. */
function nameOf(tokens: readonly Token[]): Token {
  const [word, second] = tokens;
  if (word!.image === "import" || word!.image === "test")
    return tokens.find(({ image }) => image.startsWith('"')) ?? second ?? word!;
  return second !== undefined && /^\w/.test(second.image) ? second : word!;
}

function capturesOf(item: Item): readonly OutlineEntry[] {
  if (item.kind !== "quantize" && item.kind !== "rewrite") return [];
  const clauses: readonly (typeof item.clauses)[number][] = item.clauses;
  const chains = clauses.flatMap((clause) => (clause.kind === "match" ? clause.chains : []));
  return chains
    .flatMap((chain) => [...stepsOf(chain)])
    .flatMap(({ step }): readonly OutlineEntry[] => {
      if (step.kind !== "node" || step.capture === undefined) return [];
      const { capture, ops, span } = step;
      // The node of the one-line form may have a name that nobody wrote.
      const { file, start, end } = capture.span;
      if (file.text.slice(start, end) !== capture.text) return [];
      const detail = ops === "any" ? "any" : ops.map(({ text }) => text).join(" | ");
      const name = { name: capture.text, nameSpan: capture.span };
      return [{ ...name, kind: "node", detail, span, children: [] }];
    });
}
