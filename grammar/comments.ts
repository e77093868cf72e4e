import type { IToken } from "chevrotain";
import type { SourceFile } from "./source/source-file.ts";

export interface Comment {
  /** With its slashes, without blanks at the end. */
  readonly text: string;
  readonly start: number;
  /** `///`: documents the next item. */
  readonly isDoc: boolean;
  /** Something stands before it on its line. */
  readonly isTrailing: boolean;
}

/** The comments behind the tokens of a file, in order. */
export function commentsOf(file: SourceFile, tokens: readonly IToken[]): readonly Comment[] {
  return tokens.map(({ image, startOffset }) => {
    const lineStart = file.text.lastIndexOf("\n", startOffset - 1) + 1;
    const isTrailing = file.text.slice(lineStart, startOffset).trim() !== "";
    const isDoc = !isTrailing && /^\/\/\/(?!\/)/.test(image);
    return { text: image.trimEnd(), start: startOffset, isDoc, isTrailing };
  });
}

/**
 * Documentation of the items, asked for in the order of the text: the `///` lines since the item before.
 *
 * @param from where the item before ends
 */
export function docReader(
  comments: readonly Comment[],
): (from: number, item: number) => { readonly doc?: string } {
  const docs = comments.filter(({ isDoc }) => isDoc);
  let next = 0;
  return (from, item) => {
    while (next < docs.length && docs[next]!.start < from) next++;
    const lines: string[] = [];
    for (; next < docs.length && docs[next]!.start < item; next++)
      lines.push(docs[next]!.text.replace(/^\/\/\/ ?/, ""));
    return lines.length === 0 ? {} : { doc: lines.join("\n") };
  };
}
