import { outlineFile } from "../../grammar/outline.ts";
import type { Span } from "../../grammar/source/source-file.ts";
import { spanOf } from "../../grammar/tokens.ts";
import type { Analysis } from "./analysis.ts";

/** Lines that can be hidden behind their first one, counted from 1. */
export interface Fold {
  readonly first: number;
  readonly last: number;
  readonly kind: "item" | "comment" | "imports";
}

/** Items, comments and imports of several lines. */
export function foldsOf({ source, lexed }: Analysis): readonly Fold[] {
  const { tokens, comments } = lexed;
  const lineAt = (offset: number) => source.positionAt(offset).line;
  const items = outlineFile(source, tokens).map((item) => ({
    word: item.tokens[0]!.image,
    first: lineAt(item.tokens[0]!.startOffset),
    last: lineAt(spanOf(source, item.tokens.at(-1)!).end),
  }));
  const own = comments.filter((comment) => isAlone(spanOf(source, comment)));
  const commented = own.map(({ startOffset }) => lineAt(startOffset));
  const imports = items.filter(({ word }) => word === "import");
  return [
    ...items.map(({ first, last }): Fold => ({ first, last, kind: "item" })),
    ...runs(
      commented.map((line) => ({ first: line, last: line })),
      "comment",
    ),
    ...runs(imports, "imports"),
  ].filter(({ first, last }) => last > first);
}

/** Whether a comment has its line to itself. */
function isAlone({ file, start }: Span): boolean {
  const { line, column } = file.positionAt(start);
  return (
    file
      .line(line)
      .slice(0, column - 1)
      .trim() === ""
  );
}

/** Lines that follow each other, as one. */
function runs(
  lines: readonly { readonly first: number; readonly last: number }[],
  kind: Fold["kind"],
): readonly Fold[] {
  const found: Fold[] = [];
  for (const { first, last } of lines) {
    const open = found.at(-1);
    if (open && open.last + 1 === first) found[found.length - 1] = { ...open, last };
    else found.push({ first, last, kind });
  }
  return found;
}
