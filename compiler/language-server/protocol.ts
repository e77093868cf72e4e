import {
  CodeActionKind,
  type CompletionItem,
  CompletionItemKind,
  DiagnosticSeverity,
  DiagnosticTag,
  type DocumentHighlight,
  DocumentHighlightKind,
  type DocumentSymbol,
  type FoldingRange,
  FoldingRangeKind,
  InsertTextFormat,
  type Location,
  type LocationLink,
  type MarkupContent,
  type CodeAction as ProtocolAction,
  type Diagnostic as ProtocolDiagnostic,
  type Range,
  type SignatureHelp,
  SymbolKind,
  type WorkspaceEdit,
} from "vscode-languageserver";
import { TextDocument } from "vscode-languageserver-textdocument";
import type { Diagnostic, Edit } from "../../grammar/source/diagnostic.ts";
import type { SourceFile, Span } from "../../grammar/source/source-file.ts";
import type { CodeAction } from "./code-actions.ts";
import type { Completions, SuggestionKind } from "./completion.ts";
import type { OutlineEntry } from "./document-outline.ts";
import type { Fold } from "./folding.ts";
import type { Reference } from "./references.ts";
import { type SemanticToken, tokenKinds } from "./semantic-tokens.ts";
import type { Signature } from "./signature-help.ts";

/** Our values as the protocol has them. Offsets and columns are both UTF-16 units; what ends a line is its own matter. */

const documents = new WeakMap<SourceFile, TextDocument>();

function documentOf(file: SourceFile): TextDocument {
  const known = documents.get(file) ?? TextDocument.create(file.path, "qcfg", 0, file.text);
  documents.set(file, known);
  return known;
}

/** A span by lines and columns. */
export function rangeOf({ file, start, end }: Span): Range {
  const document = documentOf(file);
  return { start: document.positionAt(start), end: document.positionAt(end) };
}

type UriOf = (path: string) => string;

/** A span with the file in which it is. */
export function locationOf(span: Span, uriOf: UriOf): Location {
  return { uri: uriOf(span.file.path), range: rangeOf(span) };
}

/** A definition, so that the editor underlines the name that was asked for. */
export function linkOf(target: Span, uriOf: UriOf): LocationLink {
  const { uri: targetUri, range } = locationOf(target, uriOf);
  return { targetUri, targetRange: range, targetSelectionRange: range };
}

const severities = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  note: DiagnosticSeverity.Information,
} as const;

const beginning: Range = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

/** A diagnostic of a file: its first label there is the place to fix, all others are related. */
export function protocolDiagnostic(
  diagnostic: Diagnostic,
  path: string,
  uriOf: UriOf,
): ProtocolDiagnostic {
  const { code, severity, message, labels, help } = diagnostic;
  const spans = labels.flatMap(({ place, text }) => ("file" in place ? [{ place, text }] : []));
  const models = labels.flatMap(({ place }) => ("model" in place ? [place] : []));
  const main = spans.find(({ place }) => place.file.path === path);
  const others = spans.filter((label) => label !== main);
  const places = models.map(({ model, path: at }) => (at === "" ? model : `${model} › ${at}`));
  const lines = [
    message,
    ...places.map((place) => `in ${place}`),
    ...(help ? [`help: ${help}`] : []),
  ];
  return {
    code,
    severity: severities[severity],
    source: "qcfg",
    message: lines.join("\n"),
    range: main ? rangeOf(main.place) : beginning,
    ...(code === "QC1210" && { tags: [DiagnosticTag.Unnecessary] }),
    ...(others.length > 0 && {
      relatedInformation: others.map(({ place, text }) => ({
        location: locationOf(place, uriOf),
        message: text === "" ? message : text,
      })),
    }),
  };
}

/** Edits, file by file. */
export function workspaceEdit(edits: readonly Edit[], uriOf: UriOf): WorkspaceEdit {
  const byUri = Map.groupBy(edits, ({ place }) => uriOf(place.file.path));
  const changes = [...byUri].map(([uri, list]) => [
    uri,
    list.map(({ place, text }) => ({ range: rangeOf(place), newText: text })),
  ]);
  return { changes: Object.fromEntries(changes) };
}

const completionKinds: Readonly<Record<SuggestionKind, CompletionItemKind>> = {
  keyword: CompletionItemKind.Keyword,
  op: CompletionItemKind.Class,
  opSet: CompletionItemKind.Enum,
  pattern: CompletionItemKind.Interface,
  quantizer: CompletionItemKind.Constant,
  observer: CompletionItemKind.Constructor,
  rule: CompletionItemKind.Function,
  phase: CompletionItemKind.Module,
  capture: CompletionItemKind.Variable,
  value: CompletionItemKind.Variable,
  function: CompletionItemKind.Function,
  foreign: CompletionItemKind.Function,
  slot: CompletionItemKind.Field,
  attribute: CompletionItemKind.Property,
  argument: CompletionItemKind.Property,
  word: CompletionItemKind.EnumMember,
  dtype: CompletionItemKind.TypeParameter,
  module: CompletionItemKind.File,
  folder: CompletionItemKind.Folder,
};

/** Suggestions, in their order. */
export function completionItems({ suggestions, replaces }: Completions): readonly CompletionItem[] {
  const range = rangeOf(replaces);
  return suggestions.map(({ label, kind, detail, doc, snippet }, i) => ({
    label,
    kind: completionKinds[kind],
    sortText: String(i).padStart(4, "0"),
    textEdit: { range, newText: snippet ?? label },
    ...(snippet !== undefined && { insertTextFormat: InsertTextFormat.Snippet }),
    ...(detail !== undefined && { detail }),
    ...(doc ? { documentation: markdown(doc) } : {}),
  }));
}

/** A text with marks. */
export function markdown(value: string): MarkupContent {
  return { kind: "markdown", value };
}

const symbolKinds: Readonly<Record<OutlineEntry["kind"], SymbolKind>> = {
  import: SymbolKind.Module,
  ops: SymbolKind.Enum,
  pattern: SymbolKind.Interface,
  quantizer: SymbolKind.Constant,
  rule: SymbolKind.Function,
  phase: SymbolKind.Namespace,
  check: SymbolKind.Event,
  node: SymbolKind.Variable,
};

/** An outline as symbols. */
export function documentSymbols(entries: readonly OutlineEntry[]): DocumentSymbol[] {
  return entries.map(({ name, kind, detail, span, nameSpan, children }) => ({
    name: name === "" ? detail : name,
    kind: symbolKinds[kind],
    detail,
    range: rangeOf(span),
    selectionRange: rangeOf(nameSpan),
    children: documentSymbols(children),
  }));
}

const foldKinds = {
  item: undefined,
  comment: FoldingRangeKind.Comment,
  imports: FoldingRangeKind.Imports,
} as const;

/** Lines that can be hidden, counted from 0. */
export function foldingRange({ first, last, kind }: Fold): FoldingRange {
  const known = foldKinds[kind];
  return { startLine: first - 1, endLine: last - 1, ...(known && { kind: known }) };
}

/** A place of the name under the cursor. */
export function documentHighlight({ span, isDefinition }: Reference): DocumentHighlight {
  const kind = isDefinition ? DocumentHighlightKind.Write : DocumentHighlightKind.Read;
  return { range: rangeOf(span), kind };
}

/** The call that is being written. */
export function signatureHelp({ label, doc, parameters, active }: Signature): SignatureHelp {
  const signature = {
    label,
    ...(doc ? { documentation: markdown(doc) } : {}),
    parameters: parameters.map((parameter) => ({
      label: parameter.label,
      ...(parameter.doc ? { documentation: markdown(parameter.doc) } : {}),
    })),
  };
  return { signatures: [signature], activeSignature: 0, activeParameter: active };
}

/** A change that sets a diagnostic of a file right. */
export function quickFix(
  { fix, diagnostic, isPreferred }: CodeAction,
  path: string,
  uriOf: UriOf,
): ProtocolAction {
  return {
    title: fix.title,
    kind: CodeActionKind.QuickFix,
    isPreferred,
    diagnostics: [protocolDiagnostic(diagnostic, path, uriOf)],
    edit: workspaceEdit(fix.edits, uriOf),
  };
}

/** What `encodedTokens` writes: five numbers for each token, lines and columns from where the last one begins. */
export const tokenLegend = { tokenTypes: [...tokenKinds], tokenModifiers: ["declaration"] };

/** Tokens as the protocol packs them. */
export function encodedTokens(tokens: readonly SemanticToken[]): number[] {
  const data: number[] = [];
  let last = { line: 0, character: 0 };
  for (const { span, kind, isDefinition } of tokens) {
    const { start, end } = rangeOf(span);
    // A token of several lines is not one that every editor can show.
    if (end.line !== start.line) continue;
    const line = start.line - last.line;
    const column = line === 0 ? start.character - last.character : start.character;
    data.push(line, column, end.character - start.character, tokenKinds.indexOf(kind));
    data.push(isDefinition ? 1 : 0);
    last = start;
  }
  return data;
}
