import type { Item } from "../../grammar/ast.ts";
import { itemsOf } from "../../grammar/check/scope.ts";
import { type ItemOutline, outlineFile } from "../../grammar/outline.ts";
import type { Span } from "../../grammar/source/source-file.ts";
import { clauseWords, InlineTypeScript, type Lexed, spanOf } from "../../grammar/tokens.ts";
import type { Analysis } from "./analysis.ts";

export type Token = Lexed["tokens"][number];

/** What surrounds an offset, in a text that need not make sense: all is read off tokens. */
export interface Cursor {
  /** The word that ends here or goes on behind: what is typed. */
  readonly word: Span;
  readonly inside: "rules" | "comment" | "string" | "typescript";
  /** The item that is being written; absent between items. */
  readonly outline?: ItemOutline;
  /** As far as it could be read. */
  readonly item?: Item;
  /** Tokens of the item before the word. */
  readonly before: readonly Token[];
  /** All tokens of the item. */
  readonly all: readonly Token[];
  /** Where the clause begins in `before`, with its word; 0 outside of clauses. */
  readonly clause: number;
  /** Brackets of the clause that are open, as indices in `before`, the innermost last. */
  readonly open: readonly number[];
  /** Nothing stands before the word on its line. */
  readonly isFresh: boolean;
}

/** Reads what is around an offset. */
export function cursorAt(analysis: Analysis, offset: number): Cursor {
  const { source } = analysis;
  const { tokens, comments } = analysis.lexed;
  const isIn = (token: Token) => token.startOffset < offset && offset <= spanOf(source, token).end;
  const nothing = { before: [], all: [], clause: 0, open: [], isFresh: true };
  const here = source.span(offset, offset);
  if (comments.some(isIn)) return { word: here, inside: "comment", ...nothing };
  const touched = tokens.find(isIn);
  const isWord = touched !== undefined && /^\w/.test(touched.image);
  const isQuoted = touched?.image.startsWith('"') === true;
  const isOpen = isQuoted && isUnterminated(touched);
  const typed = touched && (isWord || isQuoted) ? spanOf(source, touched) : here;
  const word = isOpen ? source.span(typed.start, offset) : typed;
  const outline = outlineFile(source, tokens).findLast(
    ({ tokens: [first] }) => first!.startOffset < word.start,
  );
  const all = outline?.tokens ?? [];
  const before = all.filter((token) => spanOf(source, token).end <= word.start);
  const clause = Math.max(0, before.findLastIndex(isClauseWord));
  const lineStart = source.text.lastIndexOf("\n", word.start - 1) + 1;
  return {
    word,
    inside: insideOf(touched, offset, source.span(0, 0)),
    ...(outline && !isClosed(outline, before) && { outline, ...itemOf(analysis, outline) }),
    before,
    all,
    clause,
    open: openBrackets(before, clause),
    isFresh: source.text.slice(lineStart, word.start).trim() === "",
  };
}

function insideOf(token: Token | undefined, offset: number, { file }: Span): Cursor["inside"] {
  if (token === undefined) return "rules";
  const { end } = spanOf(file, token);
  if (token.image.startsWith('"'))
    return offset < end || isUnterminated(token) ? "string" : "rules";
  return token.tokenType === InlineTypeScript && offset < end ? "typescript" : "rules";
}

/** A string that its line ends. */
function isUnterminated({ tokenType }: Token): boolean {
  return tokenType.name === "UnterminatedString";
}

const clauseTypes = new Set(Object.values(clauseWords));

/** Whether a token begins a clause. */
export function isClauseWord({ tokenType }: Token): boolean {
  return clauseTypes.has(tokenType);
}

function itemOf(analysis: Analysis, { tokens: [first] }: ItemOutline): { readonly item?: Item } {
  const item = itemsOf(analysis.rules).find(({ span }) => span.start === first!.startOffset);
  return item ? { item } : {};
}

/** Whether all braces of a rule or phase are closed before the word. */
function isClosed({ kind }: ItemOutline, before: readonly Token[]): boolean {
  if (kind !== "item") return true;
  if (!["quantize", "rewrite", "phase", "test"].includes(before[0]!.image)) return false;
  let depth = 0;
  let opened = false;
  for (const { image } of before) {
    if (image === "{") {
      depth++;
      opened = true;
    } else if (image === "}") depth--;
  }
  const isShort = before.some(({ image }) => image === "on");
  return opened && depth <= 0 && !isShort;
}

const closing: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

function openBrackets(before: readonly Token[], clause: number): readonly number[] {
  const open: number[] = [];
  for (let i = clause; i < before.length; i++) {
    const { image } = before[i]!;
    if (["(", "[", "{"].includes(image)) open.push(i);
    else if (closing[image] !== undefined && before[open.at(-1) ?? -1]?.image === closing[image])
      open.pop();
  }
  return open;
}
