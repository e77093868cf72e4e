import type { Span } from "../../grammar/source/source-file.ts";
import { isReserved, NumberLiteral, Regex, spanOf } from "../../grammar/tokens.ts";
import type { Analysis } from "./analysis.ts";
import type { Token } from "./cursor.ts";
import { keywordDocs } from "./keyword-docs.ts";
import { type NameKind, occurrencesOf } from "./occurrences.ts";

/** The kinds of tokens, by the names that the protocol has for them. Their order is what is told to the editor. */
export const tokenKinds = [
  ...(["keyword", "comment", "string", "number", "regexp", "class", "enum", "macro"] as const),
  ...(["variable", "function", "namespace", "parameter", "property", "type"] as const),
  ...(["enumMember", "typeParameter"] as const),
] as const;

export type TokenKind = (typeof tokenKinds)[number];

/** A piece of one line. */
export interface SemanticToken {
  readonly span: Span;
  readonly kind: TokenKind;
  readonly isDefinition: boolean;
}

const kindOfName: Readonly<Record<NameKind, TokenKind>> = {
  op: "class",
  opSet: "enum",
  pattern: "macro",
  quantizer: "variable",
  rule: "function",
  phase: "namespace",
  module: "string",
  foreign: "function",
  capture: "parameter",
  value: "parameter",
  variable: "typeParameter",
  let: "variable",
  tag: "enumMember",
  parameter: "parameter",
  function: "function",
  observer: "class",
  argument: "property",
  attribute: "property",
  slot: "property",
  dtype: "type",
  word: "enumMember",
};

/** What each piece of a text is, in the order of the text; none overlaps another. */
export function semanticTokens(analysis: Analysis): readonly SemanticToken[] {
  const { source } = analysis;
  const { tokens, comments } = analysis.lexed;
  const names = new Map<number, SemanticToken>();
  for (const { name, kind, isDefinition } of occurrencesOf(analysis))
    names.set(name.span.start, { span: name.span, kind: kindOfName[kind], isDefinition });
  const plain = tokens.flatMap((token): readonly SemanticToken[] => {
    const kind = names.has(token.startOffset) ? undefined : kindOfToken(token);
    return kind ? [{ span: spanOf(source, token), kind, isDefinition: false }] : [];
  });
  const remarks = comments.map((comment): SemanticToken => {
    return { span: spanOf(source, comment), kind: "comment", isDefinition: false };
  });
  const all = [...names.values(), ...plain, ...remarks];
  return all.sort((a, b) => a.span.start - b.span.start).filter(isAfterLast());
}

function kindOfToken({ tokenType, image }: Token): TokenKind | undefined {
  if (image.startsWith('"')) return "string";
  if (tokenType === NumberLiteral) return "number";
  if (tokenType === Regex) return "regexp";
  // A reserved word behind a dot is a name: its type says so.
  const isWord = tokenType.name.startsWith("Word_");
  return isWord && (isReserved(image) || image in keywordDocs) ? "keyword" : undefined;
}

function isAfterLast(): (token: SemanticToken) => boolean {
  let end = 0;
  return ({ span }) => {
    if (span.start < end) return false;
    end = span.end;
    return true;
  };
}
