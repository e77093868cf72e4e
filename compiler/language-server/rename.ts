import type { Edit } from "../../grammar/source/diagnostic.ts";
import type { Span } from "../../grammar/source/source-file.ts";
import { isReserved } from "../../grammar/tokens.ts";
import type { Analysis } from "./analysis.ts";
import { definitionOf } from "./definition.ts";
import { type NameKind, type Occurrence, occurrenceAt, occurrencesOf } from "./occurrences.ts";
import { referencesAt } from "./references.ts";

/** A sentence that says why there is no new name. */
export interface Refused {
  readonly refused: string;
}

const renamable: ReadonlySet<NameKind> = new Set([
  ...(["opSet", "pattern", "quantizer", "rule", "phase"] as const),
  ...(["capture", "value", "variable", "let", "tag", "parameter"] as const),
]);
const capitalised: ReadonlySet<NameKind> = new Set(["opSet", "pattern", "rule"]);

/** The name at an offset, if it is one that the user has given. */
export function renamableAt(analysis: Analysis, offset: number): Span | Refused {
  const occurrences = occurrencesOf(analysis);
  const occurrence = occurrenceAt(occurrences, offset);
  if (occurrence === undefined) return refuse("there is no name here");
  const { name, kind } = occurrence;
  if (kind === "foreign") return refuse(`\`${name.text}\` is defined in TypeScript`);
  if (!renamable.has(kind)) return refuse(`\`${name.text}\` is a word of the language`);
  const definition = definitionOf(analysis, occurrences, occurrence);
  if (definition === undefined) return refuse(`\`${name.text}\` is not defined in a rule file`);
  if (definition.file.path.startsWith("std/"))
    return refuse(`\`${name.text}\` belongs to \`${definition.file.path}\``);
  return name.span;
}

/** The edits that give the name at an offset a new one, in this file and in `others`. */
export function renameAt(
  analysis: Analysis,
  offset: number,
  newName: string,
  others: readonly Analysis[],
): readonly Edit[] | Refused {
  const at = renamableAt(analysis, offset);
  if ("refused" in at) return at;
  const occurrence = occurrenceAt(occurrencesOf(analysis), offset)!;
  const references = referencesAt(analysis, offset, others);
  const paths = new Set(references.map(({ span }) => span.file.path));
  const touched = [analysis, ...others].filter(({ source }) => paths.has(source.path));
  const unfit = unfitName(newName, occurrence.kind) ?? clash(newName, occurrence, touched);
  if (unfit !== undefined) return refuse(unfit);
  return references.map(({ span }) => ({ place: span, text: newName }));
}

function refuse(refused: string): Refused {
  return { refused };
}

function unfitName(name: string, kind: NameKind): string | undefined {
  const quoted = `\`${name}\``;
  if (isReserved(name)) return `${quoted} is a reserved word`;
  if (capitalised.has(kind))
    return /^[A-Z][A-Za-z0-9_]*$/.test(name)
      ? undefined
      : `${quoted} is no name for this: it begins with a capital and has letters, digits and underscores`;
  return /^(?:[a-z][A-Za-z0-9_]*|_[A-Za-z0-9_]+)$/.test(name)
    ? undefined
    : `${quoted} is no name for this: it begins with a small letter and has letters, digits and underscores`;
}

/** What the new name stands for already where the old one is used. */
function clash(
  name: string,
  { key, kind }: Occurrence,
  touched: readonly Analysis[],
): string | undefined {
  if (name === key.split(" ").at(-1)) return undefined;
  const sameRegion = key.slice(0, key.lastIndexOf(" ") + 1) + name;
  for (const analysis of touched) {
    const { ops, opSets, patterns, quantizers, vocabulary, rules } = analysis.scope();
    const isKnown =
      kind === "rule"
        ? rules.has(name)
        : capitalised.has(kind)
          ? ops.has(name) || opSets.has(name) || patterns.has(name)
          : quantizers.has(name) || vocabulary.dtypes.includes(name);
    const isBound = occurrencesOf(analysis).some((other) => other.key === sameRegion);
    if (isKnown || isBound) return `\`${name}\` is already a name in \`${analysis.source.path}\``;
  }
  return undefined;
}
