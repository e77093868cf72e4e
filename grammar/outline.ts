import type { IToken, TokenType } from "chevrotain";
import type { SourceFile } from "./source/source-file.ts";
import {
  Assign,
  AtLeast,
  Bang,
  Comma,
  clauseWords,
  contextualWords,
  Dot,
  EqualEqual,
  InlineTypeScript,
  itemWords,
  LeftBrace,
  LeftBracket,
  LeftParen,
  Minus,
  MoreThan,
  Name,
  NumberLiteral,
  One,
  OpName,
  RightBrace,
  reservedWords,
  Star,
  StringLiteral,
  softItemWords,
} from "./tokens.ts";

const { any, shared, ordered } = reservedWords;

/**
 * The outline of a file: its items and their clauses, found by the reserved words that begin them. It exists for
 * any text, so a fault stays inside its clause: this is the parser's error recovery.
 *
 * In a valid file such a word is always a beginning, and one of the tokens below follows it. In a broken one it
 * may be astray: then it counts as a beginning only where a line begins.
 */
export interface ItemOutline {
  /** `stray` is text outside all items. */
  readonly kind: "item" | "stray";
  readonly tokens: readonly IToken[];
}

export interface RuleOutline {
  /** `quantize NAME {` or `quantize NAME on STEP`. */
  readonly head: readonly IToken[];
  /** Whether this is the form with braces; `close` is then the one that ends the rule. */
  readonly hasBraces: boolean;
  readonly close?: IToken;
  /** One for each clause; the first has no clause word if something stands before the clauses. */
  readonly parts: readonly PartOutline[];
}

export interface PartOutline {
  readonly tokens: readonly IToken[];
  /** A brace after the clause that closes nothing. */
  readonly extraClose?: IToken;
  /** What follows the brace that seems to end the rule. */
  readonly stray: readonly IToken[];
}

type Following = (next: IToken | undefined, afterNext: IToken | undefined) => boolean;

const is = (token: IToken | undefined, ...types: readonly TokenType[]): boolean =>
  token !== undefined && types.includes(token.tokenType);
const isName = (token: IToken | undefined): boolean =>
  token !== undefined && (is(token, Name) || token.tokenType.CATEGORIES?.includes(Name) === true);
const nameThen =
  (...types: readonly TokenType[]): Following =>
  (next, afterNext) =>
    isName(next) && is(afterNext, ...types);
const opName: Following = (next) => is(next, OpName);
/** Also with a name that should begin with a capital. */
const ruleHead: Following = (next, afterNext) =>
  is(next, OpName) || (isName(next) && (isName(afterNext) || is(afterNext, LeftBrace)));

function beginsPattern(next: IToken | undefined): boolean {
  return isName(next) || is(next, OpName, LeftParen, One, any, ordered);
}

const beginsExpression: Following = (next) =>
  isName(next) ||
  is(next, OpName, LeftParen, LeftBracket, Bang, Minus, NumberLiteral, StringLiteral) ||
  is(next, InlineTypeScript) ||
  is(next, reservedWords.true, reservedWords.false);

const itemFollowing: ReadonlyMap<TokenType, Following> = new Map([
  [itemWords.import, (next) => is(next, LeftBrace, StringLiteral)],
  [itemWords.ops, (next, afterNext) => is(next, OpName) && is(afterNext, Assign)],
  [itemWords.quantizer, nameThen(Assign)],
  [itemWords.quantize, ruleHead],
  [itemWords.rewrite, ruleHead],
  [itemWords.expect, (next) => is(next, OpName, any)],
]);

const clauseFollowing: ReadonlyMap<TokenType, Following> = new Map([
  [clauseWords.match, (next) => beginsPattern(next) || is(next, shared)],
  [clauseWords.require, beginsExpression],
  [clauseWords.let, nameThen(Assign)],
  [
    clauseWords.set,
    (next, afterNext) =>
      is(next, LeftBrace, Star) || (isName(next) && is(afterNext, Dot, Assign, LeftBracket, Comma)),
  ],
  [clauseWords.tie, nameThen(Dot)],
  [clauseWords.fuse, isName],
  [clauseWords.derive, nameThen(Dot)],
  [clauseWords.replace, nameThen(reservedWords.with)],
  [clauseWords.preserve, isName],
  [clauseWords.before, opName],
  [clauseWords.unless, beginsPattern],
  [clauseWords.every, (next, afterNext) => isName(next) && is(afterNext, contextualWords.of)],
  [clauseWords.decreases, beginsExpression],
]);

/** Words that begin an item only where one of these follows: elsewhere they are names, or begin a clause. */
const softFollowing: ReadonlyMap<TokenType, Following> = new Map([
  [
    softItemWords.pattern,
    (next, afterNext) => is(next, OpName) && is(afterNext, LeftParen, Assign),
  ],
  [softItemWords.test, (next) => is(next, StringLiteral)],
  [
    softItemWords.phase,
    (next, afterNext) => is(next, LeftBrace) || nameThen(LeftBrace)(next, afterNext),
  ],
  [
    clauseWords.require,
    (next, afterNext) =>
      is(next, contextualWords.integer_only) ||
      (is(next, contextualWords.coverage) && is(afterNext, AtLeast, MoreThan, EqualEqual)),
  ],
]);

/** Cuts the tokens of a file into items, at the words that begin one. */
export function outlineFile(file: SourceFile, tokens: readonly IToken[]): readonly ItemOutline[] {
  const items: { kind: ItemOutline["kind"]; tokens: IToken[] }[] = [];
  // Inside braces a word that nothing plausible follows is astray, even at the start of a line.
  let depth = 0;
  // Whether the last item can have no more tokens.
  let isClosed = false;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    const current = items.at(-1);
    if (is(token, softItemWords.test) && beginsItem(file, tokens, i, depth <= 0)) {
      const end = endOfTest(file, tokens, i);
      items.push({ kind: "item", tokens: tokens.slice(i, end) });
      isClosed = true;
      i = end - 1;
      depth = 0;
    } else if (beginsItem(file, tokens, i, depth <= 0)) {
      items.push({ kind: "item", tokens: [token] });
      isClosed = false;
      depth = 0;
    } else {
      if (is(token, LeftBrace)) depth++;
      else if (is(token, RightBrace)) depth--;
      if (current === undefined || isClosed) {
        items.push({ kind: "stray", tokens: [token] });
        isClosed = false;
      } else current.tokens.push(token);
    }
  }
  return items;
}

/** Cuts the tokens of a rule into head and clauses, at the words that begin one. */
export function outlineRule(file: SourceFile, tokens: readonly IToken[]): RuleOutline {
  const starts: number[] = [];
  for (let i = 1; i < tokens.length; i++) {
    if (begins(file, tokens, i, clauseFollowing)) starts.push(i);
  }
  const beforeClauses = tokens.slice(0, starts[0] ?? tokens.length);
  const brace = beforeClauses.findIndex((token) => is(token, LeftBrace));
  const on = beforeClauses.findIndex((token) => is(token, contextualWords.on));
  const using = beforeClauses.findIndex((token) => is(token, contextualWords.using));
  const isBraced = (word: number) => word < 0 || (0 <= brace && brace < word);
  // `quantize R using Config { … }` has braces behind, `quantize R on n: Op { … } set …` those of a pattern.
  const hasBraces = isBraced(on) && (isBraced(using) || 0 <= brace);
  const headLength = hasBraces && 0 <= brace ? brace + 1 : beforeClauses.length;
  const lead = beforeClauses.slice(headLength);
  const clauses = starts.map((start, i) => tokens.slice(start, starts[i + 1] ?? tokens.length));
  const head = beforeClauses.slice(0, headLength);
  return {
    head,
    hasBraces,
    ...closed(lead.length === 0 ? clauses : [lead, ...clauses], hasBraces),
  };
}

/** Finds the brace that ends the rule: one that opens nowhere in its own clause, and is the last of the rule. */
function closed(
  clauses: readonly (readonly IToken[])[],
  hasBraces: boolean,
): Pick<RuleOutline, "close" | "parts"> {
  const parts: PartOutline[] = [];
  for (const [i, clause] of clauses.entries()) {
    const at = unmatchedClose(clause);
    const close = clause[at];
    if (close === undefined) {
      parts.push({ tokens: clause, stray: [] });
      continue;
    }
    const tokens = clause.slice(0, at);
    const rest = clause.slice(at + 1);
    const following = clauses.slice(i + 1);
    // `} set Foo {` is the head of another rule with the wrong word; else the brace is one too many.
    const isEnd = rest.length > 0 || following.length === 0 || hasOpen(following[0]!);
    if (hasBraces && isEnd)
      return { close, parts: [...parts, { tokens, stray: [...rest, ...following.flat()] }] };
    parts.push({ tokens, extraClose: close, stray: rest });
  }
  return { parts };
}

function hasOpen(tokens: readonly IToken[]): boolean {
  const count = (brace: TokenType) => tokens.filter((token) => is(token, brace)).length;
  return count(LeftBrace) > count(RightBrace);
}

/** The index of the first closing brace that nothing in `tokens` opens, or -1. */
function unmatchedClose(tokens: readonly IToken[]): number {
  let depth = 0;
  return tokens.findIndex((token) => {
    if (is(token, LeftBrace)) depth++;
    return is(token, RightBrace) && --depth < 0;
  });
}

function beginsItem(
  file: SourceFile,
  tokens: readonly IToken[],
  i: number,
  isOutside: boolean,
): boolean {
  if (begins(file, tokens, i, itemFollowing, isOutside)) return true;
  return isOutside && begins(file, tokens, i, softFollowing, false);
}

function begins(
  file: SourceFile,
  tokens: readonly IToken[],
  i: number,
  words: ReadonlyMap<TokenType, Following>,
  trustsLines = true,
): boolean {
  const following = words.get(tokens[i]!.tokenType);
  if (following === undefined) return false;
  if (following(tokens[i + 1], tokens[i + 2])) return true;
  return trustsLines && isFirstOnLine(file, tokens, i);
}

function isFirstOnLine(file: SourceFile, tokens: readonly IToken[], i: number): boolean {
  const previous = tokens[i - 1];
  if (previous === undefined) return true;
  return file.text.slice(previous.startOffset, tokens[i]!.startOffset).includes("\n");
}

/** One past the test that begins at `start`: past its braces, or at the next item that is no `expect`, where one is missing. */
function endOfTest(file: SourceFile, tokens: readonly IToken[], start: number): number {
  let depth = 0;
  for (let i = start + 1; i < tokens.length; i++) {
    const token = tokens[i];
    if (is(token, LeftBrace)) depth++;
    else if (is(token, RightBrace) && --depth <= 0) return i + 1;
    else if (is(token, itemWords.expect) && depth > 0) continue;
    else if (beginsItem(file, tokens, i, depth === 0 || isFirstOnLine(file, tokens, i))) return i;
  }
  return tokens.length;
}
