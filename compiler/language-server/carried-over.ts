import type { Diagnostic, Label } from "../../grammar/source/diagnostic.ts";
import type { SourceFile, Span } from "../../grammar/source/source-file.ts";
import { changeBetween } from "../../grammar/source/text-change.ts";

/**
 * What was said of the text before an edit, at its places in the text after it: until a check that takes time has run
 * again. Gone is what was said of the part that changed.
 */
export function carriedOver(
  diagnostics: readonly Diagnostic[],
  before: string,
  after: SourceFile,
): readonly Diagnostic[] {
  if (before === after.text) return diagnostics;
  const { start, endBefore: end } = changeBetween(before, after.text);
  const moved = after.text.length - before.length;
  const spanOf = (span: Span): Span | undefined => {
    if (span.file.path !== after.path) return span;
    if (span.end < start) return after.span(span.start, span.end);
    return span.start > end ? after.span(span.start + moved, span.end + moved) : undefined;
  };
  return diagnostics.flatMap((diagnostic) => {
    const labels = diagnostic.labels.map(({ place, text }): Label | undefined => {
      const moved = "file" in place ? spanOf(place) : place;
      return moved && { place: moved, text };
    });
    if (labels.includes(undefined)) return [];
    const { fixes: _, ...rest } = diagnostic;
    return [{ ...rest, labels: labels as readonly Label[] }];
  });
}
