import type { Item } from "../../grammar/ast.ts";
import { itemsOf } from "../../grammar/check/scope.ts";
import type { Span } from "../../grammar/source/source-file.ts";
import { spanOf } from "../../grammar/tokens.ts";
import type { OpWord } from "../../grammar/vocabulary.ts";
import type { Analysis } from "./analysis.ts";
import { bindingsOf, opsCaptured } from "./captures.ts";
import { exportedNames, moduleOf, namedItem } from "./definition.ts";
import { type Occurrence, occurrenceAt, occurrencesOf } from "./occurrences.ts";
import {
  argumentDoc,
  argumentOfWord,
  attributeDoc,
  code,
  dtypeDoc,
  functionDoc,
  keywordDoc,
  memberDoc,
  opDoc,
  quantizerDoc,
  sections,
} from "./word-docs.ts";

export interface Hover {
  readonly span: Span;
  /** In Markdown. */
  readonly text: string;
}

export type ReadTypeScript = (specifier: string, importer: string) => string | undefined;

/** What is known of the word at an offset. */
export function hoverAt(
  analysis: Analysis,
  offset: number,
  readTypeScript: ReadTypeScript,
): Hover | undefined {
  const occurrence = occurrenceAt(occurrencesOf(analysis), offset);
  if (occurrence === undefined) return hoverOfKeyword(analysis, offset);
  const text = textOf(analysis, occurrence, readTypeScript);
  return text ? { span: occurrence.name.span, text } : undefined;
}

function hoverOfKeyword({ source, lexed }: Analysis, offset: number): Hover | undefined {
  const token = lexed.tokens.find((one) => {
    const { start, end } = spanOf(source, one);
    return start <= offset && offset < end;
  });
  if (token === undefined || !token.tokenType.name.startsWith("Word_")) return undefined;
  const text = keywordDoc(token.image);
  return text ? { span: spanOf(source, token), text } : undefined;
}

function textOf(
  analysis: Analysis,
  occurrence: Occurrence,
  readTypeScript: ReadTypeScript,
): string | undefined {
  const { name, kind, callee = "" } = occurrence;
  const { text } = name;
  switch (kind) {
    case "op":
      return opDoc(text);
    case "opSet":
      return sections(itemText(analysis, occurrence), members(analysis, text));
    case "pattern":
    case "quantizer":
    case "rule":
    case "phase":
      return itemText(analysis, occurrence);
    case "foreign":
      return foreignText(analysis, text, readTypeScript);
    case "capture":
    case "value":
    case "variable":
    case "let":
    case "tag":
    case "parameter":
      return localText(analysis, occurrence);
    case "function":
      return functionDoc(text);
    case "observer":
      return quantizerDoc(analysis, text);
    case "argument":
      return argumentDoc(analysis, callee, text);
    case "attribute":
      return (
        attributeDoc(text, ownersOf(occurrence)) ?? memberDoc(analysis, text, ownersOf(occurrence))
      );
    case "slot":
      return memberDoc(analysis, text, ownersOf(occurrence));
    case "dtype":
      return dtypeDoc(text);
    case "word":
      return keywordDoc(text) ?? wordText(analysis, text);
    case "module":
      return undefined;
  }
}

function ownersOf({ owners }: Occurrence): readonly string[] {
  return (owners?.() ?? []).map(({ name }) => name);
}

function wordText(analysis: Analysis, word: string): string | undefined {
  const argument = argumentOfWord(analysis, word);
  return argument && argumentDoc(analysis, "LastValue", argument);
}

/** How an item is written, with its documentation and the file that has it. */
function itemText(analysis: Analysis, { kind, name }: Occurrence): string {
  const files = [analysis.rules, ...analysis.imports];
  const item = namedItem(files.flatMap(itemsOf), kind, name.text);
  if (item === undefined) return "";
  const { path } = item.span.file;
  const from = path === analysis.source.path ? "" : `From \`${path}\`.`;
  return sections(code(writtenAs(item)), "doc" in item ? (item.doc ?? "") : "", from);
}

/** An item as it is written; of a long one its beginning. */
function writtenAs({ span: { file, start, end } }: Item): string {
  const lines = file.text.slice(start, end).split(/\r?\n/);
  const most = 12;
  return [...lines.slice(0, most), ...(lines.length > most ? ["  …"] : [])].join("\n");
}

function members(analysis: Analysis, name: string): string {
  return listed(analysis.scope().opSets.get(name) ?? []);
}

function listed(ops: readonly OpWord[]): string {
  const names = [...new Set(ops.map(({ name }) => `\`${name}\``))];
  const most = 24;
  const more = names.length > most ? ` and ${names.length - most} more` : "";
  return `${names.slice(0, most).join(", ")}${more}`;
}

/** What a name of a rule can be. */
function localText(analysis: Analysis, { name, kind, key }: Occurrence): string {
  const item = itemsOf(analysis.rules).find(
    ({ span }) => span.start <= name.span.start && name.span.end <= span.end,
  );
  if (item?.kind !== "quantize" && item?.kind !== "rewrite" && item?.kind !== "pattern")
    return code(`${name.text}: ${kind}`);
  const binding = bindingsOf(analysis, item).get(name.text);
  const ops = opsCaptured(analysis, item)(name.text);
  if (kind === "capture") {
    const [only, ...others] = ops;
    const title = code(`${name.text}: ${others.length === 0 && only ? only.name : "node"}`);
    if (only === undefined) return title;
    return others.length === 0
      ? sections(title, opDoc(only.name) ?? "")
      : sections(title, `One of ${listed(ops)}.`);
  }
  if (kind === "let") return code(letText(analysis, key) ?? `let ${name.text}`);
  const what = { ...localKinds, [kind]: localKinds[kind] ?? kind }[kind];
  const type = binding && binding.kind !== "any" ? `: ${binding.kind}` : "";
  return sections(code(`${name.text}${type}`), `${what}`);
}

const localKinds: Partial<Readonly<Record<Occurrence["kind"], string>>> = {
  value: "A value of the graph: the same name is the same value.",
  variable: "A number or word that the pattern binds.",
  tag: "The tag of the alternative that fits.",
  parameter: "A parameter of the pattern.",
};

function letText(analysis: Analysis, key: string): string | undefined {
  const found = occurrencesOf(analysis).find((other) => other.key === key && other.isDefinition);
  if (found === undefined) return undefined;
  for (const item of itemsOf(analysis.rules)) {
    if (item.kind !== "quantize" && item.kind !== "rewrite") continue;
    for (const { kind, span } of item.clauses)
      if (kind === "let" && span.start <= found.name.span.start && found.name.span.end <= span.end)
        return span.file.text.slice(span.start, span.end);
  }
  return undefined;
}

function foreignText(analysis: Analysis, name: string, read: ReadTypeScript): string {
  const from = moduleOf(analysis, name);
  const signature = exportedSignature(analysis, name, read) ?? name;
  return sections(`\`\`\`ts\n${signature}\n\`\`\``, from ? `From \`${from.text}\`.` : "");
}

/** The head of what a TypeScript file exports by a name, up to its body. */
export function exportedSignature(
  analysis: Analysis,
  name: string,
  read: ReadTypeScript,
): string | undefined {
  const from = moduleOf(analysis, name);
  const text = from && read(from.text, from.span.file.path);
  const found =
    text === undefined ? undefined : exportedNames(text).find((one) => one.name === name);
  if (text === undefined || found === undefined) return undefined;
  const lineStart = text.lastIndexOf("\n", found.start) + 1;
  const keyword = text.slice(lineStart, found.start).replace(/^export\s+/, "");
  return `${keyword}${headOf(text.slice(found.start, found.start + 500)).replaceAll(/\s+/g, " ")}`;
}

/** A declaration up to its body: a brace that opens no type. */
function headOf(text: string): string {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const before = text.slice(0, i).trimEnd();
    const isBody = text[i] === "{" && !/[:|&]$/.test(before);
    if (depth === 0 && (isBody || /^(?:=>|;|\n\n)/.test(text.slice(i, i + 2)))) return before;
    if ("([{".includes(text[i]!)) depth++;
    else if (")]}".includes(text[i]!)) depth--;
  }
  return text;
}
