import type { Expression, Item, Name, QuantizerItem } from "../../grammar/ast.ts";
import { printExpression } from "../../grammar/print.ts";
import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import { ambiguousQuantizer } from "./diagnostics.ts";
import type { LoadedFile } from "./load-rules.ts";

/** Quantizers that a file names, and of which two files that are equally near say different things. */
export function ambiguousNames(loaded: LoadedFile): readonly Diagnostic[] {
  const own = new Set(quantizersOf(loaded).map(({ name }) => name.text));
  const used = new Map<string, Name>();
  for (const name of loaded.file.items.flatMap(quantizersNamed))
    if (!own.has(name.text) && !used.has(name.text)) used.set(name.text, name);
  return [...used.values()].flatMap((name): readonly Diagnostic[] => {
    const [first, ...others] = nearestOf(loaded, name.text);
    const other = others.find(
      ({ value }) => printExpression(value) !== printExpression(first!.value),
    );
    return first && other ? [ambiguousQuantizer(name, first.name, other.name)] : [];
  });
}

function quantizersOf({ file }: LoadedFile): readonly QuantizerItem[] {
  return file.items.filter((item) => item.kind === "quantizer");
}

/** Names that stand where a quantizer is asked for. */
function quantizersNamed(item: Item): readonly Name[] {
  const nameOf = (value: Expression | undefined) => (value?.kind === "name" ? [value.name] : []);
  if (item.kind === "quantizer") return nameOf(item.value);
  if (item.kind !== "quantize") return [];
  return item.clauses.flatMap((clause) =>
    clause.kind === "set" || clause.kind === "tie" ? nameOf(clause.value) : [],
  );
}

/** The definitions of a name in the nearest files that have one, in the order of the imports. */
function nearestOf(loaded: LoadedFile, name: string): readonly QuantizerItem[] {
  const seen = new Set([loaded]);
  let near: readonly LoadedFile[] = [loaded];
  while (near.length > 0) {
    const next = new Set(near.flatMap(({ imports }) => imports).filter((file) => !seen.has(file)));
    for (const file of next) seen.add(file);
    near = [...next];
    const found = near.flatMap(quantizersOf).filter((item) => item.name.text === name);
    if (found.length > 0) return found;
  }
  return [];
}
