import type { Span } from "../../grammar/source/source-file.ts";
import type { Analysis } from "./analysis.ts";
import { definitionOf, moduleOf } from "./definition.ts";
import { type Occurrence, occurrenceAt, occurrencesOf } from "./occurrences.ts";

/** A place where a name stands. */
export interface Reference {
  readonly span: Span;
  readonly isDefinition: boolean;
}

/** Kinds of names that other files can use. */
const shared: ReadonlySet<Occurrence["kind"]> = new Set([
  ...(["opSet", "pattern", "quantizer", "rule", "phase"] as const),
]);

/** All places of the name at an offset, in this file alone. */
export function highlightsAt(analysis: Analysis, offset: number): readonly Reference[] {
  const occurrences = occurrencesOf(analysis);
  const occurrence = occurrenceAt(occurrences, offset);
  if (occurrence === undefined) return [];
  return occurrences.filter(({ key }) => key === occurrence.key).map(referenceOf);
}

function referenceOf({ name: { span }, isDefinition }: Occurrence): Reference {
  return { span, isDefinition };
}

/**
 * All places of the name at an offset, in this file and in `others`: wherever the same definition is meant.
 */
export function referencesAt(
  analysis: Analysis,
  offset: number,
  others: readonly Analysis[],
): readonly Reference[] {
  const occurrences = occurrencesOf(analysis);
  const occurrence = occurrenceAt(occurrences, offset);
  if (occurrence === undefined) return [];
  const inFile = occurrences.filter(({ key }) => key === occurrence.key).map(referenceOf);
  const isShared = shared.has(occurrence.kind);
  if (!isShared && occurrence.kind !== "foreign") return inFile;
  const meant = isShared
    ? definitionOf(analysis, occurrences, occurrence)
    : moduleOf(analysis, occurrence.name.text)?.span;
  if (meant === undefined) return inFile;
  const elsewhere = others
    .filter(({ source }) => source.path !== analysis.source.path)
    .flatMap((other) => {
      const found = occurrencesOf(other).filter(({ key }) => key === occurrence.key);
      const [first] = found;
      if (first === undefined || !isShared) return [];
      const definition = definitionOf(other, found, first);
      return definition && samePlace(definition, meant) ? found.map(referenceOf) : [];
    });
  return [...inFile, ...elsewhere];
}

function samePlace(a: Span, b: Span): boolean {
  return a.file.path === b.file.path && a.start === b.start;
}
