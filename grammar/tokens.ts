import {
  createToken,
  createTokenInstance,
  type ICustomPattern,
  type IToken,
  Lexer,
  type TokenType,
} from "chevrotain";
import * as report from "./diagnostics.ts";
import type { Diagnostic } from "./source/diagnostic.ts";
import type { SourceFile, Span } from "./source/source-file.ts";

/** The token table. A label is what a message calls the token. */

const symbol = (name: string, text: string): TokenType =>
  createToken({ name, pattern: text, label: `\`${text}\`` });

export const LongArrow = symbol("LongArrow", "->>");
export const Arrow = symbol("Arrow", "->");
export const Spread = symbol("Spread", "...");
export const DotDot = symbol("DotDot", "..");
export const Dot = symbol("Dot", ".");
export const DoubleColon = symbol("DoubleColon", "::");
export const Colon = symbol("Colon", ":");
export const Comma = symbol("Comma", ",");
export const Question = symbol("Question", "?");
export const LeftBrace = symbol("LeftBrace", "{");
export const RightBrace = symbol("RightBrace", "}");
export const LeftParen = symbol("LeftParen", "(");
export const RightParen = symbol("RightParen", ")");
export const LeftBracket = symbol("LeftBracket", "[");
export const RightBracket = symbol("RightBracket", "]");
export const Near = symbol("Near", "~=");
export const Tilde = symbol("Tilde", "~");
export const EqualEqual = symbol("EqualEqual", "==");
export const BangEqual = symbol("BangEqual", "!=");
export const AtMost = symbol("AtMost", "<=");
export const AtLeast = symbol("AtLeast", ">=");
export const LessThan = symbol("LessThan", "<");
export const MoreThan = symbol("MoreThan", ">");
export const Assign = symbol("Assign", "=");
export const Bang = symbol("Bang", "!");
export const AndAnd = symbol("AndAnd", "&&");
export const OrOr = symbol("OrOr", "||");
export const Bar = symbol("Bar", "|");
export const Plus = symbol("Plus", "+");
export const Minus = symbol("Minus", "-");
export const Star = symbol("Star", "*");
export const Slash = symbol("Slash", "/");
export const Percent = symbol("Percent", "%");

export const Name = createToken({
  name: "Name",
  pattern: /[a-z][A-Za-z0-9_]*|_[A-Za-z0-9_]+/,
  label: "a name",
});
export const OpName = createToken({
  name: "OpName",
  pattern: /[A-Z][A-Za-z0-9_]*/,
  label: "a capitalised name",
});
export const Wildcard = createToken({ name: "Wildcard", pattern: /_(?!\w)/, label: "`_`" });
export const NumberLiteral = createToken({
  name: "NumberLiteral",
  pattern: /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/,
  label: "a number",
});
export const StringLiteral = createToken({
  name: "StringLiteral",
  pattern: custom((text, offset) => quoted(text, offset, "closed")),
  label: "a string",
  start_chars_hint: ['"'],
  line_breaks: false,
});
const UnterminatedString = createToken({
  name: "UnterminatedString",
  pattern: custom((text, offset) => quoted(text, offset, "open")),
  categories: [StringLiteral],
  start_chars_hint: ['"'],
  line_breaks: false,
});

/** Text from a quote to the next one, or `open` to the end of its line. By hand: a regular expression would need a deep stack. */
function quoted(text: string, offset: number, wanted: "closed" | "open"): [string] | null {
  if (text[offset] !== '"') return null;
  for (let end = offset + 1; ; end++) {
    const character = text[end];
    if (character === '"') return wanted === "closed" ? [text.slice(offset, end + 1)] : null;
    if (isLineEnd(character)) return wanted === "open" ? [text.slice(offset, end)] : null;
    if (character === "\\" && !isLineEnd(text[end + 1])) end++;
  }
}

function isLineEnd(character: string | undefined): boolean {
  return character === undefined || character === "\n" || character === "\r";
}

/** `/` begins a regular expression right after `~` and nowhere else. */
export const Regex = createToken({
  name: "Regex",
  label: "a regular expression",
  pattern: custom((text, offset, before) =>
    before.at(-1)?.tokenType === Tilde ? betweenSlashes(text, offset) : null,
  ),
  start_chars_hint: ["/"],
  line_breaks: false,
});

/** How far the closing slash is looked for, so that many beginnings without an end cost little. */
const longestRegex = 4096;

/** Text between slashes that is not empty; a slash after a backslash or in a class of characters does not close it. */
function betweenSlashes(text: string, offset: number): [string] | null {
  if (text[offset] !== "/" || text[offset + 1] === "/") return null;
  let isInClass = false;
  for (let end = offset + 1; end < offset + longestRegex; end++) {
    const character = text[end];
    if (isLineEnd(character)) return null;
    if (character === "/" && !isInClass) return [text.slice(offset, end + 1)];
    if (character === "[") isInClass = true;
    else if (character === "]") isInClass = false;
    else if (character === "\\") end++;
  }
  return null;
}

/** How far the end of foreign text is looked for, so that many beginnings without an end cost little. */
const longestForeign = 4096;

/** `ts{ … }`, to the brace that closes it: read as one token. */
export const InlineTypeScript = createToken({
  name: "InlineTypeScript",
  label: "TypeScript in `ts{ … }`",
  pattern: custom((text, offset) => {
    if (!/^ts\s*\{/.test(text.slice(offset, offset + 40))) return null;
    const end = closingBrace(text.slice(offset, offset + longestForeign));
    return end === undefined ? null : [text.slice(offset, offset + end + 1)];
  }),
  start_chars_hint: ["t"],
  line_breaks: true,
});

/** No token but a fault depends on text that is farther away than this from where it begins, and from its end. */
export const longestLookahead = Math.max(longestRegex, longestForeign) + 64;

/** Strings and comments hide braces; what a template nests in `${ … }` is skipped with it. */
const foreignPart =
  /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\/|[{}]/g;

/** Where the first brace of a piece of TypeScript closes. */
function closingBrace(text: string): number | undefined {
  let depth = 0;
  for (const { 0: part, index } of text.matchAll(foreignPart)) {
    if (part === "{") depth++;
    else if (part === "}" && --depth === 0) return index;
  }
  return undefined;
}

function custom(
  pattern: (text: string, offset: number, before: IToken[]) => [string] | RegExpExecArray | null,
): ICustomPattern["exec"] {
  return pattern as ICustomPattern["exec"];
}

const Blank = createToken({ name: "Blank", pattern: /\s+/, group: Lexer.SKIPPED });
const Semicolon = createToken({ name: "Semicolon", pattern: ";", group: "foreign" });
const Hash = createToken({ name: "Hash", pattern: /#[^\n]*/, group: "foreign" });
const BlockComment = createToken({
  name: "BlockComment",
  pattern: new RegExp(`/\\*[\\s\\S]{0,${longestForeign}}?\\*/`),
  group: "foreign",
  line_breaks: true,
});
const Comment = createToken({ name: "Comment", pattern: /\/\/[^\r\n]*/, group: "comments" });

/** Words are read as names first: see `asReserved`. */
function words<const Word extends string>(
  texts: readonly Word[],
  categories: TokenType[] = [],
): Readonly<Record<Word, TokenType>> {
  const entries = texts.map((text) => [
    text,
    createToken({ name: `Word_${text}`, pattern: Lexer.NA, label: `\`${text}\``, categories }),
  ]);
  return Object.fromEntries(entries) as Record<Word, TokenType>;
}

/** Reserved words that begin an item. */
export const itemWords = words(["import", "ops", "quantizer", "quantize", "rewrite", "expect"]);

/** Words that begin an item where the right thing follows them, and are names anywhere else. */
export const softItemWords = words(["pattern", "phase", "test"], [Name]);

/** Reserved words that begin a clause. */
export const clauseWords = words([
  ...(["match", "require", "let", "set", "tie", "fuse", "derive"] as const),
  ...(["replace", "preserve", "before", "unless", "every", "decreases"] as const),
]);

export const reservedWords = words([
  ...(["with", "same", "any", "in", "shared", "ordered", "true", "false"] as const),
]);

/** Words that mean something in one place; everywhere else they are names. */
export const contextualWords = words(
  [
    ...(["override", "optional", "once", "on", "using", "from", "fires"] as const),
    ...(["within", "steps", "bits", "reals", "as", "of", "user", "operand", "is"] as const),
    ...([
      "driver",
      "fixpoint",
      "walk",
      "rules",
      "coverage",
      "integer_only",
      "graph",
      "result",
    ] as const),
  ],
  [Name],
);

/** `one`, right before `of`; a name anywhere else. */
export const One = createToken({ name: "Word_one", pattern: Lexer.NA, label: "`one of`" });

const wordTokens: ReadonlyMap<string, TokenType> = new Map(
  Object.entries({
    ...itemWords,
    ...softItemWords,
    ...clauseWords,
    ...reservedWords,
    ...contextualWords,
  }),
);

export const isReserved = (word: string): boolean =>
  wordTokens.has(word) && wordTokens.get(word)!.CATEGORIES?.includes(Name) !== true;

// The order matters: the first pattern that matches wins.
export const allTokens: TokenType[] = [
  ...[Blank, Regex, Comment, BlockComment, Hash, Semicolon, InlineTypeScript],
  ...[LongArrow, Arrow, Spread, DotDot, Dot, DoubleColon, Colon, Comma, Question],
  ...[LeftBrace, RightBrace, LeftParen, RightParen, LeftBracket, RightBracket],
  ...[Near, Tilde, EqualEqual, BangEqual, AtMost, AtLeast, LessThan, MoreThan, Assign],
  ...[Bang, AndAnd, OrOr, Bar],
  ...[Plus, Minus, Star, Slash, Percent],
  ...[Wildcard, Name, OpName, NumberLiteral, StringLiteral, UnterminatedString],
  ...[One, ...wordTokens.values()],
];

const lexer = new Lexer(allTokens, { positionTracking: "full", ensureOptimizations: true });

export interface Lexed {
  readonly tokens: readonly IToken[];
  /** `//` and `///`, in the order of the text. */
  readonly comments: readonly IToken[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Splits the text into tokens. What is no token is reported once and passed over; so is a name that cannot be one, but it is taken for a name. */
export function lex(file: SourceFile): Lexed {
  const { tokens: known, groups, errors } = lexer.tokenize(file.text);
  const foreign = groups.foreign ?? [];
  const { words, others } = unreadParts(file.text, errors);
  const tokens = words.length === 0 ? known : withWords(known, words);
  return {
    tokens: tokens.map((token, i) => asReserved(token, tokens[i - 1], tokens[i + 1])),
    comments: groups.comments ?? [],
    diagnostics: [
      ...others.map(({ start, end }) => report.unexpectedText(file.span(start, end))),
      ...firstOfEach(words).map(({ startOffset, image }) =>
        report.notAName(file.span(startOffset, startOffset + image.length)),
      ),
      ...foreign.map((token) => report.unexpectedText(spanOf(file, token))),
      ...tokens
        .filter((token) => token.tokenType === UnterminatedString)
        .map((token) => report.unterminatedString(spanOf(file, token))),
    ],
  };
}

/** A word in whatever script, its numbers, accents and symbols. */
const anyWord = /[\w\p{L}\p{M}\p{N}\p{So}]+/gu;
const wordHere = new RegExp(anyWord.source, "uy");

const isWord = (text: string): boolean => new RegExp(`^${anyWord.source}$`, "u").test(text);

/** Whether a text is a name but for letters that the language's names do not have. */
export const isNoName = (text: string): boolean => isWord(text) && !/^\w+$/.test(text);

interface Unread {
  /** Each whole, with the letters around that could be read, as the name that it is meant to be. */
  readonly words: readonly IToken[];
  readonly others: readonly { readonly start: number; readonly end: number }[];
}

/** What the lexer could not read: words of letters that names do not have, and all else. */
function unreadParts(
  text: string,
  errors: readonly { readonly offset: number; readonly length: number }[],
): Unread {
  const words: IToken[] = [];
  const others: { start: number; end: number }[] = [];
  for (const { offset, length } of errors) {
    let start = offset;
    const end = offset + length;
    for (const { 0: part, index } of text.slice(offset, end).matchAll(anyWord)) {
      if (offset + index > start) others.push({ start, end: offset + index });
      start = offset + index + part.length;
      if (start > endOf(words.at(-1))) words.push(wordAround(text, offset + index));
    }
    if (end > start) others.push({ start, end });
  }
  return { words, others };
}

function endOf(token: IToken | undefined): number {
  return token === undefined ? 0 : token.startOffset + token.image.length;
}

/** The word that goes over a place. */
function wordAround(text: string, offset: number): IToken {
  let start = offset;
  for (let step = 0; step <= start; start -= step) {
    step = /[\uDC00-\uDFFF]/.test(text[start - 1] ?? "") ? 2 : 1;
    if (!isWord(text.slice(start - step, start))) break;
  }
  wordHere.lastIndex = start;
  const [image] = wordHere.exec(text)!;
  const type = /^\p{Lu}/u.test(image) ? OpName : Name;
  return createTokenInstance(type, image, start, start + image.length - 1, 0, 0, 0, 0);
}

/** The tokens with words in place of the pieces of them that could be read. */
function withWords(known: readonly IToken[], words: readonly IToken[]): readonly IToken[] {
  let next = 0;
  const rest = known.filter((token) => {
    while (next < words.length && endOf(words[next]) <= token.startOffset) next++;
    const word = words[next];
    return word === undefined || endOf(token) <= word.startOffset;
  });
  return [...rest, ...words].sort((a, b) => a.startOffset - b.startOffset);
}

function firstOfEach(words: readonly IToken[]): readonly IToken[] {
  return [...new Map(words.toReversed().map((word) => [word.image, word])).values()];
}

/** A reserved word stays a name after a dot (`bn.match`) and before a colon (`{ in: x }`, `set: Conv2D`). */
function asReserved(token: IToken, previous: IToken | undefined, next: IToken | undefined): IToken {
  if (token.tokenType !== Name) return token;
  const isChoice = token.image === "one" && next?.image === "of";
  const tokenType = isChoice ? One : wordTokens.get(token.image);
  if (tokenType === undefined) return token;
  if (previous?.tokenType === Dot || next?.tokenType === Colon) return token;
  return { ...token, tokenType, tokenTypeIdx: tokenType.tokenTypeIdx! };
}

/** The place of a token in its file. */
export function spanOf(file: SourceFile, token: IToken): Span {
  return file.span(token.startOffset, token.startOffset + token.image.length);
}
