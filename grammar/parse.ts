import type { CstNode, IToken } from "chevrotain";
import type { BrokenItem, Item, Name, NodeStep, RuleFile } from "./ast.ts";
import {
  buildClause,
  buildExpect,
  buildHead,
  buildImport,
  buildOps,
  buildPattern,
  buildPhase,
  buildQuantizer,
  buildRequirement,
  buildShortSets,
  buildTest,
  type Clause,
  type Head,
  type Source,
} from "./build-ast.ts";
import { commentsOf, docReader } from "./comments.ts";
import * as report from "./diagnostics.ts";
import { lexAgain } from "./lex-again.ts";
import { moveSyntax } from "./move-syntax.ts";
import { tooDeepAt } from "./nesting.ts";
import { type ItemOutline, outlineFile, outlineRule } from "./outline.ts";
import { parsePart, type StartRule } from "./parser.ts";
import type { Checked, Diagnostic } from "./source/diagnostic.ts";
import { SourceFile, type Span } from "./source/source-file.ts";
import { changeBetween } from "./source/text-change.ts";
import { syntaxDiagnostic } from "./syntax-errors.ts";
import { clauseWords, type Lexed, lex, OpName, spanOf } from "./tokens.ts";

/** A text that has been read, with what spares work when a part of it changes. */
export interface Parsed extends Checked<RuleFile> {
  readonly value: RuleFile;
  readonly lexed: Lexed;
  /** Items without faults, by their text. */
  readonly whole: ReadonlyMap<string, Item>;
}

/**
 * Reads a rule file. Never throws and never stops at a fault: the value is always there, what could not be
 * read is in `broken`, and each fault is reported about once, in the order of the text.
 *
 * @param before what an earlier text gave: the result is the same, and only what changed is read anew
 */
export function parse(path: string, text: string, before?: Parsed): Parsed {
  const file = new SourceFile(path, text);
  const change = before && changeBetween(before.value.file.text, text);
  const lexed = before && change ? lexAgain(file, change, before) : lex(file);
  const { tokens, comments, diagnostics } = lexed;
  const reader: Reader = { file, found: [...diagnostics], after: followers(tokens) };
  const docBetween = docReader(commentsOf(file, comments));
  const items: Item[] = [];
  const broken: BrokenItem[] = [];
  const whole = new Map<string, Item>();
  let end = 0;
  for (const outline of outlineFile(file, tokens)) {
    const span = between(file, outline.tokens);
    const doc = docBetween(end, span.start);
    const key = text.slice(span.start, span.end);
    const faults = reader.found.length;
    const known = outline.kind === "item" ? before?.whole.get(key) : undefined;
    const { item, mentions } = known
      ? { item: readAgain(known, doc, span, change!.start) }
      : readItem(reader, outline, doc);
    end = span.end;
    if (mentions === undefined) items.push(item);
    else broken.push(item === undefined ? { mentions } : { item, mentions });
    if (mentions === undefined && reader.found.length === faults) whole.set(key, item);
  }
  return {
    value: { file, items, ...(broken.length === 0 ? {} : { broken }) },
    diagnostics: onePerFault(reader.found.sort((a, b) => startOf(a) - startOf(b))),
    lexed,
    whole,
  };
}

/**
 * An item whose text was read before, at its place in the new file. One that stands before all that changed stays what it is: the
 * text that its spans are of is the same up to there.
 */
function readAgain(known: Item, doc: Doc, { file, start, end }: Span, changed: number): Item {
  const documented = undocumented.has(known.kind) ? {} : doc;
  const { doc: told, ...rest } = known as Item & Doc;
  if (known.span.start === start && end <= changed && told === documented.doc) return known;
  return { ...documented, ...moveSyntax(rest, file, start - known.span.start) } as Item;
}

const undocumented: ReadonlySet<Item["kind"]> = new Set(["import", "expect", "requirement"]);

interface Reader extends Source {
  /** The token after each token: only faults ask for it. */
  readonly after: () => ReadonlyMap<IToken, IToken>;
}

function followers(tokens: readonly IToken[]): Reader["after"] {
  let known: ReadonlyMap<IToken, IToken> | undefined;
  return () => {
    known ??= new Map(tokens.slice(1).map((token, i) => [tokens[i]!, token]));
    return known;
  };
}

/** What was read; with `mentions` if some of it could not be. */
type Read =
  | { readonly item: Item; readonly mentions?: undefined }
  | { readonly item?: Item; readonly mentions: ReadonlySet<string> };

type Doc = { readonly doc?: string };

function readItem(reader: Reader, { kind, tokens }: ItemOutline, doc: Doc): Read {
  const word = tokens[0]!;
  if (kind !== "item") {
    const place = spanOf(reader.file, word);
    reader.found.push(report.strayText(place));
    return { mentions: namesIn(tokens) };
  }
  switch (word.image) {
    case "import":
      return readWhole(reader, "importItem", tokens, buildImport);
    case "ops":
      return readWhole(reader, "opsItem", tokens, buildOps, doc);
    case "pattern":
      return readWhole(reader, "patternItem", tokens, buildPattern, doc);
    case "phase":
      return readWhole(reader, "phaseItem", tokens, buildPhase, doc);
    case "require":
      return readWhole(reader, "requirementItem", tokens, buildRequirement);
    case "quantizer":
      return readWhole(reader, "quantizerItem", tokens, buildQuantizer, doc);
    case "expect":
      return readWhole(reader, "expectItem", tokens, buildExpect);
    case "test":
      return readWhole(reader, "testItem", tokens, buildTest, doc);
    default:
      return readRule(reader, word.image as RuleKind, tokens, doc);
  }
}

function readWhole(
  reader: Reader,
  start: StartRule,
  tokens: readonly IToken[],
  build: (source: Source, cst: CstNode) => Item,
  doc: Doc = {},
): Read {
  const cst = readPart(reader, start, tokens);
  return cst === undefined
    ? { mentions: namesIn(tokens) }
    : { item: { ...build(reader, cst), ...doc } };
}

type RuleKind = "quantize" | "rewrite";

/** Clauses are read one by one, so that a fault in one leaves the others whole. */
function readRule(reader: Reader, kind: RuleKind, tokens: readonly IToken[], doc: Doc): Read {
  const { head, hasBraces, close, parts } = outlineRule(reader.file, tokens);
  const headTree = readPart(reader, `${kind}Head`, head);
  const { on, ...built } = headTree ? buildHead(reader, headTree) : headOf(reader, head);
  const unread: (readonly IToken[])[] = headTree ? [] : [head];
  const clauses: Clause[] = [];
  const onNode = on?.kind === "node" ? withCapture(on) : undefined;
  if (onNode !== undefined) clauses.push(matchOf(onNode));
  let lastIsWhole = true;
  for (const { tokens: part, extraClose, stray } of parts) {
    const read = part.length === 0 ? [] : readClause(reader, part, onNode?.capture);
    lastIsWhole = read !== undefined;
    clauses.push(...(read ?? []));
    if (read === undefined) unread.push(part);
    // A clause that was not read to its end has been reported; what follows belongs to the same fault.
    else if (extraClose !== undefined)
      reader.found.push(report.unexpectedClosingBrace(spanOf(reader.file, extraClose)));
    else if (stray[0] !== undefined)
      reader.found.push(report.strayText(spanOf(reader.file, stray[0])));
    if (extraClose !== undefined || stray.length > 0) unread.push(stray);
  }
  if (hasBraces && close === undefined) {
    if (headTree !== undefined && lastIsWhole) reader.found.push(unclosed(reader, tokens, head));
    unread.push([]);
  }
  const misplaced = clauses.filter((clause) => !isAllowed(kind, clause));
  // Under the wrong head every clause is misplaced: one diagnostic says it.
  if (misplaced[0] !== undefined) {
    reader.found.push(report.misplacedClause(wordOf(misplaced[0]), kind));
    unread.push([]);
  }
  const whole = clauses.filter((clause) => isAllowed(kind, clause));
  const span = between(reader.file, tokens);
  const item = { ...doc, ...ruleOf(kind, built), clauses: whole, span } as Item;
  return unread.length === 0 ? { item } : { item, mentions: namesIn(unread.flat()) };
}

function readClause(
  reader: Reader,
  tokens: readonly IToken[],
  shortFor: Name | undefined,
): readonly Clause[] | undefined {
  const isShort = shortFor !== undefined && tokens[0]!.tokenType === clauseWords.set;
  const cst = readPart(reader, isShort ? "shortSetClause" : "clause", tokens);
  if (cst === undefined) return undefined;
  return isShort ? buildShortSets(reader, cst, shortFor) : [buildClause(reader, cst)];
}

/** Parses one part of the file, or reports the fault in it. */
function readPart(
  reader: Reader,
  start: StartRule,
  tokens: readonly IToken[],
): CstNode | undefined {
  const tooDeep = tooDeepAt(tokens);
  if (tooDeep !== undefined) {
    reader.found.push(report.nestedTooDeeply(spanOf(reader.file, tooDeep)));
    return undefined;
  }
  const { cst, error } = parsePart(start, tokens);
  if (error === undefined) return cst;
  const after = reader.after().get(tokens.at(-1)!);
  reader.found.push(syntaxDiagnostic(reader.file, tokens, after, error));
  return undefined;
}

const rewriteOnly: ReadonlySet<Clause["kind"]> = new Set([
  ...(["replace", "preserve", "before", "decreases"] as const),
]);
const quantizeOnly: ReadonlySet<Clause["kind"]> = new Set(["set", "tie", "fuse", "derive"]);

function isAllowed(kind: RuleKind, clause: Clause): boolean {
  return !(kind === "quantize" ? rewriteOnly : quantizeOnly).has(clause.kind);
}

function wordOf({ kind, span }: Clause): Name {
  return { text: kind, span: span.file.span(span.start, span.start + kind.length) };
}

/** What can be said of a rule whose head has a fault: perhaps its name. */
function headOf(reader: Reader, head: readonly IToken[]): Head {
  const name = head.find(({ tokenType }) => tokenType === OpName) ?? head[0]!;
  const text = name.tokenType === OpName ? name.image : "";
  const name_ = { text, span: spanOf(reader.file, name) };
  return { name: name_, override: false, optional: false, once: false };
}

/** What a rule of a kind has of a head. */
function ruleOf(kind: RuleKind, { name, override, optional, once, using }: Head) {
  return kind === "rewrite"
    ? { kind, name, optional, once }
    : { kind, name, override, optional, ...(using && { using }) };
}

/** The node of the one-line form, with a name for it if it has none. */
function withCapture(step: NodeStep): NodeStep & { readonly capture: Name } {
  return { capture: { text: "layer", span: step.span }, ...step };
}

/** `on layer: Dense` is a `match` of one node. Its span begins with the node: there is no such word. */
function matchOf(step: NodeStep): Clause {
  const { span } = step;
  return { kind: "match", chains: [{ steps: [step], span }], shared: false, span };
}

function unclosed(reader: Reader, rule: readonly IToken[], head: readonly IToken[]): Diagnostic {
  const { end } = between(reader.file, rule);
  return report.unclosedRule(reader.file.span(end, end + 1), spanOf(reader.file, head.at(-1)!));
}

function between(file: SourceFile, tokens: readonly IToken[]): Span {
  return file.span(tokens[0]!.startOffset, spanOf(file, tokens.at(-1)!).end);
}

function namesIn(tokens: readonly IToken[]): ReadonlySet<string> {
  return new Set(tokens.filter(({ image }) => /^[A-Za-z_]/.test(image)).map(({ image }) => image));
}

/** What is no token, or no name. */
const unreadable: readonly Diagnostic["code"][] = ["QC1001", "QC1021"];

/** Characters that are no token upset the parser too: of such a pair on one line only the first is told. */
function onePerFault(sorted: readonly Diagnostic[]): readonly Diagnostic[] {
  const kept: Diagnostic[] = [];
  for (const diagnostic of sorted) {
    const last = kept.at(-1);
    const isEcho =
      last !== undefined && isEchoOf(last, diagnostic) && lineOf(last) === lineOf(diagnostic);
    if (!isEcho) kept.push(diagnostic);
  }
  return kept;
}

/** Each name is told by itself, as all of them are taken for names. */
function isEchoOf({ code: first }: Diagnostic, { code: second }: Diagnostic): boolean {
  const isOfName = first === "QC1021" && second === "QC1021";
  return !isOfName && (unreadable.includes(first) || unreadable.includes(second));
}

function lineOf(diagnostic: Diagnostic): number | undefined {
  const place = diagnostic.labels[0]?.place;
  return place && "file" in place ? place.file.positionAt(place.start).line : undefined;
}

function startOf({ labels }: Diagnostic): number {
  const place = labels[0]?.place;
  return place !== undefined && "start" in place ? place.start : 0;
}
