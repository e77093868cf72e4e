import { itemsOf } from "../../grammar/check/scope.ts";
import type { Diagnostic } from "../../grammar/source/diagnostic.ts";
import type { ResolveImport } from "../rewrite/load-rules.ts";
import type { Analysis } from "./analysis.ts";

/** Errors of files that are imported, at the imports that lead there: nothing works here before they are mended. */
export function importedFaults(
  { rules, source }: Analysis,
  diagnostics: readonly Diagnostic[],
  resolve: ResolveImport,
): readonly Diagnostic[] {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  const imports = itemsOf(rules).filter((item) => item.kind === "import");
  return imports.flatMap(({ from }): readonly Diagnostic[] => {
    const path = resolve(from.text, source.path)?.path;
    const [first, ...others] = errors.filter(({ labels }) => {
      const place = labels[0]?.place;
      return place !== undefined && "file" in place && place.file.path === path;
    });
    if (first === undefined || path === source.path) return [];
    const more = others.length === 0 ? "" : `, and ${others.length} more`;
    const message = `\`${from.text}\` has errors: ${first.message}${more}`;
    const labels = [{ place: from.span, text: "imported here" }, ...first.labels];
    return [{ code: first.code, severity: "error", message, labels }];
  });
}
