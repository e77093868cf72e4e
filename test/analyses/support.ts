import { analyseRules } from "../../compiler/analyses/analyse-rules.ts";
import { resolveRules } from "../../compiler/cli/rule-files.ts";
import { ops } from "../../compiler/ops/index.ts";
import { type Library, loadLibrary } from "../../compiler/rewrite/load-rules.ts";

/** The library of a rule text that may import the standard ones. */
export function libraryWithImports(text: string): Library {
  const { value, diagnostics } = loadLibrary(
    { path: "own.qcfg", text },
    { ops, resolve: resolveRules },
  );
  if (value === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return value;
}

/** What the analyses find in a rule text: `QC2120: message`. */
export function found(text: string): readonly string[] {
  const { diagnostics } = analyseRules(libraryWithImports(text), ops);
  return diagnostics.map(({ code, message }) => `${code}: ${message}`);
}

/** The standard libraries, each by itself or as a compilation loads them. */
export const standardSets: readonly (readonly string[])[] = [
  ["canonical", "fold", "layout"],
  ["integer"],
  ["canonical", "fold", "layout", "dynamic"],
];

/** A library of standard ones. */
export function standard(names: readonly string[]): Library {
  return libraryWithImports(names.map((name) => `import "std/${name}"\n`).join(""));
}
