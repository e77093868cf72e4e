import { SourceFile } from "./source/source-file.ts";
import type { TextChange } from "./source/text-change.ts";
import { type Lexed, lex, longestLookahead, Tilde } from "./tokens.ts";

type Token = Lexed["tokens"][number];

/**
 * `lex(file)`, where the tokens of an earlier text are known: what lies far enough from the change is taken over. A token depends on the
 * text that begins with it, as far as is looked ahead, on the token before it and on the one behind it.
 */
export function lexAgain(
  file: SourceFile,
  { start, endBefore, endAfter }: TextChange,
  { lexed: known }: { readonly lexed: Lexed },
): Lexed {
  // Faults may reach over any distance.
  if (known.diagnostics.length > 0) return lex(file);
  const moved = endAfter - endBefore;
  const { tokens } = known;
  const first = firstAfter(tokens, start - longestLookahead) - 1;
  const restart = first <= 0 ? 0 : tokens[first]!.startOffset;
  if (first > 0 && tokens[first - 1]!.tokenType === Tilde) return lex(file);
  const last = tokens[firstAfter(tokens, endBefore + longestLookahead)];
  const end = last === undefined ? file.text.length : last.startOffset + moved;
  const middle = shifted(lex(new SourceFile(file.path, file.text.slice(restart, end))), restart);
  if (middle.diagnostics.length > 0) return lex(file);
  const kept = Math.max(0, first);
  const commentsKept = firstAfter(known.comments, restart - 1);
  if (last === undefined)
    return {
      tokens: [...tokens.slice(0, kept), ...middle.tokens],
      comments: [...known.comments.slice(0, commentsKept), ...middle.comments],
      diagnostics: [],
    };
  const meeting = meetingOf(middle.tokens, tokens, endAfter, moved);
  if (meeting === undefined) return lex(file);
  const [inMiddle, inKnown] = meeting;
  const offset = middle.tokens[inMiddle]!.startOffset;
  const inside = middle.comments.filter(({ startOffset }) => startOffset < offset);
  const beyond = known.comments.slice(firstAfter(known.comments, offset - moved));
  return {
    tokens: [
      ...tokens.slice(0, kept),
      ...middle.tokens.slice(0, inMiddle),
      ...tokens.slice(inKnown).map((token) => shiftedToken(token, moved)),
    ],
    comments: [
      ...known.comments.slice(0, commentsKept),
      ...inside,
      ...beyond.map((token) => shiftedToken(token, moved)),
    ],
    diagnostics: [],
  };
}

/** The index of the first token that begins beyond an offset. */
function firstAfter(tokens: readonly Token[], offset: number): number {
  let low = 0;
  let high = tokens.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tokens[middle]!.startOffset > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Where both rows of tokens have the same one behind the same one, in text that did not change: from there on they are equal.
 */
function meetingOf(
  middle: readonly Token[],
  known: readonly Token[],
  from: number,
  moved: number,
): readonly [inMiddle: number, inKnown: number] | undefined {
  for (let i = firstAfter(middle, from - 1) + 1; i < middle.length; i++) {
    const j = firstAfter(known, middle[i]!.startOffset - moved - 1);
    const isOne = (a: Token | undefined, b: Token | undefined) =>
      a !== undefined &&
      b !== undefined &&
      a.startOffset === b.startOffset + moved &&
      a.tokenType === b.tokenType &&
      a.image === b.image;
    if (isOne(middle[i], known[j]) && isOne(middle[i - 1], known[j - 1])) return [i, j];
  }
  return undefined;
}

function shifted({ tokens, comments, diagnostics }: Lexed, by: number): Lexed {
  return {
    tokens: tokens.map((token) => shiftedToken(token, by)),
    comments: comments.map((token) => shiftedToken(token, by)),
    diagnostics,
  };
}

function shiftedToken(token: Token, by: number): Token {
  if (by === 0) return token;
  return { ...token, startOffset: token.startOffset + by, endOffset: token.endOffset! + by };
}
