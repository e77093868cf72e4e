import type { Item, Name } from "../../grammar/ast.ts";
import { itemsOf } from "../../grammar/check/scope.ts";
import { SourceFile, type Span } from "../../grammar/source/source-file.ts";
import type { ResolveImport } from "../rewrite/load-rules.ts";
import type { Analysis } from "./analysis.ts";
import { type NameKind, type Occurrence, occurrenceAt, occurrencesOf } from "./occurrences.ts";

/** Where the name at an offset is defined: here, in a rule file that is imported, or in TypeScript. */
export function definitionAt(
  analysis: Analysis,
  offset: number,
  resolve: ResolveImport,
): Span | undefined {
  const occurrences = occurrencesOf(analysis);
  const occurrence = occurrenceAt(occurrences, offset);
  if (occurrence === undefined) return undefined;
  if (occurrence.kind === "module") return beginning(occurrence.name, resolve);
  if (occurrence.kind === "foreign") return inTypeScript(analysis, occurrence.name.text, resolve);
  return definitionOf(analysis, occurrences, occurrence);
}

/** Where a name is defined that rule files define; a name of the file itself hides what is imported. */
export function definitionOf(
  analysis: Analysis,
  occurrences: readonly Occurrence[],
  { key, kind, name }: Occurrence,
): Span | undefined {
  const own = occurrences.find((other) => other.isDefinition && other.key === key);
  return own?.name.span ?? importedItem(analysis, kind, name.text)?.name.span;
}

const itemKinds: Partial<Readonly<Record<NameKind, readonly Item["kind"][]>>> = {
  opSet: ["ops"],
  pattern: ["pattern"],
  quantizer: ["quantizer"],
  rule: ["quantize", "rewrite"],
  phase: ["phase"],
};

type NamedItem = Extract<Item, { readonly name: Name }>;

/** The nearest imported item that a name stands for. */
export function importedItem(
  { imports }: Analysis,
  kind: NameKind,
  name: string,
): NamedItem | undefined {
  return namedItem(imports.flatMap(itemsOf), kind, name);
}

/** The first of some items that a name of a kind stands for. */
export function namedItem(
  items: readonly Item[],
  kind: NameKind,
  name: string,
): NamedItem | undefined {
  const kinds = itemKinds[kind] ?? [];
  return items.find(
    (item): item is NamedItem =>
      kinds.includes(item.kind) && "name" in item && item.name.text === name,
  );
}

function beginning({ text, span }: Name, resolve: ResolveImport): Span | undefined {
  const source = resolve(text, span.file.path);
  return source && new SourceFile(source.path, source.text).span(0, 0);
}

/** Where TypeScript exports what a file imports by that name. */
function inTypeScript(analysis: Analysis, name: string, resolve: ResolveImport): Span | undefined {
  const from = moduleOf(analysis, name);
  const source = from && resolve(from.text, from.span.file.path);
  if (source === undefined) return undefined;
  const file = new SourceFile(source.path, source.text);
  const found = exportedNames(source.text).find((one) => one.name === name);
  return found ? file.span(found.start, found.start + name.length) : file.span(0, 0);
}

/** The TypeScript file that gives a name. */
export function moduleOf({ rules }: Analysis, name: string): Name | undefined {
  for (const item of itemsOf(rules)) {
    if (item.kind === "import" && item.names.some(({ text }) => text === name)) return item.from;
    if (item.kind === "quantize" && item.using?.config.text === name) return item.using.from;
  }
  return undefined;
}

/** What a piece of TypeScript exports by name, with the places of the names. */
export function exportedNames(
  text: string,
): readonly { readonly name: string; readonly start: number }[] {
  const declared =
    /^export\s+(?:declare\s+)?(?:async\s+)?(?:abstract\s+)?(?:function\s*\*?|class|const|let|var)\s+([A-Za-z_$][\w$]*)/dgm;
  const listed = /^export\s*\{([^}]*)\}/dgm;
  const names = [...text.matchAll(declared)].map((match) => ({
    name: match[1]!,
    start: match.indices![1]![0],
  }));
  for (const list of text.matchAll(listed)) {
    const [from] = list.indices![1]!;
    for (const part of list[1]!.matchAll(/([A-Za-z_$][\w$]*)\s*(?:,|$)/dg))
      names.push({ name: part[1]!, start: from + part.indices![1]![0] });
  }
  return names;
}
